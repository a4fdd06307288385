/* SPDX-License-Identifier: GPL-2.0 */
/* Draining: blocks that are still held. */
#ifndef PGA_BLOCK_DRAIN_H
#define PGA_BLOCK_DRAIN_H

#include <linux/init.h>

#include "block/block.h"

struct pga_file;

void pga_block_pin_module(struct pga_block *block);
void pga_block_release_or_drain(struct pga_block *block);
void pga_drain_add_orphan(struct pga_block *block, u32 ms);
void pga_drain_kick(void);
void pga_drain_hasten(void);
void pga_drain_check(u64 id);
void pga_drain_check_file(struct pga_file *file);
void pga_drain_check_some(struct pga_file *file);
void __init pga_drain_init(void);
void pga_drain_exit(void);

#endif /* PGA_BLOCK_DRAIN_H */
