// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the hardware reported an error in.
 *
 * The kernel's memory failure handling notes it in the page and can do no more with
 * a page of ours ("unhandlable"), nor does it tell a module.  So pages are looked
 * at when they are taken from an area and when they come back to it, and hwpoison_scan.c
 * looks at those that are mapped.  A bad page gets a mark and is counted
 * once.  It is never free again: to the area it stays in use until the
 * module is unloaded and the host takes it out of circulation.
 *
 * Locking: the pages are in the hands of the caller, except for the mark, which
 * hwpoison_scan.c also gives to pages of a block; it does that under the table lock.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "hide.h"

static bool is_bad(u64 pfn)
{
	return PageHWPoison(pfn_to_page(pfn));
}

/**
 * pga_hwpoison_find() - find a page that the hardware reported an error in
 * @first: first page frame
 * @nr: number of pages
 * @bad: set to the first bad page frame, when there is one
 *
 * Context: process; sleeps.
 * Return: whether there is one.
 */
bool pga_hwpoison_find(u64 first, u64 nr, u64 *bad)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		if (is_bad(first + i)) {
			*bad = first + i;
			return true;
		}
		if (i % pageblock_nr_pages == pageblock_nr_pages - 1)
			cond_resched();
	}
	return false;
}

/**
 * pga_hwpoison_count() - how many pages have the mark
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
 * pga_hwpoison_mark() - a bad page was found that has no mark yet
 * @area: whose page it is
 * @pfn: page frame number
 *
 * Context: any.
 */
void pga_hwpoison_mark(struct pga_area *area, u64 pfn)
{
	set_bit(ilog2(PGA_PAGE_HWPOISON), &pfn_to_page(pfn)->private);
	atomic64_inc(&area->poisoned);
	pr_warn_ratelimited("area %s: the page at %#llx is poisoned; it will not be used again\n",
			    area->spec.name, pga_user_phys(pfn << PAGE_SHIFT));
}

/**
 * pga_hwpoison_check() - must a page that comes back stay in use?
 * @area: whose page it is
 * @pfn: page frame number
 *
 * A bad page gets its mark, unless it has it already.
 *
 * Context: any.
 * Return: whether the page is bad.
 */
bool pga_hwpoison_check(struct pga_area *area, u64 pfn)
{
	if (!pga_page_is_hwpoison(pfn)) {
		if (!is_bad(pfn))
			return false;
		pga_hwpoison_mark(area, pfn);
	}
	return true;
}
