/* SPDX-License-Identifier: GPL-2.0 */
/* RESERVE and UNRESERVE. */
#ifndef PGA_IOCTL_RESERVE_H
#define PGA_IOCTL_RESERVE_H

struct pga_cmd;

int pga_ioctl_reserve(struct pga_cmd *cmd);
int pga_ioctl_unreserve(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_RESERVE_H */
