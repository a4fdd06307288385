// SPDX-License-Identifier: GPL-2.0
/*
 * The search for free memory in the areas.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/pages.h"
#include "block/drain.h"
#include "ioctl/find.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"

static int try_area(struct pga_alloc_context *ctx, struct pga_area *area)
{
	u64 exact = ctx->arg->address >> PAGE_SHIFT, conflict;
	bool dry = ctx->arg->flags & PGAREA_ALLOC_DRY_RUN;

	if (!pga_alloc_may_use(ctx, area))
		return -ENOSPC;
	if (!(ctx->arg->flags & PGAREA_ALLOC_EXACT))
		return dry ? pga_area_probe(area, &ctx->rq, &ctx->first) :
			     pga_area_alloc(area, &ctx->rq, &ctx->first);
	ctx->first = exact;
	return dry ? pga_area_probe_range(area, exact, ctx->rq.nr, &conflict) :
		     pga_area_alloc_range(area, exact, ctx->rq.nr, &conflict);
}

static bool try_areas(struct pga_alloc_context *ctx)
{
	struct pga_area *area = NULL;
	unsigned int i;

	for (i = 0; (area = pga_alloc_next_area(ctx, area, i)) != NULL; i++) {
		if (!try_area(ctx, area)) {
			pga_alloc_found(ctx, area);
			return true;
		}
	}
	return false;
}

/**
 * pga_alloc_find() - find a free range in the areas, and allocate it
 * @ctx: checked; a dry run allocates nothing
 *
 * Context: process; sleeps, faults.
 * Return: 0 and the range in @ctx; -ENOSPC or -EBUSY, and the reasons in the
 * program's array; -EFAULT.
 */
int pga_alloc_find(struct pga_alloc_context *ctx)
{
	if (try_areas(ctx))
		return 0;
	/* Try again even if another thread's poll freed the drained blocks. */
	pga_drain_check_some(ctx->file);
	return try_areas(ctx) ? 0 : pga_alloc_report_refusal(ctx);
}

static int find_many_once(struct pga_alloc_context *ctx, u64 *first,
			  unsigned int nr)
{
	struct pga_area *area = NULL;
	unsigned int i;
	int found = 0;

	for (i = 0; (area = pga_alloc_next_area(ctx, area, i)) != NULL; i++) {
		if (!pga_alloc_may_use(ctx, area))
			continue;
		found = pga_area_alloc_many(area, &ctx->rq, first, nr);
		if (found) {
			pga_alloc_found(ctx, area);
			break;
		}
	}
	return found;
}

/**
 * pga_alloc_find_many() - find and allocate ranges for blocks of the same kind
 * @ctx: checked, and neither for an exact address nor a dry run
 * @first: set to the first page frame of each range
 * @nr: number of ranges wanted, at most PGA_BATCH
 *
 * Context: process; sleeps, faults.
 * Return: the number of ranges found, all in @ctx->area; other areas may have
 * more; -ENOSPC if there is none, and the reasons in the program's array;
 * -EFAULT.
 */
int pga_alloc_find_many(struct pga_alloc_context *ctx, u64 *first,
			unsigned int nr)
{
	int found = find_many_once(ctx, first, nr);

	if (found)
		return found;
	pga_drain_check_some(ctx->file);
	return find_many_once(ctx, first, nr) ?: pga_alloc_report_refusal(ctx);
}
