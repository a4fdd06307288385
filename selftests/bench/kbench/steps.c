// SPDX-License-Identifier: GPL-2.0
/*
 * Single steps, the terms of the cost of a call.  Those that other benchmarks
 * need are read-only parameters of the module.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

#include "core.h"
#include "held.h"
#include "host.h"
#include "print.h"
#include "steps.h"
#include "trial.h"

static unsigned long core_pair_ns;
module_param(core_pair_ns, ulong, 0444);
MODULE_PARM_DESC(core_pair_ns,
		 "Result: the core's allocation and free of a page, each under the lock");

static unsigned long clear_ns;
module_param(clear_ns, ulong, 0444);
MODULE_PARM_DESC(clear_ns, "Result: clearing a page, over 64 MiB");

static unsigned long clear_hot_ns;
module_param(clear_hot_ns, ulong, 0444);
MODULE_PARM_DESC(clear_hot_ns, "Result: clearing the same page again");

static unsigned long lock_ns;
module_param(lock_ns, ulong, 0444);
MODULE_PARM_DESC(lock_ns, "Result: spin_lock() and spin_unlock()");

static DEFINE_SPINLOCK(step_lock);

static int batch_lock(struct kb_thread *t)
{
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++) {
		spin_lock(&step_lock);
		spin_unlock(&step_lock);
	}
	return KB_BATCH;
}

static int batch_clock(struct kb_thread *t)
{
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++)
		ktime_get_ns();
	return KB_BATCH;
}

static int batch_core(struct kb_thread *t)
{
	kb_core_pairs(KB_BATCH);
	return KB_BATCH;
}

static int prepare_clear(struct kb_thread *t)
{
	return kb_hold_pages(t, t->work->arg);
}

/* The blocks are the host's pages: struct page pointers. */
static int batch_clear(struct kb_thread *t)
{
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++) {
		clear_highpage((struct page *)t->held.block[t->next]);
		t->next = (t->next + 1) % t->held.nr;
	}
	return KB_BATCH;
}

/**
 * struct step - a step and its times
 * @work:	the step
 * @allocator:	what it works on
 * @export:	the parameter for the median, in whole nanoseconds, or NULL
 * @ns10:	of each round, sorted: tenths of a nanosecond
 * @err:	why it could not be measured
 */
struct step {
	struct kb_work work;
	const struct kb_allocator *allocator;
	unsigned long *export;
	u64 ns10[KB_ROUNDS];
	int err;
};

static struct step steps[] = {
	{
		.work = { .name = "core: alloc+free of a page", .batch = batch_core },
		.allocator = &kb_core,
		.export = &core_pair_ns,
	}, {
		.work = { .name = "spin_lock+spin_unlock", .batch = batch_lock },
		.allocator = &kb_core,
		.export = &lock_ns,
	}, {
		.work = { .name = "ktime_get_ns", .batch = batch_clock },
		.allocator = &kb_core,
	}, {
		.work = {
			.name = "clear a page, the same again",
			.arg = 1,
			.prepare = prepare_clear,
			.batch = batch_clear,
		},
		.allocator = &kb_host,
		.export = &clear_hot_ns,
	}, {
		.work = {
			.name = "clear a page, over 64 MiB",
			.arg = SZ_64M >> PAGE_SHIFT,
			.prepare = prepare_clear,
			.batch = batch_clear,
		},
		.allocator = &kb_host,
		.export = &clear_ns,
	},
};

static u64 median(const struct step *step)
{
	return step->ns10[KB_ROUNDS / 2];
}

static int measure_round(struct step *step, unsigned int round)
{
	struct kb_result result;
	int err;

	if (step->err)
		return 0;
	err = kb_trial_run(step->allocator, &step->work, 1, 1, &result);
	if (err)
		return err;
	step->ns10[round] = result.ns10;
	step->err = result.err;
	if (step->err)
		kb_failed("a step", step->work.name, step->err);
	return 0;
}

static int measure_rounds(void)
{
	unsigned int round, i;
	int err;

	for (round = 0; round < KB_ROUNDS; round++) {
		for (i = 0; i < ARRAY_SIZE(steps); i++) {
			err = measure_round(&steps[i], round);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * kb_steps_measure() - the steps, in turns
 *
 * Context: sleeps.
 * Return: 0; -ENOMEM; -EINTR when the caller was killed.
 */
int kb_steps_measure(void)
{
	struct step *step;
	int err = kb_core.begin();

	if (err)
		return err;
	err = measure_rounds();
	if (kb_core.end())
		kb_failed(kb_core.name, "its area after the steps", -EUCLEAN);
	if (err)
		return err;
	for (step = steps; step < steps + ARRAY_SIZE(steps); step++) {
		kb_sort(step->ns10, KB_ROUNDS);
		if (step->export && !step->err)
			*step->export = div_u64(median(step) + 5, 10);
	}
	return 0;
}

void kb_steps_show(struct seq_file *m)
{
	const struct step *step;

	seq_printf(m, "\n%-35s %8s %8s\n", "Single steps, ns", "median", "best");
	for (step = steps; step < steps + ARRAY_SIZE(steps); step++) {
		seq_printf(m, "%-35s", step->work.name);
		if (step->err) {
			seq_printf(m, " %8s %8s  error %d\n", "-", "-", step->err);
			continue;
		}
		kb_print_tenths(m, 8, median(step));
		kb_print_tenths(m, 8, step->ns10[0]);
		seq_putc(m, '\n');
	}
	seq_puts(m, "(the core's pair takes its lock twice)\n");
}
