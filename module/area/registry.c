// SPDX-License-Identifier: GPL-2.0
/*
 * Areas: named pools of pages with address bounds.
 *
 * An area owns chunks that it took from the host, all within its bounds, and
 * keeps their free pages in one buddy, so that free memory joins across chunks
 * that touch.  What the pages are used for is no matter of this file: a page
 * that is owned and not free is somebody's.
 *
 * The list of areas is made when the module is loaded and taken down when it is
 * unloaded; nobody can open the device before or after.  So it is read without
 * a lock.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/host.h"

/* One contiguous piece, taken from the host at once. */
struct pga_chunk {
	struct list_head link;
	unsigned long first;
	unsigned long nr;
};

/* Larger pieces are quicker to take, smaller ones are found more often. */
#define PGA_CHUNK_BYTES		SZ_4M

static LIST_HEAD(areas);
static LIST_HEAD(areas_by_place);
static unsigned int nr_areas;
static u32 last_area_id;

static u64 area_first_pfn(const struct pga_area *area)
{
	return area->spec.start >> PAGE_SHIFT;
}

static u64 area_last_pfn(const struct pga_area *area)
{
	return (area->spec.end >> PAGE_SHIFT) - 1;
}

static u64 area_wanted_pages(const struct pga_area *area)
{
	return area->spec.size >> PAGE_SHIFT;
}

/* Hand a chunk to the buddy.  The caller has taken it from the host. */
static int area_add_pages(struct pga_area *area, const struct pga_chunk *chunk)
{
	struct pga_stock stock = {};
	int err;

	lockdep_assert_held(&area->resize);
	err = pga_stock_fill(&stock, &area->buddy, chunk->first, chunk->nr);
	if (err)
		return err;
	spin_lock(&area->lock);
	err = pga_buddy_add(&area->buddy, chunk->first, chunk->nr, &stock);
	spin_unlock(&area->lock);
	pga_stock_drop(&stock);
	return err;
}

/* -ENOMEM: the host has no more to spare.  Others: not this one, try another. */
static int area_take_chunk(struct pga_area *area, unsigned long first,
			   unsigned long nr)
{
	struct pga_chunk *chunk;
	int err;

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->first = first;
	chunk->nr = nr;
	err = pga_host_take(first, nr);
	if (err)
		goto free_chunk;
	err = area_add_pages(area, chunk);
	if (err)
		goto return_pages;
	list_add_tail(&chunk->link, &area->chunks);
	WRITE_ONCE(area->nr_chunks, area->nr_chunks + 1);
	return 0;

return_pages:
	pga_host_return(first, nr);
free_chunk:
	kfree(chunk);
	return err;
}

/**
 * struct pga_filling - how the filling of an area went
 * @places: where a chunk might have been
 * @busy: of these, how many hold memory that cannot be moved
 * @zone_reserve: of these, how many are in a zone that has no more to spare
 * @host_reserve: it ended because the whole host has no more to spare
 */
struct pga_filling {
	unsigned long places;
	unsigned long busy;
	unsigned long zone_reserve;
	bool host_reserve;
};

static void filling_count(struct pga_filling *filling, int err)
{
	filling->places++;
	filling->busy += err == -EBUSY;
	filling->zone_reserve += err == -ENOSPC;
	filling->host_reserve = err == -ENOMEM;
}

/*
 * Take chunks of one size until the area holds what it should or the host has
 * no more of them.  Only a signal that kills ends it with an error.
 */
static int area_fill_by(struct pga_area *area, unsigned long nr,
			struct pga_filling *filling)
{
	struct pga_host_walk walk = {
		.node = NUMA_NO_NODE,
		.first = area_first_pfn(area),
		.last = min_t(u64, area_last_pfn(area), ULONG_MAX - 1),
		.nr = nr,
	};
	u64 wanted = area_wanted_pages(area);
	unsigned long first;

