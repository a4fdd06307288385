/* SPDX-License-Identifier: GPL-2.0 */
/* EXPORT. */
#ifndef PGA_IOCTL_EXPORT_H
#define PGA_IOCTL_EXPORT_H

struct pga_cmd;

int pga_ioctl_export(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_EXPORT_H */
