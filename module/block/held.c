// SPDX-License-Identifier: GPL-2.0
/*
 * Check whether a block that its owner freed is still held.
 *
 * A block may still be mapped, or a reference may hold a page of it: a pin for
 * I/O, or a pipe after splice().  Mappings, dma-bufs and open nodes are
 * counted.  So a block is held while it has one of these, or while a page of it
 * has a reference besides that of the area.  Only the reference count shows all
 * of them: page_maybe_dma_pinned() misses short ones.
 *
 * Nothing that was once seen without holders is held again: a new reference to
 * a page needs a mapping or another reference to it, a new mapping needs an
 * open node or a dma-buf, and none of them exists.  (Scanners of the host take
 * short references by page frame number, and create no mapping.)  This is true
 * of each page, once the block has no counted holder.  So the next check
 * continues at the page where the last one stopped, and all the checks of a
 * block together visit each page once.
 *
 * Locking: none here.  One thread at a time checks a block.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "area/caching.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "block/block.h"
#include "block/held.h"
#include "block/id.h"
#include "block/state.h"

/* While a counted holder exists, look for references in so many pages only. */
#define PGA_SAMPLE_PAGES	512

/* Is there a reference besides that of the area and those of mappings? */
static bool page_is_referenced(struct page *page)
{
	return page_ref_count(page) >
	       PGA_PAGE_REFS + atomic_read(&page->_mapcount) + 1;
}

/* A bad page is never reused: it is counted, and its references do not matter. */
static void note_bad(struct pga_block *block, u64 pfn)
{
	spin_lock(&pga_table_lock);
	if (!pga_page_is_hwpoison(pfn))
		pga_block_hwpoison_locked(block, pfn);
	spin_unlock(&pga_table_lock);
}

/* Find a held page in a part of a block; @end: there is none. */
static u64 next_held(struct pga_block *block, bool mapped, u64 i, u64 end)
{
	for (; i < end; i++) {
		struct page *page = pga_block_page(block, i);

		if (pga_page_is_bad(page))
			note_bad(block, page_to_pfn(page));
		else if (mapped ? page_is_referenced(page) :
				  !pga_page_is_idle(page))
			break;
		if (!(i % pageblock_nr_pages))
			cond_resched();
	}
	return i;
}

static void record_holders(struct pga_block *block, u8 holders)
{
	WRITE_ONCE(block->holders, holders);
}

/*
 * A query must report both kinds of holders.  But a mapped block can be large,
 * and no check of it is of any use before it is unmapped.
 */
static void sample(struct pga_block *block)
{
	u64 end = min_t(u64, pga_block_nr(block), PGA_SAMPLE_PAGES);

	record_holders(block, next_held(block, true, 0, end) < end ?
			      PGAREA_HOLDER_REFERENCE : 0);
}

/**
 * pga_block_referenced_now() - look for references in the first pages of a block
 * @block: published
 *
 * A block with a counted holder is not checked until that is gone: what the last
 * check has recorded may be long over.  A query looks again.
 *
 * Context: pga_table_lock held.
 * Return: PGAREA_HOLDER_REFERENCE or 0.
 */
u32 pga_block_referenced_now(const struct pga_block *block)
{
	u64 i, end = min_t(u64, pga_block_nr(block), PGA_SAMPLE_PAGES);

	for (i = 0; i < end; i++) {
		struct page *page = pga_block_page(block, i);

		if (!pga_page_is_bad(page) && page_is_referenced(page))
			return PGAREA_HOLDER_REFERENCE;
	}
	return 0;
}

/* Make the kernel's mapping of a block write-back.  False: try again later. */
static bool restore_caching(struct pga_block *block)
{
	if (!block->attr_changed)
		return true;
	if (pga_caching_restore(pga_block_pfn(block, 0), pga_block_nr(block))) {
		record_holders(block, PGAREA_HOLDER_CACHE);
		return false;
	}
	block->attr_changed = false;
	return true;
}

/* Pages that an earlier check has passed may have become bad since. */
static void recheck_hwpoison(struct pga_block *block, u64 nr)
{
	u64 bad;

	if (nr && pga_hwpoison_find(pga_block_pfn(block, 0), nr, &bad))
		WRITE_ONCE(block->poisoned, true);
}

/**
 * pga_block_check_held() - check whether anything holds a block
 * @block: freed by its owner, so that its file cannot map it any more
 * @budget: most pages to visit; reduced by the number visited
 *
 * Records in the block whether a page is referenced.
 *
 * Context: process; sleeps.
 * Return: what holds it; after PGA_HELD_NOT its kernel mapping is write-back.
 */
enum pga_held pga_block_check_held(struct pga_block *block, u64 *budget)
{
	u64 first = block->nr_checked, end, i;

	if (pga_block_has_counted(block)) {
		sample(block);
		return PGA_HELD_COUNTED;
	}
	/*
	 * Read the counts before the page references: a reference taken
	 * through a holder that then goes away must be seen as one of the two.
	 * Pairs with atomic_dec_and_lock() in drop_counted() of hold.c.
	 */
	smp_rmb();
	end = first + min(pga_block_nr(block) - first, *budget);
	i = next_held(block, false, first, end);
	block->nr_checked = i;
	*budget -= i - first;
	if (i < end) {
		record_holders(block, page_is_referenced(pga_block_page(block, i)) ?
				      PGAREA_HOLDER_REFERENCE : 0);
		return PGA_HELD_REFERENCE;
	}
	record_holders(block, 0);
	if (end < pga_block_nr(block))
		return PGA_HELD_UNKNOWN;
	recheck_hwpoison(block, first);
	return restore_caching(block) ? PGA_HELD_NOT : PGA_HELD_REFERENCE;
}
