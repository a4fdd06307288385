/* SPDX-License-Identifier: GPL-2.0 */
/* What the areas should be: the architecture's table and the parameter. */
#ifndef PGA_AREA_SPEC_H
#define PGA_AREA_SPEC_H

#include "area/area.h"

int __must_check pga_parse_areas(const char *text, struct pga_area_spec *specs,
				 unsigned int *nr);

#endif /* PGA_AREA_SPEC_H */
