/* SPDX-License-Identifier: GPL-2.0 */
/* How blocks come to be. */
#ifndef PGA_BLOCK_CREATE_H
#define PGA_BLOCK_CREATE_H

#include "block/block.h"

struct pga_file;

void pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			 u64 first, u64 nr);
int __must_check pga_block_admit(struct pga_block *block, bool unlimited);
int __must_check pga_block_prepare(struct pga_block *block);
void pga_block_publish_locked(struct pga_block *block, struct pga_file *file);
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file);
void pga_block_discard(struct pga_block *block);
void pga_blocks_discard(struct list_head *blocks);

#endif /* PGA_BLOCK_CREATE_H */
