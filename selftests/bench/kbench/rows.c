// SPDX-License-Identifier: GPL-2.0
/*
 * The comparison: each workload on each allocator, alternating within each
 * round, on one processor and on two.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/seq_file.h>

#include "core.h"
#include "genpool.h"
#include "gpu.h"
#include "host.h"
#include "print.h"
#include "rows.h"
#include "trial.h"
#include "work.h"

static const struct kb_allocator *const allocators[] = {
	&kb_core, &kb_host, &kb_genpool, &kb_gpu_buddy,
};

#define NR_ALLOCATORS	ARRAY_SIZE(allocators)

/**
 * struct cell - the results of a workload on an allocator
 * @ns10:	of each round, sorted: tenths of a nanosecond for one operation
 * @kops:	of each round, sorted: thousand operations a second
 * @nr:		rounds that were measured
 * @err:	why there are not more
 */
struct cell {
	u64 ns10[KB_ROUNDS];
	u64 kops[KB_ROUNDS];
	unsigned int nr;
	int err;
};

static struct cell cells[KB_MAX_CPUS][KB_NR_WORKS][NR_ALLOCATORS];
static bool absent[NR_ALLOCATORS];
static unsigned int nr_cpus;

/* True if the allocator supports such requests. */
static bool can(unsigned int k, const struct kb_work *work,
		unsigned int nr_threads)
{
	const struct kb_allocator *a = allocators[k];

	if (absent[k] || work->order > a->max_order ||
	    (work->alone && nr_threads > 1))
		return false;
	switch (work->request) {
	case KB_EXACT:
		return a->alloc_exact;
	case KB_ALIGNED:
		return a->alloc_aligned;
	case KB_RESERVE:
		return a->reserve;
	default:
		return true;
	}
}

/* Skip an allocator that has failed in this row. */
static int measure_cell(unsigned int k, unsigned int w,
			unsigned int nr_threads, unsigned int round)
{
	struct cell *cell = &cells[nr_threads - 1][w][k];
	const struct kb_work *work = &kb_works[w];
	struct kb_result result;
	int err;

	if (cell->err || !can(k, work, nr_threads))
		return 0;
	err = kb_trial_run(allocators[k], work, nr_threads, 1 + round * 100,
			   &result);
	if (err)
		return err;
	cell->err = result.err;
	if (cell->err && cell->err != -ETIME)
		kb_failed(allocators[k]->name, work->name, cell->err);
	if (cell->err)
		return 0;
	cell->ns10[cell->nr] = result.ns10;
	cell->kops[cell->nr++] = result.kops;
	return 0;
}

/* Rotate the order, so that another allocator is first in the next round. */
static int measure_row(unsigned int w, unsigned int nr_threads)
{
	unsigned int rounds = kb_works[w].slow ? KB_FEW_ROUNDS : KB_ROUNDS;
	unsigned int round, i;
	int err = 0;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < NR_ALLOCATORS && !err; i++)
			err = measure_cell((round + i) % NR_ALLOCATORS, w,
					   nr_threads, round);
	for (i = 0; i < NR_ALLOCATORS; i++) {
		struct cell *cell = &cells[nr_threads - 1][w][i];

		kb_sort(cell->ns10, cell->nr);
		kb_sort(cell->kops, cell->nr);
	}
	return err;
}

static int measure_rows(void)
{
	unsigned int w, n;
	int err = 0;

	nr_cpus = min_t(unsigned int, num_online_cpus(), KB_MAX_CPUS);
	for (n = 1; n <= nr_cpus; n++)
		for (w = 0; w < KB_NR_WORKS && !err; w++)
			err = measure_row(w, n);
	return err;
}

/* End the first @nr allocators, which were begun. */
static void end(unsigned int nr)
{
	int err;

	while (nr--) {
		err = absent[nr] ? 0 : allocators[nr]->end();
		if (err)
			kb_failed(allocators[nr]->name,
				  "its area after all was freed", err);
	}
}

/**
 * kb_rows_measure() - the comparison
 *
 * Context: sleeps.
 * Return: 0; -ENOMEM; -EINTR when the caller was killed.
 */
int kb_rows_measure(void)
{
	unsigned int k;
	int err = 0;

	for (k = 0; k < NR_ALLOCATORS; k++) {
		err = allocators[k]->begin();
		absent[k] = err == -EOPNOTSUPP;
		if (err && !absent[k])
			break;
		err = 0;
	}
	if (!err)
		err = measure_rows();
	end(k);
	return err;
}

/* The text in place of a missing figure. */
static const char *none(const struct cell *cell)
{
	return cell->err == -ETIME ? "slow" : "-";
}

