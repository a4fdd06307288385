// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of blocks and reservations.
 *
 * An id has the number of a slot in a table in its upper half, and a generation
 * in its lower half: the number of ids allocated before, modulo 2^32.  So one
 * access finds a block, the order of the ids is the order of the slots, and a
 * reused slot has another id.  An id repeats after about 2^32 others.
 *
 * Pages of slots are allocated on demand and freed at unload: 8 bytes for each
 * block of the largest number of simultaneous blocks.  They stay charged to the
 * memory cgroup of the process that needed them first, whichever uses them later.
 * The lowest free slot is used, so the table stays dense, and a list is in order
 * of creation as long as no block was freed.
 *
 * Locking: the table lock protects all of it.  The grow lock serialises the
 * allocation of pages; the table lock nests inside it.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "block/block.h"
#include "block/id.h"
#include "gfp.h"

#define PGA_MAX_SLOTS	(U32_MAX >> 1)

/* Seven words of bits, so that a struct pga_id_page fits into 4 KiB. */
#define PGA_ID_PAGE_SLOTS	(7 * 64)
#define PGA_MIN_ID_PAGES	BITS_PER_LONG

/**
 * struct pga_id_page - a page of slots
 * @nr_free: number of free slots
 * @free: bitmap of free slots
 * @blocks: the blocks in the other slots
 */
struct pga_id_page {
	unsigned int nr_free;
	DECLARE_BITMAP(free, PGA_ID_PAGE_SLOTS);
	struct pga_block *blocks[PGA_ID_PAGE_SLOTS];
};

/**
 * struct pga_id_table - the pages of slots; a larger table replaces a full one
 * @max: number of pages that fit, a multiple of BITS_PER_LONG
 * @room: bitmap of the pages that have a free slot
 * @page: the pages
 */
struct pga_id_table {
	unsigned int max;
	unsigned long *room;
	struct pga_id_page *page[];
};

DEFINE_SPINLOCK(pga_table_lock);
static DEFINE_MUTEX(grow_lock);
static struct pga_id_table *table;	/* [t, changed under both] */
static u32 nr_slots;			/* [t, changed under both] */
static u32 nr_free_slots;		/* [t] */
static u32 last_generation;		/* [t] */
static unsigned int first_room;		/* no page below has a free slot [t] */

static struct pga_id_page *slot_page_locked(u32 slot)
{
	lockdep_assert_held(&pga_table_lock);
	return table->page[slot / PGA_ID_PAGE_SLOTS];
}

/* NULL: the slot is free. */
static struct pga_block *slot_block_locked(u32 slot)
{
	return slot_page_locked(slot)->blocks[slot % PGA_ID_PAGE_SLOTS];
}

static struct pga_id_table *alloc_table(unsigned int max)
{
	struct pga_id_table *new;

	new = kvzalloc(struct_size(new, page, max), PGA_GFP_USER);
	if (!new)
		return NULL;
	new->max = max;
	new->room = kvcalloc(BITS_TO_LONGS(max), sizeof(long), PGA_GFP_USER);
	if (new->room)
		return new;
	kvfree(new);
	return NULL;
}

static void free_table(struct pga_id_table *old)
{
	if (old)
		kvfree(old->room);
	kvfree(old);
}

/* Make room for one more page in the table. */
static int grow_table(void)
{
	unsigned int nr = nr_slots / PGA_ID_PAGE_SLOTS;
	struct pga_id_table *new, *old = table;

	lockdep_assert_held(&grow_lock);
	if (old && nr < old->max)
		return 0;
	new = alloc_table(old ? 2 * old->max : PGA_MIN_ID_PAGES);
	if (!new)
		return -ENOMEM;
	if (old)
		memcpy(new->page, old->page, nr * sizeof(new->page[0]));
	spin_lock(&pga_table_lock);
	if (old)
		bitmap_copy(new->room, old->room, old->max);
	table = new;
	spin_unlock(&pga_table_lock);
	free_table(old);
	return 0;
}

static int add_page(void)
{
	unsigned int nr = nr_slots / PGA_ID_PAGE_SLOTS;
	struct pga_id_page *page;

	lockdep_assert_held(&grow_lock);
	if (nr_slots > PGA_MAX_SLOTS - PGA_ID_PAGE_SLOTS || grow_table())
		return -ENOMEM;
	page = kzalloc(sizeof(*page), PGA_GFP_USER);
	if (!page)
		return -ENOMEM;
	page->nr_free = PGA_ID_PAGE_SLOTS;
	bitmap_fill(page->free, PGA_ID_PAGE_SLOTS);
	spin_lock(&pga_table_lock);
	table->page[nr] = page;
	__set_bit(nr, table->room);
	nr_slots += PGA_ID_PAGE_SLOTS;
	nr_free_slots += PGA_ID_PAGE_SLOTS;
	spin_unlock(&pga_table_lock);
	return 0;
}

