/* SPDX-License-Identifier: GPL-2.0 */
/* CREATE_AREA, RESIZE_AREA, DESTROY_AREA. */
#ifndef PGA_IOCTL_AREAS_H
#define PGA_IOCTL_AREAS_H

struct pga_cmd;

int pga_ioctl_create_area(struct pga_cmd *cmd);
int pga_ioctl_resize_area(struct pga_cmd *cmd);
int pga_ioctl_destroy_area(struct pga_cmd *cmd);
int pga_ioctl_shrink_area(struct pga_cmd *cmd);

#endif /* PGA_IOCTL_AREAS_H */
