/* SPDX-License-Identifier: GPL-2.0 */
/* Looking for bad pages in mapped blocks. */
#ifndef PGA_SCAN_H
#define PGA_SCAN_H

void pga_scan_start(void);
void pga_scan_exit(void);

#endif /* PGA_SCAN_H */
