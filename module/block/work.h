/* SPDX-License-Identifier: GPL-2.0 */
/* Work that is done in the background, at a time. */
#ifndef PGA_BLOCK_WORK_H
#define PGA_BLOCK_WORK_H

#include <linux/init.h>
#include <linux/list.h>

/**
 * struct pga_work - work to do at a time
 * @run: does it, in bounded time; only the thread calls this
 * @next: called after each run; sets the time of the next one, in jiffies, or
 *	returns false
 * @link: in the list of all work
 * @is_set: it is to be run, or runs
 * @time: if it is set, when it is to be run; in the past while it runs
 */
struct pga_work {
	void (*run)(void);
	bool (*next)(unsigned long *time);
	struct list_head link;
	bool is_set;
	unsigned long time;
};

int __init pga_work_init(void);
void pga_work_exit(void);
void __init pga_work_add(struct pga_work *work);
void pga_work_set(struct pga_work *work, unsigned long time);

#endif /* PGA_BLOCK_WORK_H */
