// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of blocks and reservations.
 *
 * An id is the number of a slot in a table, and below it a stamp: how many ids
 * were taken before, modulo 2^32.  So it takes one look to find a block, the
 * order of the ids is the order of the slots, and a slot that is used anew has
 * another id: an id comes round after about 2^32 others.
 *
 * A slot holds a pointer to its block, or, when it is free, the number of the
 * next free one.  Slots come in leaves of a page each when they are needed, and
 * go when the module does: 8 bytes for each block that there was at a time.
 *
 * Locking: the table lock protects all of it.  The grow lock is for the making of
 * leaves; the table lock nests inside it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "block.h"
#include "ids.h"

#define PGA_STAMP_BITS	32
#define PGA_LEAF_SLOTS	(PAGE_SIZE / sizeof(unsigned long))
#define PGA_NO_SLOT	(U32_MAX >> 1)

DEFINE_SPINLOCK(pga_table_lock);
static DEFINE_MUTEX(grow_lock);
static unsigned long **leaves;		/* [t, changed under both] */
static unsigned int max_leaves;		/* [g] */
static u32 nr_slots;			/* [t, changed under both] */
static u32 nr_free_slots;		/* [t] */
static u32 free_slot = PGA_NO_SLOT;	/* [t] */
static u32 last_stamp;			/* [t] */

/* Pointers are even. */
static unsigned long free_entry(u32 next)
{
	return (unsigned long)next << 1 | 1;
}

static bool is_free_entry(unsigned long entry)
{
	return entry & 1;
}

static unsigned long *slot_entry_locked(u32 slot)
{
	lockdep_assert_held(&pga_table_lock);
	return &leaves[slot / PGA_LEAF_SLOTS][slot % PGA_LEAF_SLOTS];
}

static u32 id_slot(u64 id)
{
	return id >> PGA_STAMP_BITS;
}

static u64 first_id_of_slot(u32 slot)
{
	return (u64)slot << PGA_STAMP_BITS;
}

/* Room for one leaf more in the list of them. */
static int grow_list(void)
{
	unsigned int nr = nr_slots / PGA_LEAF_SLOTS;
	unsigned long **list, **old = leaves;

	lockdep_assert_held(&grow_lock);
	if (nr < max_leaves)
		return 0;
	list = kvmalloc_array(max(2 * nr, 16U), sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	if (nr)
		memcpy(list, old, nr * sizeof(*list));
	max_leaves = max(2 * nr, 16U);
	spin_lock(&pga_table_lock);
	leaves = list;
	spin_unlock(&pga_table_lock);
	kvfree(old);
	return 0;
}

static int add_leaf(void)
{
	unsigned long *leaf;
	unsigned int i;

	lockdep_assert_held(&grow_lock);
	if (nr_slots > PGA_NO_SLOT - PGA_LEAF_SLOTS || grow_list())
		return -ENOMEM;
	leaf = (unsigned long *)__get_free_page(GFP_KERNEL);
	if (!leaf)
		return -ENOMEM;
	for (i = 0; i < PGA_LEAF_SLOTS; i++)
		leaf[i] = free_entry(nr_slots + i + 1);
	spin_lock(&pga_table_lock);
	leaf[PGA_LEAF_SLOTS - 1] = free_entry(free_slot);
	leaves[nr_slots / PGA_LEAF_SLOTS] = leaf;
	free_slot = nr_slots;
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

static void take_locked(struct pga_block *block)
{
	u32 slot = free_slot;
	unsigned long *entry = slot_entry_locked(slot);

	/* No id is 0. */
	if (!++last_stamp)
		last_stamp = 1;
	free_slot = *entry >> 1;
	nr_free_slots--;
	*entry = (unsigned long)block;
	block->id = first_id_of_slot(slot) | last_stamp;
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

	*slot_entry_locked(slot) = free_entry(free_slot);
	free_slot = slot;
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
	unsigned long entry;

	lockdep_assert_held(&pga_table_lock);
	if (id_slot(id) >= nr_slots)
		return NULL;
	entry = *slot_entry_locked(id_slot(id));
	if (is_free_entry(entry))
		return NULL;
	block = (struct pga_block *)entry;
	return block->id == id ? block : NULL;
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
		unsigned long entry = *slot_entry_locked(slot);
		struct pga_block *block = (struct pga_block *)entry;

		if (!is_free_entry(entry) && block->id >= *id) {
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
	u32 slot;

	WARN_ON_ONCE(nr_free_slots != nr_slots);
	for (slot = 0; slot < nr_slots; slot += PGA_LEAF_SLOTS)
		free_page((unsigned long)leaves[slot / PGA_LEAF_SLOTS]);
	kvfree(leaves);
}
