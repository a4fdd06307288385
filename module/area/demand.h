/* SPDX-License-Identifier: GPL-2.0 */
/* Growing of an area on demand: for one request, where it needs memory. */
#ifndef PGA_AREA_DEMAND_H
#define PGA_AREA_DEMAND_H

#include "area/area.h"

/**
 * struct pga_demand - a request that an area grows for
 * @rq: the request
 * @exact: it must begin at @first
 * @fine: take no pageblock more than the request needs
 * @deadline: in jiffies; nothing more is taken after it
 * @first: first page frame of the place, with @exact set by the caller
 * @many: how many such blocks are wanted; after success, how many places were
 *	allocated, side by side from @first up
 * @taken: after success, all of the place was taken from the host for it
 * @reason: after -ENOSPC, PGAREA_REASON_MAXIMUM or _TIMEOUT, or 0: the host did not
 *	give what was needed
 * @kind: after -ENOSPC, enum pgarea_obstacle_kind of what was in the way
 * @page: page frame of that
 */
struct pga_demand {
	const struct pga_request *rq;
	bool exact;
	bool fine;
	unsigned long deadline;
	u64 first;
	unsigned int many;
	bool taken;
	u32 reason;
	u32 kind;
	u64 page;
};

int __must_check pga_area_grow_for(struct pga_area *area,
				   struct pga_demand *demand);

#endif /* PGA_AREA_DEMAND_H */
