/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in the way of having a pageblock of the host. */
#ifndef PGA_AREA_OBSTACLE_H
#define PGA_AREA_OBSTACLE_H

#include <linux/types.h>

struct zone;

/**
 * struct pga_obstacle - what the host does with a pageblock, or with several
 *	that have no memory
 * @first: first page frame
 * @last: last page frame
 * @page: first page frame of @kind
 * @kind: enum pgarea_obstacle_kind
 * @obtainable: the module could have it
 * @nr_free: number of free pages
 * @nr_movable: number of pages in use that the host can move
 * @zone: the zone that it is in; NULL: it has no memory
 */
struct pga_obstacle {
	u64 first;
	u64 last;
	u64 page;
	u32 kind;
	bool obtainable;
	u64 nr_free;
	u64 nr_movable;
	struct zone *zone;
};

int __must_check pga_obstacle_at(u64 pfn, u64 last, struct pga_obstacle *ob);

#endif /* PGA_AREA_OBSTACLE_H */
