/* SPDX-License-Identifier: GPL-2.0 */
/* The end of blocks. */
#ifndef PGA_BLOCK_RELEASE_H
#define PGA_BLOCK_RELEASE_H

#include <linux/wait.h>

#include "block/block.h"

/* Woken when a block is gone. */
extern wait_queue_head_t pga_drained;

void pga_burial_begin(void);
void pga_burial_end(void);
void pga_burial_wait(void);
void pga_block_remove_locked(struct pga_block *block);
void pga_block_bury(struct pga_block *block);
void pga_blocks_bury(struct list_head *blocks);
void pga_block_dissolve(struct pga_block *block);

#endif /* PGA_BLOCK_RELEASE_H */
