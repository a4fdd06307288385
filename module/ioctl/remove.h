/* SPDX-License-Identifier: GPL-2.0 */
/* REMOVE. */
#ifndef PGA_IOCTL_REMOVE_H
#define PGA_IOCTL_REMOVE_H

struct pga_cmd;

int pga_ioctl_remove(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_REMOVE_H */
