/* SPDX-License-Identifier: GPL-2.0 */
/* Offsets of blocks for mmap(). */
#ifndef PGA_BLOCK_MMAP_OFFSET_H
#define PGA_BLOCK_MMAP_OFFSET_H

#include <linux/types.h>

struct pga_block;

int __must_check pga_offset_alloc(struct pga_block *block);
void pga_offset_add_locked(struct pga_block *piece);
void pga_offset_free_locked(struct pga_block *block);
struct pga_block *pga_offset_find_locked(u64 offset);

#endif /* PGA_BLOCK_MMAP_OFFSET_H */
