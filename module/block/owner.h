/* SPDX-License-Identifier: GPL-2.0 */
/* Which areas own the pages of a block. */
#ifndef PGA_BLOCK_OWNER_H
#define PGA_BLOCK_OWNER_H

#include "block/block.h"

struct pga_area *pga_block_area_at(const struct pga_block *block, u64 pfn);
bool pga_block_is_in_area(const struct pga_block *block, u32 id);
void pga_block_update_area(struct pga_block *block);
void pga_parts_free_good(u64 first, u64 nr);

#endif /* PGA_BLOCK_OWNER_H */
