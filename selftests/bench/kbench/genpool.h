/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's genalloc */
#ifndef KBENCH_GENPOOL_H
#define KBENCH_GENPOOL_H

#include "kbench.h"

extern const struct kb_allocator kb_genpool;

#endif /* KBENCH_GENPOOL_H */
