// SPDX-License-Identifier: GPL-2.0
/*
 * Filling an area with chunks from the host, and returning them.
 *
 * A chunk is one contiguous piece that is taken from the host, and returned to
 * it, as a whole.  If the host cannot provide the target size, the area is
 * smaller, or empty, and a message in the log gives the reason.  If the area is
 * required in full, that is an error.
 *
 * Locking: pga_area.resize, a mutex, protects the chunks of an area.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/fill.h"
#include "area/host.h"
#include "area/pages.h"
#include "core/grow.h"

/* One contiguous piece, taken from the host as a whole */
struct pga_chunk {
	struct list_head link;
	unsigned long first;
	unsigned long nr;
};

static u64 area_target_pages(const struct pga_area *area)
{
	return area->spec.size >> PAGE_SHIFT;
}

/* Add a chunk, taken from the host by the caller, to the buddy. */
static int area_add_pages(struct pga_area *area, const struct pga_chunk *chunk)
{
	struct pga_prealloc prealloc = {};
	int err;

	lockdep_assert_held(&area->resize);
	err = pga_prealloc_fill(&prealloc, &area->buddy, chunk->first, chunk->nr);
	if (err)
		return err;
	spin_lock(&area->lock);
	err = pga_buddy_add(&area->buddy, chunk->first, chunk->nr, &prealloc);
	spin_unlock(&area->lock);
	pga_prealloc_free(&prealloc);
	return err;
}

/* Errors as pga_host_alloc(). */
static int area_add_chunk(struct pga_area *area,
			  const struct pga_host_walk *walk, unsigned long first)
{
	struct pga_chunk *chunk;
	int err;

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->first = first;
	chunk->nr = walk->nr;
	err = pga_host_alloc(walk, first);
	if (err)
		goto free_chunk;
	err = area_add_pages(area, chunk);
	if (err)
		goto return_pages;
	list_add_tail(&chunk->link, &area->chunks);
	WRITE_ONCE(area->nr_chunks, area->nr_chunks + 1);
	return 0;

return_pages:
	pga_host_free(first, walk->nr);
free_chunk:
	kfree(chunk);
	return err;
}

/* Why a place could not be taken, by error, and what the user can do. */
static const struct {
	int err;
	const char *text;
} refusals[] = {
	{
		-EEXIST,
		"owned by another area; load with bounds that do not overlap",
	},
	{
		-EPERM,
		"in ZONE_MOVABLE, whose memory must not be held for long; load with other bounds, or bring this memory online with online_kernel",
	},
	{
		-EBUSY,
		"in use and not movable, or not RAM; load earlier after boot, or with wider bounds",
	},
	{
		-ENOSPC,
		"in a zone at its reserve; load with a smaller area, or with wider bounds",
	},
};

/**
 * struct pga_grow_stats - results of one pass that grows an area
 * @places: number of places with memory, also those that an area owns already
 * @refused: how many of these could not be taken, by entry of refusals[]
 * @end: why the pass ended early: -EDQUOT (the host is at its reserve) or
 *	-ENOMEM; or 0
 */
struct pga_grow_stats {
	unsigned long places;
	unsigned long refused[ARRAY_SIZE(refusals)];
	int end;
};

/* Count a place once, under the one reason that its error stands for. */
static void grow_stats_count(struct pga_grow_stats *stats, int err)
{
	unsigned int i;

	stats->places += err != -ENXIO;
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		stats->refused[i] += err == refusals[i].err;
	if (err == -EDQUOT || err == -ENOMEM)
		stats->end = err;
}

static struct pga_area *owner_of(const struct list_head *areas, u64 pfn)
{
	struct pga_area *area;

	list_for_each_entry(area, areas, link)
		if (pga_area_owns(area, pfn))
			return area;
	return NULL;
}

/* -EALREADY: the area owns the place already. */
static int area_try(struct pga_area *area, const struct list_head *areas,
		    const struct pga_host_walk *walk, unsigned long first)
{
	struct pga_area *owner = owner_of(areas, first);

	if (owner)
		return owner == area ? -EALREADY : -EEXIST;
	return area_add_chunk(area, walk, first);
}

/*
 * Take chunks of one size until the area has its target size or the host has no
 * more such chunks.  Only a fatal signal is an error.
 */
