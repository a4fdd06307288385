/* SPDX-License-Identifier: GPL-2.0 */
/* Hiding physical addresses from programs. */
#ifndef PGA_HIDE_H
#define PGA_HIDE_H

#include <linux/init.h>
#include <linux/types.h>
#include <linux/pgarea.h>

/* Parameter: programs get no physical address. */
extern bool pga_hide_phys;

/* The address that is reported to a program for a physical address. */
static inline u64 pga_user_phys(u64 address)
{
	return pga_hide_phys ? PGAREA_NO_ADDRESS : address;
}

/* The NUMA node that is reported to a program for a page on this node. */
static inline int pga_user_node(int node)
{
	return pga_hide_phys ? PGAREA_NODE_ANY : node;
}

void __init pga_hide_init(void);
u32 pga_hide_position(u32 pfn);

#endif /* PGA_HIDE_H */
