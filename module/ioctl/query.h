/* SPDX-License-Identifier: GPL-2.0 */
/* INFO, AREAS, ORDERS, RANGES and BLOCKS. */
#ifndef PGA_IOCTL_QUERY_H
#define PGA_IOCTL_QUERY_H

struct pga_cmd;

int pga_ioctl_info(struct pga_cmd *cmd);
int pga_ioctl_areas(struct pga_cmd *cmd);
int pga_ioctl_orders(struct pga_cmd *cmd);
int pga_ioctl_ranges(struct pga_cmd *cmd);
int pga_ioctl_blocks(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_QUERY_H */
