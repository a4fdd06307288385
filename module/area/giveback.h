/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that areas return to the host by themselves. */
#ifndef PGA_AREA_GIVEBACK_H
#define PGA_AREA_GIVEBACK_H

#include "area/area.h"

extern unsigned int pga_idle_ms;

void pga_giveback_init(void (*set)(unsigned long time));
void pga_giveback_note_growth(struct pga_area *area);
void pga_giveback_ask(u64 nr);
u64 pga_giveback_asked(void);
unsigned long pga_giveback_all(unsigned long timeout);
void pga_giveback_run(void);
bool pga_giveback_next(unsigned long *time);

#endif /* PGA_AREA_GIVEBACK_H */
