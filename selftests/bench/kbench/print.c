// SPDX-License-Identifier: GPL-2.0
/*
 * Figures, sorted and as text of a fixed width; and failures, which are counted
 * and logged.
 */
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "print.h"

static unsigned int failures;
module_param(failures, uint, 0444);
MODULE_PARM_DESC(failures, "Result: number of measurements that failed or were wrong");

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

void kb_sort(u64 *values, unsigned int nr)
{
	sort(values, nr, sizeof(*values), by_value, NULL);
}

/* One decimal, and none where it adds no information. */
void kb_print_tenths(struct seq_file *m, int width, u64 tenths)
{
	u32 rest;
	u64 whole = div_u64_rem(tenths, 10, &rest);

	if (whole >= 10000)
		seq_printf(m, " %*llu", width, whole);
	else
		seq_printf(m, " %*llu.%u", width - 2, whole, rest);
}

/* Ignore the value given at load: the parameter is a result. */
void kb_failures_reset(void)
{
	failures = 0;
}

/**
 * kb_failed() - count a failure, and log it
 * @what:	the allocator
 * @work:	the workload
 * @err:	the error
 */
void kb_failed(const char *what, const char *work, int err)
{
	failures++;
	pr_notice("%s: %s: error %d\n", what, work, err);
}
