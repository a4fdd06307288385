// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their lifetime, and their creation.
 *
 * Every page that an area owns is free in the area's buddy, or belongs to one
 * block, or is in transit between the two, owned by one thread.  A thread
 * marks pages as part of a block (lookup.c) before it publishes the block, and
 * removes the marks before it returns the pages to the buddy.
 *
 * The lifetime of a block, and the files that implement each phase.  State
 * changes and their counters are in state.c.
 *
 *	new		create.c: the block has an id and pages; no lookup
 *			finds it
 *	ALLOCATED	published by create.c: its file lists, maps and frees
 *			it; hold.c counts its holders
 *	ORPHANED	orphan.c: its file was closed before the block was
 *			freed.  A device may still write to it, so it stays
 *			quarantined for a time in the tree of place.c
 *	DRAINING	free.c: freed; or orphan.c, drain.c: an orphan without
 *			or after quarantine.  Its id has no effect any more,
 *			and no new mapping is possible.  While a page is held,
 *			place.c has the block
 *	released	release.c: no page is held; the pages are free again
 *
 * A reservation is RESERVED instead of ALLOCATED.  It cannot be mapped, and its
 * pages have no holders, so UNRESERVE releases it at once (split.c), unless it
 * is persistent (cdev.c).
 *
 * Locking: the table lock is a spinlock.  It protects the ids, the files'
 * lists, the states, the ranges, the offsets and the places of draining blocks.
 * No other lock is taken inside it, except chunks_lock for blocks that several
 * areas own.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/clear.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/create.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/mmap_offset.h"
#include "block/owner.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/state.h"

static void abort_struct(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_blocks_free_structs(&block, 1);
}

/**
 * pga_block_abort() - undo a new block
 * @block: not published; its pages, if it has any, become free
 *
 * Context: process; sleeps.
 */
void pga_block_abort(struct pga_block *block)
{
	if (!block->area) {
		abort_struct(block);
		return;
	}
	pga_block_start_draining(block);
	pga_block_release_or_drain(block);
}

/**
 * pga_blocks_abort() - undo many new blocks
 * @blocks: list, through their @link, of unpublished blocks
 *
 * Context: process; sleeps.
 */
void pga_blocks_abort(struct list_head *blocks)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link) {
		/* The block may drain and outlive the list. */
		list_del_init(&block->link);
		pga_block_abort(block);
		cond_resched();
	}
}

/**
 * pga_block_assign_pages() - assign pages to a new block
 * @block: from pga_blocks_new(), or a piece of a block that is being split
 * @area: area that owns the pages; ignored if the block is one of several areas
 * @first: first page frame
 * @nr: number of pages.  The caller owns them; this passes them to the block.
 */
void pga_block_assign_pages(struct pga_block *block, struct pga_area *area,
			    u64 first, u64 nr)
{
	block->area = area;
	pga_block_set_range(block, first, nr);
	pga_block_update_area(block);
	pga_pages_set_block(block, first, first + nr - 1);
}

/* If the limit is reached, check draining blocks and try again. */
static int charge(struct pga_block *block, struct pga_file *file)
{
	struct pga_quota *quota = block->attr.quota;
	u64 nr = pga_block_nr(block);
	int err = pga_quota_charge(quota, nr, file->unlimited);

	if (err) {
		pga_drain_check_some(file);
		err = pga_quota_charge(quota, nr, file->unlimited);
	}
	block->charged = !err;
	return err;
}

/* An ordinary reservation is never mapped: its pages need no clearing. */
static bool is_accessible(const struct pga_block *block)
{
	return block->attr.kind == PGAREA_KIND_BLOCK ||
	       pga_attr_is_persistent(&block->attr);
}

/*
 * Clear the pages, unless the host has, and set their caching.  Return 0,
 * -ENOMEM, or -EINTR.
 */
