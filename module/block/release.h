/* SPDX-License-Identifier: GPL-2.0 */
/* Release of blocks. */
#ifndef PGA_BLOCK_RELEASE_H
#define PGA_BLOCK_RELEASE_H

#include <linux/wait.h>

#include "block/block.h"

extern wait_queue_head_t pga_drained;

void pga_release_begin(void);
void pga_release_end(void);
int pga_release_sync(void);
void pga_block_remove_locked(struct pga_block *block);
bool pga_block_try_release_locked(struct pga_block *block,
				  struct list_head *released);
void pga_blocks_release_pages(struct list_head *released);
void pga_block_release(struct pga_block *block);

#endif /* PGA_BLOCK_RELEASE_H */
