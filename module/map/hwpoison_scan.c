// SPDX-License-Identifier: GPL-2.0
/*
 * Looking for bad pages in mapped blocks.
 *
 * Nobody tells a module that the hardware reported an error.  So as long as
 * something is mapped, the pages of all mapped blocks are looked at every second.
 * When one is bad its block is unmapped everywhere, and the next access to it is
 * SIGBUS: a contiguous buffer with a hole is of no use, and it is better to know.
 * Mappings that were just being made are found the next time.
 *
 * Locking: pages are looked at under the table lock, a few at a time.  Mappings are
 * taken away without it; should the block be gone by then, and another one be found
 * at its offsets, its pages come back at the next access.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "area/page.h"
#include "block/block.h"
#include "block/id.h"
#include "block/state.h"
#include "map/hwpoison_scan.h"
#include "map/inode.h"

/* Less than the second that is promised: a scan takes time, too. */
#define PGA_SCAN_MS	800

/* Slots of the table, and pages, to look at with the lock held */
#define PGA_SCAN_SLOTS	256
#define PGA_SCAN_PAGES	512

/**
 * struct pga_scan - a scan of all blocks
 * @id: of the block to go on with, or the lowest id
 * @done: how many of its pages were looked at
 * @mapped: a mapped block was found
 * @block: a block that was found to be bad, to recognise its dma-bufs by
 * @offset: of it, in pages
 * @nr: number of its pages; 0: no bad one was found
 */
struct pga_scan {
	u64 id;
	u64 done;
	bool mapped;
	const struct pga_block *block;
	u64 offset;
	u64 nr;
};

static void scan_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(scan_work, scan_work_fn);

/* Look at some pages of a block from @scan->done on.  True: that were the last. */
static bool scan_pages_locked(struct pga_scan *scan, struct pga_block *block)
{
	u64 end = min(pga_block_nr(block), scan->done + PGA_SCAN_PAGES);

	for (; scan->done < end; scan->done++) {
		u64 pfn = pga_block_pfn(block, scan->done);

		if (PageHWPoison(pfn_to_page(pfn)) && !pga_page_is_hwpoison(pfn))
			pga_block_hwpoison_locked(block, pfn);
	}
	return end == pga_block_nr(block);
}

/* Its mappings are to go, also those made since the last scan. */
static void note_bad_locked(struct pga_scan *scan, const struct pga_block *block)
{
	scan->block = block;
	scan->offset = block->offset;
	scan->nr = pga_block_nr(block);
}

static void scan_block_locked(struct pga_scan *scan, struct pga_block *block)
{
	scan->mapped = true;
	if (!scan_pages_locked(scan, block))
		return;
	if (block->poisoned)
		note_bad_locked(scan, block);
	scan->id = block->id + 1;
	scan->done = 0;
}

static bool is_mapped(const struct pga_block *block)
{
	return block->state && atomic_read(&block->nr_mappings) && !block->splitting;
}

/* Some more slots, or pages of a block.  False: there are no more. */
static bool scan_some(struct pga_scan *scan)
{
	struct pga_block *block;
	u64 id = scan->id;

	scan->nr = 0;
	spin_lock(&pga_table_lock);
	block = pga_id_next_locked(&id, PGA_SCAN_SLOTS);
	if (!IS_ERR_OR_NULL(block) && is_mapped(block)) {
		if (block->id != scan->id)
			scan->done = 0;
		scan->id = block->id;
		scan_block_locked(scan, block);
	} else {
		scan->id = id;
		scan->done = 0;
	}
	spin_unlock(&pga_table_lock);
	return !IS_ERR(block);
}

static void scan_work_fn(struct work_struct *work)
{
	struct pga_scan scan = {};

	while (scan_some(&scan)) {
		if (scan.nr) {
			pga_inode_unmap(scan.offset, scan.nr);
			pga_inode_unmap_others(scan.block);
		}
		cond_resched();
	}
	if (scan.mapped)
		pga_hwpoison_scan_start();
}

/**
 * pga_hwpoison_scan_start() - something is mapped
 *
 * Context: any.
 */
void pga_hwpoison_scan_start(void)
{
	if (IS_ENABLED(CONFIG_MEMORY_FAILURE) && !delayed_work_pending(&scan_work))
		schedule_delayed_work(&scan_work, msecs_to_jiffies(PGA_SCAN_MS));
}

/**
 * pga_hwpoison_scan_exit() - stop looking
 *
 * Context: process, at unload: nothing is mapped any more.
 */
void pga_hwpoison_scan_exit(void)
{
	cancel_delayed_work_sync(&scan_work);
}
