/* SPDX-License-Identifier: GPL-2.0 */
/* Allocation: finding a place, and allocating it. */
#ifndef PGA_CORE_ALLOC_H
#define PGA_CORE_ALLOC_H

#include "core/buddy.h"

int __must_check pga_buddy_find(const struct pga_buddy *b,
				struct pga_request *rq, u64 *first);
int __must_check pga_buddy_alloc(struct pga_buddy *b, struct pga_request *rq,
				 u64 *first);
bool pga_place_in(const struct pga_request *rq, u64 first, u64 last, u64 *place);

#endif /* PGA_CORE_ALLOC_H */
