// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of an area: allocating, freeing and counting them.
 *
 * This file does not know what pages are used for: an owned page is free or in
 * use.  A page with a hardware error (hwpoison.c) is never allocated, and stays
 * in use when its owner frees it.
 *
 * Locking: pga_area.lock, a spinlock, protects the buddy of an area.  Long
 * searches and long walks drop it now and then.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "area/idle.h"
#include "area/pages.h"
#include "core/alloc.h"

/*
 * Find a place, and allocate it if @alloc.  A long search drops the lock now
 * and then, and stops on a fatal signal.
 */
static int area_search(struct pga_area *area, const struct pga_request *rq,
		       bool alloc, u64 *first)
{
	struct pga_request search = *rq;
	int err;

	for (;;) {
		spin_lock(&area->lock);
		err = alloc ? pga_buddy_alloc(&area->buddy, &search, first) :
			     pga_buddy_find(&area->buddy, &search, first);
		spin_unlock(&area->lock);
		if (err != -EAGAIN)
			return err;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

/* Free a newly allocated range again if one of its pages is bad. */
static bool free_if_bad(struct pga_area *area, u64 first, u64 nr)
{
	u64 bad;

	if (!pga_hwpoison_find(first, nr, &bad))
		return false;
	pga_area_free_good(area, first, nr);
	return true;
}

/**
 * pga_area_alloc() - allocate pages of one area
 * @area: the area
 * @rq: size, alignment and limits of the range
 * @first: set to the first page frame of the range
 *
 * Context: process; sleeps.
 * Return: 0, -ENOSPC, or -EINTR.
 */
int pga_area_alloc(struct pga_area *area, const struct pga_request *rq,
		   u64 *first)
{
	int err;

	/* The loop ends: each turn retires at least one bad page. */
	do {
		err = area_search(area, rq, true, first);
	} while (!err && free_if_bad(area, *first, rq->nr));
	return err;
}

/* Allocate without dropping the lock, and without checking for bad pages. */
static unsigned int alloc_many_once(struct pga_area *area,
				    const struct pga_request *rq, u64 *first,
				    unsigned int nr)
{
	struct pga_request each = *rq;
	unsigned int found = 0;
	int err;

	spin_lock(&area->lock);
	do {
		/* Memory that a search has skipped has no room for the next. */
		err = pga_buddy_alloc(&area->buddy, &each, &first[found]);
		found += !err;
	} while (!err && found < nr && !each.resume);
	spin_unlock(&area->lock);
	return found ?: !area_search(area, &each, true, first);
}

/**
 * pga_area_alloc_many() - allocate several equal ranges of one area
 * @area: the area
 * @rq: size, alignment and limits of each range
 * @first: set to the first page frame of each range
 * @nr: number of ranges, a few dozen at most: the lock is held for all of them,
 *	and for one long search at most
 *
 * Context: process; sleeps.
 * Return: number of ranges found; 0 only if pga_area_alloc() finds none.
 */
unsigned int pga_area_alloc_many(struct pga_area *area,
				 const struct pga_request *rq, u64 *first,
				 unsigned int nr)
{
	unsigned int found, good, i;

	do {
		found = alloc_many_once(area, rq, first, nr);
		for (i = 0, good = 0; i < found; i++)
			if (!free_if_bad(area, first[i], rq->nr))
				first[good++] = first[i];
	} while (found && !good);
	return good;
}

/**
 * pga_area_probe() - find where pga_area_alloc() would allocate
 * @area: the area
 * @rq: size, alignment and limits of the range
 * @first: set to the first page frame of the range
 *
 * Context: process; sleeps.
 * Return: 0, -ENOSPC, or -EINTR.
 */
int pga_area_probe(struct pga_area *area, const struct pga_request *rq,
		   u64 *first)
{
	return area_search(area, rq, false, first);
}

/**
 * pga_area_alloc_range() - allocate an exact range
 * @area: the area
 * @first: first page frame
 * @nr: number of pages
 * @conflict: on an error, set to the first page frame that is not available
 *
 * Context: process; sleeps.
 * Return: 0, -EBUSY (@conflict is in use or bad), or -ENOENT (@conflict is not
 * owned).
 */
int pga_area_alloc_range(struct pga_area *area, u64 first, u64 nr, u64 *conflict)
{
	int err;

	spin_lock(&area->lock);
	err = pga_buddy_alloc_range(&area->buddy, first, nr, conflict);
	spin_unlock(&area->lock);
	if (err || !pga_hwpoison_find(first, nr, conflict))
		return err;
	pga_area_free_good(area, first, nr);
	return -EBUSY;
}

/**
 * pga_area_probe_range() - find what pga_area_alloc_range() would return
 * @area: the area
 * @first: first page frame
 * @nr: number of pages
 * @conflict: on an error, set to the first page frame that is not available
 *
 * Return: as pga_area_alloc_range(), except that bad pages which are not marked
 * yet count as free.
 */
int pga_area_probe_range(struct pga_area *area, u64 first, u64 nr, u64 *conflict)
{
	u64 run_first, run_nr;
	int err = 0;

	spin_lock(&area->lock);
	*conflict = first;
	if (pga_buddy_next_free(&area->buddy, first, &run_first, &run_nr) &&
	    run_first == first)
		*conflict = first + min(run_nr, nr);
	if (*conflict != first + nr)
		err = pga_buddy_next_owned(&area->buddy, *conflict, &run_first,
					   &run_nr) &&
		      run_first == *conflict ? -EBUSY : -ENOENT;
	spin_unlock(&area->lock);
	return err;
}

/* Has it no page in use, apart from those that are never used again? */
static bool is_idle_locked(struct pga_area *area)
{
	lockdep_assert_held(&area->lock);
	return pga_buddy_nr_free(&area->buddy) +
	       atomic64_read(&area->poisoned) >=
	       pga_buddy_nr_owned(&area->buddy);
}

/* The area of a claim ends when no page of it is in use. */
static void note_if_idle(struct pga_area *area)
{
	bool idle;

	if (!area->spec.claim)
		return;
	spin_lock(&area->lock);
	idle = is_idle_locked(area);
	spin_unlock(&area->lock);
	if (idle)
		pga_idle_note(area);
}

/* Before pages are freed: that is when most are in use. */
static void note_peak_locked(struct pga_area *area)
{
	u64 used = pga_buddy_nr_owned(&area->buddy) -
		   pga_buddy_nr_free(&area->buddy);

	lockdep_assert_held(&area->lock);
	area->peak = max(area->peak, used);
}

/**
 * pga_area_free_many() - free several ranges of pages
 * @area: the area
 * @ranges: the ranges; all of their pages are in use
 * @nr: number of ranges, a few dozen at most: the lock is held for all of them
 */
void pga_area_free_many(struct pga_area *area, const struct pga_pfn_range *ranges,
			unsigned int nr)
{
	unsigned int i;
	int err = 0;

	/* Without a page in use, the area may be destroyed; keep its lock. */
	rcu_read_lock();
	spin_lock(&area->lock);
	note_peak_locked(area);
	for (i = 0; i < nr; i++)
		err |= pga_buddy_free(&area->buddy, ranges[i].first,
				      ranges[i].nr);
	spin_unlock(&area->lock);
	note_if_idle(area);
	rcu_read_unlock();
	/* A bug in the module.  Leak the pages, to avoid two owners. */
	WARN_ONCE(err, "pgarea: error %d on free of %u ranges, the first at page frame %#llx\n",
		  err, nr, nr ? ranges[0].first : 0);
}

/**
 * pga_area_free() - free pages
 * @area: the area
 * @first: first page frame
 * @nr: number of pages; all of them are in use
 */
void pga_area_free(struct pga_area *area, u64 first, u64 nr)
{
	const struct pga_pfn_range range = { .first = first, .nr = nr };

	pga_area_free_many(area, &range, 1);
}

/**
 * pga_area_free_good() - free the good pages of a range
 * @area: the area
 * @first: first page frame
 * @nr: number of pages; all of them are in use
 *
 * Bad pages stay in use permanently.  If all of them are bad, the caller has a
 * reference to the area.
 *
 * Context: process; sleeps.
 */
void pga_area_free_good(struct pga_area *area, u64 first, u64 nr)
{
	u64 good = first, end = first + nr, pfn, nr_bad = 0;

	for (pfn = first; pfn < end; pfn++) {
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
		if (!pga_hwpoison_check(area, pfn))
			continue;
		nr_bad++;
		if (pfn > good)
			pga_area_free(area, good, pfn - good);
		good = pfn + 1;
	}
	if (end > good)
		pga_area_free(area, good, end - good);
	else if (nr_bad == nr)
		note_if_idle(area);
}

/* Find the first run of free pages from @from on, clipped to begin there. */
bool pga_area_next_free(struct pga_area *area, u64 from, u64 *first, u64 *nr)
{
	bool found;

	spin_lock(&area->lock);
	found = pga_buddy_next_free(&area->buddy, from, first, nr);
	spin_unlock(&area->lock);
	return found;
}

/* Find the first run of owned pages from @from on, clipped to begin there. */
bool pga_area_next_owned(struct pga_area *area, u64 from, u64 *first, u64 *nr)
{
	bool found;

	spin_lock(&area->lock);
	found = pga_buddy_next_owned(&area->buddy, from, first, nr);
	spin_unlock(&area->lock);
	return found;
}

/* The value of a counter, but at most @left; subtract it from @left. */
static u64 count_of(const atomic64_t *counter, u64 *left)
{
	u64 pages = min_t(u64, *left, atomic64_read(counter));

	*left -= pages;
	return pages;
}

/**
 * pga_area_usage() - count the pages of an area by use
 * @area: the area
 * @usage: set to the counts, which add up.  During concurrent allocations and
 *	frees, the counts of pages in use may be a moment older than the rest.
 */
void pga_area_usage(struct pga_area *area, struct pga_area_usage *usage)
{
	u64 left;

	spin_lock(&area->lock);
	usage->owned = pga_buddy_nr_owned(&area->buddy);
	usage->free = pga_buddy_nr_free(&area->buddy);
	spin_unlock(&area->lock);
	left = usage->owned - usage->free;
	usage->reserved = count_of(&area->reserved, &left);
	usage->draining = count_of(&area->draining, &left);
	usage->orphaned = count_of(&area->orphaned, &left);
	usage->poisoned = count_of(&area->poisoned, &left);
	usage->allocated = left;
}

/**
 * pga_area_free_within() - count the free pages between two page frames
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 * @free: set to the number of free pages
 * @largest: set to the length of the longest free run
 *
 * The result is no snapshot: the lock is held for one run at a time.
 *
 * Context: process; sleeps.
 */
void pga_area_free_within(struct pga_area *area, u64 first, u64 last,
			  u64 *free, u64 *largest)
{
	u64 nr;

	*free = 0;
	*largest = 0;
	while (first <= last && pga_area_next_free(area, first, &first, &nr) &&
	       first <= last) {
		nr = min(nr, last - first + 1);
		*free += nr;
		*largest = max(*largest, nr);
		first += nr;
		cond_resched();
	}
}
