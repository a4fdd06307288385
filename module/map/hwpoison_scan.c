// SPDX-License-Identifier: GPL-2.0
/*
 * Scan for bad pages in mapped blocks.
 *
 * The kernel does not notify a module of memory errors that the hardware
 * reports.  So while any block is mapped, the scan checks the pages of all
 * mapped blocks every second.  If one is bad, the scan unmaps its block
 * everywhere, and the next access to the block raises SIGBUS: a contiguous
 * buffer with a hole is useless, and the program should learn of it.  The next
 * scan finds mappings that are being created during this one.
 *
 * A scan is made in several runs of a work, each of which is bounded.
 *
 * Locking: the scan checks pages under the table lock, a few at a time.  It
 * unmaps without the lock.  If the block is released meanwhile and another
 * block gets its offsets, the next access maps the pages of that block again.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "area/page.h"
#include "block/block.h"
#include "block/id.h"
#include "block/state.h"
#include "block/work.h"
#include "map/hwpoison_scan.h"
#include "map/inode.h"

/* Less than the documented second: a scan takes time, too. */
#define PGA_SCAN_MS	800

/* Slots of the table, and pages, to check per lock hold */
#define PGA_SCAN_SLOTS	256
#define PGA_SCAN_PAGES	512

/* Lock holds per run of the work */
#define PGA_SCAN_HOLDS	64

/**
 * struct pga_scan - a scan of all blocks
 * @id: id of the block to continue with, or a lower bound of it
 * @done: number of its pages already checked
 * @mapped: a mapped block was found
 * @block: a bad block, only compared to find its dma-bufs
 * @offset: mmap offset of the bad block, in pages
 * @nr: number of its pages; 0: no bad block was found
 */
struct pga_scan {
	u64 id;
	u64 done;
	bool mapped;
	const struct pga_block *block;
	u64 offset;
	u64 nr;
};

static void scan_run(void);
static bool scan_next(unsigned long *time);
static struct pga_work scan_work = {
	.run = scan_run,
	.next = scan_next,
};

static struct pga_scan progress;	/* only the work uses it */
static bool is_complete;	/* the same */
static bool wanted;		/* a block was mapped since the scan began */

/* Check some pages of a block from @scan->done on.  True: the block is done. */
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

/* Each scan unmaps a bad block again: it may have new mappings. */
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

/* Scan more slots, or more pages of a block.  False: there are no more. */
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

/* Begin a scan or continue it. */
static void scan_run(void)
{
	unsigned int holds;

	if (!progress.id) {
		WRITE_ONCE(wanted, false);
		is_complete = false;
	}
	for (holds = 0; holds < PGA_SCAN_HOLDS && !is_complete; holds++) {
		is_complete = !scan_some(&progress);
		if (progress.nr) {
			pga_inode_unmap(progress.offset, progress.nr);
			pga_inode_unmap_others(progress.block);
		}
		cond_resched();
	}
}

/* When is the next run?  False: no block is mapped. */
static bool scan_next(unsigned long *time)
{
	bool again = progress.mapped || READ_ONCE(wanted);

	*time = jiffies;
	if (!is_complete)
		return true;
	progress = (struct pga_scan){};
	*time += msecs_to_jiffies(PGA_SCAN_MS);
	return again;
}

/**
 * pga_hwpoison_scan_start() - start the scan after a block is mapped
 *
 * Context: any.
 */
void pga_hwpoison_scan_start(void)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return;
	WRITE_ONCE(wanted, true);
	pga_work_set(&scan_work, jiffies + msecs_to_jiffies(PGA_SCAN_MS));
}

/* At load: let mapped blocks be scanned. */
void __init pga_hwpoison_scan_init(void)
{
	pga_work_add(&scan_work);
}
