// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the hardware reported an error in.
 *
 * The kernel's memory failure handling notes it in the page and can do no more with
 * a page of ours ("unhandlable"), nor does it tell a module.  So pages are looked
 * at when they are taken from an area and when they come back to it, and scan.c
 * looks at those that are mapped.  A bad page gets a mark of ours and is counted
 * once.  It is never free again: to the area it is in use for good, until the
 * module is unloaded and the host takes it out of circulation.
 *
 * Locking: the pages are in the hands of the caller, except for the mark, which
 * scan.c also gives to pages of a block; it does that under the table lock.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "area/pages.h"
#include "hide.h"

static bool is_bad(u64 pfn)
{
	return PageHWPoison(pfn_to_page(pfn));
}

/**
 * pga_poison_seen() - has the hardware reported an error in one of these pages?
 * @first: first page frame
 * @nr: number of pages
 *
 * Context: process; sleeps.
 */
bool pga_poison_seen(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		if (is_bad(first + i))
			return true;
		if (i % pageblock_nr_pages == pageblock_nr_pages - 1)
			cond_resched();
	}
	return false;
}

/**
 * pga_poison_count() - how many pages have the mark
 * @first: first page frame
 * @last: last page frame
 *
 * Context: process; sleeps.
 */
u64 pga_poison_count(u64 first, u64 last)
{
	u64 pfn, nr = 0;

	for (pfn = first; pfn <= last; pfn++) {
		nr += pga_page_is_poisoned(pfn);
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	return nr;
}

/**
 * pga_poison_mark() - a bad page was found that has no mark yet
 * @area: whose page it is
 * @pfn: page frame number
 *
 * Context: any.
 */
void pga_poison_mark(struct pga_area *area, u64 pfn)
{
	set_bit(ilog2(PGA_PAGE_POISONED), &pfn_to_page(pfn)->private);
	atomic64_inc(&area->poisoned);
	pr_warn_ratelimited("area %s: the page at %#llx is poisoned; it will not be used again\n",
			    area->spec.name, pga_told_address(pfn << PAGE_SHIFT));
}

/* A page that is not to be free again. */
static bool keep_bad(struct pga_area *area, u64 pfn)
{
	if (!pga_page_is_poisoned(pfn)) {
		if (!is_bad(pfn))
			return false;
		pga_poison_mark(area, pfn);
	}
	return true;
}

/**
 * pga_poison_give() - make the good pages of a range free again
 * @area: the area
 * @first: first page frame
 * @nr: number of pages; all of them were taken, and none is free
 *
 * Context: process; sleeps.
 */
void pga_poison_give(struct pga_area *area, u64 first, u64 nr)
{
	u64 good = first, end = first + nr, pfn;

	for (pfn = first; pfn < end; pfn++) {
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
		if (!keep_bad(area, pfn))
			continue;
		if (pfn > good)
			pga_area_give(area, good, pfn - good);
		good = pfn + 1;
	}
	if (end > good)
		pga_area_give(area, good, end - good);
}

/* Pages that were just taken go back when one is bad, and the bad one does not. */
static bool refuse_bad(struct pga_area *area, u64 first, u64 nr)
{
	if (!pga_poison_seen(first, nr))
		return false;
	pga_poison_give(area, first, nr);
	return true;
}

/**
 * pga_poison_alloc() - pga_area_alloc() of good pages
 * @area: the area
 * @rq: what is asked for
 * @first: first page frame of what was found
 *
 * Context: process; sleeps.
 * Return: 0, -ENOSPC, or -EINTR.
 */
int pga_poison_alloc(struct pga_area *area, const struct pga_request *rq,
		     u64 *first)
{
	int err;

	/* Each turn has one page less to find. */
	do {
		err = pga_area_alloc(area, rq, first);
	} while (!err && refuse_bad(area, *first, rq->nr));
	return err;
}

/**
 * pga_poison_alloc_many() - pga_area_alloc_many() of good pages
 * @area: the area
 * @rq: what is asked for, each time
 * @first: first page frame of each that was found
 * @nr: how many times
 *
 * Context: process; sleeps.
 * Return: how many were found; none only when pga_poison_alloc() finds none.
 */
unsigned int pga_poison_alloc_many(struct pga_area *area,
				   const struct pga_request *rq, u64 *first,
				   unsigned int nr)
{
	unsigned int found, good, i;

	do {
		found = pga_area_alloc_many(area, rq, first, nr);
		for (i = 0, good = 0; i < found; i++)
			if (!refuse_bad(area, first[i], rq->nr))
				first[good++] = first[i];
	} while (found && !good);
	return good;
}

/**
 * pga_poison_take() - pga_area_take() of good pages
 * @area: the area
 * @first: first page frame
 * @nr: number of pages
 * @conflict: on an error the first page frame in the way
 *
 * Context: process; sleeps.
 * Return: 0, -EBUSY (@conflict is in use or bad), -ENOENT (@conflict is not
 * owned).
 */
int pga_poison_take(struct pga_area *area, u64 first, u64 nr, u64 *conflict)
{
	int err = pga_area_take(area, first, nr, conflict);

	if (err || !pga_poison_seen(first, nr))
		return err;
	*conflict = first;
	while (*conflict < first + nr - 1 && !is_bad(*conflict))
		++*conflict;
	pga_poison_give(area, first, nr);
	return -EBUSY;
}
