/* SPDX-License-Identifier: GPL-2.0 */
/* Check whether a block is still held. */
#ifndef PGA_BLOCK_HELD_H
#define PGA_BLOCK_HELD_H

#include <linux/types.h>

struct pga_block;

/**
 * enum pga_held - what a check found
 * @PGA_HELD_NOT: nothing holds the block: it can be released
 * @PGA_HELD_COUNTED: a mapping, a dma-buf or an open device node holds it
 * @PGA_HELD_REFERENCE: a reference holds a page, or the kernel's mapping of the
 *	pages could not be restored: only another check shows when this ends
 * @PGA_HELD_UNKNOWN: not all pages are checked yet
 */
enum pga_held {
	PGA_HELD_NOT,
	PGA_HELD_COUNTED,
	PGA_HELD_REFERENCE,
	PGA_HELD_UNKNOWN,
};

enum pga_held pga_block_check_held(struct pga_block *block, u64 *budget);
u32 pga_block_referenced_now(const struct pga_block *block);

#endif /* PGA_BLOCK_HELD_H */
