/* SPDX-License-Identifier: GPL-2.0 */
/* What the check needs to know of how the tree grows. */
#ifndef PGA_CORE_GROW_H
#define PGA_CORE_GROW_H

#include "core/buddy.h"

unsigned int pga_root_level(u64 first, u64 last);

#endif /* PGA_CORE_GROW_H */
