// SPDX-License-Identifier: GPL-2.0
/*
 * The check of an allocation request.  find.c searches for memory, and
 * refusal.c reports the reasons if there is none.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/chunk.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/file.h"
#include "gfp.h"
#include "ioctl/check.h"
#include "ioctl/node.h"
#include "ioctl/request.h"
#include "ioctl/user_array.h"

/* The flags of the UAPI that this version supports. */
#define PGA_ALLOC_FLAGS		(PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN | \
				 PGAREA_ALLOC_NO_GROW | PGAREA_ALLOC_TOP_DOWN | \
				 PGAREA_ALLOC_PERSISTENT | PGAREA_ALLOC_CLAIM | \
				 PGA_ALLOC_NODE_FLAGS)

/* Memory that is not cached is for devices: it is never executable. */
static int check_alloc_choices(const struct pgarea_alloc *arg)
{
	if (arg->flags & ~PGA_ALLOC_FLAGS)
		return -EOPNOTSUPP;
	if (arg->layout != PGAREA_LAYOUT_CONTIGUOUS ||
	    arg->access > PGAREA_ACCESS_EXECUTE ||
	    pga_caching_check(arg->cache))
		return -EOPNOTSUPP;
	if (arg->access == PGAREA_ACCESS_EXECUTE &&
	    arg->cache != PGAREA_CACHE_WB)
		return -EINVAL;
	return arg->__reserved || !pga_label_valid(arg->name) ? -EINVAL : 0;
}

/* An exact place has the node that it has. */
static int check_node(const struct pgarea_alloc *arg)
{
	u64 flags = arg->flags & PGA_ALLOC_NODE_FLAGS;

	if (!flags)
		return arg->node ? -EINVAL : 0;
	return flags == PGA_ALLOC_NODE_FLAGS ||
	       arg->flags & PGAREA_ALLOC_EXACT ? -EINVAL : 0;
}

/*
 * Requests that would reveal a hidden address beyond its offset in a pageblock.
 * Another caching attribute splits large pages in the kernel's mapping, which
 * /proc/meminfo counts: so it reveals where a large page begins.
 */
static int check_hidden(const struct pga_file *file,
			const struct pgarea_alloc *arg)
{
	if (!pga_is_hidden_from(file))
		return 0;
	if (arg->flags & (PGAREA_ALLOC_EXACT | PGA_ALLOC_NODE_FLAGS) ||
	    arg->cache != PGAREA_CACHE_WB ||
	    arg->align >> PAGE_SHIFT > pageblock_nr_pages ||
	    arg->boundary >> PAGE_SHIFT > pageblock_nr_pages)
		return -EPERM;
	return 0;
}

/* PROBE is the dry run of a claim; its place alone tells what it takes. */
static int check_claim(const struct pga_file *file,
		       const struct pgarea_alloc *arg)
{
	if (!(arg->flags & PGAREA_ALLOC_CLAIM))
		return 0;
	if (!(arg->flags & PGAREA_ALLOC_EXACT) ||
	    arg->flags & PGAREA_ALLOC_DRY_RUN || arg->areas.count)
		return -EINVAL;
	return file->admin ? 0 : -EPERM;
}

static int check_rights(const struct pga_alloc_context *ctx)
{
	const struct pgarea_alloc *arg = ctx->arg;
	bool persistent = arg->flags & PGAREA_ALLOC_PERSISTENT;
	int err;

	err = pga_check_orphan(ctx->file, arg->orphan_ms, arg->__reserved2,
			       persistent) ?:
	      check_hidden(ctx->file, arg) ?: check_claim(ctx->file, arg);
	if (err || !persistent)
		return err;
	return pga_check_persistent(ctx->file, arg->name);
}

static void fill_attr(struct pga_alloc_context *ctx)
{
	const struct pgarea_alloc *arg = ctx->arg;

	ctx->attr = (struct pga_block_attr){
		.flags = arg->flags,
		.quota = ctx->file->quota,
		.orphan_ms = arg->orphan_ms,
		.kind = PGAREA_KIND_BLOCK,
		.caching = arg->cache,
		.access = arg->access,
	};
	memcpy(ctx->attr.name, arg->name, sizeof(ctx->attr.name));
}

