/* SPDX-License-Identifier: GPL-2.0 */
/* Splitting blocks and reservations. */
#ifndef PGA_BLOCK_SPLIT_H
#define PGA_BLOCK_SPLIT_H

#include "block/block.h"

struct pga_file;

int __must_check pga_unreserve_prepare(struct pga_file *file, u64 id,
				       struct pga_pfn_range *part,
				       struct pga_block **rest);
void pga_unreserve(struct pga_file *file, u64 id,
		   const struct pga_pfn_range *part, struct pga_block *rest);
struct pga_block *pga_split_begin(struct pga_file *file, u64 id);
void pga_split_end(struct pga_block *block);
void pga_trim(struct pga_block *block, u64 nr, struct pga_block *tail);
void pga_split(struct pga_block *block, u64 nr, struct list_head *pieces);

#endif /* PGA_BLOCK_SPLIT_H */
