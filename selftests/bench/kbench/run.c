// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of the threads of a trial while they run: to check for a stop, and to
 * wait.
 */
#include <linux/math.h>
#include <linux/processor.h>
#include <linux/sched.h>

#include "run.h"

/* True if a thread must end before its work is done. */
bool kb_stopped(const struct kb_thread *t)
{
	return READ_ONCE(t->trial->stop);
}

/* Wait for the others.  The next meeting begins when all have left this one. */
void kb_meet(struct kb_trial *trial)
{
	int met = atomic_inc_return(&trial->met);
	int all = roundup(met, trial->nr_threads);

	while (atomic_read(&trial->met) < all) {
		cpu_relax();
		cond_resched();
	}
}
