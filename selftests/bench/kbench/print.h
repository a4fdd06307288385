/* SPDX-License-Identifier: GPL-2.0 */
/* Figures and failures */
#ifndef KBENCH_PRINT_H
#define KBENCH_PRINT_H

#include <linux/types.h>

struct seq_file;

void kb_sort(u64 *values, unsigned int nr);
void kb_print_tenths(struct seq_file *m, int width, u64 tenths);
void kb_failures_reset(void);
void kb_failed(const char *what, const char *work, int err);

#endif /* KBENCH_PRINT_H */
