// SPDX-License-Identifier: GPL-2.0
/*
 * The end of blocks and reservations: their owner frees them, or is gone.
 *
 * A block first loses its owner's wish to be, under the table lock: from then on
 * nobody finds it by its id.  When nobody holds a page of it the marks go, then the
 * id, and then the pages are free.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "block.h"
#include "page.h"

/* A block of so few pages is looked at and taken down with the lock held. */
#define PGA_SMALL	8

/**
 * pga_block_dissolve() - the end of a block: its pages are free behind this
 * @block: nobody finds it by its id, and nobody holds a page of it
 */
void pga_block_dissolve(struct pga_block *block)
{
	pga_pages_unmark(block->first, block->last);
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_block_bury(block);
}

/**
 * pga_block_retire() - the end of a block that drained
 * @block: DRAINING, and nobody holds a page of it
 */
void pga_block_retire(struct pga_block *block)
{
	atomic64_sub(pga_block_nr(block), &block->area->draining);
	pga_block_dissolve(block);
}

/**
 * pga_block_start_draining_locked() - a block has no owner's wish to be any more
 * @block: live, or not published
 */
void pga_block_start_draining_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	block->state = PGAREA_STATE_DRAINING;
	atomic64_add(pga_block_nr(block), &block->area->draining);
}

/**
 * pga_block_retire_or_drain() - let a block go, now or when its holders do
 * @block: DRAINING, and the caller is the one who made it so
 *
 * Context: process; sleeps.
 */
void pga_block_retire_or_drain(struct pga_block *block)
{
	if (pga_block_is_held(block))
		pga_drain_add(block);
	else
		pga_block_retire(block);
}

/*
 * Nearly all blocks that are freed are small and not held: they need not drain.
 * Without a mapping there is nowhere a new holder could come from.
 */
static bool take_down_locked(struct pga_block *block)
{
	u64 pfn;

	if (pga_block_nr(block) > PGA_SMALL || atomic_read(&block->mappings))
		return false;
	for (pfn = block->first; pfn <= block->last; pfn++)
		if (page_ref_count(pfn_to_page(pfn)) != 1)
			return false;
	pga_pages_unmark(block->first, block->last);
	pga_block_remove_locked(block);
	return true;
}

/* Wait until no block of the file is being cut. */
static int wait_for_cut(struct pga_file *file)
{
	if (mutex_lock_killable(&file->cut))
		return -EINTR;
	mutex_unlock(&file->cut);
	return 0;
}

/**
 * struct pga_freed - what is left to do for blocks that were freed
 * @down: through their @drain, blocks that are taken down, whose pages are to be
 *	given back
 * @draining: the same way, blocks to look at more closely
 */
struct pga_freed {
	struct list_head down;
	struct list_head draining;
};

/* -EAGAIN: it is being cut. */
static int free_locked(struct pga_file *file, u64 id, struct pga_freed *freed)
{
	struct pga_block *block;

	block = pga_block_find_locked(file, id, PGAREA_KIND_BLOCK);
	if (!block)
		return -ENOENT;
	if (block->cutting)
		return -EAGAIN;
	if (take_down_locked(block)) {
		list_add_tail(&block->drain, &freed->down);
	} else {
		pga_block_start_draining_locked(block);
		list_add_tail(&block->drain, &freed->draining);
	}
	return 0;
}

static void finish_free(struct pga_freed *freed)
{
	struct pga_block *block, *next;

	if (list_is_singular(&freed->down))
		pga_block_bury(list_first_entry(&freed->down, struct pga_block,
						drain));
	else if (!list_empty(&freed->down))
		pga_blocks_bury(&freed->down);
	list_for_each_entry_safe(block, next, &freed->draining, drain) {
		list_del_init(&block->drain);
		pga_block_retire_or_drain(block);
	}
}

/**
 * pga_blocks_free() - the owner frees blocks
 * @file: the owner
 * @ids: of the blocks
 * @nr: how many, at most PGA_BATCH
 * @done: grows by the number of those that were freed
 *
 * Context: process; sleeps.
 * Return: 0; what stopped it: -ENOENT, or -EINTR (being killed).
 */
int pga_blocks_free(struct pga_file *file, const struct pgarea_block_id *ids,
		    unsigned int nr, u32 *done)
{
	struct pga_freed freed;
	unsigned int i = 0;
	int err;

	do {
		INIT_LIST_HEAD(&freed.down);
		INIT_LIST_HEAD(&freed.draining);
		err = 0;
		spin_lock(&pga_table_lock);
		while (i < nr && !err) {
			err = free_locked(file, ids[i].id, &freed);
			i += !err;
		}
		spin_unlock(&pga_table_lock);
		finish_free(&freed);
		if (err == -EAGAIN)
			err = wait_for_cut(file) ?: -EAGAIN;
	} while (err == -EAGAIN);
	*done += i;
	return err;
}

/* What drains already goes on without an owner. */
static bool disown_locked(struct pga_block *block)
{
	bool live = block->state == pga_block_live_state(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	block->owner = NULL;
	if (live)
		pga_block_start_draining_locked(block);
	return live;
}

/**
 * pga_block_withdraw_locked() - nobody is to find a reservation any more
 * @block: a live reservation; it is dissolved next
 */
void pga_block_withdraw_locked(struct pga_block *block)
{
	list_del_init(&block->link);
	block->state = PGAREA_STATE_NOT_OWNED;
	atomic64_sub(pga_block_nr(block), &block->area->reserved);
}

/* Take one block or reservation from a file.  False: it has none any more. */
static bool release_one(struct pga_file *file)
{
	struct pga_block *block;
	bool live = false, reservation = false;

	spin_lock(&pga_table_lock);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
	if (block) {
		reservation = block->kind == PGAREA_KIND_RESERVATION;
		if (reservation)
			pga_block_withdraw_locked(block);
		else
			live = disown_locked(block);
	}
	spin_unlock(&pga_table_lock);
	if (reservation)
		pga_block_dissolve(block);
	else if (live)
		pga_block_retire_or_drain(block);
	return block;
}

/**
 * pga_file_release() - the last descriptor and mapping of a file is gone
 * @file: no other thread uses it any more
 *
 * What it owns is freed.
 *
 * Context: process; sleeps.
 */
void pga_file_release(struct pga_file *file)
{
	while (release_one(file))
		cond_resched();
	put_pid(file->opener);
	mutex_destroy(&file->cut);
}
