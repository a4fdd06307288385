/* SPDX-License-Identifier: GPL-2.0 */
/* Lookup of the block that a page is in. */
#ifndef PGA_BLOCK_LOOKUP_H
#define PGA_BLOCK_LOOKUP_H

#include <linux/types.h>

struct pga_block;

void pga_pages_set_block(struct pga_block *block, u64 first, u64 last);
void pga_pages_clear_block(u64 first, u64 last);
struct pga_block *pga_page_block_locked(u64 pfn);
u64 pga_page_next_set(u64 pfn, u64 last);

#endif /* PGA_BLOCK_LOOKUP_H */
