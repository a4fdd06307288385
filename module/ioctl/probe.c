// SPDX-License-Identifier: GPL-2.0
/*
 * PROBE: report what could be had from the host, and what stands in the way.
 *
 * The pageblocks are looked at one after the other, and adjacent ones of which
 * the same is true make one entry.  A search looks at them first for a place, and
 * then again for the entries.  No lock is held between two pageblocks.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "area/chunk.h"
#include "area/host.h"
#include "area/obstacle.h"
#include "area/registry.h"
#include "block/describe.h"
#include "block/file.h"
#include "core/alloc.h"
#include "hide.h"
#include "ioctl/check.h"
#include "ioctl/cmd.h"
#include "ioctl/probe.h"
#include "ioctl/user_array.h"

#define PGA_PROBE_FLAGS	(PGAREA_PROBE_SEARCH | PGAREA_PROBE_NODE)
#define PGA_LAST_PFN	(U64_MAX >> PAGE_SHIFT)

/**
 * struct pga_probe_look - one pageblock, or several without memory
 * @ob: what the host does with it
 * @state: if an area owns it, enum pgarea_state of @ob.page
 * @area: id of the area; 0: none
 * @block: id of the block that @ob.page is in; 0: none
 */
struct pga_probe_look {
	struct pga_obstacle ob;
	u32 state;
	u32 area;
	u64 block;
};

/**
 * struct pga_probe_context - a PROBE in progress
 * @arg: the request, and the result
 * @first: first page frame to list
 * @last: last page frame to list
 * @writer: the array of the program
 * @run: the entry that may still grow; its @size is 0 if there is none
 * @zone: zone of the pages counted in @zone_nr
 * @zone_nr: adjacent pages of one zone that the host would give
 * @nr: pages that the host would give
 */
struct pga_probe_context {
	struct pgarea_probe *arg;
	u64 first;
	u64 last;
	struct pga_array_writer writer;
	struct pgarea_obstacle run;
	struct zone *zone;
	u64 zone_nr;
	u64 nr;
};

/**
 * struct pga_probe_search - a search for a place
 * @rq: the place, in pages
 * @node: NUMA node, NUMA_NO_NODE: any
 * @from: all pageblocks from this page frame on could be had
 * @zone: the zone that they are in
 * @in_way: what could not be had
 */
struct pga_probe_search {
	struct pga_request rq;
	int node;
	u64 from;
	struct zone *zone;
	struct pga_in_way in_way;
};

