/* SPDX-License-Identifier: GPL-2.0 */
/* END_ORPHANS. */
#ifndef PGA_IOCTL_ORPHANS_H
#define PGA_IOCTL_ORPHANS_H

struct pga_cmd;

int pga_ioctl_end_orphans(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_ORPHANS_H */
