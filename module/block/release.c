// SPDX-License-Identifier: GPL-2.0
/*
 * Release of blocks that are freed and have no holder any more.
 *
 * The steps have one order, and two implementations:
 *
 *	1	remove the marks from the pages (lookup.c); of a block that
 *		several areas own, within the third step
 *	2	remove the id, the mmap offset and the entry in the file's list
 *	3	free the pages in their area, and undo the charge
 *	4	wake the waiters
 *
 * FREE does the first two for small idle blocks under the table lock, which it
 * holds anyway, and the third for a batch of them:
 * pga_block_try_release_locked() and pga_blocks_release_pages().  There is no
 * fourth, because no thread waits for a block that did not drain.  All other
 * blocks end in pga_block_release().
 *
 * An id must not be reported as gone before the pages are free.  So steps 2 and
 * 3 are a read section, and pga_release_sync() waits for sections in progress.
 *
 * A program that waits for blocks of a file waits in the queue of that file, so
 * that a release costs nothing for the programs that wait for other blocks.
 *
 * Locking: the release lock is a rwsem, held for reading in that section.
 */
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/page.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/file.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/mmap_offset.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/state.h"

/* Largest number of pages that is checked under the table lock */
#define PGA_SMALL	8

static DECLARE_RWSEM(release_rwsem);

/* Programs that wait for a block without an owner, or for all blocks */
DECLARE_WAIT_QUEUE_HEAD(pga_drained);

/**
 * pga_release_begin() - begin a section that removes ids and frees pages
 *
 * Context: process; sleeps.
 */
void pga_release_begin(void)
{
	down_read(&release_rwsem);
}

/**
 * pga_release_end() - end the section: the pages of all removed ids are free
 */
void pga_release_end(void)
{
	up_read(&release_rwsem);
}

/**
 * pga_release_sync() - wait for all sections in progress
 *
 * After this, the pages of every block whose id was gone before the call are
 * free.  The caller has seen under the table lock that the id is gone.
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR (fatal signal).
 */
int pga_release_sync(void)
{
	/*
	 * Nearly always there is none, and then the lock, which would also
	 * delay new sections, is not needed.  Pairs with up_read().
	 */
	if (!rwsem_is_locked(&release_rwsem)) {
		smp_acquire__after_ctrl_dep();
		return 0;
	}
	if (down_write_killable(&release_rwsem))
		return -EINTR;
	up_write(&release_rwsem);
	return 0;
}

/**
 * pga_block_remove_locked() - remove a block from the ids, offsets and lists
 * @block: without marks, or of several areas; dead, or never published
 */
void pga_block_remove_locked(struct pga_block *block)
{
	if (block->area)
		pga_block_set_state_locked(block, PGAREA_STATE_NOT_OWNED);
	pga_offset_free_locked(block);
	pga_id_free_locked(block);
	list_del(&block->link);
	list_del_init(&block->drain);
}

/* Is it small, in one area, without holder, bad page or changed caching? */
static bool is_idle(const struct pga_block *block)
{
	return pga_block_nr(block) <= PGA_SMALL &&
	       !atomic_read(&block->nr_mappings) &&
	       !atomic_read(&block->nr_exports) && !block->attr_changed &&
	       !block->poisoned && !block->several;
}

/**
 * pga_block_try_release_locked() - release a block at once, if possible
 * @block: its owner frees it
 * @released: list, through @drain, that gets the block.  The caller must free
 *	its pages with pga_blocks_release_pages().
 *
 * Nearly all freed blocks are small and have no holder: they need not drain.
 * Without a mapping, no new holder can appear.
 *
 * Context: table lock held, in a section of pga_release_begin().
 * Return: false when a full check is needed; nothing has changed then.
 */
bool pga_block_try_release_locked(struct pga_block *block,
				  struct list_head *released)
{
	struct pga_pfn_range range = pga_block_range(block);
	struct page *page;
	u64 i;

	if (!is_idle(block))
		return false;
	/*
	 * Read the counts before the page references, as in
	 * pga_block_check_held().  Pairs with atomic_dec_and_lock() in
	 * drop_counted() of hold.c.
	 */
	smp_rmb();
	for (i = 0; i < range.nr; i++) {
		page = pga_block_page(block, i);
		if (!pga_page_is_idle(page) || PageHWPoison(page))
			return false;
	}
	pga_pages_clear_block(range.first, pga_pfn_range_last(&range));
	pga_block_remove_locked(block);
	list_add_tail(&block->drain, released);
	return true;
}

static void uncharge(const struct pga_block *block)
{
	if (block->charged)
		pga_quota_uncharge(block->attr.quota, pga_block_nr(block));
}

/*
 * Each part keeps its marks until it is freed, so that its area does not end
 * before that.  The id is gone, so no lookup by a mark finds the block live.
 */
