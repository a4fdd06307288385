/* SPDX-License-Identifier: GPL-2.0 */
/* Searches in the tree. */
#ifndef PGA_CORE_SEARCH_H
#define PGA_CORE_SEARCH_H

#include "core/buddy.h"

/* The result when there is no such page. */
#define PGA_NONE	(~0ULL)

u64 pga_tree_find_free(const struct pga_buddy *b, unsigned int order, u64 from,
		       bool down);
u64 pga_tree_run_end(const struct pga_buddy *b, u64 page);
u64 pga_tree_run_start(const struct pga_buddy *b, u64 page);

#endif /* PGA_CORE_SEARCH_H */
