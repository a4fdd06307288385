// SPDX-License-Identifier: GPL-2.0
/*
 * Growing of an area on demand: for one request, where it needs memory.
 *
 * A request that fits a chunk gets one chunk of the area's chunk size that holds
 * a place for it; if the host has none, one of half of that, and so on.  One for
 * many blocks gets neighbouring chunks at once.  Then, and at once for a larger
 * request, neighbouring pageblocks are taken, as many as the place needs.  The
 * pageblocks are looked at before (seek.c), so that the host is asked only for
 * what it most likely gives.
 *
 * If the host does not give a pageblock of a window, those behind it stay taken
 * for the next window, which begins there: a large request does not ask for the
 * same memory again and again.  In the end all that was taken is in the area, or
 * all of it is returned.
 *
 * For an exact place, what the area owns of it is allocated first, so that it
 * stays free for the request, and then the gaps are taken.
 *
 * Other threads go on: nothing is locked while the host allocates.  They get
 * none of the new pages that the request needs, since these are added and
 * allocated under one hold of pga_area.lock.  What is to be taken is counted
 * beforehand, so that two threads never exceed the maximum of the area.
 *
 * Locking: pga_area.resize, a mutex, protects the chunks of an area.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/demand.h"
#include "area/fill.h"
#include "area/giveback.h"
#include "area/host.h"
#include "area/hwpoison.h"
#include "area/obstacle.h"
#include "area/pages.h"
#include "area/seek.h"
#include "area/spec.h"
#include "area/take.h"
#include "core/grow.h"

/**
 * struct pga_gap - pageblocks of an exact place that the area does not own
 * @link: in pga_taking.gaps
 * @first: first page frame
 * @end: first page frame after them
 */
struct pga_gap {
	struct list_head link;
	u64 first;
	u64 end;
};

/**
 * struct pga_taking - memory that is being taken for a request
 * @area: the area
 * @demand: the request
 * @chunks: list of struct pga_chunk, taken and not added yet
 * @committed: pages that are counted in the area's for this
 * @first: first page frame of what is taken without a gap, at the side where the
 *	next window begins
 * @end: first page frame after that
 * @in_way: what could not be taken
 * @gaps: list of struct pga_gap, in address order
 * @held: an exact place is allocated up to this page frame, except its gaps
 */
struct pga_taking {
	struct pga_area *area;
	struct pga_demand *demand;
	struct list_head chunks;
	u64 committed;
	u64 first;
	u64 end;
	struct pga_in_way in_way;
	struct list_head gaps;
	u64 held;
};

static int check_time(struct pga_taking *taking)
{
	struct pga_demand *demand = taking->demand;

	if (time_before(jiffies, demand->deadline))
		return 0;
	demand->reason = PGAREA_REASON_TIMEOUT;
	return -ENOSPC;
}

static u64 maximum(const struct pga_area *area)
{
	return pga_spec_maximum(&area->spec) >> PAGE_SHIFT;
}

static bool commit(struct pga_taking *taking, u64 nr)
{
	if (!pga_area_commit(taking->area, nr, maximum(taking->area)))
		return false;
	taking->committed += nr;
	return true;
}

/* Count as the area's only what was really taken. */
static void settle(struct pga_taking *taking)
{
	struct pga_chunk *chunk;
	u64 nr = 0;

	list_for_each_entry(chunk, &taking->chunks, link)
		nr += chunk->nr;
	pga_area_uncommit(taking->area, taking->committed - nr);
	taking->committed = nr;
}

/* Return the chunks without a page between @first and @end. */
static void return_outside(struct pga_taking *taking, u64 first, u64 end)
{
	struct pga_chunk *chunk, *next;
	LIST_HEAD(outside);

	list_for_each_entry_safe(chunk, next, &taking->chunks, link)
		if (chunk->first + chunk->nr <= first || chunk->first >= end)
			list_move_tail(&chunk->link, &outside);
	pga_chunks_return(&outside);
	settle(taking);
}

/* Smaller chunks would tell how large a part of the memory is aligned. */
static u64 chunk_pages(const struct pga_taking *taking)
{
	return taking->demand->fine ? pageblock_nr_pages :
				      taking->area->chunk_pages;
}

