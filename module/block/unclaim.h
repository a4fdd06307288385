/* SPDX-License-Identifier: GPL-2.0 */
/* The end of areas of claims, in the background. */
#ifndef PGA_BLOCK_UNCLAIM_H
#define PGA_BLOCK_UNCLAIM_H

#include <linux/init.h>

void __init pga_unclaim_init(void);

#endif /* PGA_BLOCK_UNCLAIM_H */
