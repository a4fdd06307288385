/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of areas: its rules, the default table, the parameter. */
#ifndef PGA_AREA_SPEC_H
#define PGA_AREA_SPEC_H

#include "area/area.h"

/* Number of areas in the default table, also with areas=none */
#define PGA_DEFAULT_AREAS	4

/* Maximum size of a text that says what is wrong with a specification */
#define PGA_WHY_SIZE		160

bool __must_check pga_spec_valid(const struct pga_area_spec *spec, char *why);
bool pga_whole_pageblocks(u64 bytes);
bool pga_bounds_have_room(const struct pga_area_spec *spec);
bool pga_area_name_valid(const char *name);
u64 pga_spec_maximum(const struct pga_area_spec *spec);
int __must_check pga_parse_areas(const char *text, struct pga_area_spec *specs,
				 unsigned int max, unsigned int *nr);

#endif /* PGA_AREA_SPEC_H */
