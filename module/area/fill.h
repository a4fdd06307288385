/* SPDX-License-Identifier: GPL-2.0 */
/* Growing of an area with chunks from the host. */
#ifndef PGA_AREA_FILL_H
#define PGA_AREA_FILL_H

#include <linux/sizes.h>

#include "area/area.h"

/* Default size of a chunk, or one pageblock if that is larger */
#define PGA_CHUNK_BYTES		SZ_4M

/* Number of reasons for which a place cannot be taken */
#define PGA_NR_REFUSALS		4

/**
 * struct pga_grow_stats - results of one pass that grows an area
 * @places: number of places with memory, also those that an area owns already
 * @refused: how many of these could not be taken, by entry of refusals[]
 * @end: why the pass ended early: -EDQUOT (the host is at its reserve) or
 *	-ENOMEM; or 0
 */
struct pga_grow_stats {
	unsigned long places;
	unsigned long refused[PGA_NR_REFUSALS];
	int end;
};

int __must_check pga_area_fill(struct pga_area *area);
int __must_check pga_area_grow(struct pga_area *area, u64 size, u64 minimum,
			       struct pga_grow_stats *stats);
bool __must_check pga_area_commit(struct pga_area *area, u64 nr, u64 limit);
void pga_area_uncommit(struct pga_area *area, u64 nr);
u64 pga_area_committed(struct pga_area *area);
int __must_check pga_area_add_chunks(struct pga_area *area,
				     struct list_head *chunks);
u64 pga_area_target(struct pga_area *area);
void pga_area_set_target(struct pga_area *area, u64 size);
u32 pga_grow_shortage(const struct pga_grow_stats *stats);

#endif /* PGA_AREA_FILL_H */
