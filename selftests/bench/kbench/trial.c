// SPDX-License-Identifier: GPL-2.0
/*
 * A trial: one workload on one allocator, by a thread on each of some
 * processors.  They start together once all are prepared, and clean up once all
 * are done, so that none disturbs another's figures.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "held.h"
#include "run.h"
#include "trial.h"

/* Duration of a workload that has no end. */
#define SLICE_NS	(10 * NSEC_PER_MSEC)

static struct kb_thread threads[KB_MAX_CPUS];

/**
 * kb_threads_begin() - get the memory that trials need
 *
 * Return: 0 or -ENOMEM; call kb_threads_end() in either case.
 */
int kb_threads_begin(void)
{
	struct kb_thread *t;
	unsigned int i;

	for (i = 0; i < KB_MAX_CPUS; i++) {
		t = &threads[i];
		t->places = kvmalloc_array(KB_PLACES, sizeof(*t->places),
					   GFP_KERNEL);
		if (!t->places || kb_held_begin(&t->held))
			return -ENOMEM;
	}
	return 0;
}

void kb_threads_end(void)
{
	unsigned int i;

	for (i = 0; i < KB_MAX_CPUS; i++) {
		kvfree(threads[i].places);
		kb_held_end(&threads[i].held);
	}
}

static int measure(struct kb_thread *t)
{
	u64 begin = ktime_get_ns();
	int ops;

	do {
		ops = t->work->batch(t);
		if (ops < 0)
			return ops;
		t->ops += ops;
		cond_resched();
		t->ns = ktime_get_ns() - begin;
		if (kb_stopped(t))
			return -EINTR;
		if (t->ns > KB_LIMIT_NS)
			return -ETIME;
	} while (ops && (t->work->whole || t->ns < SLICE_NS));
	return 0;
}

static int thread_main(void *data)
{
	struct kb_thread *t = data;
	struct kb_trial *trial = t->trial;

	t->until = ktime_get_ns() + KB_LIMIT_NS;
	if (t->work->prepare)
		t->err = t->work->prepare(t);
	if (t->err)
		WRITE_ONCE(trial->failed, true);
	kb_meet(trial);
	if (!READ_ONCE(trial->failed))
		t->err = measure(t);
	kb_meet(trial);
	kb_let_all_go(t);
	if (atomic_dec_and_test(&trial->running))
		complete(&trial->done);
	return 0;
}

static void thread_set(unsigned int i, struct kb_trial *trial,
		       const struct kb_allocator *a,
		       const struct kb_work *work, u32 seed)
{
	struct kb_thread *t = &threads[i];

	t->trial = trial;
	t->allocator = a;
	t->work = work;
	t->share = a->nr_pages / trial->nr_threads;
	t->first = i * t->share;
	t->next = 0;
	t->ns = 0;
	t->ops = 0;
	t->err = 0;
	prandom_seed_state(&t->rng, seed + i);
}

/* Create threads that do not run yet, each on a processor of its own. */
static int create(struct task_struct **tasks, unsigned int nr)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);

	for (i = 0; i < nr; i++) {
		tasks[i] = kthread_create_on_cpu(thread_main, &threads[i], cpu,
						 "pgarea_bench/%u");
		if (IS_ERR(tasks[i]))
			break;
		get_task_struct(tasks[i]);
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	return i;
}

/* After this no thread runs code of the module any more. */
static void reap(struct task_struct **tasks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
	}
}

/* Wait until the end; if this process is killed, stop the trial early. */
static int run(struct kb_trial *trial)
{
	struct task_struct *tasks[KB_MAX_CPUS];
	unsigned int i, created = create(tasks, trial->nr_threads);
	int err = 0;

	if (created < trial->nr_threads) {
		reap(tasks, created);
		return -ENOMEM;
	}
	for (i = 0; i < created; i++)
		wake_up_process(tasks[i]);
	if (wait_for_completion_killable(&trial->done)) {
		WRITE_ONCE(trial->stop, true);
		wait_for_completion(&trial->done);
		err = -EINTR;
	}
	reap(tasks, created);
	return err;
}

/* Why a trial has no result.  A thread that was ready waited in vain. */
static int first_error(unsigned int nr_threads)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		if (threads[i].err)
			return threads[i].err;
	return 0;
}

static void add_up(struct kb_result *result, unsigned int nr_threads)
{
	const struct kb_thread *t;
	unsigned int i;

	*result = (struct kb_result){ .err = first_error(nr_threads) };
	for (i = 0; i < nr_threads && !result->err; i++) {
		t = &threads[i];
		result->ns10 += div64_u64(10 * t->ns, t->ops ?: 1);
		result->kops += div64_u64(t->ops * NSEC_PER_MSEC, t->ns ?: 1);
	}
	result->ns10 = div_u64(result->ns10, nr_threads);
}

/**
 * kb_trial_run() - one workload on one allocator
 * @a:		the allocator, begun
 * @work:	the workload, which it has the requests for
 * @nr_threads:	on how many processors; there are as many, and at most
 *		KB_MAX_CPUS
 * @seed:	of the random numbers: the requests depend on nothing else
 * @result:	the result, with an error of its own
 *
 * Context: sleeps.
 * Return: 0; -ENOMEM; -EINTR when the caller was killed.
 */
int kb_trial_run(const struct kb_allocator *a, const struct kb_work *work,
		 unsigned int nr_threads, u32 seed, struct kb_result *result)
{
	struct kb_trial trial = {
		.nr_threads = nr_threads,
		.running = ATOMIC_INIT(nr_threads),
		.done = COMPLETION_INITIALIZER_ONSTACK(trial.done),
	};
	unsigned int i;
	int err;

	pr_debug("%s, %s, %u CPUs\n", a->name, work->name, nr_threads);
	for (i = 0; i < nr_threads; i++)
		thread_set(i, &trial, a, work, seed);
	err = run(&trial);
	if (!err)
		add_up(result, nr_threads);
	return err;
}
