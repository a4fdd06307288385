// SPDX-License-Identifier: GPL-2.0
/*
 * Clearing memory before a program gets it: memory of another owner is never
 * seen.
 *
 * Only memory that was never handed out since it was cleared is clean, and it is
 * not cleared again.  A free page that is clean has a mark for that (page.h).  It
 * gets it when the host has cleared it for us, or when it was cleared for a block
 * that nobody came to see; the mark goes when the page is handed out, before
 * anybody can write to it, and so does that of a page that is reserved: a device
 * may write there.
 *
 * Locking: none.  The pages are in the hands of the caller.
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

/* Pages to work on between two looks for a signal that kills */
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

/* True when there was something to do. */
static bool clear_one(u64 pfn)
{
	if (!is_clean(pfn)) {
		clear_highpage(pfn_to_page(pfn));
		return true;
	}
	WARN_ONCE(IS_ENABLED(CONFIG_DEBUG_VM) && !is_zero(pfn),
		  "pgarea: page %#llx is not clean\n", pfn);
	set_clean(pfn, false);
	return false;
}

/**
 * pga_clear() - clear pages that are not clean
 * @first: first page frame
 * @nr: number of pages, of a block that is not published
 *
 * Only a signal that kills ends a long clearing: if any signal did, a program
 * whose timer ticks faster than the memory is cleared (a profiler's, say) would
 * never get its block.
 *
 * Context: process; sleeps.
 * Return: 0 and none has a mark, or -EINTR.
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
 * pga_clear_undo() - pages that pga_clear() cleared will not be handed out
 * @first: first page frame
 * @nr: number of pages
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
 * pga_clear_never() - pages are handed out as they are
 * @first: first page frame
 * @nr: number of pages, of a block that is not published
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

/* Does the host clear what alloc_contig_range() gives, or what is freed to it? */
static bool host_clears(void)
{
	return want_init_on_alloc(GFP_KERNEL) || want_init_on_free();
}

/**
 * pga_clear_init() - pages came from the host
 * @first: first page frame
 * @nr: number of pages, whole pageblocks
 *
 * What the host promises is checked in one page of each pageblock.
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
 * pga_clear_reset() - a page goes back to the host
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
