/* SPDX-License-Identifier: GPL-2.0 */
/* Work that is done in the background, at a time. */
#ifndef PGA_BLOCK_WORK_H
#define PGA_BLOCK_WORK_H

#include <linux/init.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/**
 * struct pga_work - work to do at a time
 * @run: does it; no two threads run it at the same time
 * @next: called after each run; sets the time of the next one, in jiffies, or
 *	returns false
 * @lock: protects the rest; only locks of the kernel's workqueues are inside it
 * @is_set: it is to be run, or runs
 * @time: if it is set, when it is to be run; in the past while it runs
 * @dwork: what the kernel queues
 */
struct pga_work {
	void (*run)(void);
	bool (*next)(unsigned long *time);
	spinlock_t lock; /* time of the work */
	bool is_set;
	unsigned long time;
	struct delayed_work dwork;
};

int __init pga_work_init(void);
void pga_work_exit(void);
void pga_work_fn(struct work_struct *dwork);
void pga_work_set(struct pga_work *work, unsigned long time);
void pga_work_stop(struct pga_work *work);

#endif /* PGA_BLOCK_WORK_H */
