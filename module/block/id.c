// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of blocks and reservations.
 *
 * An id is the number of a slot in a table, and below it a stamp: how many ids
 * were taken before, modulo 2^32.  So it takes one look to find a block, the
 * order of the ids is the order of the slots, and a slot that is used anew has
 * another id: an id comes round after about 2^32 others.
 *
 * Slots come in leaves when they are needed, and go when the module does: 8 bytes
 * for each block that there was at a time.  The lowest free slot is taken, so that
 * the table stays dense and a list is in the order in which things were made, as
 * long as nothing was freed.
 *
 * Locking: the table lock protects all of it.  The grow lock is for the making of
 * leaves; the table lock nests inside it.
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

#define PGA_STAMP_BITS	32
#define PGA_MAX_SLOTS	(U32_MAX >> 1)

/* Seven words of them, so that a leaf is no larger than a page of 4 KiB. */
#define PGA_LEAF_SLOTS	(7 * 64)
#define PGA_MIN_LEAVES	BITS_PER_LONG

/**
 * struct pga_leaf - slots
 * @nr_free: how many are free
 * @free: which
 * @blocks: what is in the others
 */
struct pga_leaf {
	unsigned int nr_free;
	DECLARE_BITMAP(free, PGA_LEAF_SLOTS);
	struct pga_block *blocks[PGA_LEAF_SLOTS];
};

/**
 * struct pga_leaves - the list of leaves; replaced by a longer one to grow
 * @max: how many there is room for, a multiple of BITS_PER_LONG
 * @room: those that have a free slot
 * @leaf: the leaves
 */
struct pga_leaves {
	unsigned int max;
	unsigned long *room;
	struct pga_leaf *leaf[];
};

DEFINE_SPINLOCK(pga_table_lock);
static DEFINE_MUTEX(grow_lock);
static struct pga_leaves *leaves;	/* [t, changed under both] */
static u32 nr_slots;			/* [t, changed under both] */
static u32 nr_free_slots;		/* [t] */
static u32 last_stamp;			/* [t] */
static unsigned int first_room;		/* no leaf below has a free slot [t] */

static struct pga_leaf *slot_leaf_locked(u32 slot)
{
	lockdep_assert_held(&pga_table_lock);
	return leaves->leaf[slot / PGA_LEAF_SLOTS];
}

/* NULL: the slot is free. */
static struct pga_block *slot_block_locked(u32 slot)
{
	return slot_leaf_locked(slot)->blocks[slot % PGA_LEAF_SLOTS];
}

static u32 id_slot(u64 id)
{
	return id >> PGA_STAMP_BITS;
}

static u64 first_id_of_slot(u32 slot)
{
	return (u64)slot << PGA_STAMP_BITS;
}

static struct pga_leaves *new_list(unsigned int max)
{
	struct pga_leaves *list;

	list = kvzalloc(struct_size(list, leaf, max), GFP_KERNEL);
	if (!list)
		return NULL;
	list->max = max;
	list->room = kvcalloc(BITS_TO_LONGS(max), sizeof(long), GFP_KERNEL);
	if (list->room)
		return list;
	kvfree(list);
	return NULL;
}

static void free_list(struct pga_leaves *list)
{
	if (list)
		kvfree(list->room);
	kvfree(list);
}

/* Room for one leaf more in the list of them. */
static int grow_list(void)
{
	unsigned int nr = nr_slots / PGA_LEAF_SLOTS;
	struct pga_leaves *list, *old = leaves;

	lockdep_assert_held(&grow_lock);
	if (old && nr < old->max)
		return 0;
	list = new_list(old ? 2 * old->max : PGA_MIN_LEAVES);
	if (!list)
		return -ENOMEM;
	if (old)
		memcpy(list->leaf, old->leaf, nr * sizeof(list->leaf[0]));
	spin_lock(&pga_table_lock);
	if (old)
		bitmap_copy(list->room, old->room, old->max);
	leaves = list;
	spin_unlock(&pga_table_lock);
	free_list(old);
	return 0;
}

