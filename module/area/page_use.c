// SPDX-License-Identifier: GPL-2.0
/*
 * What the host does with one page, and whether alloc_contig_range() could have
 * it.
 *
 * The conditions are those of has_unmovable_pages() and of the migration that
 * follows it: what is free or on an LRU list can be had, if nothing refers to it
 * but its mappings, its cache, and what is private to its file system.
 *
 * The pages belong to others, who change them all the time.  So, as in
 * fs/proc/page.c, no reference is taken and nothing is believed: a page may end
 * to be part of a compound page after it was found to be one, so flags are read
 * as they are, without the helpers that insist on a head page, and no length
 * reaches beyond the pageblock.
 *
 * Locking: the caller keeps the memory online.
 */
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pgarea.h>

#include "area/page_use.h"
#include "compat.h"

/* A flag of exactly this page, whatever it is part of */
static bool has_flag(const struct page *page, enum pageflags flag)
{
	return test_bit(flag, (const unsigned long *)&page->flags);
}

static u64 to_pageblock_end(u64 pfn)
{
	return pageblock_nr_pages - (pfn & (pageblock_nr_pages - 1));
}

/* Pages of the compound page; 1 if it is none, or is changing. */
static u64 compound_nr_of(struct page *head, u64 pfn)
{
	u64 offset = pfn - page_to_pfn(head);
	unsigned int order;

	if (!has_flag(head, PG_head))
		return 1;
	/* It may be split just now, and have any other value. */
	order = data_race(compound_order(head));
	return order < BITS_PER_LONG && offset >> order == 0 ? 1ULL << order : 1;
}

/* A free run of the host's allocator; 1 if it is being taken. */
static u64 buddy_nr(struct page *page, u64 pfn)
{
	/* It may be taken just now, and have any other value. */
	unsigned long word = data_race(page_private(page));
	unsigned long order = min_t(unsigned long, pageblock_order, word);

	return pfn & ((1ULL << order) - 1) ? 1 : 1ULL << order;
}

static bool is_in_buddy(struct page *page)
{
	/* The host's allocator may take or free it just now. */
	return data_race(PageBuddy(page));
}

static bool is_cached(struct page *head)
{
	if (PageAnon(head))
		return has_flag(head, PG_swapbacked) &&
		       has_flag(head, PG_swapcache);
	return READ_ONCE(page_folio(head)->mapping);
}

/*
 * The references that the host expects when it moves a page: each mapping has
 * one, the cache one for each page, and the file system one for its private data.
 */
static int expected_refs(struct page *head, u64 nr)
{
	int expected = pga_page_mapcount(head, nr);

	if (is_cached(head))
		expected += nr;
	if (has_flag(head, PG_private))
		expected++;
	return expected;
}

/* Does something else refer to it? */
static bool is_pinned(struct page *head, u64 nr)
{
	return page_ref_count(head) > expected_refs(head, nr);
}

static u32 lru_kind(struct page *head, u64 nr)
{
	if (is_pinned(head, nr))
		return PGAREA_OBSTACLE_PINNED;
	if (has_flag(head, PG_writeback))
		return PGAREA_OBSTACLE_WRITEBACK;
	return has_flag(head, PG_mlocked) ? PGAREA_OBSTACLE_MLOCKED :
					    PGAREA_OBSTACLE_MOVABLE;
}

/*
 * A page of a program that is on no list.  A new one waits in a batch of its
 * processor, which has one reference, and which pga_batches_empty() empties.  Any
 * other is in somebody's hands, and the host does not move it.
 */
static u32 other_kind(struct page *head, u64 nr)
{
	if (!PageAnon(head) && !READ_ONCE(page_folio(head)->mapping))
		return PGAREA_OBSTACLE_UNMOVABLE;
	return page_ref_count(head) == expected_refs(head, nr) + 1 ?
	       PGAREA_OBSTACLE_MOVABLE : PGAREA_OBSTACLE_PINNED;
}

/* A page that is neither reserved nor bad nor free in the buddy */
static u32 used_kind(struct page *page, struct page *head, u64 nr)
{
	/* The type of a page of others may change while it is read. */
	if (data_race(PageSlab(page)))
		return PGAREA_OBSTACLE_SLAB;
	/* Likewise */
	if (data_race(PageTable(page)))
		return PGAREA_OBSTACLE_PAGE_TABLE;
	/* Likewise */
	if (data_race(PageHuge(page)))
		return PGAREA_OBSTACLE_HUGETLB;
	if (has_flag(head, PG_lru) && nr <= pageblock_nr_pages)
		return lru_kind(head, nr);
	if (pga_page_has_movable_ops(page))
		return PGAREA_OBSTACLE_MOVABLE;
	/* Free, in a list of one processor, which the host empties */
	if (nr == 1 && !page_ref_count(page))
		return PGAREA_OBSTACLE_FREE;
	return nr > pageblock_nr_pages ? PGAREA_OBSTACLE_UNMOVABLE :
					 other_kind(head, nr);
}

/* What other_kind() says of a page in a batch; a driver may move its own pages. */
static bool is_in_batch(struct page *page, struct page *head, u32 kind)
{
	return kind == PGAREA_OBSTACLE_MOVABLE && !has_flag(head, PG_lru) &&
	       !pga_page_has_movable_ops(page);
}

static bool is_obtainable(u32 kind, u64 nr)
{
	switch (kind) {
	case PGAREA_OBSTACLE_FREE:
	case PGAREA_OBSTACLE_MOVABLE:
	case PGAREA_OBSTACLE_MLOCKED:
	case PGAREA_OBSTACLE_WRITEBACK:
		return true;
	case PGAREA_OBSTACLE_HUGETLB:
		/* The host finds no other page for a gigantic one. */
		return nr <= pageblock_nr_pages;
	default:
		return false;
	}
}

/**
 * pga_page_use() - find out what the host does with a page
 * @page: the page, online
 * @pfn: its page frame number
 * @use: set to the answer, which may be outdated as soon as this returns.  A
 *	reserved page is of _KERNEL; pga_iomem_reserved_kind() knows whose it is.
 *
 * Context: any.
 */
void pga_page_use(struct page *page, u64 pfn, struct pga_page_use *use)
{
	struct page *head = compound_head(page);
	u64 nr = 1, rest = 1;

	if (has_flag(page, PG_reserved) || !pfn) {
		use->kind = PGAREA_OBSTACLE_KERNEL;
	} else if (PageHWPoison(page)) {
		use->kind = PGAREA_OBSTACLE_POISONED;
	} else if (is_in_buddy(page)) {
		use->kind = PGAREA_OBSTACLE_FREE;
		rest = buddy_nr(page, pfn);
	} else {
		nr = compound_nr_of(head, pfn);
		rest = nr == 1 ? 1 : nr - (pfn - page_to_pfn(head));
		use->kind = used_kind(page, head, nr);
	}
	use->obtainable = is_obtainable(use->kind, nr);
	use->in_batch = is_in_batch(page, head, use->kind);
	use->nr = min(rest, to_pageblock_end(pfn));
}
