/* SPDX-License-Identifier: GPL-2.0 */
/* Returning chunks of an area to the host. */
#ifndef PGA_AREA_SHRINK_H
#define PGA_AREA_SHRINK_H

#include "area/area.h"

int __must_check pga_area_shrink(struct pga_area *area, u64 size, u64 *conflict);
int __must_check pga_area_trim(struct pga_area *area, u64 size,
			       struct list_head *chunks, u64 *nr);
int __must_check pga_area_end(struct pga_area *area, struct list_head *chunks,
			      u64 *conflict);
void pga_area_give_up(struct pga_area *area, struct list_head *chunks);

#endif /* PGA_AREA_SHRINK_H */
