/* SPDX-License-Identifier: GPL-2.0 */
/* The device /dev/pgarea */
#ifndef PGA_DEV_H
#define PGA_DEV_H

#include <linux/init.h>

int __init pga_dev_init(void);
void pga_dev_exit(void);

#endif /* PGA_DEV_H */
