/* SPDX-License-Identifier: GPL-2.0 */
/* ALLOC_BULK and FREE_BULK. */
#ifndef PGA_IOCTL_BULK_H
#define PGA_IOCTL_BULK_H

struct pga_cmd;

int pga_ioctl_alloc_bulk(struct pga_cmd *cmd);
int pga_ioctl_free_bulk(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_BULK_H */
