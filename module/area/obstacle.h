/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in the way of having a pageblock of the host. */
#ifndef PGA_AREA_OBSTACLE_H
#define PGA_AREA_OBSTACLE_H

#include <linux/types.h>
#include <linux/pgarea.h>

/* Number of kinds, enum pgarea_obstacle_kind */
#define PGA_NR_OBSTACLES	(PGAREA_OBSTACLE_TWO_ZONES + 1)

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

/**
 * struct pga_in_way - what was in the way of a search
 * @nr: number of pages that could not be had, by kind
 * @page: first page frame of each kind that was found
 */
struct pga_in_way {
	u64 nr[PGA_NR_OBSTACLES];
	u64 page[PGA_NR_OBSTACLES];
};

void pga_in_way_add(struct pga_in_way *in_way, u32 kind, u64 page, u64 nr);
u32 pga_in_way_most(const struct pga_in_way *in_way);

u64 pga_zone_page_upto(u64 pfn);
int __must_check pga_obstacle_at(u64 pfn, u64 last, struct pga_obstacle *ob);

#endif /* PGA_AREA_OBSTACLE_H */
