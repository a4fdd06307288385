/* SPDX-License-Identifier: GPL-2.0 */
/* Areas of claims that may not be in use any more. */
#ifndef PGA_AREA_IDLE_H
#define PGA_AREA_IDLE_H

#include <linux/types.h>

struct pga_area;

void pga_idle_init(void (*kick)(void));
void pga_idle_note(struct pga_area *area);
bool pga_idle_pending(void);
bool pga_idle_begin(void);
bool pga_idle_take(struct pga_area *area);

#endif /* PGA_AREA_IDLE_H */
