// SPDX-License-Identifier: GPL-2.0
/*
 * The end of blocks, once nobody wants them any more: their pages go back to the
 * area, when nobody holds one.
 *
 * First the marks go, then the id, and then the pages are free.  Who is told that
 * there is no such id any more waits until that has come to its end.
 *
 * Locking: the burial lock is a rwsem, held for reading from before a block's id
 * goes until its pages are free.
 */
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include "area/area.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/offset.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/state.h"

static DECLARE_RWSEM(burial_lock);

/* Programs that wait until a block is gone, woken for each. */
DECLARE_WAIT_QUEUE_HEAD(pga_drained);

/**
 * pga_burial_begin() - ids are going to go
 *
 * Context: process; sleeps.  No drain lock is taken until pga_burial_end().
 */
void pga_burial_begin(void)
{
	down_read(&burial_lock);
}

/* The pages behind these ids are free. */
void pga_burial_end(void)
{
	up_read(&burial_lock);
}

/**
 * pga_burial_wait() - the pages of every block that has no id any more are free
 *
 * Context: process; sleeps.
 */
void pga_burial_wait(void)
{
	down_write(&burial_lock);
	up_write(&burial_lock);
}

/**
 * pga_block_remove_locked() - nothing leads to a block any more but its marks
 * @block: whose owner has lost it, or which was not published
 */
void pga_block_remove_locked(struct pga_block *block)
{
	if (block->area)
		pga_block_set_state_locked(block, PGAREA_STATE_NOT_OWNED);
	pga_offset_drop_locked(block);
	pga_id_drop_locked(block);
	list_del(&block->link);
}

static void uncharge(const struct pga_block *block)
{
	if (block->charged)
		pga_user_uncharge(block->traits.user, pga_block_nr(block));
}

/**
 * pga_block_bury() - give the pages of a block back, and its memory
 * @block: nothing leads to it
 *
 * Context: process; sleeps.
 */
void pga_block_bury(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);

	if (block->poisoned)
		pga_area_free_good(block->area, range.first, range.nr);
	else
		pga_area_free(block->area, range.first, range.nr);
	uncharge(block);
	pga_blocks_drop(&block, 1);
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

/**
 * pga_blocks_bury() - the same for blocks without a bad page
 * @blocks: list, through their @drain, of up to PGA_BATCH blocks
 *
 * All that are in the same area go with one hold of its lock, and neighbours as
 * one range: often they were made together.
 *
 * Context: process; sleeps.
 */
void pga_blocks_bury(struct list_head *blocks)
{
	struct pga_block *block, *freed[PGA_BATCH];
	struct pga_pfn_range ranges[PGA_BATCH];
	struct pga_area *area = NULL;
	unsigned int nr = 0, nr_ranges = 0;

	list_for_each_entry(block, blocks, drain) {
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
	if (area)
		pga_area_free_many(area, ranges, nr_ranges);
	pga_blocks_drop(freed, nr);
}

/**
 * pga_block_dissolve() - the end of a block: its pages are free behind this
 * @block: nobody finds it by its id, and nobody holds a page of it
 *
 * Context: process; sleeps.
 */
void pga_block_dissolve(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);

	pga_pages_unmark(range.first, pga_pfn_range_last(&range));
	pga_burial_begin();
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_block_bury(block);
	pga_burial_end();
	if (wq_has_sleeper(&pga_drained))
		wake_up_all(&pga_drained);
}
