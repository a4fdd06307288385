/* SPDX-License-Identifier: GPL-2.0 */
/* Creation of blocks. */
#ifndef PGA_BLOCK_CREATE_H
#define PGA_BLOCK_CREATE_H

#include "block/block.h"

struct pga_file;

/**
 * struct pga_block_pages - pages for new blocks of one size
 * @area: area that owns the pages; if several do, that of the first page
 * @first: first page frame of each block
 * @nr: number of pages of each block
 * @several: several areas own them, and they are for one block
 * @taken: all of them were taken from the host for these blocks
 */
struct pga_block_pages {
	struct pga_area *area;
	const u64 *first;
	u64 nr;
	bool several;
	bool taken;
};

struct pga_block *pga_block_create(const struct pga_block_attr *attr,
				   const struct pga_block_pages *pages,
				   struct pga_file *file);
unsigned int pga_blocks_create(const struct pga_block_attr *attr,
			       const struct pga_block_pages *pages,
			       struct pga_file *file, struct pga_block **blocks,
			       unsigned int nr, int *err);
void pga_block_assign_pages(struct pga_block *block, struct pga_area *area,
			    u64 first, u64 nr);
void pga_block_abort(struct pga_block *block);
void pga_blocks_abort(struct list_head *blocks);
void pga_block_publish_locked(struct pga_block *block, struct pga_file *file);
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file);

#endif /* PGA_BLOCK_CREATE_H */
