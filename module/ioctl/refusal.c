// SPDX-License-Identifier: GPL-2.0
/*
 * The reasons why no area could serve an allocation.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/describe.h"
#include "hide.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"
#include "ioctl/user_array.h"

static u32 refusal_reason(const struct pga_alloc_context *ctx,
			  struct pga_area *area, u64 free)
{
	const struct pga_request *rq = &ctx->rq;
	u64 first, nr;

	if (!pga_alloc_may_use(ctx, area))
		return PGAREA_REASON_BOUNDS;
	if (pga_area_next_owned(area, 0, &first, &nr) &&
	    (!pga_area_next_owned(area, rq->first, &first, &nr) ||
	     first > rq->last))
		return PGAREA_REASON_BOUNDS;
	return free < rq->nr ? PGAREA_REASON_FULL : PGAREA_REASON_FRAGMENTED;
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
		pga_area_free_within(area, ctx->rq.first, ctx->rq.last, &free,
				     &largest);
	*out = (struct pgarea_refusal){
		.area = area->id,
		.address = PGAREA_NO_ADDRESS,
		.free = free << PAGE_SHIFT,
		.largest_free = largest << PAGE_SHIFT,
	};
	if (ctx->arg->flags & PGAREA_ALLOC_EXACT)
		describe_exact(ctx, area, out);
	else
		out->reason = refusal_reason(ctx, area, free);
}

/**
 * pga_alloc_report_refusal() - report for each area why it could not serve
 * @ctx: checked
 *
 * Context: process; sleeps, faults.
 * Return: -ENOSPC, or -EBUSY if an exact range is in use, and the reasons in
 * the program's array; -EFAULT, or -EMSGSIZE.
 */
int pga_alloc_report_refusal(struct pga_alloc_context *ctx)
{
	struct pga_array_writer writer = { .array = &ctx->arg->refusals };
	struct pga_area *area = NULL;
	int err = 0, answer = -ENOSPC;
	unsigned int i;

	for (i = 0; (area = pga_alloc_next_area(ctx, area, i)) != NULL; i++) {
		struct pgarea_refusal entry;

		describe_refusal(ctx, area, &entry);
		if (entry.reason == PGAREA_REASON_IN_USE)
			answer = -EBUSY;
		err = pga_array_append(&writer, &entry, sizeof(entry), i + 1);
		if (err)
			break;
	}
	pga_area_put(area);
	/* Refusals that did not fit do not change the errno. */
	writer.omitted = false;
	return err ?: pga_array_finish(&writer) ?: answer;
}