static int add_leaf(void)
{
	unsigned int nr = nr_slots / PGA_LEAF_SLOTS;
	struct pga_leaf *leaf;

	lockdep_assert_held(&grow_lock);
	if (nr_slots > PGA_MAX_SLOTS - PGA_LEAF_SLOTS || grow_list())
		return -ENOMEM;
	leaf = kzalloc(sizeof(*leaf), GFP_KERNEL);
	if (!leaf)
		return -ENOMEM;
	leaf->nr_free = PGA_LEAF_SLOTS;
	bitmap_fill(leaf->free, PGA_LEAF_SLOTS);
	spin_lock(&pga_table_lock);
	leaves->leaf[nr] = leaf;
	__set_bit(nr, leaves->room);
	nr_slots += PGA_LEAF_SLOTS;
	nr_free_slots += PGA_LEAF_SLOTS;
	spin_unlock(&pga_table_lock);
	return 0;
}

static int grow(unsigned int nr)
{
	int err = 0;

	mutex_lock(&grow_lock);
	if (READ_ONCE(nr_free_slots) < nr)
		err = add_leaf();
	mutex_unlock(&grow_lock);
	return err;
}

/* There is a free slot. */
static void take_locked(struct pga_block *block)
{
	unsigned int nr = find_next_bit(leaves->room, leaves->max, first_room);
	struct pga_leaf *leaf = leaves->leaf[nr];
	unsigned int i = find_first_bit(leaf->free, PGA_LEAF_SLOTS);

	first_room = nr;
	__clear_bit(i, leaf->free);
	if (!--leaf->nr_free)
		__clear_bit(nr, leaves->room);
	nr_free_slots--;
	/* No id is 0. */
	if (!++last_stamp)
		last_stamp = 1;
	leaf->blocks[i] = block;
	block->id = first_id_of_slot(nr * PGA_LEAF_SLOTS + i) | last_stamp;
}

/**
 * pga_ids_take() - give blocks ids
 * @blocks: that have none; the ids are written to them
 * @nr: how many, a few dozen at most: the lock is held for all of them
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOMEM and none has an id.
 */
int pga_ids_take(struct pga_block **blocks, unsigned int nr)
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
		take_locked(blocks[i]);
	spin_unlock(&pga_table_lock);
	return 0;
}

/**
 * pga_id_drop_locked() - take the id of a block back
 * @block: that nobody finds by its id any more
 */
void pga_id_drop_locked(struct pga_block *block)
{
	u32 slot = id_slot(block->id);
	struct pga_leaf *leaf = slot_leaf_locked(slot);

	leaf->blocks[slot % PGA_LEAF_SLOTS] = NULL;
	leaf->nr_free++;
	__set_bit(slot % PGA_LEAF_SLOTS, leaf->free);
	__set_bit(slot / PGA_LEAF_SLOTS, leaves->room);
	first_room = min_t(unsigned int, first_room, slot / PGA_LEAF_SLOTS);
	nr_free_slots++;
	block->id = 0;
}

/**
 * pga_id_find_locked() - the block that has an id
 * @id: any number
 *
 * Return: the block, whatever its state is, or NULL.
 */
struct pga_block *pga_id_find_locked(u64 id)
{
	struct pga_block *block;
	u32 slot = id_slot(id);

	lockdep_assert_held(&pga_table_lock);
	if (slot >= nr_slots)
		return NULL;
	/* Any program's number */
	block = slot_block_locked(array_index_nospec(slot, nr_slots));
	return block && block->id == id ? block : NULL;
}

/**
 * pga_id_next_locked() - the next block in the order of ids
 * @id: the lowest id; where to go on
 * @looks: slots to look at
 *
 * Return: the block, whatever its state is; NULL when there was none in @looks
 * slots; ERR_PTR(-ENOENT) when there is none any more.
 */
struct pga_block *pga_id_next_locked(u64 *id, unsigned int looks)
{
	u32 slot = id_slot(*id);

	lockdep_assert_held(&pga_table_lock);
	for (; slot < nr_slots && looks; slot++, looks--) {
		struct pga_block *block = slot_block_locked(slot);

		if (block && block->id >= *id) {
			*id = block->id + 1;
			return block;
		}
		*id = first_id_of_slot(slot + 1);
	}
	return slot < nr_slots ? NULL : ERR_PTR(-ENOENT);
}

/**
 * pga_ids_exit() - free the table; there is no block any more
 *
 * Context: process, at unload.
 */
void pga_ids_exit(void)
{
	u32 i;

	WARN_ON_ONCE(nr_free_slots != nr_slots);
	for (i = 0; i < nr_slots / PGA_LEAF_SLOTS; i++)
		kfree(leaves->leaf[i]);
	free_list(leaves);
}