static int check_alloc_place(const struct pgarea_alloc *arg)
{
	int err = pga_check_placement(arg->size, arg->align, arg->boundary,
				      arg->lowest, arg->highest);

	if (err)
		return err;
	return arg->address && !(arg->flags & PGAREA_ALLOC_EXACT) ? -EINVAL : 0;
}

/* Convert the request to pages.  A limit inside a page excludes the page. */
static void fill_request(const struct pgarea_alloc *arg, struct pga_request *rq)
{
	u64 highest = arg->highest ?: U64_MAX;

	rq->top_down = arg->flags & PGAREA_ALLOC_TOP_DOWN;
	rq->nr = ((arg->size - 1) >> PAGE_SHIFT) + 1;
	rq->align = max_t(u64, arg->align >> PAGE_SHIFT, 1);
	/* A block starts at a page, so it crosses no boundary below a page. */
	rq->boundary = arg->boundary >> PAGE_SHIFT;
	rq->first = arg->lowest ? ((arg->lowest - 1) >> PAGE_SHIFT) + 1 : 0;
	rq->last = highest >> PAGE_SHIFT;
	/* If not even page 0 is complete, the limits exclude everything. */
	if (~highest & ~PAGE_MASK && !rq->last)
		rq->first = 1;
	else if (~highest & ~PAGE_MASK)
		rq->last--;
	/*
	 * A block of more than a pageblock would reveal where a block of the
	 * buddy begins, by the free memory that it leaves on both sides.
	 */
	rq->in_runs = pga_hide_phys && rq->nr > pageblock_nr_pages;
}

/* An exact range that contradicts the other limits can never be served. */
static int check_exact(const struct pgarea_alloc *arg,
		       const struct pga_request *rq)
{
	u64 first = arg->address >> PAGE_SHIFT;
	u64 last = first + rq->nr - 1, end;

	if (!PAGE_ALIGNED(arg->address))
		return -EINVAL;
	if (check_add_overflow(arg->address, arg->size - 1, &end))
		return -EOVERFLOW;
	if (first & (rq->align - 1) || first < rq->first || last > rq->last)
		return -EINVAL;
	return rq->boundary && (first ^ last) & ~(rq->boundary - 1) ?
		-EINVAL : 0;
}

static bool in_set(const struct pga_alloc_context *ctx, const struct pga_area *area)
{
	unsigned int i;

	for (i = 0; i < ctx->nr_areas; i++)
		if (ctx->set[i] == area)
			return true;
	return false;
}

static int read_areas(struct pga_alloc_context *ctx)
{
	const struct pgarea_array *array = &ctx->arg->areas;
	struct pgarea_area_id entry;
	struct pga_area *area;
	u32 i;
	int err;

	if (!array->count)
		return 0;
	if (array->count > PGAREA_SET_MAX)
		return -EINVAL;
	ctx->set = kmalloc_array(array->count, sizeof(*ctx->set), PGA_GFP_USER);
	if (!ctx->set)
		return -ENOMEM;
	for (i = 0; i < array->count; i++) {
		err = pga_array_get(array, i, &entry, sizeof(entry));
		if (err)
			return err;
		if (entry.__reserved)
			return -EINVAL;
		area = pga_area_find(entry.id);
		if (!area)
			return -ENOENT;
		if (in_set(ctx, area)) {
			pga_area_put(area);
			return -EINVAL;
		}
		ctx->set[ctx->nr_areas++] = area;
	}
	return 0;
}

/**
 * pga_alloc_may_use() - may a request be served from an area, by its limits
 *	and its node?
 * @ctx: checked
 * @area: the area
 *
 * If addresses are hidden from the file, the limits select whole areas, by their
 * bounds.  A limit inside an area would reveal addresses: which block is the
 * first one that no longer fits below it, and how much memory is free there.
 * The area of a claim serves exact requests only.
 *
 * Return: true if it may.
 */
