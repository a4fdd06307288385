/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of the set of free pages. */
#ifndef PGA_CORE_UPDATE_H
#define PGA_CORE_UPDATE_H

#include "core/buddy.h"

bool pga_tree_clear(struct pga_buddy *b, u64 page, u64 nr);
bool pga_tree_set(struct pga_buddy *b, u64 page, u64 nr);

#endif /* PGA_CORE_UPDATE_H */
