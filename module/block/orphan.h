/* SPDX-License-Identifier: GPL-2.0 */
/* Orphans: blocks that lose their owner. */
#ifndef PGA_BLOCK_ORPHAN_H
#define PGA_BLOCK_ORPHAN_H

#include <linux/types.h>

struct pga_file;
struct pgarea_end_orphans;

void pga_blocks_orphan(struct pga_file *file);
u32 pga_orphans_end(const struct pgarea_end_orphans *which);

#endif /* PGA_BLOCK_ORPHAN_H */
