// SPDX-License-Identifier: GPL-2.0
/*
 * Work that is done in the background, at a time, by one thread.
 *
 * A real-time thread that keeps a processor busy must not keep work from
 * running, and isolated processors run none of it.  An ordinary thread that is
 * woken where such a real-time thread runs may stay there: where processors
 * share no cache, the kernel neither looks for an idle one nor moves a single
 * ordinary thread away later.  This also concerns the threads of workqueues.  A
 * real-time thread is placed where it can run.  So the thread waits as one, of
 * the lowest priority, and becomes an ordinary one to work.
 *
 * The kernel keeps a timer on the processor that starts it.  Whoever wants work
 * to be done later only wakes the thread, which sleeps until then.
 *
 * Locking: work_lock, a spinlock, protects the times of all work.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/spinlock.h>

#include "block/work.h"

static DEFINE_SPINLOCK(work_lock); /* the times of all work */
static LIST_HEAD(works);
static struct task_struct *thread;

/* Change the time, if this makes it earlier.  Return whether it does. */
static bool set_locked(struct pga_work *work, unsigned long time)
{
	lockdep_assert_held(&work_lock);
	if (work->is_set && !time_before(time, work->time))
		return false;
	work->is_set = true;
	work->time = time;
	return true;
}

/*
 * The work that is due first, and jiffies until then; 0: now.  Of what is
 * overdue, that which has been so for longest: it gets its turn.
 */
static struct pga_work *first_work(long *left)
{
	struct pga_work *work, *first = NULL;
	long least = MAX_SCHEDULE_TIMEOUT;

	spin_lock(&work_lock);
	list_for_each_entry(work, &works, link) {
		long to_go = work->time - jiffies;

		if (!work->is_set || to_go >= least)
			continue;
		least = to_go;
		first = work;
	}
	spin_unlock(&work_lock);
	*left = max(least, 0L);
	return first;
}

/* Sleep until some work is due.  NULL: the thread is to end. */
static struct pga_work *wait_for_work(void)
{
	struct pga_work *work;
	long left;

	sched_set_fifo_low(current);
	for (;;) {
		/* Idle: this is no load.  Before the look at what a waker sets */
		set_current_state(TASK_IDLE);
		work = first_work(&left);
		if (!left || kthread_should_stop())
			break;
		schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	sched_set_normal(current, 0);
	return kthread_should_stop() ? NULL : work;
}

/*
 * While the work runs, others need not set it: what they have to do is seen by
 * @next, after @is_set is false.
 */
static void set_next(struct pga_work *work)
{
	unsigned long time;

	spin_lock(&work_lock);
	work->is_set = false;
	spin_unlock(&work_lock);
	if (!work->next(&time))
		return;
	spin_lock(&work_lock);
	set_locked(work, time);
	spin_unlock(&work_lock);
}

/* Keep off the isolated processors, unless there are no others. */
static void avoid_isolated(void)
{
	cpumask_var_t mask;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	rcu_read_lock();
	cpumask_and(mask, current->cpus_ptr,
		    housekeeping_cpumask(HK_TYPE_DOMAIN));
	rcu_read_unlock();
	if (!cpumask_empty(mask))
		set_cpus_allowed_ptr(current, mask);
	free_cpumask_var(mask);
}

static int do_work(void *data)
{
	struct pga_work *work;

	avoid_isolated();
	while ((work = wait_for_work()) != NULL) {
		work->run();
		set_next(work);
		cond_resched();
	}
	return 0;
}

/**
 * pga_work_init() - create the thread
 *
 * Context: process, at load; sleeps.
 * Return: 0, -ENOMEM, or -EINTR on a fatal signal.
 */
int __init pga_work_init(void)
{
	thread = kthread_run(do_work, NULL, "pgarea");
	return PTR_ERR_OR_ZERO(thread);
}

/**
 * pga_work_exit() - end the thread: all work is stopped
 *
 * Context: process, at unload; sleeps.  No thread sets work any more.
 */
void pga_work_exit(void)
{
	kthread_stop(thread);
}

/**
 * pga_work_add() - let work be set
 * @work: the work, with its functions
 *
 * Context: process, at load.
 */
void __init pga_work_add(struct pga_work *work)
{
	spin_lock(&work_lock);
	list_add_tail(&work->link, &works);
	spin_unlock(&work_lock);
}

/**
 * pga_work_set() - have work done at a time, or earlier if it is set so
 * @work: the work, added
 * @time: the time, in jiffies
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_work_set(struct pga_work *work, unsigned long time)
{
	spin_lock(&work_lock);
	if (set_locked(work, time))
		wake_up_process(thread);
	spin_unlock(&work_lock);
}
