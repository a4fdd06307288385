/* SPDX-License-Identifier: GPL-2.0 */
/* How long the lock is held */
#ifndef KBENCH_LOCKED_H
#define KBENCH_LOCKED_H

struct seq_file;

int kb_locked_measure(void);
void kb_locked_show(struct seq_file *m);

#endif /* KBENCH_LOCKED_H */
