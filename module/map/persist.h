/* SPDX-License-Identifier: GPL-2.0 */
/* Publishing of blocks, with or without a node in /dev. */
#ifndef PGA_MAP_PERSIST_H
#define PGA_MAP_PERSIST_H

struct pga_block;
struct pga_file;

void pga_block_publish(struct pga_block *block, struct pga_file *file);
void pga_block_abort(struct pga_block *block);

#endif /* PGA_MAP_PERSIST_H */
