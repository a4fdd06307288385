// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all areas: named pools of pages with address bounds.
 *
 * An area owns chunks that it took from the host, all within its bounds.  It
 * keeps their free pages in one buddy, so that free memory joins across
 * adjacent chunks.
 *
 * Locking: none.  The list of areas is created when the module is loaded and
 * destroyed when it is unloaded; the device cannot be opened before or after.
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
	/* Before @other, or at the end: then @other is the list head. */
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
	/* Each holder of a page holds the module: there are no holders now. */
	WARN_ON_ONCE(pga_buddy_nr_free(&area->buddy) +
		     atomic64_read(&area->poisoned) !=
		     pga_buddy_nr_owned(&area->buddy));
	pga_area_return_chunks(area);
	pga_buddy_destroy(&area->buddy);
	mutex_destroy(&area->resize);
	kfree(area);
}

/* Fill the areas that are required in full, or the others. */
static int fill_areas(bool required)
{
	struct pga_area *area;
	int err = 0;

	list_for_each_entry(area, &areas, link) {
		if (area->spec.required == required)
			err = pga_area_fill(area, &areas);
		if (err)
			break;
	}
	return err;
}

/**
 * pga_areas_create() - create areas and fill them from the host
 * @specs: their names, bounds and sizes
 * @nr: number of areas, at most PGA_MAX_AREAS
 *
 * If the host cannot provide the size of an area, the area is smaller, or
 * empty, and a message in the log gives the reason.  Those that are required in
 * full come first: they get what the host can spare.
 *
 * Context: process, at load; sleeps.
 * Return: 0, -ENOMEM, -EINTR, or -ENOSPC (the host has less than a required
 * area needs); no area exists after an error, and the host has its pages again.
 */
int pga_areas_create(const struct pga_area_spec *specs, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = area_new(&specs[i]) ? 0 : -ENOMEM;
	err = err ?: fill_areas(true) ?: fill_areas(false);
	if (err)
		pga_areas_destroy();
	return err;
}

/**
 * pga_areas_destroy() - return all pages to the host and free the areas
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
 * Return: the next area, NULL after the last.
 */
struct pga_area *pga_area_next(struct pga_area *area)
{
	if (!area)
		return list_first_entry_or_null(&areas, struct pga_area, link);
	return list_is_last(&area->link, &areas) ? NULL :
		list_next_entry(area, link);
}

/**
 * pga_area_next_by_preference() - walk the areas, the least precious first
 * @area: NULL to begin
 *
 * Fewer devices reach higher memory, so it is less precious.  The order is from
 * the highest end down, and for equal ends from the highest start down.  This
 * is the default order of allocation.
 *
 * Return: the next area, NULL after the last.
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
 * pga_area_of() - find the area that owns a page
 * @pfn: page frame number
 *
 * Return: the area, or NULL if no area owns the page.
 */
struct pga_area *pga_area_of(u64 pfn)
{
	struct pga_area *area;

	list_for_each_entry(area, &areas, link)
		if (pga_area_may_own(area, pfn, pfn) &&
		    pga_area_owns(area, pfn))
			return area;
	return NULL;
}

/**
 * pga_area_may_own() - do the bounds of an area overlap a range?
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 *
 * Return: true if they have a page in common.
 */
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last)
{
	return first <= pga_area_last_pfn(area) &&
	       last >= pga_area_first_pfn(area);
}

/**
 * pga_areas_not_owned() - length of a gap between owned pages
 * @pfn: a page that no area owns
 * @last: highest page frame of interest
 *
 * Return: number of pages from @pfn to the next owned page, or up to @last.
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

/* Bytes in pages with a hardware error */
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
