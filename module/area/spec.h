/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of the areas: the default table and the parameter. */
#ifndef PGA_AREA_SPEC_H
#define PGA_AREA_SPEC_H

#include "area/area.h"

int __must_check pga_parse_areas(const char *text, struct pga_area_spec *specs,
				 unsigned int *nr);

#endif /* PGA_AREA_SPEC_H */
