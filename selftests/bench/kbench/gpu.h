/* SPDX-License-Identifier: GPL-2.0 */
/* The graphics drivers' buddy allocator */
#ifndef KBENCH_GPU_H
#define KBENCH_GPU_H

#include "kbench.h"

extern const struct kb_allocator kb_gpu_buddy;

#endif /* KBENCH_GPU_H */