static int grow(unsigned int nr)
{
	int err = 0;

	mutex_lock(&grow_lock);
	if (READ_ONCE(nr_free_slots) < nr)
		err = add_page();
	mutex_unlock(&grow_lock);
	return err;
}

/* The caller made sure that a slot is free. */
static void alloc_locked(struct pga_block *block)
{
	unsigned int nr = find_next_bit(table->room, table->max, first_room);
	struct pga_id_page *page = table->page[nr];
	unsigned int i = find_first_bit(page->free, PGA_ID_PAGE_SLOTS);

	first_room = nr;
	__clear_bit(i, page->free);
	if (!--page->nr_free)
		__clear_bit(nr, table->room);
	nr_free_slots--;
	/* No id is 0. */
	if (!++last_generation)
		last_generation = 1;
	page->blocks[i] = block;
	block->id = pga_id_of_slot(nr * PGA_ID_PAGE_SLOTS + i) | last_generation;
}

/**
 * pga_ids_alloc() - allocate ids for blocks
 * @blocks: blocks without ids; their ids are set
 * @nr: number of blocks, a few dozen at most: the lock is held for all of them
 *
 * Context: process; sleeps.
 * Return: 0; or -ENOMEM, and no block has an id.
 */
int pga_ids_alloc(struct pga_block **blocks, unsigned int nr)
{
	unsigned int i;
	int err;

	spin_lock(&pga_table_lock);
	while (nr_free_slots < nr) {
		spin_unlock(&pga_table_lock);
		err = grow(nr);
		if (err)
			return err;
		spin_lock(&pga_table_lock);
	}
	for (i = 0; i < nr; i++)
		alloc_locked(blocks[i]);
	spin_unlock(&pga_table_lock);
	return 0;
}

/**
 * pga_id_free_locked() - free the id of a block
 * @block: no lookup finds it by its id afterwards
 */
void pga_id_free_locked(struct pga_block *block)
{
	u32 slot = pga_id_slot(block->id);
	struct pga_id_page *page = slot_page_locked(slot);

	page->blocks[slot % PGA_ID_PAGE_SLOTS] = NULL;
	page->nr_free++;
	__set_bit(slot % PGA_ID_PAGE_SLOTS, page->free);
	__set_bit(slot / PGA_ID_PAGE_SLOTS, table->room);
	first_room = min_t(unsigned int, first_room, slot / PGA_ID_PAGE_SLOTS);
	nr_free_slots++;
	block->id = 0;
}

/**
 * pga_id_find_locked() - find the block that has an id
 * @id: any number
 *
 * Return: the block, in any state, or NULL.
 */
struct pga_block *pga_id_find_locked(u64 id)
{
	struct pga_block *block;
	u32 slot = pga_id_slot(id);

	lockdep_assert_held(&pga_table_lock);
	if (slot >= nr_slots)
		return NULL;
	/* The number comes from a program. */
	block = slot_block_locked(array_index_nospec(slot, nr_slots));
	return block && block->id == id ? block : NULL;
}

/**
 * pga_id_next_locked() - find the next block in id order
 * @id: the lowest id; set to the id to continue at
 * @max_slots: number of slots to scan at most
 *
 * Return: the block, in any state; NULL when the scanned slots had none;
 * ERR_PTR(-ENOENT) when there are no more.
 */
struct pga_block *pga_id_next_locked(u64 *id, unsigned int max_slots)
{
	u32 slot = pga_id_slot(*id);

	lockdep_assert_held(&pga_table_lock);
	for (; slot < nr_slots && max_slots; slot++, max_slots--) {
		struct pga_block *block = slot_block_locked(slot);

		if (block && block->id >= *id) {
			*id = block->id + 1;
			return block;
		}
		*id = pga_id_of_slot(slot + 1);
	}
	return slot < nr_slots ? NULL : ERR_PTR(-ENOENT);
}

/**
 * pga_ids_exit() - free the table; no block exists any more
 *
 * Context: process, at unload.
 */
void pga_ids_exit(void)
{
	u32 i;

	WARN_ON_ONCE(nr_free_slots != nr_slots);
	for (i = 0; i < nr_slots / PGA_ID_PAGE_SLOTS; i++)
		kfree(table->page[i]);
	free_table(table);
}
