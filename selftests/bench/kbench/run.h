/* SPDX-License-Identifier: GPL-2.0 */
/* The state of a trial while its threads run */
#ifndef KBENCH_RUN_H
#define KBENCH_RUN_H

#include <linux/atomic.h>
#include <linux/completion.h>

#include "kbench.h"

/**
 * struct kb_trial - what the threads of a trial share
 * @nr_threads:	how many there are
 * @met:	how often one of them reached a meeting point
 * @running:	how many have not ended
 * @failed:	one of them could not prepare
 * @stop:	the trial must end: the process that loads the module is killed
 * @done:	all have ended
 */
struct kb_trial {
	unsigned int nr_threads;
	atomic_t met;
	atomic_t running;
	bool failed;
	bool stop;
	struct completion done;
};

bool kb_stopped(const struct kb_thread *t);
void kb_meet(struct kb_trial *trial);

#endif /* KBENCH_RUN_H */
