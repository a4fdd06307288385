/* SPDX-License-Identifier: GPL-2.0 */
/* Orphans: blocks that lose their owner. */
#ifndef PGA_BLOCK_ORPHAN_H
#define PGA_BLOCK_ORPHAN_H

struct pga_file;

void pga_blocks_orphan(struct pga_file *file);

#endif /* PGA_BLOCK_ORPHAN_H */
