/* SPDX-License-Identifier: GPL-2.0 */
/* ALLOC and FREE. */
#ifndef PGA_IOCTL_ALLOC_H
#define PGA_IOCTL_ALLOC_H

struct pga_cmd;

int pga_ioctl_alloc(struct pga_cmd *cmd);
int pga_ioctl_free(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_ALLOC_H */