/* How much is taken between two looks at the time */
static u64 slice_pages(const struct pga_taking *taking)
{
	return taking->demand->fine ? pageblock_nr_pages :
				      pga_take_at_once(chunk_pages(taking));
}

/*
 * Take pageblocks, beginning at the end that the next window would begin at, and
 * move that end of @taking->first and @taking->end along.  After an error @in_way
 * is set.
 */
static int take_slices(struct pga_taking *taking, u64 first, u64 end,
		       u64 *in_way)
{
	bool down = taking->demand->rq->top_down;
	u64 slice = slice_pages(taking);
	int err = 0;

	while (!err && first < end) {
		u64 from = down ? first : max(first, round_down(end - 1, slice));
		u64 to = down ? min(end, round_down(first, slice) + slice) : end;

		*in_way = from;
		err = check_time(taking) ?:
		      pga_take_range(taking->area, from, to - from,
				     chunk_pages(taking), &taking->chunks,
				     in_way);
		if (!err && down) {
			first = to;
			taking->end = first;
		} else if (!err) {
			end = from;
			taking->first = end;
		} else if (!down) {
			taking->first = *in_way + pageblock_nr_pages;
		}
	}
	return err;
}

/* The pages of a window that were taken for the window before it */
static u64 has_of(const struct pga_taking *taking,
		  const struct pga_window *window)
{
	if (!taking->committed)
		return 0;
	return min(taking->end, window->end) - max(taking->first, window->first);
}

static int take_missing(struct pga_taking *taking,
			const struct pga_window *window, u64 has, u64 *in_way)
{
	bool down = taking->demand->rq->top_down;
	u64 first = window->first, end = window->end;
	int err = 0;

	if (has && down) {
		err = take_slices(taking, taking->end, end, in_way);
		end = taking->first;
	} else if (has) {
		first = taking->end;
	}
	if (err || first >= end)
		return err;
	taking->first = down ? first : end;
	taking->end = taking->first;
	return take_slices(taking, first, end, in_way);
}

/* Take what is missing in a window of neighbouring pageblocks. */
static int take_window(struct pga_taking *taking,
		       const struct pga_window *window, u64 *in_way)
{
	bool down = taking->demand->rq->top_down;
	u64 has, missing;
	int err;

	return_outside(taking, window->first, window->end);
	has = has_of(taking, window);
	missing = window->end - window->first - has;
	/* Without the reserve, there is no place in all of the run. */
	*in_way = down ? window->first : window->end - pageblock_nr_pages;
	if (!commit(taking, missing)) {
		taking->demand->reason = PGAREA_REASON_MAXIMUM;
		return -ENOSPC;
	}
	err = pga_host_check_reserve(window->zone, missing) ?:
	      take_missing(taking, window, has, in_way);
	if (err)
		settle(taking);
	return err;
}

/* Take a window that is one chunk, or several, at once. */
static int take_unit(struct pga_taking *taking, const struct pga_window *window)
{
	struct pga_pfn_range range = {
		.first = window->first,
		.nr = window->end - window->first,
	};
	int err;

	if (!commit(taking, range.nr))
		return -EBUSY;
	err = pga_take_chunks(taking->area, window->zone, &range,
			      min(range.nr, chunk_pages(taking)),
			      &taking->chunks);
	if (err)
		settle(taking);
	return err;
}

static u32 kind_of_error(int err)
{
	switch (err) {
	case -EPERM:
		return PGAREA_OBSTACLE_ZONE_MOVABLE;
	case -ENOSPC:
		return PGAREA_OBSTACLE_ZONE_RESERVE;
	case -EDQUOT:
		return PGAREA_OBSTACLE_HOST_RESERVE;
	case -EEXIST:
		return PGAREA_OBSTACLE_OWNED;
	default:
		/* It could be moved, and yet something held it. */
		return PGAREA_OBSTACLE_PINNED;
	}
}

static bool is_reserve(int err)
{
	return err == -ENOSPC || err == -EDQUOT;
}

/*
 * Count what the host did not give: a pageblock, or all @nr pages if it has to
 * keep its reserve.
 */
