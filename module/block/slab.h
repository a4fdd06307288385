/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of struct pga_block. */
#ifndef PGA_BLOCK_SLAB_H
#define PGA_BLOCK_SLAB_H

#include <linux/init.h>

#include "block/block.h"

int __init pga_blocks_init(void);
void pga_blocks_exit(void);

struct pga_block *pga_block_new(const struct pga_block_attr *attr);
int __must_check pga_blocks_new(struct pga_block **blocks, unsigned int nr,
				const struct pga_block_attr *attr);
void pga_blocks_free_structs(struct pga_block **blocks, unsigned int nr);

#endif /* PGA_BLOCK_SLAB_H */
