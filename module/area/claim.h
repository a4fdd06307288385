/* SPDX-License-Identifier: GPL-2.0 */
/* Claims: exact ranges, whoever has them. */
#ifndef PGA_AREA_CLAIM_H
#define PGA_AREA_CLAIM_H

#include <linux/list.h>
#include <linux/types.h>

#include "area/area.h"
#include "area/obstacle.h"

/* The page of an obstacle that is no page */
#define PGA_NO_PAGE	U64_MAX

/**
 * struct pga_claim - an exact range that a thread takes, whoever has it
 * @range: its pages
 * @area: the area that owns the first of them, with a reference
 * @several: several areas own them
 * @obstacle: after -EBUSY and -ENOSPC, what was found to be in the way; what an
 *	area owns is in use there if @kind is PGAREA_OBSTACLE_OWNED
 * @link: private: in the list of claims in progress
 * @parts: private: list of the parts that have one owner, in address order
 * @own: private: the area of what was taken from the host, with a reference;
 *	NULL: areas own the whole range
 * @chunks: private: list of what was taken for @own and is not added yet
 * @kept: private: @own is visible, and ends by itself
 */
struct pga_claim {
	struct pga_pfn_range range;
	struct pga_area *area;
	bool several;
	struct pga_obstacle obstacle;
	struct list_head link;
	struct list_head parts;
	struct pga_area *own;
	struct list_head chunks;
	bool kept;
};

int __must_check pga_claim_begin(struct pga_claim *claim,
				 const struct pga_pfn_range *range);
void pga_claim_keep(struct pga_claim *claim);
void pga_claim_end(struct pga_claim *claim);

void pga_claims_end_idle(void);

#endif /* PGA_AREA_CLAIM_H */
