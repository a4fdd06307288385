/* SPDX-License-Identifier: GPL-2.0 */
/* Trials: one workload on one allocator, by several threads */
#ifndef KBENCH_TRIAL_H
#define KBENCH_TRIAL_H

#include "kbench.h"

int kb_threads_begin(void);
void kb_threads_end(void);
int kb_trial_run(const struct kb_allocator *a, const struct kb_work *work,
		 unsigned int nr_threads, u32 seed, struct kb_result *result);

#endif /* KBENCH_TRIAL_H */
