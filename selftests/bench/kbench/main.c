// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea_bench: the allocator core compared with the kernel's own allocators,
 * in one run of one kernel.
 *
 * Loading it runs the measurements, on the first two processors, for a minute
 * or two; killing the process that loads it aborts them.  Until the module is
 * unloaded, the tables are then in debugfs, in pgarea_bench, and some figures
 * are parameters (steps.c).  It shares only the core's source with pgarea: both
 * may be loaded together.
 *
 * It is built for `make bench` only, and never installed.
 */
#include <linux/debugfs.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "core/grow.h"
#include "locked.h"
#include "pga_env.h"
#include "print.h"
#include "rows.h"
#include "steps.h"
#include "trial.h"

static struct dentry *file;

static int table_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "Allocators side by side, in Linux %s, %u CPUs, pages of %lu bytes.\n"
		   "The times are this machine's own; only the ratios apply to others.\n",
		   utsname()->release, num_online_cpus(), PAGE_SIZE);
	kb_rows_show(m);
	kb_steps_show(m);
	kb_locked_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(table);

static int measure(void)
{
	int err = kb_threads_begin();

	if (!err)
		err = kb_rows_measure();
	if (!err)
		err = kb_steps_measure();
	if (!err)
		err = kb_locked_measure();
	kb_threads_end();
	return err;
}

static int __init bench_init(void)
{
	int err;

	if (!debugfs_initialized()) {
		pr_err("no debugfs, which would hold the tables\n");
		return -ENODEV;
	}
	err = pga_env_init(pga_buddy_node_size());
	if (err)
		return err;
	kb_failures_reset();
	err = measure();
	if (!err)
		file = debugfs_create_file("pgarea_bench", 0444, NULL, NULL,
					   &table_fops);
	if (IS_ERR(file))
		err = PTR_ERR(file);
	if (err)
		pga_env_exit();
	return err;
}

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	pga_env_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Benchmark of pgarea's allocator against the kernel's own");
MODULE_LICENSE("GPL");
