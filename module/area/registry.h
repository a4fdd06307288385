/* SPDX-License-Identifier: GPL-2.0 */
/* The list of all areas */
#ifndef PGA_AREA_REGISTRY_H
#define PGA_AREA_REGISTRY_H

#include "area/area.h"

int __must_check pga_areas_create(const struct pga_area_spec *specs,
				  unsigned int nr);
void pga_areas_destroy(void);

unsigned int pga_areas_count(void);
struct pga_area *pga_area_next(struct pga_area *area);
struct pga_area *pga_area_next_by_preference(struct pga_area *area);
struct pga_area *pga_area_find(u32 id);
struct pga_area *pga_area_of(u64 pfn);
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last);
u64 pga_areas_not_owned(u64 pfn, u64 last);
u64 pga_areas_owned_bytes(void);
u64 pga_areas_hwpoison_bytes(void);

#endif /* PGA_AREA_REGISTRY_H */
