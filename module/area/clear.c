// SPDX-License-Identifier: GPL-2.0
/*
 * Clearing memory before a program gets it, so that no program sees the data of
 * another owner.
 *
 * All of it is cleared each time, also memory that no program has had since the
 * last time: the kernel does not see what a device writes, and a device may
 * write to any page whose address it got once, by mistake or late.
 *
 * Many kernels clear what they give (init_on_alloc).  Memory that was taken from
 * such a host for this block alone is not cleared again, which would double the
 * time.
 *
 * Locking: none.  The caller owns the pages.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "area/clear.h"

/* Pages to clear between two checks for a fatal signal */
#define PGA_CLEAR_BATCH		(SZ_2M >> PAGE_SHIFT)

static atomic64_t cleared_pages;

static void clear_batch(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++)
		clear_highpage(pfn_to_page(first + i));
	atomic64_add(nr, &cleared_pages);
}

/**
 * pga_clear() - clear pages
 * @first: first page frame
 * @nr: number of pages, of a block that is not published
 *
 * Only a fatal signal interrupts a long clearing.  If any signal did, a program
 * with a timer that fires before the memory is clear (that of a profiler, for
 * example) would never get its block.
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR and not all pages are clear.
 */
int pga_clear(u64 first, u64 nr)
{
	u64 batch;

	while (nr) {
		batch = min_t(u64, nr, PGA_CLEAR_BATCH);
		clear_batch(first, batch);
		first += batch;
		nr -= batch;
		if (nr && fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * pga_clear_by_host() - does the host clear all memory that it gives?
 *
 * With init_on_free it does not: it has cleared the memory earlier, when that
 * became free.
 *
 * Return: true if it does.
 */
bool pga_clear_by_host(void)
{
	return want_init_on_alloc(GFP_KERNEL) && !want_init_on_free();
}

/* Bytes cleared since the module was loaded */
u64 pga_clear_bytes(void)
{
	return (u64)atomic64_read(&cleared_pages) << PAGE_SHIFT;
}
