/* SPDX-License-Identifier: GPL-2.0 */
/* Clearing memory before a program gets it. */
#ifndef PGA_AREA_CLEAR_H
#define PGA_AREA_CLEAR_H

#include <linux/types.h>

int __must_check pga_clear(u64 first, u64 nr);
bool pga_clear_by_host(void);
u64 pga_clear_bytes(void);

#endif /* PGA_AREA_CLEAR_H */
