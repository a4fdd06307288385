// SPDX-License-Identifier: GPL-2.0
/*
 * Filling an area with chunks from the host, and returning them.
 *
 * A chunk is one contiguous piece that is taken from the host, and returned to
 * it, as a whole.  If the host cannot provide the target size, the area is
 * smaller, or empty, and a message in the log gives the reason.
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

/* -ENOMEM: the host is at its reserve.  Other errors: try another place. */
static int area_add_chunk(struct pga_area *area, unsigned long first,
			  unsigned long nr)
{
	struct pga_chunk *chunk;
	int err;

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->first = first;
	chunk->nr = nr;
	err = pga_host_alloc(first, nr);
	if (err)
		goto free_chunk;
	err = area_add_pages(area, chunk);
	if (err)
		goto return_pages;
	list_add_tail(&chunk->link, &area->chunks);
	WRITE_ONCE(area->nr_chunks, area->nr_chunks + 1);
	return 0;

return_pages:
	pga_host_free(first, nr);
free_chunk:
	kfree(chunk);
	return err;
}

/**
 * struct pga_grow_stats - results of one pass that grows an area
 * @places: number of places that were tried
 * @busy: how many of these hold memory that cannot be moved or is not RAM
 * @zone_reserve: how many of these are in a zone that is at its reserve
 * @host_reserve: the pass ended because the whole host is at its reserve
 */
struct pga_grow_stats {
	unsigned long places;
	unsigned long busy;
	unsigned long zone_reserve;
	bool host_reserve;
};

static void grow_stats_count(struct pga_grow_stats *stats, int err)
{
	stats->places++;
	stats->busy += err == -EBUSY;
	stats->zone_reserve += err == -ENOSPC;
	stats->host_reserve = err == -ENOMEM;
}

/*
 * Take chunks of one size until the area has its target size or the host has no
 * more such chunks.  Only a fatal signal is an error.
 */
static int area_grow_by(struct pga_area *area, unsigned long nr,
			struct pga_grow_stats *stats)
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
	       !stats->host_reserve && pga_host_next(&walk, &first)) {
		grow_stats_count(stats, area_add_chunk(area, first, nr));
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int area_grow(struct pga_area *area, struct pga_grow_stats *stats)
{
	int err;

	mutex_lock(&area->resize);
	err = area_grow_by(area, area->chunk_pages, stats);
	if (!err && area->chunk_pages > pageblock_nr_pages)
		err = area_grow_by(area, pageblock_nr_pages, stats);
	mutex_unlock(&area->resize);
	return err;
}

/* Log why an area is not full.  The last pass tried single pageblocks. */
static void report_shortage(const struct pga_area *area,
			    const struct pga_grow_stats *stats)
{
	const char *name = area->spec.name;

	if (stats->host_reserve)
		pr_info("area %s: stopped at the reserve of the host: %llu KiB are available, reserve=%lluK; free memory, or load with a smaller reserve= or smaller areas\n",
			name, pga_host_available() / SZ_1K,
			pga_host_reserve() / SZ_1K);
	else if (!stats->places)
		pr_info("area %s: this machine has no usable memory within its bounds; load with other bounds or without this area\n",
			name);
	else
		pr_info("area %s: of %lu pageblocks within its bounds, %lu hold memory that cannot be moved or is not RAM, and %lu are in a zone at its reserve; load earlier after boot, or with wider bounds\n",
			name, stats->places, stats->busy,
			stats->zone_reserve);
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

/**
 * pga_area_fill() - take the target size of an area from the host
 * @area: empty
 *
 * Log the result.
 *
 * Context: process; sleeps.
 * Return: 0, also if the host has less; -EINTR on a fatal signal.
 */
int pga_area_fill(struct pga_area *area)
{
	struct pga_grow_stats stats;
	int err = area_grow(area, &stats);

	if (!err)
		area_report(area, &stats);
	return err;
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
