// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all areas: named pools of pages with address bounds.
 *
 * An area owns chunks that it took from the host, all within its bounds, and
 * keeps their free pages in one buddy, so that free memory joins across chunks
 * that touch.
 *
 * The list of areas is made when the module is loaded and taken down when it is
 * unloaded; nobody can open the device before or after.  So it is read without
 * a lock.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/fill.h"
#include "area/pages.h"
#include "area/registry.h"
#include "core/grow.h"

static LIST_HEAD(areas);
static LIST_HEAD(areas_by_preference);
static unsigned int nr_areas;
static u32 last_area_id;

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
	list_for_each_entry(other, &areas_by_preference, place_link)
		if (lies_higher(area, other))
			break;
	/* Before @other, or at the end: the head is what the loop ends with. */
	list_add_tail(&area->place_link, &other->place_link);
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

static void area_destroy(struct pga_area *area)
{
	list_del(&area->link);
	list_del(&area->place_link);
	nr_areas--;
	/* No page has a holder when the module is unloaded. */
	WARN_ON_ONCE(pga_buddy_nr_free(&area->buddy) +
		     atomic64_read(&area->poisoned) !=
		     pga_buddy_nr_owned(&area->buddy));
	pga_area_return_chunks(area);
	pga_buddy_destroy(&area->buddy);
	mutex_destroy(&area->resize);
	kfree(area);
}

/**
 * pga_areas_create() - make areas and fill them from the host
 * @specs: what they should be
 * @nr: how many there are, at most PGA_MAX_AREAS
 *
 * An area that cannot be filled is smaller, or empty, and logs this.
 *
 * Context: process, at load; sleeps.
 * Return: 0, -ENOMEM or -EINTR; nothing is left over on an error.
 */
int pga_areas_create(const struct pga_area_spec *specs, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		struct pga_area *area = area_new(&specs[i]);

		err = area ? pga_area_fill(area) : -ENOMEM;
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
 * Return: the next area, or NULL after the last.
 */
struct pga_area *pga_area_next(struct pga_area *area)
{
	if (!area)
		return list_first_entry_or_null(&areas, struct pga_area, link);
	return list_is_last(&area->link, &areas) ? NULL :
		list_next_entry(area, link);
}

/**
 * pga_area_next_by_preference() - walk the areas from the least precious one on
 * @area: NULL to begin
 *
 * The higher memory lies the fewer devices reach it, and the less it is missed:
 * highest end first, and of two with the same end the one that begins higher.
 * This is the default order of allocation.
 *
 * Return: the next area, or NULL after the last.
 */
struct pga_area *pga_area_next_by_preference(struct pga_area *area)
{
	if (!area)
		return list_first_entry_or_null(&areas_by_preference,
						struct pga_area, place_link);
	return list_is_last(&area->place_link, &areas_by_preference) ? NULL :
		list_next_entry(area, place_link);
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
		if (pga_area_may_own(area, pfn, pfn) &&
		    pga_area_next_owned(area, pfn, &first, &nr) && first == pfn)
			return area;
	return NULL;
}

/**
 * pga_area_may_own() - do the bounds of an area meet a range?
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 *
 * Return: whether they have a page in common.
 */
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last)
{
	return first <= pga_area_last_pfn(area) &&
	       last >= pga_area_first_pfn(area);
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
u64 pga_areas_hwpoison_bytes(void)
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