	*filling = (struct pga_filling){};
	while (pga_buddy_nr_owned(&area->buddy) + nr <= wanted &&
	       !filling->host_reserve && pga_host_next(&walk, &first)) {
		filling_count(filling, area_take_chunk(area, first, nr));
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int area_fill(struct pga_area *area, struct pga_filling *filling)
{
	int err;

	mutex_lock(&area->resize);
	err = area_fill_by(area, area->chunk_pages, filling);
	if (!err && area->chunk_pages > pageblock_nr_pages)
		err = area_fill_by(area, pageblock_nr_pages, filling);
	mutex_unlock(&area->resize);
	return err;
}

/* Why an area is not full, from the last pass, which looked at single pageblocks. */
static void report_shortage(const struct pga_area *area,
			    const struct pga_filling *filling)
{
	const char *name = area->spec.name;

	if (filling->host_reserve)
		pr_info("area %s: stopped to leave the host its reserve of %llu KiB; %llu KiB are available (parameter reserve=)\n",
			name, pga_host_reserve() / SZ_1K,
			pga_host_available() / SZ_1K);
	else if (!filling->places)
		pr_info("area %s: no memory of this machine is in its bounds\n",
			name);
	else
		pr_info("area %s: of %lu pageblocks %lu hold memory that cannot be moved or is no RAM, %lu are in a zone with no more to spare\n",
			name, filling->places, filling->busy,
			filling->zone_reserve);
}

static void area_report(const struct pga_area *area,
			const struct pga_filling *filling)
{
	u64 owned = pga_buddy_nr_owned(&area->buddy) << PAGE_SHIFT;
	const struct pga_area_spec *spec = &area->spec;

	pr_info("area %s: %llu of %llu KiB in %lu chunks in [%#llx-%#llx]\n",
		spec->name, owned / SZ_1K, spec->size / SZ_1K, area->nr_chunks,
		spec->start, spec->end - 1);
	if (owned < spec->size)
		report_shortage(area, filling);
}

static bool lies_higher(const struct pga_area *a, const struct pga_area *b)
{
	if (a->spec.end != b->spec.end)
		return a->spec.end > b->spec.end;
	return a->spec.start > b->spec.start;
}

static void area_add(struct pga_area *area)
{
	struct pga_area *other;

	list_add_tail(&area->link, &areas);
	nr_areas++;
	list_for_each_entry(other, &areas_by_place, by_place)
		if (lies_higher(area, other))
			break;
	/* Before @other, or at the end: the head is what the loop ends with. */
	list_add_tail(&area->by_place, &other->by_place);
}

static struct pga_area *area_new(const struct pga_area_spec *spec)
{
	struct pga_area *area = kzalloc(sizeof(*area), GFP_KERNEL);

	if (!area)
		return NULL;
	area->spec = *spec;
	area->id = ++last_area_id;
	area->chunk_pages = max_t(unsigned long, pageblock_nr_pages,
				  PGA_CHUNK_BYTES >> PAGE_SHIFT);
	mutex_init(&area->resize);
	INIT_LIST_HEAD(&area->chunks);
	spin_lock_init(&area->lock);
	pga_buddy_init(&area->buddy);
	area_add(area);
	return area;
}

static void area_return_chunks(struct pga_area *area)
{
	struct pga_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &area->chunks, link) {
		pga_host_return(chunk->first, chunk->nr);
		kfree(chunk);
	}
}

static void area_destroy(struct pga_area *area)
{
	list_del(&area->link);
	list_del(&area->by_place);
	nr_areas--;
	/* Nobody can hold a page of a module that is being unloaded. */
	WARN_ON_ONCE(pga_buddy_nr_free(&area->buddy) +
		     atomic64_read(&area->poisoned) !=
		     pga_buddy_nr_owned(&area->buddy));
	area_return_chunks(area);
	pga_buddy_destroy(&area->buddy);
	mutex_destroy(&area->resize);
	kfree(area);
}

/**
 * pga_areas_create() - make areas and fill them from the host
 * @specs: what they should be
 * @nr: how many there are, at most PGA_MAX_AREAS
 *
 * An area that cannot be filled is smaller, or empty, and says so in the log.
 *
 * Context: process, at load; sleeps.
 * Return: 0, -ENOMEM or -EINTR; nothing is left behind on an error.
 */
int pga_areas_create(const struct pga_area_spec *specs, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		struct pga_area *area = area_new(&specs[i]);
		struct pga_filling filling;

		err = area ? area_fill(area, &filling) : -ENOMEM;
		if (!err)
			area_report(area, &filling);
	}
	if (err)
		pga_areas_destroy();
	return err;
}

/**
 * pga_areas_destroy() - give all pages back to the host
 *
 * Context: process, at unload; sleeps.
 */
void pga_areas_destroy(void)
{
	struct pga_area *area, *next;

	list_for_each_entry_safe(area, next, &areas, link)
		area_destroy(area);
}

