/* SPDX-License-Identifier: GPL-2.0 */
/* Scan for bad pages in mapped blocks. */
#ifndef PGA_MAP_HWPOISON_SCAN_H
#define PGA_MAP_HWPOISON_SCAN_H

void pga_hwpoison_scan_start(void);
void pga_hwpoison_scan_exit(void);

#endif /* PGA_MAP_HWPOISON_SCAN_H */