static int area_grow_by(struct pga_area *area, const struct list_head *areas,
			unsigned long nr, struct pga_grow_stats *stats)
{
	struct pga_host_walk walk = {
		.node = NUMA_NO_NODE,
		.first = pga_area_first_pfn(area),
		.last = min_t(u64, pga_area_last_pfn(area), ULONG_MAX - 1),
		.nr = nr,
	};
	u64 target = area_target_pages(area);
	unsigned long first;

	*stats = (struct pga_grow_stats){};
	while (pga_buddy_nr_owned(&area->buddy) + nr <= target &&
	       !stats->end && pga_host_next(&walk, &first)) {
		grow_stats_count(stats, area_try(area, areas, &walk, first));
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* @stats: set to the results of the last pass, which tries single pageblocks */
static int area_grow(struct pga_area *area, const struct list_head *areas,
		     struct pga_grow_stats *stats)
{
	int err;

	mutex_lock(&area->resize);
	err = area_grow_by(area, areas, area->chunk_pages, stats);
	if (!err && area->chunk_pages > pageblock_nr_pages)
		err = area_grow_by(area, areas, pageblock_nr_pages, stats);
	mutex_unlock(&area->resize);
	return err;
}

/* Log how many places could not be taken, a line for each reason. */
static void report_refusals(const struct pga_area *area,
			    const struct pga_grow_stats *stats)
{
	unsigned long refused = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		refused += stats->refused[i];
		if (stats->refused[i])
			pr_info("area %s: %lu of %lu pageblocks within its bounds: %s\n",
				area->spec.name, stats->refused[i],
				stats->places, refusals[i].text);
	}
	if (!refused)
		pr_info("area %s: it owns all %lu pageblocks within its bounds that can be used; load with wider bounds\n",
			area->spec.name, stats->places);
}

/* Log why an area is not full. */
static void report_shortage(const struct pga_area *area,
			    const struct pga_grow_stats *stats)
{
	const char *name = area->spec.name;

	if (stats->end == -EDQUOT)
		pr_info("area %s: stopped at the reserve of the host: %llu KiB are available, reserve=%lluK; free memory, or load with a smaller reserve= or smaller areas\n",
			name, pga_host_available() / SZ_1K,
			pga_host_reserve() / SZ_1K);
	else if (stats->end == -ENOMEM)
		pr_info("area %s: stopped because the kernel could not allocate memory to manage the area or to move pages to; free memory, and load again\n",
			name);
	else if (!stats->places)
		pr_info("area %s: this machine has no usable memory within its bounds; load with other bounds or without this area\n",
			name);
	else
		report_refusals(area, stats);
}

static void area_report(const struct pga_area *area,
			const struct pga_grow_stats *stats)
{
	u64 owned = pga_buddy_nr_owned(&area->buddy) << PAGE_SHIFT;
	const struct pga_area_spec *spec = &area->spec;

	pr_info("area %s: %llu of %llu KiB in %lu chunks in [%#llx-%#llx]\n",
		spec->name, owned / SZ_1K, spec->size / SZ_1K, area->nr_chunks,
		spec->start, spec->end - 1);
	if (owned < spec->size)
		report_shortage(area, stats);
}

/* -ENOSPC: it must have its whole size, and the host has less. */
static int area_check(const struct pga_area *area)
{
	const struct pga_area_spec *spec = &area->spec;
	u64 owned = pga_buddy_nr_owned(&area->buddy) << PAGE_SHIFT;

	if (!spec->required || owned >= spec->size)
		return 0;
	pr_err("areas: \"%s\": %llu KiB are missing, and \"!\" requires the whole size; the module is not loaded\n",
	       spec->name, (spec->size - owned) / SZ_1K);
	return -ENOSPC;
}

/**
 * pga_area_fill() - take the target size of an area from the host
 * @area: empty
 * @areas: list, through their @link, of all areas that may own pages
 *
 * Log the result.
 *
 * Context: process; sleeps.
 * Return: 0; -ENOSPC if the host has less and the area is required; -EINTR on a
 * fatal signal.
 */
int pga_area_fill(struct pga_area *area, const struct list_head *areas)
{
	struct pga_grow_stats stats;
	int err = area_grow(area, areas, &stats);

	if (err)
		return err;
	area_report(area, &stats);
	return area_check(area);
}

/**
 * pga_area_return_chunks() - return all chunks of an area to the host
 * @area: the area, not in the list of areas any more
 *
 * Context: process; sleeps.
 */
void pga_area_return_chunks(struct pga_area *area)
{
	struct pga_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &area->chunks, link) {
		pga_host_free(chunk->first, chunk->nr);
		kfree(chunk);
	}
}
