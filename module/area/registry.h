/* SPDX-License-Identifier: GPL-2.0 */
/* All areas: creating, finding and walking them. */
#ifndef PGA_AREA_REGISTRY_H
#define PGA_AREA_REGISTRY_H

#include "area/area.h"

/* Default and highest value of the limit */
#define PGA_AREAS_DEFAULT	64
#define PGA_AREAS_HIGHEST	4096

extern unsigned int pga_max_areas;

int __must_check pga_areas_create(const struct pga_area_spec *specs,
				  unsigned int nr);
void pga_areas_destroy(void);

struct pga_area *pga_area_new(const struct pga_area_spec *spec);
int __must_check pga_area_add(struct pga_area *area);
void pga_area_publish(struct pga_area *area);
void pga_area_remove(struct pga_area *area);
int __must_check pga_area_destroy(struct pga_area *area, u64 *conflict);
void pga_area_put(struct pga_area *area);

unsigned int pga_areas_count(void);
struct pga_area *pga_area_get(struct pga_area *area);
struct pga_area *pga_area_next(struct pga_area *area);
struct pga_area *pga_area_next_by_preference(struct pga_area *area);
struct pga_area *pga_area_find(u32 id);
bool pga_area_exists(u32 id);
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last);
u64 pga_areas_spare(void);
u64 pga_areas_owned_bytes(void);
u64 pga_areas_hwpoison_bytes(void);

#endif /* PGA_AREA_REGISTRY_H */
