/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that the host asks for when it is short of it. */
#ifndef PGA_AREA_PRESSURE_H
#define PGA_AREA_PRESSURE_H

int __must_check pga_pressure_init(void);
void pga_pressure_exit(void);

#endif /* PGA_AREA_PRESSURE_H */