static void count_in_way(struct pga_taking *taking, int err, u64 pfn, u64 nr)
{
	u32 kind = kind_of_error(err);
	struct pga_obstacle ob = { .page = pfn };

	if (!pga_obstacle_at(pfn, pfn + pageblock_nr_pages - 1, &ob) &&
	    (!ob.obtainable || ob.kind == PGAREA_OBSTACLE_OWNED))
		kind = ob.kind;
	pga_in_way_add(&taking->in_way, kind, ob.page,
		       is_reserve(err) ? nr : pageblock_nr_pages);
}

static void set_obstacle(struct pga_demand *demand, u32 kind, u64 page)
{
	demand->kind = kind;
	demand->page = page;
}

static bool ends_search(const struct pga_taking *taking, int err)
{
	return taking->demand->reason || err == -EINTR || err == -ENOMEM;
}

/*
 * Do equal blocks lie side by side, as one ALLOC after the other would place them
 * in memory that is free?
 */
static bool lie_side_by_side(const struct pga_request *rq, u64 first)
{
	return is_power_of_2(rq->nr) && rq->align <= rq->nr &&
	       !(first & (rq->nr - 1));
}

/* Choose the places of as many blocks as are wanted, and have room. */
static void choose_places(struct pga_demand *demand,
			  const struct pga_window *window)
{
	const struct pga_request *rq = demand->rq;
	u64 place = window->place, room = rq->nr;

	if (lie_side_by_side(rq, place))
		room = rq->top_down ?
			place + rq->nr - max(window->first, rq->first) :
			min(window->end - 1, rq->last) + 1 - place;
	demand->many = min_t(u64, demand->many, div64_u64(room, rq->nr));
	demand->first = rq->top_down ? place - (demand->many - 1) * rq->nr : place;
}

/* @unit: 0: neighbouring pageblocks; all that cannot be had is counted */
static int take_by(struct pga_taking *taking, u64 unit)
{
	struct pga_seek seek = {
		.area = taking->area,
		.rq = taking->demand->rq,
		.unit = unit,
		.in_way = unit ? NULL : &taking->in_way,
	};
	struct pga_window window;
	u64 in_way = 0;
	int err;

	pga_seek_start(&seek);
	while (!(err = check_time(taking))) {
		err = pga_seek_next(&seek, &window);
		if (err == -EAGAIN)
			continue;
		if (err)
			break;
		err = unit ? take_unit(taking, &window) :
			     take_window(taking, &window, &in_way);
		if (!err)
			choose_places(taking->demand, &window);
		if (!err || (!unit && ends_search(taking, err)))
			return err;
		if (!unit)
			count_in_way(taking, err, in_way,
				     window.end - window.first);
		pga_seek_skip(&seek, in_way);
	}
	set_obstacle(taking->demand, seek.absent, seek.absent_page);
	return err;
}

/* Pages that all the blocks need which are wanted, if they lie side by side */
static u64 nr_needed(const struct pga_demand *demand)
{
	return demand->many * demand->rq->nr;
}

/*
 * As many chunks at once as many blocks need; one of the preferred size; then of
 * half of that, and so on.
 */
static int take_coarse(struct pga_taking *taking)
{
	const struct pga_demand *demand = taking->demand;
	u64 coarse = taking->area->chunk_pages;
	u64 at_once = min(pga_take_at_once(coarse), nr_needed(demand));
	u64 unit = max_t(u64, coarse, rounddown_pow_of_two(at_once));
	int err = -ENOSPC;

	for (; unit > pageblock_nr_pages && unit >= demand->rq->nr; unit /= 2) {
		if (pga_area_committed(taking->area) + unit > maximum(taking->area))
			continue;
		err = take_by(taking, unit);
		if (err != -ENOSPC || demand->reason)
			break;
	}
	return err;
}

/* Add what was taken to the area, and allocate what the request needs of it. */
static int add_run_locked(struct pga_taking *taking, u64 first, u64 end)
{
	u64 from = max(first, taking->demand->first), conflict;
	u64 to = min(end, taking->demand->first + nr_needed(taking->demand));
	struct pga_area *area = taking->area;
	struct pga_prealloc prealloc = {};
	struct pga_chunk *chunk, *next;
	int err;

	lockdep_assert_held(&area->resize);
	err = pga_prealloc_fill(&prealloc, &area->buddy, first, end - first);
	if (err)
		return err;
	spin_lock(&area->lock);
	err = pga_buddy_add(&area->buddy, first, end - first, &prealloc) ?:
	      pga_buddy_alloc_range(&area->buddy, from, to - from, &conflict);
	spin_unlock(&area->lock);
	pga_prealloc_free(&prealloc);
	if (err)
		return err;
	list_for_each_entry_safe(chunk, next, &taking->chunks, link) {
		if (chunk->first < first || chunk->first >= end)
			continue;
		list_move_tail(&chunk->link, &area->chunks);
		taking->committed -= chunk->nr;
		WRITE_ONCE(area->nr_chunks, area->nr_chunks + 1);
	}
	return 0;
}

