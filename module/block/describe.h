/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptions of blocks and pages for programs. */
#ifndef PGA_BLOCK_DESCRIBE_H
#define PGA_BLOCK_DESCRIBE_H

#include "block/block.h"

struct pga_file;

u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr);
u64 pga_page_block_id(u64 pfn, u64 *nr);
int pga_block_describe(struct pga_file *file, u64 flags, u64 *id,
		       struct pgarea_block *out);
void pga_block_bulk_entry(const struct pga_block *block,
			  const struct pga_area *area,
			  struct pgarea_bulk_block *out);

#endif /* PGA_BLOCK_DESCRIBE_H */
