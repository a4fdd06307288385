/* SPDX-License-Identifier: GPL-2.0 */
/* The private word of a page that an area owns: its marks and its block. */
#ifndef PGA_AREA_PAGE_H
#define PGA_AREA_PAGE_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/types.h>

/*
 * While an area owns a page, the module uses its private word: the kernel does
 * not use the word of a page without PG_private.  Besides the flags, the word
 * contains the address of the page's block, or 0 (lookup.c).
 */
#define PGA_PAGE_HWPOISON	1UL	/* counted as poisoned; never removed */
#define PGA_PAGE_FLAGS		PGA_PAGE_HWPOISON

/*
 * References that an area holds to each of its pages.  One is enough to own a
 * page; with two, the page stays when something drops a reference that it did
 * not take.  (unpoison-pfn of the module hwpoison_inject drops the only one.)
 */
#define PGA_PAGE_REFS		2

static inline unsigned long pga_page_word(u64 pfn)
{
	return READ_ONCE(pfn_to_page(pfn)->private);
}

/* The NUMA node of a page, which may have other holders */
static inline int pga_page_nid(u64 pfn)
{
	/* Other bits of the flags change at any time; the node's do not. */
	return data_race(page_to_nid(pfn_to_page(pfn)));
}

/* Is the page marked bad, and counted (hwpoison.c)? */
static inline bool pga_page_is_hwpoison(u64 pfn)
{
	return pga_page_word(pfn) & PGA_PAGE_HWPOISON;
}

/* Does nothing but the area hold a page? */
static inline bool pga_page_is_idle(const struct page *page)
{
	return page_ref_count(page) == PGA_PAGE_REFS;
}

/*
 * Must a page never be used again?  It is marked, or has a hardware error, or
 * lost a reference of the area.
 */
static inline bool pga_page_is_bad(struct page *page)
{
	return PageHWPoison(page) || page_ref_count(page) < PGA_PAGE_REFS ||
	       pga_page_is_hwpoison(page_to_pfn(page));
}

static inline void pga_page_set_word(u64 pfn, unsigned long word)
{
	WRITE_ONCE(pfn_to_page(pfn)->private, word);
}

#endif /* PGA_AREA_PAGE_H */
