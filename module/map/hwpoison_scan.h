/* SPDX-License-Identifier: GPL-2.0 */
/* Scan for bad pages in mapped blocks. */
#ifndef PGA_MAP_HWPOISON_SCAN_H
#define PGA_MAP_HWPOISON_SCAN_H

#include <linux/init.h>

void __init pga_hwpoison_scan_init(void);
void pga_hwpoison_scan_start(void);

#endif /* PGA_MAP_HWPOISON_SCAN_H */
