/* SPDX-License-Identifier: GPL-2.0 */
/* Draining: blocks that are still held. */
#ifndef PGA_BLOCK_DRAIN_H
#define PGA_BLOCK_DRAIN_H

#include "block/block.h"

struct pga_file;

/**
 * struct pga_drain_query - how many freed blocks remain, and their holders
 * @file: count the blocks of this file; NULL: of all files, and orphans
 * @id: count this block only; 0: all
 * @nr: number of blocks
 * @holders: PGAREA_HOLDER_* of all of them
 */
struct pga_drain_query {
	const struct pga_file *file;
	u64 id;
	u32 nr;
	u32 holders;
};

void pga_drain_exit(void);
bool pga_drain_is_empty(void);
void pga_drain_count(struct pga_drain_query *query);
bool pga_block_is_held(struct pga_block *block);
bool pga_block_restore_caching(struct pga_block *block);
void pga_block_release_or_drain(struct pga_block *block);
void pga_drain_add(struct pga_block *block);
void pga_drain_add_orphan(struct pga_block *block, u32 ms);
bool pga_orphan_end_locked(struct pga_block *block);
void pga_drain_poll(void);
void pga_drain_kick(void);

#endif /* PGA_BLOCK_DRAIN_H */
