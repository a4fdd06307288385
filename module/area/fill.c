// SPDX-License-Identifier: GPL-2.0
/*
 * Growing an area with chunks from the host.
 *
 * A chunk is one contiguous piece that is taken from the host, and returned to
 * it, as a whole.  A thread takes chunks into a list of its own, and then adds
 * all of them to the area.  So an area grows by all of it or not at all, and
 * what a fatal signal interrupts is returned.
 *
 * While chunks are taken, nobody waits: the host allocates without a lock of
 * the area, and the pages to be taken are counted beforehand, so that two
 * threads never exceed the size that both want.
 *
 * At load, if the host cannot provide the target size, the area is smaller, or
 * empty, and a message in the log gives the reason.
 *
 * Locking: pga_area.resize, a mutex, protects the chunks of an area and the
 * three calls that add one to its buddy.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/fill.h"
#include "area/host.h"
#include "area/take.h"
#include "core/grow.h"

/**
 * struct pga_growth - an area that a thread grows
 * @area: the area
 * @limit: pages that it should own in the end, with those that others take
 * @chunks: list of struct pga_chunk, taken and not added yet
 * @stats: results of the last pass
 */
struct pga_growth {
	struct pga_area *area;
	u64 limit;
	struct list_head chunks;
	struct pga_grow_stats *stats;
};

