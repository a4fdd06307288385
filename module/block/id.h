/* SPDX-License-Identifier: GPL-2.0 */
/* Ids of blocks and reservations. */
#ifndef PGA_BLOCK_ID_H
#define PGA_BLOCK_ID_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct pga_block;

/* The table lock.  block.h marks the members that it protects. */
extern spinlock_t pga_table_lock;

#define PGA_GENERATION_BITS	32

/* The slot of an id */
static inline u32 pga_id_slot(u64 id)
{
	return id >> PGA_GENERATION_BITS;
}

/* The lowest id that a slot may have */
static inline u64 pga_id_of_slot(u32 slot)
{
	return (u64)slot << PGA_GENERATION_BITS;
}

void pga_ids_exit(void);
int __must_check pga_ids_alloc(struct pga_block **blocks, unsigned int nr);
void pga_id_free_locked(struct pga_block *block);
struct pga_block *pga_id_find_locked(u64 id);
struct pga_block *pga_id_next_locked(u64 *id, unsigned int max_slots);

#endif /* PGA_BLOCK_ID_H */
