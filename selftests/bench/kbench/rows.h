/* SPDX-License-Identifier: GPL-2.0 */
/* The comparison of the allocators */
#ifndef KBENCH_ROWS_H
#define KBENCH_ROWS_H

struct seq_file;

int kb_rows_measure(void);
void kb_rows_show(struct seq_file *m);

#endif /* KBENCH_ROWS_H */
