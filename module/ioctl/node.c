// SPDX-License-Identifier: GPL-2.0
/*
 * The NUMA node of an allocation request.
 *
 * The core knows page frames, and no nodes.  So a request for memory of a node
 * is searched for in each run of page frames that the node has, within the
 * limits of the request: nearly always there is one.
 */
#include <linux/kernel.h>
#include <linux/numa.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/node.h"
#include "gfp.h"
#include "ioctl/node.h"
#include "ioctl/request.h"

static int add_run(struct pga_alloc_context *ctx,
		   const struct pga_pfn_range *run)
{
	struct pga_pfn_range *runs;

	runs = krealloc_array(ctx->runs, ctx->nr_runs + 1, sizeof(*runs),
			      PGA_GFP_USER);
	if (!runs)
		return -ENOMEM;
	ctx->runs = runs;
	runs[ctx->nr_runs++] = *run;
	return 0;
}

/**
 * pga_alloc_find_node() - find the memory of the node that a request names
 * @ctx: with its request in pages; this sets the node and its runs
 *
 * Context: process; sleeps.
 * Return: 0; -ENODEV: there is no such node with memory; or -ENOMEM.
 */
int pga_alloc_find_node(struct pga_alloc_context *ctx)
{
	u64 pfn = ctx->rq.first, last = ctx->rq.last;
	struct pga_pfn_range run;
	int err = 0;

	ctx->node = NUMA_NO_NODE;
	if (!(ctx->arg->flags & PGA_ALLOC_NODE_FLAGS))
		return 0;
	if (!pga_node_has_memory(ctx->arg->node))
		return -ENODEV;
	ctx->node = ctx->arg->node;
	while (!err && pga_node_next_run(ctx->node, pfn, &run) &&
	       run.first <= last) {
		err = add_run(ctx, &run);
		pfn = run.first + run.nr;
	}
	return err;
}

/**
 * pga_alloc_any_node() - if a request only prefers its node, forget the node
 * @ctx: a request that the node could not serve
 *
 * Return: whether it does, and had a node until now.
 */
bool pga_alloc_any_node(struct pga_alloc_context *ctx)
{
	if (ctx->node == NUMA_NO_NODE ||
	    !(ctx->arg->flags & PGAREA_ALLOC_PREFER_NODE))
		return false;
	ctx->node = NUMA_NO_NODE;
	return true;
}

/**
 * pga_alloc_excludes_node() - is an area for memory of another node?
 * @ctx: a request
 * @area: the area
 *
 * Return: true if no memory of the area, now or later, is of the node that the
 * request is for.
 */
bool pga_alloc_excludes_node(const struct pga_alloc_context *ctx,
			     const struct pga_area *area)
{
	return ctx->node != NUMA_NO_NODE && area->spec.node != NUMA_NO_NODE &&
	       area->spec.node != ctx->node;
}

/**
 * pga_alloc_nth_request() - get the parts in which a request is searched for
 * @ctx: a request
 * @i: number of parts before this one
 * @rq: set to the request, with the limits of the part
 *
 * Return: false if there are no more.  A request for no node has one.
 */
bool pga_alloc_nth_request(const struct pga_alloc_context *ctx, unsigned int i,
			   struct pga_request *rq)
{
	const struct pga_pfn_range *run;

	*rq = ctx->rq;
	if (ctx->node == NUMA_NO_NODE)
		return i == 0;
	if (i >= ctx->nr_runs)
		return false;
	run = &ctx->runs[rq->top_down ? ctx->nr_runs - 1 - i : i];
	rq->first = max(rq->first, run->first);
	rq->last = min(rq->last, pga_pfn_range_last(run));
	return true;
}
