/* SPDX-License-Identifier: GPL-2.0 */
/* PROBE. */
#ifndef PGA_IOCTL_PROBE_H
#define PGA_IOCTL_PROBE_H

struct pga_cmd;

int pga_ioctl_probe(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_PROBE_H */
