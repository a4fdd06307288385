/* SPDX-License-Identifier: GPL-2.0 */
/* BIND. */
#ifndef PGA_IOCTL_BIND_H
#define PGA_IOCTL_BIND_H

struct pga_cmd;

int pga_ioctl_bind(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_BIND_H */