static bool shown(const struct cell *cell)
{
	return cell->nr && !cell->err;
}

static void show_times(struct seq_file *m, const struct cell *cell,
		       const struct cell *core, bool ratio)
{
	u64 percent;
	u32 rest;

	if (shown(cell)) {
		kb_print_tenths(m, 8, cell->ns10[cell->nr / 2]);
		kb_print_tenths(m, 8, cell->ns10[0]);
	} else {
		seq_printf(m, " %8s %8s", none(cell), none(cell));
	}
	if (!ratio)
		return;
	if (!shown(cell) || !shown(core)) {
		seq_printf(m, " %6s", "-");
		return;
	}
	percent = div64_u64(100 * core->ns10[core->nr / 2],
			    cell->ns10[cell->nr / 2] ?: 1);
	percent = div_u64_rem(percent, 100, &rest);
	seq_printf(m, " %3llu.%02u", percent, rest);
}

static void show_rows(struct seq_file *m, unsigned int n)
{
	unsigned int w, k;

	seq_printf(m, "\n%u CPU%s, ns an operation%s%*s", n + 1,
		   n ? "s" : "", n ? " on each" : "", n ? 6 : 15, "");
	for (k = 0; k < NR_ALLOCATORS; k++)
		seq_printf(m, " %*s", k ? 24 : 17, allocators[k]->name);
	seq_printf(m, "\n%35s %8s %8s", "", "median", "best");
	for (k = 1; k < NR_ALLOCATORS; k++)
		seq_printf(m, " %8s %8s %6s", "median", "best", "core/");
	for (w = 0; w < KB_NR_WORKS; w++) {
		const struct cell *row = cells[n][w];

		seq_printf(m, "\n%-35s", kb_works[w].name);
		for (k = 0; k < NR_ALLOCATORS; k++)
			show_times(m, &row[k], &row[0], k);
	}
	seq_putc(m, '\n');
}

static void show_rates(struct seq_file *m, unsigned int n)
{
	const struct cell *cell;
	unsigned int w, k;

	seq_printf(m, "\n%u CPUs, million operations a second together, median\n%35s",
		   n + 1, "");
	for (k = 0; k < NR_ALLOCATORS; k++)
		seq_printf(m, " %11s", allocators[k]->name);
	for (w = 0; w < KB_NR_WORKS; w++) {
		seq_printf(m, "\n%-35s", kb_works[w].name);
		for (k = 0; k < NR_ALLOCATORS; k++) {
			cell = &cells[n][w][k];
			if (!shown(cell))
				seq_printf(m, " %11s", none(cell));
			else
				seq_printf(m, " %7llu.%03llu",
					   cell->kops[cell->nr / 2] / 1000,
					   cell->kops[cell->nr / 2] % 1000);
		}
	}
	seq_putc(m, '\n');
}

static void show_failures(struct seq_file *m)
{
	unsigned int n, w, k;

	for (n = 0; n < nr_cpus; n++)
		for (w = 0; w < KB_NR_WORKS; w++)
			for (k = 0; k < NR_ALLOCATORS; k++)
				if (cells[n][w][k].err &&
				    cells[n][w][k].err != -ETIME)
					seq_printf(m, "FAILED: %s, %s, %u CPUs: error %d\n",
						   allocators[k]->name,
						   kb_works[w].name, n + 1,
						   cells[n][w][k].err);
}

void kb_rows_show(struct seq_file *m)
{
	unsigned int n;

	seq_printf(m, "Areas of %lu pages (%lu MiB), page numbers only; alloc_pages: %lu pages (%lu MiB)\n"
		   "at a time, of the host's memory, %s.\n"
		   "Locks: core spinlock, alloc_pages and gen_pool their own, %s mutex.\n"
		   "gen_pool: first fit, orders aligned as the others'.  -: no such request, or\n"
		   "no room for two; slow: not done in %lu s.  core/: the core's median divided by this one's.\n",
		   KB_AREA_PAGES, KB_AREA_PAGES >> (20 - PAGE_SHIFT),
		   kb_host.nr_pages, kb_host.nr_pages >> (20 - PAGE_SHIFT),
		   want_init_on_alloc(GFP_KERNEL) ?
		   "cleared on allocation (init_on_alloc=1), which is most of its time" :
		   "not cleared (init_on_alloc=0)",
		   kb_gpu_buddy.name, KB_LIMIT_NS / NSEC_PER_SEC);
	for (n = 0; n < nr_cpus; n++) {
		show_rows(m, n);
		if (n)
			show_rates(m, n);
	}
	show_failures(m);
}
