/* SPDX-License-Identifier: GPL-2.0 */
/* What a page that an area owns says about itself, and whose it is. */
#ifndef PGA_AREA_PAGE_H
#define PGA_AREA_PAGE_H

#include <linux/mm.h>
#include <linux/types.h>

/*
 * The private word of a page is ours as long as an area owns it: nothing in the
 * kernel uses it without PG_private.  It has, besides these bits, the address of
 * the block that the page is in, or nothing (lookup.c).
 */
#define PGA_PAGE_CLEAN		1UL	/* all zero, and nobody can write to it */
#define PGA_PAGE_HWPOISON	2UL	/* counted as poisoned; stays as it is */
#define PGA_PAGE_FLAGS		(PGA_PAGE_CLEAN | PGA_PAGE_HWPOISON)

static inline unsigned long pga_page_word(u64 pfn)
{
	return READ_ONCE(pfn_to_page(pfn)->private);
}

/* Of a page that others may hold */
static inline int pga_page_nid(u64 pfn)
{
	/* Other bits of the word that has it change at any time, these do not. */
	return data_race(page_to_nid(pfn_to_page(pfn)));
}

/* The hardware reported an error in the page, and it was counted (hwpoison.c). */
static inline bool pga_page_is_hwpoison(u64 pfn)
{
	return pga_page_word(pfn) & PGA_PAGE_HWPOISON;
}

static inline void pga_page_set_word(u64 pfn, unsigned long word)
{
	WRITE_ONCE(pfn_to_page(pfn)->private, word);
}

#endif /* PGA_AREA_PAGE_H */
