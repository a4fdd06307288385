/* SPDX-License-Identifier: GPL-2.0 */
/* Taking chunks from the host for an area, at exact places. */
#ifndef PGA_AREA_TAKE_H
#define PGA_AREA_TAKE_H

#include <linux/list.h>
#include <linux/types.h>

struct pga_area;
struct pga_pfn_range;
struct zone;

u64 pga_take_at_once(u64 chunk_pages);
int __must_check pga_take_chunks(struct pga_area *area, const struct zone *zone,
				 const struct pga_pfn_range *range, u64 size,
				 struct list_head *chunks);
int __must_check pga_take_range(struct pga_area *area, u64 first, u64 nr,
				u64 coarse, struct list_head *chunks,
				u64 *in_way);

#endif /* PGA_AREA_TAKE_H */
