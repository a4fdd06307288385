// SPDX-License-Identifier: GPL-2.0
/*
 * Work that is done in the background, at a time.
 *
 * It is queued to an unbound workqueue: a real-time thread that keeps a
 * processor busy must not keep work from running, and isolated processors run
 * none of it.
 *
 * The kernel leaves the timer of a delayed work on the processor that queues it,
 * where both are to be feared.  So a thread that wants work to be done later
 * only wakes up a worker, which sets the timer where it runs itself.
 *
 * Locking: pga_work.lock.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "block/work.h"

static struct workqueue_struct *pga_wq;

/**
 * pga_work_init() - create the workqueue
 *
 * Context: process, at load; sleeps.
 * Return: 0 or -ENOMEM.
 */
int __init pga_work_init(void)
{
	pga_wq = alloc_workqueue("pgarea", WQ_UNBOUND, 0);
	return pga_wq ? 0 : -ENOMEM;
}

/**
 * pga_work_exit() - destroy the workqueue; all work is stopped
 *
 * Context: process, at unload; sleeps.
 */
void pga_work_exit(void)
{
	destroy_workqueue(pga_wq);
}

/* Change the time, if this makes it earlier.  Return whether it does. */
static bool set_locked(struct pga_work *work, unsigned long time)
{
	lockdep_assert_held(&work->lock);
	if (work->is_set && !time_before(time, work->time))
		return false;
	work->is_set = true;
	work->time = time;
	return true;
}

/* Start the timer on this processor, unless the work is queued already. */
static void start_timer_locked(struct pga_work *work)
{
	unsigned long now = jiffies;

	lockdep_assert_held(&work->lock);
	queue_delayed_work(pga_wq, &work->dwork, time_after(work->time, now) ?
						 work->time - now : 0);
}

static bool is_due(struct pga_work *work)
{
	bool due;

	spin_lock(&work->lock);
	due = !time_before(jiffies, work->time);
	if (!due)
		start_timer_locked(work);
	spin_unlock(&work->lock);
	return due;
}

/*
 * While the work runs, others need not set it: what they have to do is seen by
 * @next, after @is_set is false.
 */
static void set_next(struct pga_work *work)
{
	unsigned long time;

	spin_lock(&work->lock);
	work->is_set = false;
	spin_unlock(&work->lock);
	if (!work->next(&time))
		return;
	spin_lock(&work->lock);
	if (set_locked(work, time))
		start_timer_locked(work);
	spin_unlock(&work->lock);
}

/* The function of the delayed work of a struct pga_work */
void pga_work_fn(struct work_struct *dwork)
{
	struct pga_work *work = container_of(to_delayed_work(dwork),
					     struct pga_work, dwork);

	if (!is_due(work))
		return;
	work->run();
	set_next(work);
}

/**
 * pga_work_set() - have work done at a time, or earlier if it is set so
 * @work: the work
 * @time: the time, in jiffies
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_work_set(struct pga_work *work, unsigned long time)
{
	spin_lock(&work->lock);
	if (set_locked(work, time))
		mod_delayed_work(pga_wq, &work->dwork, 0);
	spin_unlock(&work->lock);
}

/**
 * pga_work_stop() - stop work permanently
 * @work: no thread sets it any more
 *
 * Context: process, at unload; sleeps.
 */
void pga_work_stop(struct pga_work *work)
{
	cancel_delayed_work_sync(&work->dwork);
}
