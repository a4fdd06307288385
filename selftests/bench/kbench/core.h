/* SPDX-License-Identifier: GPL-2.0 */
/* The allocator core of pgarea */
#ifndef KBENCH_CORE_H
#define KBENCH_CORE_H

#include "kbench.h"

struct pga_buddy;

extern const struct kb_allocator kb_core;

/* For those that want the core and no struct kb_allocator */
int kb_buddy_begin(struct pga_buddy *b, u64 first, u64 nr);
void kb_core_pairs(unsigned int nr);

#endif /* KBENCH_CORE_H */
