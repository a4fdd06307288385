// SPDX-License-Identifier: GPL-2.0
/* Figures: sorted, and as text of a fixed width. */
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "kbench.h"

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

void kb_sort(u64 *values, unsigned int nr)
{
	sort(values, nr, sizeof(*values), by_value, NULL);
}

/* One decimal, and none where it says nothing. */
void kb_print_tenths(struct seq_file *m, int width, u64 tenths)
{
	u32 rest;
	u64 whole = div_u64_rem(tenths, 10, &rest);

	if (whole >= 10000)
		seq_printf(m, " %*llu", width, whole);
	else
		seq_printf(m, " %*llu.%u", width - 2, whole, rest);
}
