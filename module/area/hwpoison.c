// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that must not be used again (bad pages): those in which the hardware
 * reported an error, and those that lost a reference of the area, because
 * something dropped one that it did not take.
 *
 * The kernel's memory failure handling sets a flag in the page.  It can do no
 * more with a page of an area ("unhandlable"), and it does not notify modules.
 * So the module checks pages when it allocates them and when they are freed,
 * and hwpoison_scan.c checks those that are mapped.  A bad page gets
 * PGA_PAGE_HWPOISON and is counted once.  It is never free again: the area
 * keeps it in use permanently, until the module is unloaded and the host
 * retires it.  So its references need not be waited for: the memory failure
 * handling keeps some (after MADV_HWPOISON, for example).
 *
 * Locking: the caller owns the pages.  The exception is the mark:
 * hwpoison_scan.c also sets it in pages of a block, under the table lock.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "hide.h"

/**
 * pga_hwpoison_find() - find a bad page
 * @first: first page frame
 * @nr: number of pages
 * @bad: set to the first bad page frame, if there is one
 *
 * Context: process; sleeps.
 * Return: true if there is a bad page.
 */
bool pga_hwpoison_find(u64 first, u64 nr, u64 *bad)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		if (pga_page_is_bad(pfn_to_page(first + i))) {
			*bad = first + i;
			return true;
		}
		if (i % pageblock_nr_pages == pageblock_nr_pages - 1)
			cond_resched();
	}
	return false;
}

/**
 * pga_hwpoison_count() - count the pages that are marked bad
 * @first: first page frame
 * @last: last page frame
 *
 * Context: process; sleeps.
 * Return: number of pages.
 */
u64 pga_hwpoison_count(u64 first, u64 last)
{
	u64 pfn, nr = 0;

	for (pfn = first; pfn <= last; pfn++) {
		nr += pga_page_is_hwpoison(pfn);
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	return nr;
}

/**
 * pga_hwpoison_mark() - mark a bad page, count it and log it
 * @area: the area that owns the page
 * @pfn: page frame number of a page that is not marked yet
 *
 * Context: any.
 */
void pga_hwpoison_mark(struct pga_area *area, u64 pfn)
{
	set_bit(ilog2(PGA_PAGE_HWPOISON), &pfn_to_page(pfn)->private);
	atomic64_inc(&area->poisoned);
	pr_warn_ratelimited("area %s: %s the page at %#llx; the page is not used again\n",
			    area->spec.name,
			    PageHWPoison(pfn_to_page(pfn)) ?
				"hardware memory error in" :
				"something dropped a reference that it did not take to",
			    pga_user_phys(pfn << PAGE_SHIFT));
}

/**
 * pga_hwpoison_check() - must a page that is freed stay in use?
 * @area: the area that owns the page
 * @pfn: page frame number
 *
 * Mark the page if it is bad and not marked yet.
 *
 * Context: any.
 * Return: true if the page is bad.
 */
bool pga_hwpoison_check(struct pga_area *area, u64 pfn)
{
	if (!pga_page_is_hwpoison(pfn)) {
		if (!pga_page_is_bad(pfn_to_page(pfn)))
			return false;
		pga_hwpoison_mark(area, pfn);
	}
	return true;
}
