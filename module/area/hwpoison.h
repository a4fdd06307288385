/* SPDX-License-Identifier: GPL-2.0 */
/* Pages in which the hardware reported an error. */
#ifndef PGA_AREA_HWPOISON_H
#define PGA_AREA_HWPOISON_H

#include <linux/types.h>

struct pga_area;

bool pga_hwpoison_find(u64 first, u64 nr, u64 *bad);
u64 pga_hwpoison_count(u64 first, u64 last);
void pga_hwpoison_mark(struct pga_area *area, u64 pfn);
bool pga_hwpoison_check(struct pga_area *area, u64 pfn);

#endif /* PGA_AREA_HWPOISON_H */
