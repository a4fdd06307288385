/* SPDX-License-Identifier: GPL-2.0 */
/* Clearing memory before a program gets it. */
#ifndef PGA_AREA_CLEAR_H
#define PGA_AREA_CLEAR_H

#include <linux/types.h>

int __must_check pga_clear(u64 first, u64 nr);
void pga_clear_undo(u64 first, u64 nr);
void pga_clear_never(u64 first, u64 nr);
void pga_clear_init(unsigned long first, unsigned long nr);
void pga_clear_reset(unsigned long pfn);
u64 pga_clear_bytes(void);

#endif /* PGA_AREA_CLEAR_H */