unsigned int pga_areas_count(void)
{
	return nr_areas;
}

/**
 * pga_area_next() - walk the areas in the order of their ids
 * @area: NULL to begin
 *
 * Return: the next area, NULL behind the last.
 */
struct pga_area *pga_area_next(struct pga_area *area)
{
	if (!area)
		return list_first_entry_or_null(&areas, struct pga_area, link);
	return list_is_last(&area->link, &areas) ? NULL :
		list_next_entry(area, link);
}

/**
 * pga_area_next_by_place() - walk the areas from the least precious one on
 * @area: NULL to begin
 *
 * The higher memory lies the fewer devices reach it, and the less it is missed:
 * highest end first, and of two with the same end the one that begins higher.
 * This is the default order of allocation.
 *
 * Return: the next area, NULL behind the last.
 */
struct pga_area *pga_area_next_by_place(struct pga_area *area)
{
	if (!area)
		return list_first_entry_or_null(&areas_by_place,
						struct pga_area, by_place);
	return list_is_last(&area->by_place, &areas_by_place) ? NULL :
		list_next_entry(area, by_place);
}

struct pga_area *pga_area_find(u32 id)
{
	struct pga_area *area;

	list_for_each_entry(area, &areas, link)
		if (area->id == id)
			return area;
	return NULL;
}

/**
 * pga_area_of() - the area that owns a page
 * @pfn: page frame number
 *
 * Return: the area, NULL when none owns it.
 */
struct pga_area *pga_area_of(u64 pfn)
{
	struct pga_area *area;
	u64 first, nr;

	list_for_each_entry(area, &areas, link)
		if (pfn >= area_first_pfn(area) && pfn <= area_last_pfn(area) &&
		    pga_area_next_owned(area, pfn, &first, &nr) && first == pfn)
			return area;
	return NULL;
}

/*
 * Find a place, and take it or not.  A long search lets go of the lock now and
 * then, and ends when nobody waits for it any more.
 */
