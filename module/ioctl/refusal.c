// SPDX-License-Identifier: GPL-2.0
/*
 * The reasons why no area could serve an allocation.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/demand.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/describe.h"
#include "block/file.h"
#include "hide.h"
#include "ioctl/claim.h"
#include "ioctl/node.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"
#include "ioctl/user_array.h"

static bool owns_any(struct pga_area *area)
{
	u64 first, nr;

	return pga_area_next_owned(area, 0, &first, &nr);
}

static bool owns_within(struct pga_area *area, const struct pga_request *rq)
{
	u64 first, nr;

	return pga_area_next_owned(area, rq->first, &first, &nr) &&
	       first <= rq->last;
}

static bool owns_of_node(const struct pga_alloc_context *ctx,
			 struct pga_area *area)
{
	struct pga_request rq;
	unsigned int i;

	for (i = 0; pga_alloc_nth_request(ctx, i, &rq); i++)
		if (owns_within(area, &rq))
			return true;
	return false;
}

static u32 refusal_reason(const struct pga_alloc_context *ctx,
			  struct pga_area *area, u64 free)
{
	if (pga_alloc_excludes_node(ctx, area))
		return PGAREA_REASON_NODE;
	if (!pga_alloc_may_use(ctx, area) ||
	    (owns_any(area) && !owns_within(area, &ctx->rq)))
		return PGAREA_REASON_BOUNDS;
	if (owns_any(area) && !owns_of_node(ctx, area))
		return PGAREA_REASON_NODE;
	return free < ctx->rq.nr ? PGAREA_REASON_FULL : PGAREA_REASON_FRAGMENTED;
}

static void count_free(const struct pga_alloc_context *ctx,
		       struct pga_area *area, u64 *free, u64 *largest)
{
	struct pga_request rq;
	u64 more, run;
	unsigned int i;

	for (i = 0; pga_alloc_nth_request(ctx, i, &rq); i++) {
		pga_area_free_within(area, rq.first, rq.last, &more, &run);
		*free += more;
		*largest = max(*largest, run);
	}
}

static void describe_exact(const struct pga_alloc_context *ctx,
			   struct pga_area *area, struct pgarea_refusal *out)
{
	u64 first = ctx->arg->address >> PAGE_SHIFT, nr = ctx->rq.nr;
	u64 conflict = first, run;
	int err = pga_area_probe_range(area, first, nr, &conflict);

	/* The range has become free since: report only that it was in use. */
	if (!err)
		conflict = first;
	out->reason = err == -ENOENT ? PGAREA_REASON_NOT_OWNED : PGAREA_REASON_IN_USE;
	out->address = pga_user_phys(conflict << PAGE_SHIFT);
	/* Report the state of the page, whichever area owns it. */
	area = pga_area_of(conflict);
	out->state = area ? pga_page_state(area, conflict, conflict, &run) :
			    PGAREA_STATE_NOT_OWNED;
	pga_area_put(area);
}

static void describe_refusal(const struct pga_alloc_context *ctx,
			     struct pga_area *area, struct pgarea_refusal *out)
{
	u64 free = 0, largest = 0;

	if (pga_alloc_may_use(ctx, area))
		count_free(ctx, area, &free, &largest);
	*out = (struct pgarea_refusal){
		.area = area->id,
		.address = PGAREA_NO_ADDRESS,
		.obstacle_address = PGAREA_NO_ADDRESS,
		.free = free << PAGE_SHIFT,
		.largest_free = largest << PAGE_SHIFT,
	};
	if (ctx->arg->flags & PGAREA_ALLOC_EXACT)
		describe_exact(ctx, area, out);
	else
		out->reason = refusal_reason(ctx, area, free);
}

/* What the host does with its memory is shown to those who may PROBE it. */
static void describe_growth(const struct pga_alloc_context *ctx,
			    const struct pga_demand *demand,
			    struct pgarea_refusal *out)
{
	if (demand->reason) {
		out->reason = demand->reason;
	} else if (demand->kind && ctx->file->admin) {
		out->obstacle = demand->kind;
		out->obstacle_address = pga_user_phys(demand->page << PAGE_SHIFT);
	}
}

/* Refusals that did not fit do not change the errno. */
static int finish_refusals(struct pga_array_writer *writer)
{
	writer->omitted = false;
	return pga_array_finish(writer);
}

/**
 * pga_refusals_begin() - begin to report why no area could serve a request
 * @refusals: is initialised
 * @ctx: the request, checked
 */
void pga_refusals_begin(struct pga_refusals *refusals,
			struct pga_alloc_context *ctx)
{
	*refusals = (struct pga_refusals){
		.ctx = ctx,
		.writer = { .array = &ctx->arg->refusals },
		.answer = -ENOSPC,
	};
}

/**
 * pga_refusals_add() - report why one area could not serve a request
 * @refusals: the reasons so far
 * @area: the next area
 * @demand: why it could not grow; NULL if it did not try to
 *
 * Context: process; sleeps, faults.
 */
void pga_refusals_add(struct pga_refusals *refusals, struct pga_area *area,
		      const struct pga_demand *demand)
{
	struct pgarea_refusal entry;

	refusals->nr++;
	if (refusals->err)
		return;
	describe_refusal(refusals->ctx, area, &entry);
	if (entry.reason == PGAREA_REASON_IN_USE)
		refusals->answer = -EBUSY;
	if (demand)
		describe_growth(refusals->ctx, demand, &entry);
	refusals->err = pga_array_append(&refusals->writer, &entry,
					 sizeof(entry), refusals->nr);
}

/**
 * pga_refusals_end() - complete the reasons
 * @refusals: with all areas
 *
 * Return: -ENOSPC, or -EBUSY if an exact range is in use; -EFAULT; or -EMSGSIZE.
 */
int pga_refusals_end(struct pga_refusals *refusals)
{
	return refusals->err ?: finish_refusals(&refusals->writer) ?:
	       refusals->answer;
}

/**
 * pga_alloc_report_claim() - report what is in the way of a claim
 * @ctx: checked
 * @err: why the claim was refused
 *
 * Context: process; sleeps, faults.
 * Return: @err, and for -EBUSY and -ENOSPC the reason in the program's array;
 * -EFAULT, or -EMSGSIZE.
 */
int pga_alloc_report_claim(struct pga_alloc_context *ctx, int err)
{
	struct pga_array_writer writer = { .array = &ctx->arg->refusals };
	struct pga_claim_refusal refusal;
	struct pgarea_refusal entry;

	if (err != -EBUSY && err != -ENOSPC)
		return err;
	pga_claim_describe(&ctx->claim, &refusal);
	entry = (struct pgarea_refusal){
		.area = refusal.area,
		.reason = refusal.area ? PGAREA_REASON_IN_USE :
					 PGAREA_REASON_NOT_OWNED,
		.address = refusal.address,
		.state = refusal.state,
		.obstacle = refusal.kind,
		.obstacle_address = refusal.address,
	};
	return pga_array_append(&writer, &entry, sizeof(entry), 1) ?:
	       finish_refusals(&writer) ?: err;
}
