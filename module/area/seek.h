/* SPDX-License-Identifier: GPL-2.0 */
/* The search for pageblocks of the host that have room for a request. */
#ifndef PGA_AREA_SEEK_H
#define PGA_AREA_SEEK_H

#include "area/area.h"
#include "area/obstacle.h"

/* Number of pageblocks that one call of pga_seek_next() looks at */
#define PGA_SEEK_LOOKS	512

struct zone;

/**
 * struct pga_window - pageblocks that could be taken for a request
 * @first: first page frame
 * @end: first page frame after them
 * @place: first page frame of the place in them
 * @zone: the zone that they are in
 */
struct pga_window {
	u64 first;
	u64 end;
	u64 place;
	struct zone *zone;
};

/**
 * struct pga_seek - a search for windows within the bounds of an area
 * @area: the area
 * @rq: what must fit
 * @unit: pages: a window is one unit, at a multiple of it; 0: it is as many
 *	pageblocks as the request needs
 * @in_way: counts what cannot be had, or NULL
 * @first: private: first page frame that a window may have
 * @end: private: first page frame after those
 * @next: private: the next pageblock to look at
 * @done: private: there is none
 * @run_first: private: the pageblocks looked at last that could be had, all in
 * @run_end: private: @zone, end here; empty if both are the same
 * @zone: private: their zone
 * @absent: after a search: enum pgarea_obstacle_kind of the first address without
 *	memory, PGAREA_OBSTACLE_NONE if there was none
 * @absent_page: page frame of that address
 */
struct pga_seek {
	const struct pga_area *area;
	const struct pga_request *rq;
	u64 unit;
	struct pga_in_way *in_way;
	u64 first;
	u64 end;
	u64 next;
	bool done;
	u64 run_first;
	u64 run_end;
	struct zone *zone;
	u32 absent;
	u64 absent_page;
};

void pga_seek_start(struct pga_seek *seek);
int __must_check pga_seek_next(struct pga_seek *seek, struct pga_window *window);
void pga_seek_skip(struct pga_seek *seek, u64 in_way);

#endif /* PGA_AREA_SEEK_H */
