// SPDX-License-Identifier: GPL-2.0
/*
 * Which block a page is in, kept in the pages themselves: no memory to get, and
 * no tree to keep in balance.
 *
 * The range of a block falls into the fewest aligned powers of two, none larger
 * than a pageblock, and the first page of each has a mark: the address of the
 * block.  From a page of the block one comes to the mark of its piece by clearing
 * bits of its number from the lowest up, and on the way there is no other mark.
 * It is always in the same pageblock, which an area owns as a whole.
 *
 * When a range is split in two, each half has marks where the whole had them, and
 * some more.  So a block can be split without taking its marks off first.
 *
 * Locking: marks are put and taken without a lock, by the one thread in whose
 * hands the pages or the splitting of the block are.  They are read under the table
 * lock: a thread that clears marks takes it before the block's memory is freed.
 * They are taken off atomically, since hwpoison_scan.c may just then find the page poisoned.
 */
#include <linux/log2.h>
#include <linux/mmzone.h>

#include "area/page.h"
#include "block/block.h"
#include "block/id.h"
#include "block/lookup.h"

/* Pages from a mark on that are its piece of [@pfn, @last]. */
static u64 piece_nr(u64 pfn, u64 last)
{
	u64 fits = rounddown_pow_of_two(last - pfn + 1);
	u64 aligned = pfn & -pfn;

	return min3(fits, aligned, (u64)pageblock_nr_pages);
}

/**
 * pga_pages_set_block() - note that pages are in a block
 * @block: complete enough for a reader: its area and range are right
 * @first: first page frame
 * @last: last page frame; all are in the block, or will be when a block that has
 *	them now is split
 */
void pga_pages_set_block(struct pga_block *block, u64 first, u64 last)
{
	u64 pfn;

	/*
	 * Publish area and range before the mark.  Pairs with the address dependency
	 * of a reader that gets the block from the mark, in pga_page_block_locked().
	 */
	smp_wmb();
	for (pfn = first; pfn <= last; pfn += piece_nr(pfn, last))
		pga_page_set_word(pfn, (unsigned long)block |
				  (pga_page_word(pfn) & PGA_PAGE_FLAGS));
}

/**
 * pga_pages_clear_block() - note that pages are in no block
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
 * pga_page_block_locked() - the block that a page is in
 * @pfn: page frame number of a page that an area owns
 *
 * Return: the block, whatever its state is, or NULL.
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
 * pga_page_next_set() - how far pages go on that are in no block
 * @pfn: page frame number of such a page
 * @last: highest page frame of interest
 *
 * Return: the first page frame after @pfn that has a mark or is poisoned, or the
 * one after the pageblock or @last, whichever comes first.
 */
u64 pga_page_next_set(u64 pfn, u64 last)
{
	u64 end = min(last, pfn | (pageblock_nr_pages - 1)) + 1;

	while (++pfn < end && !marked_block(pfn) && !pga_page_is_hwpoison(pfn))
		;
	return pfn;
}
