/* SPDX-License-Identifier: GPL-2.0 */
/* Where blocks are for mmap(), and whether programs are told addresses. */
#ifndef PGA_OFFSET_H
#define PGA_OFFSET_H

#include <linux/types.h>
#include <linux/pgarea.h>

struct pga_block;

/* Parameter: programs are told no physical address. */
extern bool pga_hide_phys;

/* What a program is told of an address. */
static inline u64 pga_told_address(u64 address)
{
	return pga_hide_phys ? PGAREA_NO_ADDRESS : address;
}

void pga_offset_init(void);
u64 pga_cursor_of(u64 address);
u64 pga_cursor_address(u64 cursor);

int __must_check pga_offset_take(struct pga_block *block);
void pga_offset_add_locked(struct pga_block *piece);
void pga_offset_drop_locked(struct pga_block *block);
struct pga_block *pga_offset_find_locked(u64 offset);

#endif /* PGA_OFFSET_H */