bool pga_alloc_may_use(const struct pga_alloc_context *ctx,
		       const struct pga_area *area)
{
	const struct pga_request *rq = &ctx->rq;

	if ((area->spec.claim && !(ctx->arg->flags & PGAREA_ALLOC_EXACT)) ||
	    pga_alloc_excludes_node(ctx, area))
		return false;
	if (pga_is_hidden_from(ctx->file))
		return rq->first <= pga_area_first_pfn(area) &&
		       rq->last >= pga_area_last_pfn(area);
	return pga_area_may_own(area, rq->first, rq->last) &&
	       rq->first <= rq->last;
}

/* The area of the claim that has the exact address */
static struct pga_area *claim_at(const struct pga_alloc_context *ctx)
{
	struct pga_area *area;

	if (!(ctx->arg->flags & PGAREA_ALLOC_EXACT))
		return NULL;
	area = pga_area_of(ctx->arg->address >> PAGE_SHIFT);
	if (area && area->spec.claim)
		return area;
	pga_area_put(area);
	return NULL;
}

/* All areas in their order of preference, which has none of a claim. */
static struct pga_area *next_of_all(const struct pga_alloc_context *ctx,
				    struct pga_area *area)
{
	bool is_last = area && area->spec.claim;
	struct pga_area *next = NULL;

	if (is_last)
		pga_area_put(area);
	else
		next = pga_area_next_by_preference(area) ?: claim_at(ctx);
	return next;
}

/**
 * pga_alloc_next_area() - walk the areas that a request allows, in their order
 * @ctx: checked
 * @area: NULL at the start, then the previous area; its reference is dropped
 * @i: number of areas before this one
 *
 * Context: process; may sleep.
 * Return: the area, with a reference (pga_area_put()), or NULL after the last.
 */
struct pga_area *pga_alloc_next_area(const struct pga_alloc_context *ctx,
				     struct pga_area *area, unsigned int i)
{
	if (!ctx->set)
		return next_of_all(ctx, area);
	pga_area_put(area);
	return i < ctx->nr_areas ? pga_area_get(ctx->set[i]) : NULL;
}

/**
 * pga_alloc_found() - store the area that serves a request
 * @ctx: checked
 * @area: the area; its reference passes to @ctx
 */
void pga_alloc_found(struct pga_alloc_context *ctx, struct pga_area *area)
{
	pga_area_put(ctx->area);
	ctx->area = area;
}

/**
 * pga_alloc_check() - is the request valid?
 * @ctx: with @file and @arg set; this fills in the rest of the input
 *
 * Context: process; faults.
 * Return: 0, and the caller must call pga_alloc_end(); or the errno that the
 * UAPI documents for the error.
 */
int pga_alloc_check(struct pga_alloc_context *ctx)
{
	struct pgarea_alloc *arg = ctx->arg;
	int err;

	err = check_alloc_choices(arg) ?: check_node(arg) ?:
	      check_alloc_place(arg) ?: check_rights(ctx);
	if (err)
		return err;
	fill_request(arg, &ctx->rq);
	fill_attr(ctx);
	if (arg->flags & PGAREA_ALLOC_EXACT)
		err = check_exact(arg, &ctx->rq);
	err = err ?:
	      pga_array_check(&arg->areas,
			      offsetofend(struct pgarea_area_id, __reserved)) ?:
	      pga_array_check(&arg->segments,
			      offsetofend(struct pgarea_segment, size)) ?:
	      pga_array_check(&arg->refusals,
			      offsetofend(struct pgarea_refusal, __reserved)) ?:
	      pga_alloc_find_node(ctx) ?: read_areas(ctx);
	if (err)
		pga_alloc_end(ctx);
	return err;
}

/**
 * pga_alloc_end() - free what a request holds, and the area that was found
 * @ctx: checked
 */
void pga_alloc_end(struct pga_alloc_context *ctx)
{
	unsigned int i;

	for (i = 0; i < ctx->nr_areas; i++)
		pga_area_put(ctx->set[i]);
	kfree(ctx->set);
	kfree(ctx->runs);
	pga_area_put(ctx->area);
}
