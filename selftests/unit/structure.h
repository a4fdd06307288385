/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_STRUCTURE_H
#define UNIT_STRUCTURE_H

#include "core/buddy.h"

/* Both own the same, have the same pages free, and are built alike. */
void unit_same_structure(const struct pga_buddy *a, const struct pga_buddy *b);

#endif /* UNIT_STRUCTURE_H */
