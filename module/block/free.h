/* SPDX-License-Identifier: GPL-2.0 */
/* FREE of blocks by their owner. */
#ifndef PGA_BLOCK_FREE_H
#define PGA_BLOCK_FREE_H

#include <linux/types.h>
#include <linux/pgarea.h>

struct pga_file;

int __must_check pga_blocks_free(struct pga_file *file,
				 const struct pgarea_block_id *ids,
				 unsigned int nr, u32 *done);

#endif /* PGA_BLOCK_FREE_H */