static int init_pages(struct pga_block *block, bool taken)
{
	struct pga_pfn_range range = pga_block_range(block);
	int err = 0;

	if (!is_accessible(block))
		return 0;
	if (!taken || !pga_clear_by_host())
		err = pga_clear(range.first, range.nr);
	if (err || block->attr.caching == PGAREA_CACHE_WB)
		return err;
	block->attr_changed = true;
	return pga_caching_set(block->attr.caching, range.first, range.nr);
}

/*
 * Charge blocks and allocate their offsets, up to the first failure.  Set @err
 * to 0 or to the error.  Return how many succeeded.
 */
static unsigned int charge_all(struct pga_block **blocks, unsigned int nr,
			       struct pga_file *file, int *err)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		*err = charge(blocks[i], file) ?:
		       pga_offset_alloc(blocks[i]);
		if (*err)
			break;
	}
	return i;
}

static int init_all(struct pga_block **blocks, unsigned int nr, bool taken)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = init_pages(blocks[i], taken);
	return err;
}

static void free_all(const struct pga_block_pages *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && !pages->several; i++)
		pga_area_free_good(pages->area, pages->first[i], pages->nr);
	if (pages->several)
		pga_parts_free_good(pages->first[0], pages->nr);
}

/**
 * pga_blocks_create() - create new blocks, complete but not published
 * @attr: requested attributes of each block
 * @pages: their pages, allocated from an area; this passes them to the blocks
 * @file: file that they are for: it may be allowed to exceed the user's limit
 * @blocks: set to the new blocks
 * @nr: number of blocks to create, at most PGA_BATCH
 * @err: set to 0, or why fewer were created: -ENOMEM, -EDQUOT or -EINTR
 *
 * Each block has an id, marked pages, a charge and an mmap offset.  The pages
 * are cleared, and the kernel's own mapping of them has the requested caching.
 *
 * Context: process; sleeps.
 * Return: number of blocks created, the first ones of @blocks; the pages of the
 * others are free.
 */
unsigned int pga_blocks_create(const struct pga_block_attr *attr,
			       const struct pga_block_pages *pages,
			       struct pga_file *file, struct pga_block **blocks,
			       unsigned int nr, int *err)
{
	unsigned int i, made;
	int failed;

	*err = pga_blocks_new(blocks, nr, attr);
	if (*err) {
		free_all(pages, nr);
		return 0;
	}
	for (i = 0; i < nr; i++) {
		blocks[i]->several = pages->several;
		pga_block_assign_pages(blocks[i], pages->area, pages->first[i],
				       pages->nr);
	}
	made = charge_all(blocks, nr, file, err);
	failed = init_all(blocks, made, pages->taken);
	if (failed) {
		*err = failed;
		made = 0;
	}
	for (i = made; i < nr; i++)
		pga_block_abort(blocks[i]);
	return made;
}

/**
 * pga_block_create() - create one new block, complete but not published
 * @attr: requested attributes
 * @pages: its pages, allocated from their areas; this passes them to the block
 * @file: file that it is for: it may be allowed to exceed the user's limit
 *
 * Context: process; sleeps.
 * Return: the block; or ERR_PTR() of -ENOMEM, -EDQUOT or -EINTR, and the pages
 * are free.
 */
struct pga_block *pga_block_create(const struct pga_block_attr *attr,
				   const struct pga_block_pages *pages,
				   struct pga_file *file)
{
	struct pga_block *block;
	int err;

	if (!pga_blocks_create(attr, pages, file, &block, 1, &err))
		return ERR_PTR(err);
	return block;
}

/* Make a complete block visible to lookups. */
void pga_block_publish_locked(struct pga_block *block, struct pga_file *file)
{
	block->owner = file;
	block->splitting = false;
	pga_block_set_state_locked(block, pga_block_live_state(block));
	list_move_tail(&block->link, &file->blocks);
}

/**
 * pga_blocks_publish() - make many new blocks visible to lookups
 * @blocks: list, through their @link, of complete blocks; empty afterwards
 * @file: file that owns them
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