static int resched_or_killed(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* The first page that is not free in its area decides. */
static void look_into_area(struct pga_probe_look *look)
{
	struct pga_obstacle *ob = &look->ob;
	struct pga_area *area = pga_area_of(ob->first);
	u64 nr;

	if (!area)
		return;
	look->area = area->id;
	look->state = pga_page_state(area, ob->first, ob->last, &nr);
	if (look->state == PGAREA_STATE_FREE && ob->first + nr <= ob->last) {
		ob->page = ob->first + nr;
		look->state = pga_page_state(area, ob->page, ob->last, &nr);
	}
	ob->obtainable = look->state == PGAREA_STATE_FREE;
	look->block = pga_page_block_id(ob->page, &nr);
	pga_area_put(area);
}

static int look_at(u64 pfn, u64 last, struct pga_probe_look *look)
{
	int err;

	*look = (struct pga_probe_look){};
	err = pga_obstacle_at(pfn, last, &look->ob);
	if (!err && look->ob.kind == PGAREA_OBSTACLE_OWNED)
		look_into_area(look);
	return err ?: resched_or_killed();
}

static u32 reserve_kind(struct zone *zone, u64 zone_nr, u64 nr)
{
	if (pga_host_check_reserve(zone, nr) == -EDQUOT)
		return PGAREA_OBSTACLE_HOST_RESERVE;
	return pga_host_check_reserve(zone, zone_nr) ?
	       PGAREA_OBSTACLE_ZONE_RESERVE : PGAREA_OBSTACLE_NONE;
}

static void fill_entry(const struct pga_probe_look *look,
		       struct pgarea_obstacle *out)
{
	const struct pga_obstacle *ob = &look->ob;

	*out = (struct pgarea_obstacle){
		.address = ob->first << PAGE_SHIFT,
		.size = (ob->last - ob->first + 1) << PAGE_SHIFT,
		.page = ob->page << PAGE_SHIFT,
		.free = ob->nr_free << PAGE_SHIFT,
		.movable = ob->nr_movable << PAGE_SHIFT,
		.block = look->block,
		.kind = ob->kind,
		.flags = ob->obtainable ? PGAREA_OBSTACLE_OBTAINABLE : 0,
		.area = look->area,
		.state = look->state,
	};
}

static bool is_alike(const struct pgarea_obstacle *run,
		     const struct pgarea_obstacle *next)
{
	return run->size && run->kind == next->kind &&
	       run->flags == next->flags && run->area == next->area &&
	       run->state == next->state && run->block == next->block;
}

static int write_run(struct pga_probe_context *ctx)
{
	const struct pgarea_obstacle *run = &ctx->run;

	if (!run->size)
		return 0;
	return pga_array_append(&ctx->writer, run, sizeof(*run),
				run->address >> (pageblock_order + PAGE_SHIFT));
}

static int add_entry(struct pga_probe_context *ctx,
		     const struct pga_probe_look *look)
{
	struct pgarea_obstacle next;
	int err;

	fill_entry(look, &next);
	if (is_alike(&ctx->run, &next)) {
		ctx->run.size += next.size;
		ctx->run.free += next.free;
		ctx->run.movable += next.movable;
		return 0;
	}
	err = write_run(ctx);
	ctx->run = next;
	return err;
}

/* Count what the host would give; at the end of a zone, could it? */
static void judge_sum(struct pga_probe_context *ctx, struct zone *zone, u64 nr)
{
	if (zone != ctx->zone) {
		if (ctx->zone && !ctx->arg->kind)
			ctx->arg->kind = reserve_kind(ctx->zone, ctx->zone_nr,
						      ctx->nr);
		ctx->zone = zone;
		ctx->zone_nr = 0;
	}
	ctx->zone_nr += nr;
	ctx->nr += nr;
}

/* What is in the way of the range as a whole? */
static void judge(struct pga_probe_context *ctx,
		  const struct pga_probe_look *look)
{
	const struct pga_obstacle *ob = &look->ob;

	if (ctx->arg->conflict != PGAREA_NO_ADDRESS)
		return;
	if (!ob->obtainable) {
		ctx->arg->kind = ob->kind;
		ctx->arg->conflict = ob->page << PAGE_SHIFT;
	} else if (!look->area) {
		judge_sum(ctx, ob->zone, ob->last - ob->first + 1);
	}
}

static int list_obstacles(struct pga_probe_context *ctx, bool judged)
{
	struct pga_probe_look look;
	u64 pfn = ctx->first;
	int err = 0;

	while (!err && pfn <= ctx->last && !pga_array_is_done(&ctx->writer)) {
		err = look_at(pfn, ctx->last, &look);
		if (err)
			break;
		if (!judged)
			judge(ctx, &look);
		err = add_entry(ctx, &look);
		pfn = look.ob.last + 1;
	}
	if (!judged)
		judge_sum(ctx, NULL, 0);
	return err ?: write_run(ctx);
}

static bool in_node(const struct pga_probe_search *search, struct zone *zone)
{
	return search->node == NUMA_NO_NODE || zone_to_nid(zone) == search->node;
}

/* All of the place was looked at: could the host do without it? */
static bool spared(struct pga_probe_search *search, u64 nr)
{
	u32 kind = reserve_kind(search->zone, search->rq.nr, search->rq.nr);

	if (kind)
		pga_in_way_add(&search->in_way, kind, search->from, nr);
	return !kind;
}

/* Is the place complete with this pageblock?  If so, set @at. */
static bool search_look(struct pga_probe_search *search,
			const struct pga_obstacle *ob, u64 *at)
{
	u64 nr = ob->last - ob->first + 1;

	if (!ob->obtainable || !in_node(search, ob->zone)) {
		/* Addresses without memory are in nobody's way. */
		if (ob->zone && in_node(search, ob->zone))
			pga_in_way_add(&search->in_way, ob->kind, ob->page, nr);
		search->zone = NULL;
		return false;
	}
	if (ob->zone != search->zone) {
		search->zone = ob->zone;
		search->from = ob->first;
	}
	if (!pga_place_in(&search->rq, search->from, ob->last, at))
		return false;
	if (spared(search, nr))
		return true;
	search->zone = NULL;
	return false;
}

static int find_place(struct pgarea_probe *arg, struct pga_probe_search *search)
{
	struct pga_probe_look look;
	u64 at, pfn = search->rq.first;
	u64 last = search->rq.last | (pageblock_nr_pages - 1);
	int err;

	for (; pfn <= search->rq.last; pfn = look.ob.last + 1) {
		err = look_at(pfn, last, &look);
		if (err)
			return err;
		if (!search_look(search, &look.ob, &at))
			continue;
		arg->place = at << PAGE_SHIFT;
		arg->kind = PGAREA_OBSTACLE_NONE;
		return 0;
	}
	arg->kind = pga_in_way_most(&search->in_way);
	return 0;
}

/* A limit inside a page excludes the page. */
static void fill_search(const struct pgarea_probe *arg,
			struct pga_probe_search *search)
{
	struct pga_request *rq = &search->rq;
	u64 highest = arg->highest ?: U64_MAX;

	*search = (struct pga_probe_search){
		.node = arg->flags & PGAREA_PROBE_NODE ? (int)arg->node :
							  NUMA_NO_NODE,
	};
	rq->nr = ((arg->size - 1) >> PAGE_SHIFT) + 1;
	rq->align = max_t(u64, arg->align >> PAGE_SHIFT, 1);
	rq->boundary = arg->boundary >> PAGE_SHIFT;
	rq->first = arg->lowest ? ((arg->lowest - 1) >> PAGE_SHIFT) + 1 : 0;
	rq->last = highest >> PAGE_SHIFT;
	if (~highest & ~PAGE_MASK && rq->last)
		rq->last--;
}

static int search_place(struct pga_probe_context *ctx)
{
	struct pgarea_probe *arg = ctx->arg;
	struct pga_probe_search search;
	int err = 0;

	fill_search(arg, &search);
	if (!arg->obstacles.cursor)
		err = find_place(arg, &search);
	ctx->first = search.rq.first;
	ctx->last = search.rq.last;
	if (arg->place != PGAREA_NO_ADDRESS) {
		ctx->first = arg->place >> PAGE_SHIFT;
		ctx->last = min(ctx->first + search.rq.nr - 1, PGA_LAST_PFN);
	}
	return err;
}

static int check_limits(const struct pgarea_probe *arg)
{
	u64 last;

	if (arg->flags & PGAREA_PROBE_SEARCH)
		return arg->address ? -EINVAL :
		       pga_check_placement(arg->size, arg->align, arg->boundary,
					   arg->lowest, arg->highest);
	if (arg->align || arg->boundary || arg->lowest || arg->highest ||
	    !arg->size || !PAGE_ALIGNED(arg->address) || !PAGE_ALIGNED(arg->size))
		return -EINVAL;
	return check_add_overflow(arg->address, arg->size - 1, &last) ?
	       -EOVERFLOW : 0;
}

static int check_node(const struct pgarea_probe *arg)
{
	if (!(arg->flags & PGAREA_PROBE_NODE))
		return arg->node ? -EINVAL : 0;
	if (!(arg->flags & PGAREA_PROBE_SEARCH))
		return -EINVAL;
	return arg->node < MAX_NUMNODES && node_online(arg->node) ? 0 : -EINVAL;
}

static int check_probe(const struct pga_file *file,
		       const struct pgarea_probe *arg)
{
	int err;

	if (arg->flags & ~PGA_PROBE_FLAGS)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	err = check_limits(arg) ?: check_node(arg) ?:
	      pga_array_check(&arg->obstacles,
			      offsetofend(struct pgarea_obstacle, state));
	if (err)
		return err;
	return file->admin && !pga_hide_phys ? 0 : -EPERM;
}

int pga_ioctl_probe(struct pga_cmd *cmd)
{
	struct pgarea_probe *arg = cmd->arg;
	bool search = arg->flags & PGAREA_PROBE_SEARCH;
	struct pga_probe_context ctx = {
		.arg = arg,
		.first = arg->address >> PAGE_SHIFT,
		.last = (arg->address + (arg->size - 1)) >> PAGE_SHIFT,
		.writer = { .array = &arg->obstacles },
	};
	int err = check_probe(cmd->file, arg);

	if (err)
		return err;
	if (!arg->obstacles.cursor) {
		arg->place = search ? PGAREA_NO_ADDRESS : arg->address;
		arg->conflict = PGAREA_NO_ADDRESS;
		arg->kind = PGAREA_OBSTACLE_NONE;
		arg->__reserved2 = 0;
	}
	if (search)
		err = search_place(&ctx);
	if (err)
		return err;
	ctx.first = round_down(ctx.first, (u64)pageblock_nr_pages);
	ctx.last |= pageblock_nr_pages - 1;
	if (pga_array_position(&arg->obstacles))
		ctx.first = (u64)pga_array_position(&arg->obstacles) <<
			    pageblock_order;
	err = list_obstacles(&ctx, search || arg->obstacles.cursor);
	return err ?: pga_array_finish(&ctx.writer);
}
