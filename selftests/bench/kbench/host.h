/* SPDX-License-Identifier: GPL-2.0 */
/* The host's page allocator */
#ifndef KBENCH_HOST_H
#define KBENCH_HOST_H

#include "kbench.h"

extern const struct kb_allocator kb_host;

#endif /* KBENCH_HOST_H */
