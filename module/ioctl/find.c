// SPDX-License-Identifier: GPL-2.0
/*
 * The search for free memory in the areas.
 *
 * The areas are searched for what they own first, all of them.  Only if none has
 * a place, and blocks that were freed have been checked, do areas grow.
 *
 * What a growing area takes from the host may cost the host much, so nothing is
 * taken for a user who could not be charged for it.  It stays in the area, so a
 * program that allocates and frees again and again makes the host work once.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/demand.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/quota.h"
#include "hide.h"
#include "ioctl/find.h"
#include "ioctl/node.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"

#define PGA_GROW_MS_DEFAULT	10000

/* Parameter: how long areas may grow for one command, in milliseconds; 0: no limit */
unsigned int pga_grow_ms = PGA_GROW_MS_DEFAULT;

static bool is_dry(const struct pga_alloc_context *ctx)
{
	return ctx->arg->flags & PGAREA_ALLOC_DRY_RUN;
}

static int search_area(struct pga_alloc_context *ctx, struct pga_area *area)
{
	struct pga_request rq;
	int err = -ENOSPC;
	unsigned int i;

	for (i = 0; err && pga_alloc_nth_request(ctx, i, &rq); i++)
		err = is_dry(ctx) ? pga_area_probe(area, &rq, &ctx->first) :
				    pga_area_alloc(area, &rq, &ctx->first);
	return err;
}

static int try_area(struct pga_alloc_context *ctx, struct pga_area *area)
{
	u64 exact = ctx->arg->address >> PAGE_SHIFT, conflict;

	if (!pga_alloc_may_use(ctx, area))
		return -ENOSPC;
	if (!(ctx->arg->flags & PGAREA_ALLOC_EXACT))
		return search_area(ctx, area);
	ctx->first = exact;
	return is_dry(ctx) ?
		pga_area_probe_range(area, exact, ctx->rq.nr, &conflict) :
		pga_area_alloc_range(area, exact, ctx->rq.nr, &conflict);
}

static bool try_areas(struct pga_alloc_context *ctx)
{
	struct pga_area *area = NULL;
	unsigned int i;

	for (i = 0; (area = pga_alloc_next_area(ctx, area, i)) != NULL; i++) {
		if (!try_area(ctx, area)) {
			ctx->many = 1;
			pga_alloc_found(ctx, area);
			return true;
		}
	}
	return false;
}

static unsigned long grow_until(struct pga_alloc_context *ctx)
{
	unsigned int ms = READ_ONCE(pga_grow_ms);

	/* A command for many blocks has this time for all of them. */
	if (!ctx->grow_until)
		ctx->grow_until = jiffies + (ms ? msecs_to_jiffies(ms) :
						  MAX_JIFFY_OFFSET);
	/* 0 means that it is not set. */
	ctx->grow_until += !ctx->grow_until;
	return ctx->grow_until;
}

static bool may_grow(const struct pga_alloc_context *ctx,
		     const struct pga_area *area)
{
	return area->spec.grow && pga_alloc_may_use(ctx, area) &&
	       !(ctx->arg->flags & (PGAREA_ALLOC_NO_GROW | PGAREA_ALLOC_DRY_RUN));
}

/* For how many of the blocks that are wanted the user can be charged */
static unsigned int nr_chargeable(const struct pga_alloc_context *ctx)
{
	unsigned int many = ctx->many;

	while (many && !pga_quota_has_room(ctx->file->quota, many * ctx->rq.nr,
					   ctx->file->unlimited))
		many /= 2;
	return many;
}

/* Grow an area, or add to @refusals why it did not. */
static int grow_area(struct pga_alloc_context *ctx, struct pga_area *area,
		     struct pga_refusals *refusals)
{
	struct pga_request rq = ctx->rq;
	struct pga_demand demand = {
		.rq = &rq,
		.exact = ctx->arg->flags & PGAREA_ALLOC_EXACT,
		/* Larger chunks are at multiples of their size. */
		.fine = pga_hide_phys,
		.first = ctx->arg->address >> PAGE_SHIFT,
	};
	int err = -ENOSPC;
	unsigned int i, many;

