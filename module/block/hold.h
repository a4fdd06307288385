/* SPDX-License-Identifier: GPL-2.0 */
/* Holders of a block: mappings and dma-bufs. */
#ifndef PGA_BLOCK_HOLD_H
#define PGA_BLOCK_HOLD_H

#include "block/block.h"

struct pga_file;

struct pga_block *pga_block_map(struct pga_file *file, u64 offset, u64 nr);
void pga_block_map_held(struct pga_block *block);
void pga_block_unmap(struct pga_block *block);
struct pga_block *pga_block_export(struct pga_file *file, u64 id);
void pga_block_unexport(struct pga_block *block);
void pga_block_close(struct pga_block *block);

#endif /* PGA_BLOCK_HOLD_H */
