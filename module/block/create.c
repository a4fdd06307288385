// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their owners and states, and how they come to be.
 * free.c ends them, and release.c has what comes of that.
 *
 * Every page that an area owns is free in the area's buddy, or belongs to one
 * block here, or is on its way between the two in one thread's hands.  A thread
 * marks the pages as a block's (lookup.c) before it publishes the block, and takes
 * the marks off before it gives them to the buddy.
 *
 * The life of a block:
 *
 *	new		it has an id and pages; nobody finds it
 *	ALLOCATED	published: its file lists, maps and frees it
 *	ORPHANED	its file was closed and it was not freed: a device may still
 *			write to it, so it waits for a time in the list of drain.c
 *	DRAINING	freed, or an orphan no longer; its id does nothing any more,
 *			no new mapping can be made, and when a page is still held
 *			it is in the list of drain.c
 *	gone		nobody holds a page; they are free again
 *
 * A reservation is RESERVED instead of ALLOCATED.  Nobody can map it and hold its
 * pages, so when it is given back it is gone at once, unless it is persistent
 * (cdev.c).
 *
 * Locking: the table lock is a spinlock.  It protects the ids, the files' lists,
 * the states, the ranges and the offsets.  It nests inside the drain lock, and no
 * other lock is taken inside it.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/clear.h"
#include "block/block.h"
#include "block/create.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/offset.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/state.h"

/**
 * pga_block_set_pages() - say which pages a new block has
 * @block: from pga_block_new()
 * @area: whose pages they are
 * @first: first page frame
 * @nr: number of pages, in the caller's hands; they are the block's from here on
 */
void pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			 u64 first, u64 nr)
{
	block->area = area;
	pga_block_set_range(block, first, nr);
	pga_pages_mark(block, first, first + nr - 1);
}

/**
 * pga_block_admit() - a new block has its pages for good
 * @block: not published, with pages
 * @unlimited: the limit for a user does not count
 *
 * What the user's blocks still hold is looked at again before it is too much.
 *
 * Context: process; sleeps.
 * Return: 0, -EDQUOT, or -ENOMEM.
 */
int pga_block_admit(struct pga_block *block, bool unlimited)
{
	struct pga_user *user = block->traits.user;
	u64 nr = pga_block_nr(block);
	int err = pga_user_charge(user, nr, unlimited);

	if (err) {
		pga_drain_poll();
		err = pga_user_charge(user, nr, unlimited);
	}
	block->charged = !err;
	return err ?: pga_offset_take(block);
}

/**
 * pga_block_prepare() - make the pages of a new block what was asked for
 * @block: not published
 *
 * Context: process; sleeps.
 * Return: 0, -ENOMEM, or -EINTR.
 */
int pga_block_prepare(struct pga_block *block)
{
	int err = pga_clear(pga_block_pfn(block, 0), pga_block_nr(block));

	block->cleared = !err;
	if (err || block->traits.cache == PGAREA_CACHE_WB)
		return err;
	block->recached = true;
	return pga_cache_set(block->traits.cache, pga_block_pfn(block, 0),
			     pga_block_nr(block));
}

/* A complete block is found from here on. */
void pga_block_publish_locked(struct pga_block *block, struct pga_file *file)
{
	block->owner = file;
	block->cutting = false;
	pga_block_set_state_locked(block, pga_block_live_state(block));
	list_move_tail(&block->link, &file->blocks);
}

/**
 * pga_blocks_publish() - let many new blocks be found
 * @blocks: list, through their @link, of complete blocks; empty behind this
 * @file: that owns them
 *
 * Context: process; sleeps.
 */
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file)
{
	unsigned int left;

	while (!list_empty(blocks)) {
		spin_lock(&pga_table_lock);
		for (left = PGA_BATCH; left && !list_empty(blocks); left--)
			pga_block_publish_locked(list_first_entry(blocks,
								  struct pga_block,
								  link),
						 file);
		spin_unlock(&pga_table_lock);
		cond_resched();
	}
}

/* Not published, and it has no pages. */
static void drop_new(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_blocks_free_structs(&block, 1);
}

/**
 * pga_block_discard() - undo pga_block_new() and what came behind it
 * @block: a block that was not published; its pages, if any, become free
 *
 * Context: process; sleeps.
 */
void pga_block_discard(struct pga_block *block)
{
	if (!block->area) {
		drop_new(block);
		return;
	}
	if (block->cleared)
		pga_clear_undo(pga_block_pfn(block, 0), pga_block_nr(block));
	pga_block_start_draining(block);
	pga_block_release_or_drain(block);
}

/**
 * pga_blocks_discard() - discard many blocks
 * @blocks: list, through their @link, of blocks that were not published
 *
 * Context: process; sleeps.
 */
void pga_blocks_discard(struct list_head *blocks)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link) {
		/* It may drain, and outlive the list. */
		list_del_init(&block->link);
		pga_block_discard(block);
		cond_resched();
	}
}
