// SPDX-License-Identifier: GPL-2.0
/*
 * Lookup of the block that a page is in.  The pages themselves store it, which
 * needs no allocation and no balanced tree.
 *
 * The range of a block is divided into the fewest aligned powers of two, none
 * larger than a pageblock.  The first page of each has a mark: the address of
 * the block.  A lookup clears the bits of a page frame number from the lowest
 * up until it finds the mark of the page's piece; no other mark is on the way.
 * The mark is always in the same pageblock, which an area owns as a whole.
 *
 * When a range is split in two, each half has marks where the whole had them,
 * and some more.  So a block can be split without removing its marks first.
 *
 * Locking: marks are set and removed without a lock, by the one thread that
 * owns the pages or splits the block.  They are read under the table lock: a
 * thread that removes marks takes that lock before it frees the struct of the
 * block.  Marks are removed atomically, because hwpoison_scan.c may find the
 * page poisoned at the same time.
 */
#include <linux/log2.h>
#include <linux/mmzone.h>

#include "area/page.h"
#include "block/block.h"
#include "block/id.h"
#include "block/lookup.h"

/* Number of pages that a mark at @pfn covers in [@pfn, @last]. */
static u64 piece_nr(u64 pfn, u64 last)
{
	u64 fits = rounddown_pow_of_two(last - pfn + 1);
	u64 aligned = pfn & -pfn;

	return min3(fits, aligned, (u64)pageblock_nr_pages);
}

/**
 * pga_pages_set_block() - mark pages as part of a block
 * @block: its area and range must be valid, since a lookup may find it
 * @first: first page frame
 * @last: last page frame; all pages are in the block, or will be when the block
 *	that now has them is split
 */
void pga_pages_set_block(struct pga_block *block, u64 first, u64 last)
{
	u64 pfn;

	/*
	 * Publish the area and the range before the marks.  Pairs with the
	 * address dependency on marked_block() in pga_page_block_locked().
	 */
	smp_wmb();
	for (pfn = first; pfn <= last; pfn += piece_nr(pfn, last))
		pga_page_set_word(pfn, (unsigned long)block |
				  (pga_page_word(pfn) & PGA_PAGE_FLAGS));
}

/**
 * pga_pages_clear_block() - remove the marks of pages
 * @first: first page frame
 * @last: last page frame
 */
void pga_pages_clear_block(u64 first, u64 last)
{
	u64 pfn;

	for (pfn = first; pfn <= last; pfn += piece_nr(pfn, last))
		atomic_long_and(PGA_PAGE_FLAGS,
				(atomic_long_t *)&pfn_to_page(pfn)->private);
}

static struct pga_block *marked_block(u64 pfn)
{
	return (struct pga_block *)(pga_page_word(pfn) & ~PGA_PAGE_FLAGS);
}

/**
 * pga_page_block_locked() - find the block that a page is in
 * @pfn: page frame number of a page that an area owns
 *
 * Return: the block, in any state, or NULL.
 */
struct pga_block *pga_page_block_locked(u64 pfn)
{
	struct pga_block *block;
	u64 nr, head;

	lockdep_assert_held(&pga_table_lock);
	for (nr = 1; nr <= pageblock_nr_pages; nr <<= 1) {
		head = pfn & -nr;
		block = marked_block(head);
		if (block)
			return pga_block_has_pfn(block, pfn) ? block : NULL;
	}
	return NULL;
}

/**
 * pga_page_next_set() - find the end of a run of pages that are in no block
 * @pfn: page frame number of such a page
 * @last: highest page frame of interest
 *
 * Return: the first page frame after @pfn that has a mark or is poisoned, or
 * the first one after the pageblock or after @last, whichever is lowest.
 */
u64 pga_page_next_set(u64 pfn, u64 last)
{
	u64 end = min(last, pfn | (pageblock_nr_pages - 1)) + 1;

	while (++pfn < end && !marked_block(pfn) && !pga_page_is_hwpoison(pfn))
		;
	return pfn;
}
