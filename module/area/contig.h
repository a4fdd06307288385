/* SPDX-License-Identifier: GPL-2.0 */
/* Contiguous memory from the host, by several processors at once. */
#ifndef PGA_AREA_CONTIG_H
#define PGA_AREA_CONTIG_H

#include <linux/init.h>
#include <linux/types.h>

int __must_check pga_contig_alloc(unsigned long first, unsigned long nr);
bool pga_contig_is_taking(void);
int __init pga_contig_init(void);
void pga_contig_exit(void);

#endif /* PGA_AREA_CONTIG_H */
