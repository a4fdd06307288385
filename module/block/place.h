/* SPDX-License-Identifier: GPL-2.0 */
/* Where the blocks are that drain. */
#ifndef PGA_BLOCK_PLACE_H
#define PGA_BLOCK_PLACE_H

#include "block/block.h"
#include "block/held.h"

struct pga_file;

void pga_place_put(struct pga_block *block, enum pga_held held, bool again);
bool pga_place_put_orphan(struct pga_block *block, unsigned long time);
bool pga_place_queue_locked(struct pga_block *block);
bool pga_orphan_end_locked(struct pga_block *block);
bool pga_place_end_orphan(void);
struct pga_block *pga_place_take_queued(void);
struct pga_block *pga_place_take_polled(void);
struct pga_block *pga_place_take_of_round(void);
struct pga_block *pga_place_take_one(u64 id, u64 since, bool *again,
				     bool *others);
u32 pga_place_nr_polled(void);
void pga_place_poll_soon(void);
bool pga_place_next_check(unsigned long *time);
u64 pga_place_ticket(void);
bool pga_place_is_busy(u64 id);
bool pga_place_any_busy(u64 ticket);
u64 pga_place_next_of_file(struct pga_file *file, u64 since);

#endif /* PGA_BLOCK_PLACE_H */
