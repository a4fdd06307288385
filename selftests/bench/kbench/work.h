/* SPDX-License-Identifier: GPL-2.0 */
/* The workloads */
#ifndef KBENCH_WORK_H
#define KBENCH_WORK_H

#include "kbench.h"

extern const struct kb_work kb_works[KB_NR_WORKS];

#endif /* KBENCH_WORK_H */
