/* SPDX-License-Identifier: GPL-2.0 */
/* The check of all invariants. */
#ifndef PGA_CORE_CHECK_H
#define PGA_CORE_CHECK_H

#include "core/buddy.h"

const char *pga_buddy_check(const struct pga_buddy *b);

#endif /* PGA_CORE_CHECK_H */
