/* SPDX-License-Identifier: GPL-2.0 */
/* TRIM and SPLIT. */
#ifndef PGA_IOCTL_SPLIT_H
#define PGA_IOCTL_SPLIT_H

struct pga_cmd;

int pga_ioctl_trim(struct pga_cmd *cmd);
int pga_ioctl_split(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_SPLIT_H */