/* All chunks are neighbours. */
static int add_all_locked(struct pga_taking *taking)
{
	struct pga_chunk *chunk;
	u64 first = U64_MAX, end = 0;

	list_for_each_entry(chunk, &taking->chunks, link) {
		first = min_t(u64, first, chunk->first);
		end = max_t(u64, end, chunk->first + chunk->nr);
	}
	return add_run_locked(taking, first, end);
}

static int add_gaps_locked(struct pga_taking *taking)
{
	struct pga_gap *gap, *next;
	int err = 0;

	list_for_each_entry_safe(gap, next, &taking->gaps, link) {
		err = add_run_locked(taking, gap->first, gap->end);
		if (err)
			break;
		list_del(&gap->link);
		kfree(gap);
	}
	return err;
}

static int add_to_area(struct pga_taking *taking)
{
	struct pga_area *area = taking->area;
	int err;

	if (mutex_lock_killable(&area->resize))
		return -EINTR;
	if (area->dead)
		err = -ENOSPC;
	else if (taking->demand->exact)
		err = add_gaps_locked(taking);
	else
		err = add_all_locked(taking);
	mutex_unlock(&area->resize);
	pga_giveback_note_growth(area);
	return err;
}

/* The pages that the area owns and no gap has are allocated, or become free. */
static void free_held(struct pga_taking *taking)
{
	u64 pfn = taking->demand->first;
	struct pga_gap *gap, *next;

	list_for_each_entry_safe(gap, next, &taking->gaps, link) {
		if (gap->first > pfn)
			pga_area_free_good(taking->area, pfn, gap->first - pfn);
		pfn = gap->end;
		list_del(&gap->link);
		kfree(gap);
	}
	if (taking->held > pfn)
		pga_area_free_good(taking->area, pfn, taking->held - pfn);
}

static int add_gap(struct pga_taking *taking, u64 first, u64 end)
{
	struct pga_gap *gap = kmalloc(sizeof(*gap), GFP_KERNEL);

	if (!gap)
		return -ENOMEM;
	gap->first = round_down(first, (u64)pageblock_nr_pages);
	gap->end = round_up(end, (u64)pageblock_nr_pages);
	list_add_tail(&gap->link, &taking->gaps);
	if (gap->first >= pga_area_first_pfn(taking->area) &&
	    gap->end - 1 <= pga_area_last_pfn(taking->area))
		return 0;
	/* The area cannot own it: it does not grow. */
	return -ENOSPC;
}

/* Find the gaps of an exact place, and allocate the rest of it. */
static int find_gaps(struct pga_taking *taking)
{
	u64 pfn = taking->demand->first, end = pfn + taking->demand->rq->nr;
	u64 first, nr, conflict;
	int err = 0;

	for (; !err && pfn < end; pfn += nr) {
		bool owned = pga_area_next_owned(taking->area, pfn, &first, &nr);

		if (owned && first == pfn) {
			nr = min(nr, end - pfn);
			err = pga_area_alloc_range(taking->area, pfn, nr,
						   &conflict);
		} else {
			nr = (owned ? min(first, end) : end) - pfn;
			err = add_gap(taking, pfn, pfn + nr);
		}
		if (!err)
			taking->held = pfn + nr;
		cond_resched();
	}
	/* It is in use, or was taken away just now. */
	return err == -EBUSY || err == -ENOENT ? -ENOSPC : err;
}

