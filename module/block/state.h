/* SPDX-License-Identifier: GPL-2.0 */
/* The states of blocks. */
#ifndef PGA_BLOCK_STATE_H
#define PGA_BLOCK_STATE_H

#include "block/block.h"

struct pga_file;

/* Number of kinds of holders: PGAREA_HOLDER_* */
#define PGA_NR_HOLDERS	7

/**
 * struct pga_tally - blocks that drain or are orphans		[table lock]
 * @nr: number of blocks
 * @held: for each kind of holder, how many of them have it
 */
struct pga_tally {
	u32 nr;
	u32 held[PGA_NR_HOLDERS];
};

extern unsigned int pga_orphan_ms;
extern unsigned int pga_orphan_max_ms;
extern struct pga_tally pga_tally;

void pga_block_set_state_locked(struct pga_block *block, u8 state);
void pga_block_start_draining(struct pga_block *block);
void pga_block_hwpoison_locked(struct pga_block *block, u64 pfn);
u32 pga_default_orphan_ms(void);
u32 pga_orphan_limit_ms(const struct pga_file *file);
u32 pga_block_orphan_ms(const struct pga_block *block);
u32 pga_block_holders(const struct pga_block *block);
void pga_tally_update_locked(struct pga_block *block);
u32 pga_tally_holders_locked(const struct pga_tally *tally);

#endif /* PGA_BLOCK_STATE_H */
