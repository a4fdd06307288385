/* SPDX-License-Identifier: GPL-2.0 */
/* Single steps */
#ifndef KBENCH_STEPS_H
#define KBENCH_STEPS_H

struct seq_file;

int kb_steps_measure(void);
void kb_steps_show(struct seq_file *m);

#endif /* KBENCH_STEPS_H */