static int look_at_gap(struct pga_taking *taking, const struct pga_gap *gap)
{
	struct pga_demand *demand = taking->demand;
	struct pga_obstacle ob;
	u64 pfn;
	int err;

	for (pfn = gap->first; pfn < gap->end; pfn = ob.last + 1) {
		err = check_time(taking) ?:
		      pga_obstacle_at(pfn, gap->end - 1, &ob);
		if (err)
			return err;
		if (!ob.obtainable || ob.kind == PGAREA_OBSTACLE_OWNED) {
			set_obstacle(demand, ob.kind, ob.page);
			return -ENOSPC;
		}
		cond_resched();
	}
	err = pga_host_check_reserve(ob.zone, gap->end - gap->first);
	if (err)
		set_obstacle(demand, kind_of_error(err), gap->first);
	return err ? -ENOSPC : 0;
}

static int take_gap(struct pga_taking *taking, const struct pga_gap *gap)
{
	struct pga_demand *demand = taking->demand;
	u64 in_way;
	int err;

	if (!commit(taking, gap->end - gap->first)) {
		demand->reason = PGAREA_REASON_MAXIMUM;
		return -ENOSPC;
	}
	err = take_slices(taking, gap->first, gap->end, &in_way);
	if (!err || ends_search(taking, err))
		return err;
	count_in_way(taking, err, in_way, pageblock_nr_pages);
	return -ENOSPC;
}

/* All pageblocks are looked at before the first one is taken. */
static int take_exact(struct pga_taking *taking)
{
	struct pga_gap *gap;
	int err = find_gaps(taking);

	list_for_each_entry(gap, &taking->gaps, link)
		err = err ?: look_at_gap(taking, gap);
	list_for_each_entry(gap, &taking->gaps, link)
		err = err ?: take_gap(taking, gap);
	return err;
}

static int take_anywhere(struct pga_taking *taking)
{
	const struct pga_demand *demand = taking->demand;
	u64 least = round_up(demand->rq->nr, (u64)pageblock_nr_pages);
	u64 has = pga_area_committed(taking->area);
	int err = -ENOSPC;

	if (has + least > maximum(taking->area)) {
		taking->demand->reason = PGAREA_REASON_MAXIMUM;
		return -ENOSPC;
	}
	if (!demand->fine)
		err = take_coarse(taking);
	if (err == -ENOSPC && !demand->reason)
		err = take_by(taking, 0);
	return err;
}

/* Undo everything, and say what was in the way. */
static void give_up(struct pga_taking *taking)
{
	struct pga_demand *demand = taking->demand;
	u32 kind = pga_in_way_most(&taking->in_way);

	if (demand->exact)
		free_held(taking);
	pga_chunks_return(&taking->chunks);
	settle(taking);
	if (kind)
		set_obstacle(demand, kind, taking->in_way.page[kind]);
}

/* A page of the place has become bad since the host gave it. */
static int check_bad(struct pga_taking *taking)
{
	struct pga_demand *demand = taking->demand;
	u64 bad;

	if (!pga_hwpoison_find(demand->first, nr_needed(demand), &bad))
		return 0;
	pga_area_free_good(taking->area, demand->first, nr_needed(demand));
	set_obstacle(demand, PGAREA_OBSTACLE_POISONED, bad);
	return -ENOSPC;
}

/**
 * pga_area_grow_for() - take memory from the host for a request, and allocate it
 * @area: with a reference of the caller; it may grow
 * @demand: the request, and the result
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0, and the place is allocated; -ENOSPC, and @demand says why; -ENOMEM;
 * or -EINTR on a fatal signal.  After an error the area is as it was, except that
 * it may own a part of an exact place after -ENOMEM, and all of a place in which a
 * page has become bad.
 */
int pga_area_grow_for(struct pga_area *area, struct pga_demand *demand)
{
	struct pga_taking taking = {
		.area = area,
		.demand = demand,
		.chunks = LIST_HEAD_INIT(taking.chunks),
		.gaps = LIST_HEAD_INIT(taking.gaps),
	};
	int err;

	demand->reason = 0;
	set_obstacle(demand, PGAREA_OBSTACLE_NONE, 0);
	/* The area may own a part of an exact place. */
	demand->taken = !demand->exact;
	err = demand->exact ? take_exact(&taking) : take_anywhere(&taking);
	if (!err)
		err = add_to_area(&taking);
	if (err) {
		give_up(&taking);
		return err;
	}
	return check_bad(&taking);
}
