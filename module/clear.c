// SPDX-License-Identifier: GPL-2.0
/*
 * Clearing memory before a program gets it: memory of another owner is never
 * seen.
 */
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "clear.h"

/* Pages to clear between two looks for a signal that kills */
#define PGA_CLEAR_BATCH		512

/**
 * pga_clear() - clear pages
 * @first: first page frame
 * @nr: number of pages, of a block that nobody can find yet
 *
 * Only a signal that kills ends a long clearing: if any signal did, a program
 * whose timer ticks faster than the memory is cleared (a profiler's, say) would
 * never get its block.
 *
 * Context: process; sleeps.
 * Return: 0 or -EINTR.
 */
int pga_clear(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		clear_highpage(pfn_to_page(first + i));
		if (i % PGA_CLEAR_BATCH == PGA_CLEAR_BATCH - 1) {
			cond_resched();
			if (fatal_signal_pending(current))
				return -EINTR;
		}
	}
	return 0;
}
