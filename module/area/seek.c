// SPDX-License-Identifier: GPL-2.0
/*
 * The search for pageblocks of the host that have room for a request.
 *
 * Each pageblock within the bounds is looked at once, upwards, or downwards for a
 * request from the top down, and nothing is taken.  A pageblock that cannot be
 * had ends the run of those before it, and the search goes on behind it.  So the
 * cost is linear in the pageblocks, however large the request is.
 *
 * Locking: none; a look is true of its moment.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched/signal.h>

#include "area/area.h"
#include "area/obstacle.h"
#include "area/seek.h"
#include "core/alloc.h"

static u64 granule(const struct pga_seek *seek)
{
	return seek->unit ?: pageblock_nr_pages;
}

static u64 last_pageblock(const struct pga_seek *seek)
{
	return seek->end - pageblock_nr_pages;
}

/**
 * pga_seek_start() - begin a search
 * @seek: with its public members set
 */
void pga_seek_start(struct pga_seek *seek)
{
	const struct pga_request *rq = seek->rq;
	u64 nr = granule(seek);

	seek->first = max(round_up(pga_area_first_pfn(seek->area), nr),
			  round_down(rq->first, nr));
	seek->end = min(round_down(pga_area_last_pfn(seek->area) + 1, nr),
			round_up(rq->last + 1, nr));
	seek->done = seek->first >= seek->end;
	seek->next = rq->top_down ? last_pageblock(seek) : seek->first;
	seek->run_first = 0;
	seek->run_end = 0;
	seek->zone = NULL;
	seek->absent = PGAREA_OBSTACLE_NONE;
	seek->absent_page = seek->first;
}

/* Go on behind what begins at @first and ends before @end. */
static void go_behind(struct pga_seek *seek, u64 first, u64 end)
{
	if (seek->rq->top_down) {
		seek->done = first <= seek->first;
		seek->next = first - pageblock_nr_pages;
	} else {
		seek->done = end >= seek->end;
		seek->next = end;
	}
}

/* No run: in a search for units, go on behind this one as well. */
static void end_run(struct pga_seek *seek, u64 pfn)
{
	u64 first = round_down(pfn, granule(seek));

	seek->run_first = 0;
	seek->run_end = 0;
	if (seek->unit)
		go_behind(seek, first, first + seek->unit);
}

/* There is no memory from @ob->first to @ob->last: go on where there is some. */
static void skip_absent(struct pga_seek *seek, const struct pga_obstacle *ob)
{
	u64 first = round_down(ob->first, granule(seek));
	u64 end = round_up(ob->last + 1, granule(seek));

	if (seek->rq->top_down && first > seek->first)
		first = round_down(pga_zone_page_upto(first - 1), granule(seek)) +
			granule(seek);
	if (seek->absent == PGAREA_OBSTACLE_NONE) {
		seek->absent = ob->kind;
		seek->absent_page = ob->page;
	}
	seek->run_first = 0;
	seek->run_end = 0;
	go_behind(seek, first, end);
}

static void add_to_run(struct pga_seek *seek, const struct pga_obstacle *ob)
{
	bool has_run = seek->run_first != seek->run_end;

	if (has_run && seek->zone != ob->zone && seek->unit) {
		end_run(seek, ob->first);
		return;
	}
	if (!has_run || seek->zone != ob->zone) {
		seek->run_first = ob->first;
		seek->run_end = ob->last + 1;
		seek->zone = ob->zone;
	} else if (seek->rq->top_down) {
		seek->run_first = ob->first;
	} else {
		seek->run_end = ob->last + 1;
	}
	go_behind(seek, ob->first, ob->last + 1);
}

static bool in_node(const struct pga_area *area, struct zone *zone)
{
	return area->spec.node == NUMA_NO_NODE ||
	       zone_to_nid(zone) == area->spec.node;
}

/* Memory of another node is in nobody's way. */
static void count(struct pga_seek *seek, const struct pga_obstacle *ob)
{
	if (seek->in_way && in_node(seek->area, ob->zone))
		pga_in_way_add(seek->in_way, ob->kind, ob->page,
			       ob->last - ob->first + 1);
}

static int look_at_next(struct pga_seek *seek)
{
	bool down = seek->rq->top_down;
	struct pga_obstacle ob;
	int err;

	err = pga_obstacle_at(seek->next, down ? seek->next + pageblock_nr_pages - 1 :
						 seek->end - 1, &ob);
	if (err)
		return err;
	if (!ob.zone) {
		skip_absent(seek, &ob);
	} else if (ob.obtainable && ob.kind != PGAREA_OBSTACLE_OWNED &&
		   in_node(seek->area, ob.zone)) {
		add_to_run(seek, &ob);
	} else {
		count(seek, &ob);
		go_behind(seek, ob.first, ob.last + 1);
		end_run(seek, ob.first);
	}
	return 0;
}

/* Is the next pageblock the first of a unit that has no room within the limits? */
static bool skip_unit(struct pga_seek *seek)
{
	u64 first = round_down(seek->next, seek->unit), place;

	if (seek->run_first != seek->run_end)
		return false;
	if (pga_place_in(seek->rq, first, first + seek->unit - 1, &place))
		return false;
	go_behind(seek, first, first + seek->unit);
	return true;
}

static bool run_has_window(const struct pga_seek *seek,
			   struct pga_window *window)
{
	u64 nr = seek->run_end - seek->run_first;

	if (!nr || nr < seek->unit ||
	    !pga_place_in(seek->rq, seek->run_first, seek->run_end - 1,
			  &window->place))
		return false;
	window->first = seek->run_first;
	window->end = seek->run_end;
	window->zone = seek->zone;
	if (seek->unit)
		return true;
	window->first = round_down(window->place, (u64)pageblock_nr_pages);
	window->end = round_up(window->place + seek->rq->nr,
			       (u64)pageblock_nr_pages);
	return true;
}

/**
 * pga_seek_next() - look at pageblocks until they make a window
 * @seek: started
 * @window: set to the window
 *
 * A window that could not be taken must be skipped with pga_seek_skip() before
 * the next call.
 *
 * Context: process; sleeps.  It looks at a few hundred pageblocks at most, so
 * that the caller can limit the time.
 * Return: 0; -EAGAIN if it must be called again; -ENOSPC if there is no window;
 * or -EINTR on a fatal signal.
 */
int pga_seek_next(struct pga_seek *seek, struct pga_window *window)
{
	unsigned int looks = 0;
	int err;

	while (!run_has_window(seek, window)) {
		if (seek->done)
			return -ENOSPC;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (looks++ == PGA_SEEK_LOOKS)
			return -EAGAIN;
		if (seek->unit && skip_unit(seek))
			continue;
		err = look_at_next(seek);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/**
 * pga_seek_skip() - go on behind a pageblock that could not be taken
 * @seek: the search, which found a window
 * @in_way: first page frame of the pageblock, in this window
 */
void pga_seek_skip(struct pga_seek *seek, u64 in_way)
{
	if (seek->unit)
		seek->run_end = seek->run_first;
	else if (seek->rq->top_down)
		seek->run_end = in_way;
	else
		seek->run_first = in_way + pageblock_nr_pages;
}