static int area_search(struct pga_area *area, const struct pga_request *rq,
		       bool take, u64 *first)
{
	struct pga_request search = *rq;
	int err;

	for (;;) {
		spin_lock(&area->lock);
		err = take ? pga_buddy_alloc(&area->buddy, &search, first) :
			     pga_buddy_find(&area->buddy, &search, first);
		spin_unlock(&area->lock);
		if (err != -EAGAIN)
			return err;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

/**
 * pga_area_alloc() - allocate pages of one area
 * @area: the area
 * @rq: what is asked for
 * @first: first page frame of what was found
 *
 * Context: process; sleeps.
 * Return: 0, -ENOSPC, or -EINTR.
 */
int pga_area_alloc(struct pga_area *area, const struct pga_request *rq,
		   u64 *first)
{
	return area_search(area, rq, true, first);
}

/**
 * pga_area_alloc_many() - allocate pages of one area, several times
 * @area: the area
 * @rq: what is asked for, each time
 * @first: first page frame of each that was found
 * @nr: how many times, a few dozen at most: the lock is held for all of them, but
 *	for one search at most
 *
 * Return: how many were found; none only when pga_area_alloc() finds none.
 */
unsigned int pga_area_alloc_many(struct pga_area *area,
				 const struct pga_request *rq, u64 *first,
				 unsigned int nr)
{
	struct pga_request each = *rq;
	unsigned int found = 0;
	int err;

	spin_lock(&area->lock);
	do {
		/* What a search has passed over has no room for the next either. */
		err = pga_buddy_alloc(&area->buddy, &each, &first[found]);
		found += !err;
	} while (!err && found < nr && !each.resume);
	spin_unlock(&area->lock);
	return found ?: !pga_area_alloc(area, &each, first);
}

/**
 * pga_area_probe() - where pga_area_alloc() would allocate
 * @area: the area
 * @rq: what is asked for
 * @first: first page frame of the place
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
 * pga_area_take() - take an exact range out of the free memory
 * @area: the area
 * @first: first page frame
 * @nr: number of pages
 * @conflict: on an error the first page frame in the way
 *
 * Return: 0, -EBUSY (@conflict is in use), -ENOENT (@conflict is not owned).
 */
int pga_area_take(struct pga_area *area, u64 first, u64 nr, u64 *conflict)
{
	int err;

	spin_lock(&area->lock);
	err = pga_buddy_take(&area->buddy, first, nr, conflict);
	spin_unlock(&area->lock);
	return err;
}

/**
 * pga_area_test() - what pga_area_take() would answer
 * @area: the area
 * @first: first page frame
 * @nr: number of pages
 * @conflict: on an error the first page frame in the way
 *
 * Return: as pga_area_take().
 */
int pga_area_test(struct pga_area *area, u64 first, u64 nr, u64 *conflict)
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

/**
 * pga_area_give_many() - make ranges of pages free again
 * @area: the area
 * @parts: the ranges; all pages were taken, and none is free
 * @nr: how many, a few dozen at most: the lock is held for all of them
 */
void pga_area_give_many(struct pga_area *area, const struct pga_part *parts,
			unsigned int nr)
{
	unsigned int i;
	int err = 0;

	spin_lock(&area->lock);
	for (i = 0; i < nr; i++)
		err |= pga_buddy_give(&area->buddy, parts[i].first,
				      parts[i].nr);
	spin_unlock(&area->lock);
	/* A bug of ours.  The pages stay in use: lost, but nobody's by mistake. */
	WARN_ONCE(err, "pgarea: freeing %u ranges from %#llx on: %d\n", nr,
		  nr ? parts[0].first : 0, err);
}

/**
 * pga_area_give() - make pages free again
 * @area: the area
 * @first: first page frame
 * @nr: number of pages; all of them were taken, and none is free
 */
void pga_area_give(struct pga_area *area, u64 first, u64 nr)
{
	const struct pga_part part = { .first = first, .nr = nr };

	pga_area_give_many(area, &part, 1);
}

/* The first run of free pages from @from on, cut to begin there. */
bool pga_area_next_free(struct pga_area *area, u64 from, u64 *first, u64 *nr)
{
	bool found;

	spin_lock(&area->lock);
	found = pga_buddy_next_free(&area->buddy, from, first, nr);
	spin_unlock(&area->lock);
	return found;
}

/* The first run of owned pages from @from on, cut to begin there. */
bool pga_area_next_owned(struct pga_area *area, u64 from, u64 *first, u64 *nr)
{
	bool found;

	spin_lock(&area->lock);
	found = pga_buddy_next_owned(&area->buddy, from, first, nr);
	spin_unlock(&area->lock);
	return found;
}

/* What a counter says, but no more than the pages that are left for it. */
static u64 count_of(const atomic64_t *counter, u64 *left)
{
	u64 pages = min_t(u64, *left, atomic64_read(counter));

	*left -= pages;
	return pages;
}

/**
 * pga_area_usage() - how many pages are used for what
 * @area: the area
 * @usage: the answer, which adds up.  While others allocate and free, what is
 *	not free may be a moment older than the rest.
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
 * pga_area_may_own() - do the bounds of an area meet a range?
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 */
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last)
{
	return first <= area_last_pfn(area) && last >= area_first_pfn(area);
}

/**
 * pga_area_free_within() - how much is free between two addresses
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 * @free: number of free pages
 * @largest: length of the longest run of them
 *
 * Others may use the area meanwhile: the lock is held for a run at a time.
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

/**
 * pga_areas_not_owned() - how far a gap between owned pages goes
 * @pfn: a page that no area owns
 * @last: highest page frame of interest
 *
 * Return: pages from @pfn to @last before the next one that an area owns.
 */
u64 pga_areas_not_owned(u64 pfn, u64 last)
{
	struct pga_area *area;
	u64 first, nr;

	list_for_each_entry(area, &areas, link)
		if (pga_area_next_owned(area, pfn, &first, &nr) && first > pfn)
			last = min(last, first - 1);
	return last - pfn + 1;
}

/* Bytes in pages that the hardware reported an error in */
u64 pga_areas_poisoned_bytes(void)
{
	struct pga_area *area;
	u64 pages = 0;

	list_for_each_entry(area, &areas, link)
		pages += atomic64_read(&area->poisoned);
	return pages << PAGE_SHIFT;
}

/* Bytes that all areas have taken from the host */
u64 pga_areas_owned_bytes(void)
{
	struct pga_area_usage usage;
	struct pga_area *area;
	u64 bytes = 0;

	list_for_each_entry(area, &areas, link) {
		pga_area_usage(area, &usage);
		bytes += usage.owned << PAGE_SHIFT;
	}
	return bytes;
}
