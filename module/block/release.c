// SPDX-License-Identifier: GPL-2.0
/*
 * The end of blocks that have no owner and no holder any more.
 *
 * There is one order of steps, and two ways to take them:
 *
 *	1	the marks come off the pages (lookup.c)
 *	2	the id, the mmap offset and the place in the file's list go
 *	3	the pages are free in their area, and the charge is undone
 *	4	those that wait for it are woken
 *
 * FREE takes the first two for small idle blocks under the table lock that it holds
 * anyway, and the third for a batch of them: pga_block_try_release_locked() and
 * pga_blocks_release_pages().  There is no fourth, since nothing waits for a block
 * that did not drain.  All other blocks end in pga_block_release().
 *
 * An id must not be reported as gone before the pages are free.  So steps 2 and 3
 * are a read section, and pga_release_sync() waits for those that are under way.
 *
 * Locking: the release lock is a rwsem, held for reading in that section.
 */
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include "area/area.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/mmap_offset.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/state.h"

/* A block of at most so many pages is inspected with the table lock held. */
#define PGA_SMALL	8

static DECLARE_RWSEM(release_rwsem);

/* Programs that wait until a block is gone, woken for each. */
DECLARE_WAIT_QUEUE_HEAD(pga_drained);

/**
 * pga_release_begin() - begin a section in which ids go and pages become free
 *
 * Context: process; sleeps.  The drain lock is not taken inside.
 */
void pga_release_begin(void)
{
	down_read(&release_rwsem);
}

/**
 * pga_release_end() - end the section: the pages of all ids that went are free
 */
void pga_release_end(void)
{
	up_read(&release_rwsem);
}

/**
 * pga_release_sync() - wait for all sections that have begun
 *
 * After it the pages of every block whose id was gone before the call are free.
 *
 * Context: process; sleeps.
 */
void pga_release_sync(void)
{
	down_write(&release_rwsem);
	up_write(&release_rwsem);
}

/**
 * pga_block_remove_locked() - remove a block from all that leads to it
 * @block: without marks: its owner has lost it, or it was not published
 */
void pga_block_remove_locked(struct pga_block *block)
{
	if (block->area)
		pga_block_set_state_locked(block, PGAREA_STATE_NOT_OWNED);
	pga_offset_free_locked(block);
	pga_id_free_locked(block);
	list_del(&block->link);
}

/* It has no counted holder, and its pages are as good as they were. */
static bool is_idle(const struct pga_block *block)
{
	return pga_block_nr(block) <= PGA_SMALL &&
	       !atomic_read(&block->nr_mappings) &&
	       !atomic_read(&block->nr_exports) && !block->attr_changed &&
	       !block->poisoned;
}

/**
 * pga_block_try_release_locked() - end a block right here, if that is possible
 * @block: that its owner frees
 * @released: list, through @drain, that gets the block.  Its pages are due to
 *	pga_blocks_release_pages().
 *
 * Nearly all blocks that are freed are small and not held: they need not drain.
 * Without a mapping there is nowhere a new holder could come from.
 *
 * Context: table lock held, in a section of pga_release_begin().
 * Return: false when a closer look is needed; nothing has changed then.
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
	 * Read the mapping count before the page references, as in
	 * pga_block_is_held().  Pairs with the atomic_dec_and_test() in
	 * pga_block_unmap().
	 */
	smp_rmb();
	for (i = 0; i < range.nr; i++) {
		page = pga_block_page(block, i);
		if (page_ref_count(page) != 1 || PageHWPoison(page))
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

static void release_pages_of(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);

	if (block->poisoned)
		pga_area_free_good(block->area, range.first, range.nr);
	else
		pga_area_free(block->area, range.first, range.nr);
	uncharge(block);
	pga_blocks_free_structs(&block, 1);
}

/* Make a range longer by one that it touches. */
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
 * The pages of one area go with one hold of its lock, and neighbours as one range:
 * often they were made together.
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
 * pga_blocks_release_pages() - free the pages of blocks that were released
 * @released: list of up to PGA_BATCH blocks, as pga_block_try_release_locked()
 *	left it; may be empty
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
 * pga_block_release() - end a block: its pages are free after this
 * @block: draining and without a holder, its kernel mapping write-back
 *
 * Context: process; sleeps.
 */
void pga_block_release(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);

	pga_pages_clear_block(range.first, pga_pfn_range_last(&range));
	pga_release_begin();
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	release_pages_of(block);
	pga_release_end();
	if (wq_has_sleeper(&pga_drained))
		wake_up_all(&pga_drained);
}