static void release_parts_of(struct pga_block *block)
{
	u64 pfn = pga_block_pfn(block, 0), end = pfn + pga_block_nr(block);
	struct pga_part part;

	for (; pfn < end; pfn += part.range.nr) {
		pga_part_at(pfn, end - 1, &part);
		pga_area_get(part.area);
		pga_pages_clear_block(pfn, pga_pfn_range_last(&part.range));
		pga_area_free_good(part.area, pfn, part.range.nr);
		pga_area_put(part.area);
	}
	/* A lookup may have found a mark, and still use the block. */
	spin_lock(&pga_table_lock);
	spin_unlock(&pga_table_lock);
}

static void release_pages_of(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);

	if (block->several)
		release_parts_of(block);
	else if (block->poisoned)
		pga_area_free_good(block->area, range.first, range.nr);
	else
		pga_area_free(block->area, range.first, range.nr);
	uncharge(block);
	pga_blocks_free_structs(&block, 1);
}

/* Extend a range by an adjacent one.  False: they are not adjacent. */
static bool extend_range(struct pga_pfn_range *range,
			 const struct pga_pfn_range *by)
{
	if (by->first + by->nr == range->first)
		range->first = by->first;
	else if (range->first + range->nr != by->first)
		return false;
	range->nr += by->nr;
	return true;
}

/*
 * Free the pages of one area under one hold of its lock, and adjacent blocks as
 * one range: blocks that were allocated together are often adjacent.
 */
static void release_pages_of_all(struct list_head *released)
{
	struct pga_block *block, *freed[PGA_BATCH];
	struct pga_pfn_range ranges[PGA_BATCH];
	struct pga_area *area = NULL;
	unsigned int nr = 0, nr_ranges = 0;

	list_for_each_entry(block, released, drain) {
		struct pga_pfn_range range = pga_block_range(block);

		freed[nr++] = block;
		uncharge(block);
		if (area && area != block->area) {
			pga_area_free_many(area, ranges, nr_ranges);
			nr_ranges = 0;
		}
		area = block->area;
		if (!nr_ranges || !extend_range(&ranges[nr_ranges - 1], &range))
			ranges[nr_ranges++] = range;
	}
	pga_area_free_many(area, ranges, nr_ranges);
	pga_blocks_free_structs(freed, nr);
}

/**
 * pga_blocks_release_pages() - free the pages of released blocks
 * @released: list of up to PGA_BATCH blocks, from
 *	pga_block_try_release_locked(); may be empty
 *
 * Context: process; sleeps.  In the same section of pga_release_begin().
 */
void pga_blocks_release_pages(struct list_head *released)
{
	if (list_is_singular(released))
		release_pages_of(list_first_entry(released, struct pga_block,
						  drain));
	else if (!list_empty(released))
		release_pages_of_all(released);
}

/**
 * struct pga_wakeup - which programs the end of a block concerns
 * @file: its owner, if programs wait for the blocks of this file
 * @others: those that wait in pga_drained
 */
struct pga_wakeup {
	struct pga_file *file;
	bool others;
};

/* A waiter reads under the table lock what it waits for: none is missed. */
static void prepare_wakeup_locked(const struct pga_block *block,
				  struct pga_wakeup *wakeup)
{
	struct pga_file *file = block->owner;

	*wakeup = (struct pga_wakeup){
		.others = pga_tally.nr == 1 ||
			  pga_attr_is_persistent(&block->attr),
	};
	/* It is the last one, or one that a program waits for. */
	if (file && (file->tally.nr == 1 || file->nr_waits) &&
	    wq_has_sleeper(&file->drained)) {
		kref_get(&file->ref);
		wakeup->file = file;
	}
}

static void wake_up_waiters(const struct pga_wakeup *wakeup)
{
	if (wakeup->file) {
		wake_up_all(&wakeup->file->drained);
		pga_file_put(wakeup->file);
	}
	if (wakeup->others && wq_has_sleeper(&pga_drained))
		wake_up_all(&pga_drained);
}

/**
 * pga_block_release() - release a block: its pages are free after this
 * @block: DRAINING, without holders, its kernel mapping write-back
 *
 * Context: process; sleeps.
 */
void pga_block_release(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);
	/* If all pages are bad, the area could be destroyed before the end. */
	struct pga_area *area = pga_area_get(block->area);
	struct pga_wakeup wakeup;
	bool pinned = block->pinned;

	if (!block->several)
		pga_pages_clear_block(range.first, pga_pfn_range_last(&range));
	pga_release_begin();
	spin_lock(&pga_table_lock);
	prepare_wakeup_locked(block, &wakeup);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	release_pages_of(block);
	/*
	 * In the section, so that a WAIT for all blocks makes unloading
	 * possible.  Unload waits for the worker; a command has a file open.
	 */
	if (pinned)
		module_put(THIS_MODULE);
	pga_release_end();
	wake_up_waiters(&wakeup);
	pga_area_put(area);
}