/* Why a place could not be taken, by error, and what the user can do. */
static const struct {
	int err;
	u32 shortage;
	const char *text;
} refusals[PGA_NR_REFUSALS] = {
	{
		-EEXIST, PGAREA_SHORTAGE_OTHER_AREA,
		"owned by another area; load with bounds that do not overlap",
	},
	{
		-EPERM, PGAREA_SHORTAGE_MOVABLE_ZONE,
		"in ZONE_MOVABLE, whose memory must not be held for long; load with other bounds, or bring this memory online with online_kernel",
	},
	{
		-EBUSY, PGAREA_SHORTAGE_IN_USE,
		"in use and not movable, or not RAM; load earlier after boot, or with wider bounds",
	},
	{
		-ENOSPC, PGAREA_SHORTAGE_ZONE_RESERVE,
		"in a zone at its reserve; load with a smaller area, or with wider bounds",
	},
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

/**
 * pga_area_commit() - count pages that are to be taken for an area
 * @area: the area
 * @nr: number of pages
 * @limit: pages that it may own in the end, with those that others take
 *
 * Return: false if @limit would be exceeded.
 */
bool pga_area_commit(struct pga_area *area, u64 nr, u64 limit)
{
	bool fits;

	spin_lock(&area->lock);
	fits = area->committed + nr <= limit;
	if (fits)
		area->committed += nr;
	spin_unlock(&area->lock);
	return fits;
}

/**
 * pga_area_uncommit() - undo pga_area_commit(), for pages that were not taken
 * @area: the area
 * @nr: number of pages
 */
void pga_area_uncommit(struct pga_area *area, u64 nr)
{
	spin_lock(&area->lock);
	area->committed -= nr;
	spin_unlock(&area->lock);
}

/**
 * pga_area_committed() - count the pages of an area
 * @area: the area
 *
 * Return: number of pages that it owns or that are being taken for it.
 */
u64 pga_area_committed(struct pga_area *area)
{
	u64 nr;

	spin_lock(&area->lock);
	nr = area->committed;
	spin_unlock(&area->lock);
	return nr;
}

/* Errors as pga_take_chunks(); -EALREADY: the area owns the place already. */
static int try_place(struct pga_growth *growth, const struct pga_host_walk *walk,
		     unsigned long first)
{
	struct pga_pfn_range range = { .first = first, .nr = walk->nr };
	u64 size = min_t(u64, walk->nr, growth->area->chunk_pages);
	int err = pga_take_chunks(growth->area, walk->zone, &range, size,
				  &growth->chunks);

	return err == -EEXIST && pga_chunk_owner(first) == growth->area ?
	       -EALREADY : err;
}

/*
 * Take a chunk, or several neighbours, of @nr pages at once, until the area has its
 * size or the host has no more such places.  Only a fatal signal is an error.
 */
static int take_chunks_of(struct pga_growth *growth, unsigned long nr)
{
	const struct pga_area *area = growth->area;
	struct pga_host_walk walk = {
		.node = area->spec.node,
		.first = pga_area_first_pfn(area),
		.last = min_t(u64, pga_area_last_pfn(area), ULONG_MAX - 1),
		.nr = nr,
	};
	unsigned long first;
	int err;

	*growth->stats = (struct pga_grow_stats){};
	while (!growth->stats->end &&
	       pga_area_commit(growth->area, nr, growth->limit)) {
		bool found = pga_host_next(&walk, &first);

		err = found ? try_place(growth, &walk, first) : 0;
		if (err || !found)
			pga_area_uncommit(growth->area, nr);
		if (!found)
			break;
		grow_stats_count(growth->stats, err);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/*
 * Many chunks of the preferred size at once, then one by one, then of half that
 * size, and so on.
 */
static int take_chunks(struct pga_growth *growth)
{
	unsigned long coarse = growth->area->chunk_pages;
	unsigned long nr = pga_take_at_once(coarse);
	int err = nr > coarse ? take_chunks_of(growth, nr) : 0;

	for (nr = coarse; !err && nr >= pageblock_nr_pages; nr /= 2)
		err = take_chunks_of(growth, nr);
	return err;
}

static int add_chunk_locked(struct pga_area *area, struct pga_chunk *chunk)
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
	if (err)
		return err;
	list_move_tail(&chunk->link, &area->chunks);
	WRITE_ONCE(area->nr_chunks, area->nr_chunks + 1);
	return 0;
}

/**
 * pga_area_add_chunks() - add chunks to an area
 * @area: with a reference of the caller
 * @chunks: list of chunks that were taken for the area; those that could not be
 *	added stay in it
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT (the area was destroyed), -ENOMEM, or -EINTR on a fatal
 * signal.
 */
int pga_area_add_chunks(struct pga_area *area, struct list_head *chunks)
{
	struct pga_chunk *chunk, *next;
	int err = 0;

	if (mutex_lock_killable(&area->resize))
		return -EINTR;
	if (area->dead)
		err = -ENOENT;
	list_for_each_entry_safe(chunk, next, chunks, link) {
		err = err ?: add_chunk_locked(area, chunk);
		if (err)
			break;
		cond_resched();
	}
	mutex_unlock(&area->resize);
	return err;
}

/* Return what was taken and not added. */
static void give_up(struct pga_growth *growth)
{
	struct pga_chunk *chunk;
	u64 nr = 0;

	list_for_each_entry(chunk, &growth->chunks, link)
		nr += chunk->nr;
	pga_area_uncommit(growth->area, nr);
	pga_chunks_return(&growth->chunks);
}

/**
 * pga_area_grow() - take memory for an area from the host
 * @area: with a reference of the caller
 * @size: bytes that it should own in the end
 * @minimum: bytes below which nothing is taken at all
 * @stats: set to the results of the last pass, which tries single pageblocks
 *
 * The area owns less than @size in the end if the host has less within its
 * bounds, or if other threads that grow it give up.
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0; or an error, and what was taken is returned: -ENOSPC (the host has
 * less than @minimum), -EINTR on a fatal signal, -ENOMEM, or -ENOENT (the area
 * was destroyed meanwhile).  With -ENOMEM a part may have been added.
 */
int pga_area_grow(struct pga_area *area, u64 size, u64 minimum,
		  struct pga_grow_stats *stats)
{
	struct pga_growth growth = {
		.area = area,
		.limit = size >> PAGE_SHIFT,
		.chunks = LIST_HEAD_INIT(growth.chunks),
		.stats = stats,
	};
	int err;

	*stats = (struct pga_grow_stats){};
	err = take_chunks(&growth);
	if (!err && pga_area_committed(area) < minimum >> PAGE_SHIFT)
		err = -ENOSPC;
	if (!err)
		err = pga_area_add_chunks(area, &growth.chunks);
	if (err)
		give_up(&growth);
	return err;
}

/**
 * pga_area_target() - how much should an area own?
 * @area: the area
 *
 * Return: bytes.
 */
u64 pga_area_target(struct pga_area *area)
{
	u64 nr;

	spin_lock(&area->lock);
	nr = area->target;
	spin_unlock(&area->lock);
	return nr << PAGE_SHIFT;
}

/**
 * pga_area_set_target() - set how much an area should own
 * @area: the area
 * @size: bytes
 */
void pga_area_set_target(struct pga_area *area, u64 size)
{
	spin_lock(&area->lock);
	area->target = size >> PAGE_SHIFT;
	spin_unlock(&area->lock);
}

/**
 * pga_grow_shortage() - why could an area not grow as far as it should?
 * @stats: of pga_area_grow()
 *
 * Return: enum pgarea_shortage: why the search ended early, or the reason of
 * most places that were refused.
 */
u32 pga_grow_shortage(const struct pga_grow_stats *stats)
{
	unsigned int i, most = 0;

	if (stats->end)
		return stats->end == -EDQUOT ? PGAREA_SHORTAGE_HOST_RESERVE :
					       PGAREA_SHORTAGE_KERNEL_MEMORY;
	for (i = 1; i < ARRAY_SIZE(refusals); i++)
		if (stats->refused[i] > stats->refused[most])
			most = i;
	return stats->refused[most] ? refusals[most].shortage :
				      PGAREA_SHORTAGE_NO_MEMORY;
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

/**
 * pga_area_fill() - take the size that the parameter gives an area
 * @area: empty
 *
 * Log the result.  If the area has a minimum, that is its whole size.
 *
 * Context: process, at load; sleeps.
 * Return: 0; -ENOSPC if the host has less than the minimum; -EINTR on a fatal
 * signal; -ENOMEM.
 */
int pga_area_fill(struct pga_area *area)
{
	const struct pga_area_spec *spec = &area->spec;
	struct pga_grow_stats stats;
	int err = pga_area_grow(area, spec->size, 0, &stats);
	u64 owned = pga_buddy_nr_owned(&area->buddy) << PAGE_SHIFT;

	if (err)
		return err;
	area_report(area, &stats);
	if (owned >= spec->minimum)
		return 0;
	pr_err("areas: \"%s\": %llu KiB are missing, and \"!\" requires the whole size; the module is not loaded\n",
	       spec->name, (spec->minimum - owned) / SZ_1K);
	return -ENOSPC;
}
