/* SPDX-License-Identifier: GPL-2.0 */
/* What areas return to the host by themselves, in the background. */
#ifndef PGA_BLOCK_GIVEBACK_H
#define PGA_BLOCK_GIVEBACK_H

#include <linux/init.h>

void __init pga_giveback_work_init(void);

#endif /* PGA_BLOCK_GIVEBACK_H */
