/* SPDX-License-Identifier: GPL-2.0 */
/* The blocks that a thread holds */
#ifndef KBENCH_HELD_H
#define KBENCH_HELD_H

#include "kbench.h"

int kb_held_begin(struct kb_held *held);
void kb_held_end(struct kb_held *held);
u32 kb_below(struct kb_thread *t, u32 limit);
bool kb_hold(struct kb_thread *t, unsigned int order);
void kb_let_go(struct kb_thread *t, unsigned long i);
void kb_let_all_go(struct kb_thread *t);
void kb_step(struct kb_thread *t, u64 goal, unsigned int orders);
int kb_hold_pages(struct kb_thread *t, unsigned long nr);
int kb_hold_mixed(struct kb_thread *t, u64 goal, unsigned int orders);
void kb_shuffle(struct kb_thread *t);
void kb_let_turn_go(struct kb_thread *t, unsigned long i);
int kb_thin_out(struct kb_thread *t);

#endif /* KBENCH_HELD_H */
