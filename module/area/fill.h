/* SPDX-License-Identifier: GPL-2.0 */
/* Filling an area with chunks from the host. */
#ifndef PGA_AREA_FILL_H
#define PGA_AREA_FILL_H

#include <linux/sizes.h>

#include "area/area.h"

/* Larger chunks are faster to take; smaller ones are available more often. */
#define PGA_CHUNK_BYTES		SZ_4M

int __must_check pga_area_fill(struct pga_area *area,
			       const struct list_head *areas);
void pga_area_return_chunks(struct pga_area *area);

#endif /* PGA_AREA_FILL_H */
