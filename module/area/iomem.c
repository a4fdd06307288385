// SPDX-License-Identifier: GPL-2.0
/*
 * What the host's list of physical addresses (/proc/iomem) has at an address that
 * its page allocator does not have.
 *
 * Locking: none; the host locks its list.
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pgarea.h>

#include "area/iomem.h"

/* Entries of the list, and what they are if the host's allocator has no page. */
static const struct {
	unsigned long flags;
	unsigned long desc;
	u32 kind;
} entries[] = {
	{ IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE, PGAREA_OBSTACLE_OFFLINE },
	{ IORESOURCE_MEM, IORES_DESC_RESERVED, PGAREA_OBSTACLE_FIRMWARE },
	{ IORESOURCE_MEM, IORES_DESC_ACPI_TABLES, PGAREA_OBSTACLE_FIRMWARE },
	{ IORESOURCE_MEM, IORES_DESC_ACPI_NV_STORAGE, PGAREA_OBSTACLE_FIRMWARE },
	{ IORESOURCE_MEM, IORES_DESC_PERSISTENT_MEMORY, PGAREA_OBSTACLE_DEVICE },
	{ IORESOURCE_MEM, IORES_DESC_PERSISTENT_MEMORY_LEGACY,
	  PGAREA_OBSTACLE_DEVICE },
	{ IORESOURCE_MEM, IORES_DESC_DEVICE_PRIVATE_MEMORY,
	  PGAREA_OBSTACLE_DEVICE },
	{ IORESOURCE_MEM, IORES_DESC_SOFT_RESERVED, PGAREA_OBSTACLE_DEVICE },
};

/* The walk has cut the entry at the start of the range; the first one ends it. */
static int store_first(struct resource *res, void *arg)
{
	*(u64 *)arg = (u64)res->start >> PAGE_SHIFT;
	return 1;
}

/* The first page in [@first, @last] that the entry has; @last + 1: none. */
static u64 find_entry(unsigned int i, u64 first, u64 last)
{
	u64 found = last + 1;

	walk_iomem_res_desc(entries[i].desc, entries[i].flags,
			    first << PAGE_SHIFT,
			    (last << PAGE_SHIFT) | (PAGE_SIZE - 1), &found,
			    store_first);
	return found;
}

/**
 * pga_iomem_reserved_kind() - who reserved a page that is online?
 * @pfn: page frame number of a reserved page, or 0
 *
 * Context: process; sleeps.
 * Return: enum pgarea_obstacle_kind.
 */
u32 pga_iomem_reserved_kind(u64 pfn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		if (find_entry(i, pfn, pfn) > pfn)
			continue;
		return entries[i].kind == PGAREA_OBSTACLE_OFFLINE ?
		       PGAREA_OBSTACLE_KERNEL : entries[i].kind;
	}
	return PGAREA_OBSTACLE_HOLE;
}

/**
 * pga_iomem_absent_kind() - what is where the host's allocator has no page?
 * @first: first page frame of a pageblock without any page
 * @last: in: last page frame of the last of such pageblocks; out: the last one
 *	up to which the answer is the same
 *
 * Context: process; sleeps.
 * Return: enum pgarea_obstacle_kind.
 */
u32 pga_iomem_absent_kind(u64 first, u64 *last)
{
	u64 block_last = first | (pageblock_nr_pages - 1), end = *last + 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		u64 found = find_entry(i, first, end - 1);

		if (found <= block_last) {
			*last = block_last;
			return entries[i].kind;
		}
		if (found < end)
			end = round_down(found, (u64)pageblock_nr_pages);
	}
	*last = end - 1;
	return PGAREA_OBSTACLE_NO_RAM;
}
