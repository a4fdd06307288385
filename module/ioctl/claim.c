// SPDX-License-Identifier: GPL-2.0
/*
 * Claims by ALLOC and RESERVE: what they share.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/claim.h"
#include "area/registry.h"
#include "block/describe.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/quota.h"
#include "hide.h"
#include "ioctl/claim.h"

/* If the limit is reached, check draining blocks, as when pages are charged. */
static bool has_room(struct pga_file *file, u64 nr)
{
	if (pga_quota_has_room(file->quota, nr, file->unlimited))
		return true;
	pga_drain_check_some(file);
	return pga_quota_has_room(file->quota, nr, file->unlimited);
}

/**
 * pga_claim() - claim a range for a file
 * @file: the file
 * @claim: filled in
 * @range: the pages
 *
 * What the user may not hold is not taken from the host.  It is charged later, and
 * that may fail all the same.
 *
 * Context: process; sleeps.
 * Return: -EDQUOT if the user would hold more than the limit; else as
 * pga_claim_begin().
 */
int pga_claim(struct pga_file *file, struct pga_claim *claim,
	      const struct pga_pfn_range *range)
{
	int err;

	if (!has_room(file, range->nr))
		return -EDQUOT;
	err = pga_claim_begin(claim, range);
	if (err != -EBUSY || claim->obstacle.kind != PGAREA_OBSTACLE_OWNED)
		return err;
	/* Blocks that were freed may only seem to be in use. */
	pga_drain_check_some(file);
	return pga_claim_begin(claim, range);
}

/*
 * A page that an area owns, and that is neither free nor in a block, is on its
 * way: it counts as allocated, also while its area does not have it yet.
 */
static void describe_owned(const struct pga_claim *claim, struct pga_area *area,
			   struct pga_claim_refusal *out)
{
	u64 last = pga_pfn_range_last(&claim->range);
	u64 pfn = claim->obstacle.page, nr, nr_block;

	out->area = area->id;
	out->state = pga_page_state(area, pfn, max(pfn, last), &nr);
	if (out->state == PGAREA_STATE_NOT_OWNED) {
		out->state = PGAREA_STATE_ALLOCATED;
		nr = 1;
	}
	out->size = nr << PAGE_SHIFT;
	out->id = pga_page_block_id(pfn, &nr_block);
}

static void describe_host(const struct pga_claim *claim,
			  struct pga_claim_refusal *out)
{
	u64 last = min(pga_pfn_range_last(&claim->range), claim->obstacle.last);
	u64 pfn = claim->obstacle.page;

	out->state = PGAREA_STATE_NOT_OWNED;
	out->size = (pfn < last ? last - pfn + 1 : 1) << PAGE_SHIFT;
}

/**
 * pga_claim_describe() - describe what is in the way of a claim
 * @claim: refused with -EBUSY or -ENOSPC
 * @out: set to the description
 *
 * Context: process.
 */
void pga_claim_describe(const struct pga_claim *claim,
			struct pga_claim_refusal *out)
{
	u64 pfn = claim->obstacle.page;
	struct pga_area *area;

	*out = (struct pga_claim_refusal){
		.address = PGAREA_NO_ADDRESS,
		.kind = claim->obstacle.kind,
	};
	if (pfn == PGA_NO_PAGE)
		return;
	out->address = pga_user_phys(pfn << PAGE_SHIFT);
	area = out->kind == PGAREA_OBSTACLE_OWNED ? pga_area_of(pfn) : NULL;
	if (area)
		describe_owned(claim, area, out);
	else
		describe_host(claim, out);
	pga_area_put(area);
}
