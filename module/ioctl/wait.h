/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting until what was freed is gone. */
#ifndef PGA_WAIT_H
#define PGA_WAIT_H

#include <linux/poll.h>

struct file;

__poll_t pga_poll(struct file *filp, struct poll_table_struct *table);

#endif /* PGA_WAIT_H */
