// SPDX-License-Identifier: GPL-2.0
/*
 * Clearing memory before a program gets it, so that no program sees the data of
 * another owner.
 *
 * Memory is clean if no program has had it since it was cleared; clean memory
 * is not cleared again.  A free page that is known to be zero carries
 * PGA_PAGE_CLEAN (page.h).  A page gets this mark if the host cleared it before
 * the module took it, or if it was cleared for a block that was never
 * published.  The mark is removed when the page is allocated, before a program
 * can write to it, and when the page is reserved, because a device may write to
 * it.
 *
 * Locking: none.  The caller owns the pages.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "area/clear.h"
#include "area/page.h"

/* Pages to process between two checks for a fatal signal */
#define PGA_CLEAR_BATCH		(SZ_2M >> PAGE_SHIFT)

static atomic64_t cleared_pages;

static bool is_zero(u64 pfn)
{
	void *at = kmap_local_page(pfn_to_page(pfn));
	bool zero = !memchr_inv(at, 0, PAGE_SIZE);

	kunmap_local(at);
	return zero;
}

static void set_clean(u64 pfn, bool clean)
{
	unsigned long word = pga_page_word(pfn);

	pga_page_set_word(pfn, clean ? word | PGA_PAGE_CLEAN :
				       word & ~PGA_PAGE_CLEAN);
}

static bool is_clean(u64 pfn)
{
	return pga_page_word(pfn) & PGA_PAGE_CLEAN;
}

/* Return true if the page had to be cleared. */
static bool clear_one(u64 pfn)
{
	if (!is_clean(pfn)) {
		clear_highpage(pfn_to_page(pfn));
		return true;
	}
	WARN_ONCE(IS_ENABLED(CONFIG_DEBUG_VM) && !is_zero(pfn),
		  "pgarea: page frame %#llx is marked clean but is not zero\n",
		  pfn);
	set_clean(pfn, false);
	return false;
}

/**
 * pga_clear() - clear pages that are not clean
 * @first: first page frame
 * @nr: number of pages, of a block that is not published
 *
 * Only a fatal signal interrupts a long clearing.  If any signal did, a program
 * with a timer that fires before the memory is clear (that of a profiler, for
 * example) would never get its block.
 *
 * Context: process; sleeps.
 * Return: 0 and no page is marked clean, or -EINTR.
 */
int pga_clear(u64 first, u64 nr)
{
	u64 i, cleared = 0;

	for (i = 0; i < nr; i++) {
		cleared += clear_one(first + i);
		if (i % PGA_CLEAR_BATCH != PGA_CLEAR_BATCH - 1)
			continue;
		cond_resched();
		if (fatal_signal_pending(current) && i + 1 < nr) {
			pga_clear_undo(first, i + 1);
			break;
		}
	}
	if (cleared)
		atomic64_add(cleared, &cleared_pages);
	return i < nr ? -EINTR : 0;
}

/**
 * pga_clear_undo() - mark pages that no program has had as clean again
 * @first: first page frame
 * @nr: number of pages that pga_clear() cleared for an unpublished block
 *
 * Context: process; sleeps.
 */
void pga_clear_undo(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		set_clean(first + i, true);
		if (i % PGA_CLEAR_BATCH == PGA_CLEAR_BATCH - 1)
			cond_resched();
	}
}

/**
 * pga_clear_never() - remove the clean mark of pages without clearing them
 * @first: first page frame
 * @nr: number of pages of a block or reservation that is not published
 *
 * Context: process; sleeps.
 */
void pga_clear_never(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		if (is_clean(first + i))
			set_clean(first + i, false);
		if (i % PGA_CLEAR_BATCH == PGA_CLEAR_BATCH - 1)
			cond_resched();
	}
}

/* Does the host clear pages in alloc_contig_range(), or when they are freed? */
static bool host_clears(void)
{
	return want_init_on_alloc(GFP_KERNEL) || want_init_on_free();
}

/**
 * pga_clear_init() - set the marks of pages that were taken from the host
 * @first: first page frame
 * @nr: number of pages, whole pageblocks
 *
 * If the host should have cleared the pages, check one page of each pageblock.
 */
void pga_clear_init(unsigned long first, unsigned long nr)
{
	bool clean = host_clears();
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (clean && !(i % pageblock_nr_pages) && !is_zero(first + i))
			clean = false;
		pga_page_set_word(first + i, clean ? PGA_PAGE_CLEAN : 0);
	}
}

/**
 * pga_clear_reset() - remove the marks of a page that returns to the host
 * @pfn: page frame number
 */
void pga_clear_reset(unsigned long pfn)
{
	pga_page_set_word(pfn, 0);
}

/* Bytes cleared since the module was loaded */
u64 pga_clear_bytes(void)
{
	return (u64)atomic64_read(&cleared_pages) << PAGE_SHIFT;
}
