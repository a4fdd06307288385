/* SPDX-License-Identifier: GPL-2.0 */
/* WAIT and poll(). */
#ifndef PGA_IOCTL_WAIT_H
#define PGA_IOCTL_WAIT_H

#include <linux/poll.h>

struct file;
struct pga_cmd;

int pga_ioctl_wait(struct pga_cmd *cmd);
__poll_t pga_poll(struct file *filp, struct poll_table_struct *table);

#endif /* PGA_IOCTL_WAIT_H */