	if (!may_grow(ctx, area)) {
		pga_refusals_add(refusals, area, NULL);
		return -ENOSPC;
	}
	many = nr_chargeable(ctx);
	if (!many)
		return -EDQUOT;
	demand.deadline = grow_until(ctx);
	for (i = 0; err == -ENOSPC && pga_alloc_nth_request(ctx, i, &rq); i++) {
		demand.many = many;
		err = pga_area_grow_for(area, &demand);
	}
	if (!err)
		ctx->many = demand.many;
	ctx->first = demand.first;
	ctx->taken = !err && demand.taken;
	if (err == -ENOSPC)
		pga_refusals_add(refusals, area, &demand);
	return err;
}

/* Other threads may have freed memory while the areas tried to grow. */
static int grow_areas(struct pga_alloc_context *ctx)
{
	struct pga_refusals refusals;
	struct pga_area *area = NULL;
	unsigned int i;
	int err;

	pga_refusals_begin(&refusals, ctx);
	for (i = 0; (area = pga_alloc_next_area(ctx, area, i)) != NULL; i++) {
		err = grow_area(ctx, area, &refusals);
		if (!err)
			pga_alloc_found(ctx, area);
		else if (err != -ENOSPC)
			pga_area_put(area);
		if (err != -ENOSPC)
			return err;
	}
	if (ctx->grow_until && try_areas(ctx))
		return 0;
	return pga_refusals_end(&refusals);
}

static int find_one(struct pga_alloc_context *ctx)
{
	if (try_areas(ctx))
		return 0;
	/* Try again even if another thread's poll freed the drained blocks. */
	pga_drain_check_some(ctx->file);
	return try_areas(ctx) ? 0 : grow_areas(ctx);
}

/**
 * pga_alloc_find() - find a free range in the areas, and allocate it
 * @ctx: checked; a dry run allocates nothing
 *
 * A node that is only preferred is forgotten when it has no place.
 *
 * Context: process; sleeps, faults, and may migrate and reclaim.
 * Return: 0 and the range in @ctx; -ENOSPC or -EBUSY, and the reasons in the
 * program's array; -EFAULT; or, if an area may grow, -EDQUOT (the user could not
 * be charged for the range), -ENOMEM or -EINTR.
 */
int pga_alloc_find(struct pga_alloc_context *ctx)
{
	struct pgarea_array refusals = ctx->arg->refusals;
	int err;

	ctx->many = 1;
	ctx->taken = false;
	err = find_one(ctx);
	if (err != -ENOSPC || !pga_alloc_any_node(ctx))
		return err;
	ctx->arg->refusals = refusals;
	return find_one(ctx);
}

static int search_area_for_many(struct pga_alloc_context *ctx,
				struct pga_area *area, u64 *first,
				unsigned int nr)
{
	struct pga_request rq;
	unsigned int i;
	int found = 0;

	for (i = 0; !found && pga_alloc_nth_request(ctx, i, &rq); i++)
		found = pga_area_alloc_many(area, &rq, first, nr);
	return found;
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
		found = search_area_for_many(ctx, area, first, nr);
		if (found) {
			pga_alloc_found(ctx, area);
			break;
		}
	}
	return found;
}

static int find_many(struct pga_alloc_context *ctx, u64 *first,
		     unsigned int nr)
{
	int found = find_many_once(ctx, first, nr);
	unsigned int i;
	int err;

	if (found)
		return found;
	pga_drain_check_some(ctx->file);
	found = find_many_once(ctx, first, nr);
	if (found)
		return found;
	ctx->many = nr;
	err = grow_areas(ctx);
	if (err)
		return err;
	for (i = 0; i < ctx->many; i++)
		first[ctx->rq.top_down ? ctx->many - 1 - i : i] =
			ctx->first + i * ctx->rq.nr;
	return ctx->many;
}

/**
 * pga_alloc_find_many() - find and allocate ranges for blocks of the same kind
 * @ctx: checked, and neither for an exact address nor a dry run
 * @first: set to the first page frame of each range
 * @nr: number of ranges wanted, at most PGA_BATCH
 *
 * Areas grow for as many ranges as lie side by side in what they take at once.
 *
 * Context: process; sleeps, faults, and may migrate and reclaim.
 * Return: the number of ranges found, all in @ctx->area; other areas may have
 * more; or an error as pga_alloc_find().
 */
int pga_alloc_find_many(struct pga_alloc_context *ctx, u64 *first,
			unsigned int nr)
{
	struct pgarea_array refusals = ctx->arg->refusals;
	int found;

	ctx->taken = false;
	found = find_many(ctx, first, nr);
	if (found != -ENOSPC || !pga_alloc_any_node(ctx))
		return found;
	ctx->arg->refusals = refusals;
	return find_many(ctx, first, nr);
}
