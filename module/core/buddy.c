// SPDX-License-Identifier: GPL-2.0
/*
 * A buddy allocator as a tree of words: the model, and the calls on given
 * pages.
 *
 * Model
 *
 * A leaf is a word of 64 bits, one for each of 64 pages, set when the page is
 * free.  A node of level 1 has 64 leaves, a node of level n + 1 has 64 nodes of
 * level n.  Pages are addressed by their absolute number, so the place of a
 * block in the tree makes it aligned.  The root is the smallest node that
 * covers all owned pages; there are no nodes where no page is owned.
 *
 * A block of order k is 2^k free pages, aligned to 2^k.  Each node has a word
 * at[k] for each order up to that of its children.  The last of these words has
 * the children that are wholly free; blocks of larger orders are aligned runs
 * of bits in it.  Each other word at[k] has the mixed (partly free) children
 * that hold a block of order k.
 *
 * Invariants
 *
 * - Below a bit for "wholly free" or "nothing free", the contents have no
 *   meaning; they are written as if all pages were free, or none.  So
 *   splitting and coalescing change one bit in the parent, whatever the size of
 *   the block.
 * - Of mixed children, at[k] includes at[k + 1].  So finding the lowest block
 *   of at least some order takes one count-trailing-zeros per level, and a
 *   child whose largest order changes to the next one changes one bit.
 * - Spans of owned pages do not touch.  Only owned pages are free.
 * - All contents that have a meaning depend only on the owned and the free
 *   pages, not on the calls that led there.  So free memory always coalesces,
 *   the update detects a page that is freed twice, and pga_buddy_check() can
 *   compute everything again.
 *
 * Cost, with n levels (2 for 1 GiB of 4 KiB pages, 3 for 64 GiB, 8 for all)
 *
 * - finding a block: two words per level; allocating or freeing one: a word per
 *   level, for the levels at which the largest order changes.  At most 6l + 1
 *   words in a node of level l, where a child goes from whole to almost
 *   nothing.
 * - any other range: at most two pieces per level
 * - a request that fits only an unaligned run: the runs that hold a block of a
 *   quarter of its size, one by one, PGA_FIND_RUNS of them per call
 * - adding and removing: a node per 4096 pages
 * - memory: 576 bytes per 4096 pages, 0.14 bytes per page
 *
 * Origins
 *
 * Buddy systems are due to Knowlton (1965) and Knuth.  FreeBSD's blist keeps
 * runs of free blocks as bits in a radix tree, with the largest run below each
 * node as a hint.  LLFree has the whole state of a leaf in one cache line and
 * searches with count-trailing-zeros.  Both show that no list is needed:
 * neither links in the memory itself nor a word for each page of it.  This
 * allocator adds a word of children for each order, each of which includes the
 * next, and keeps the state of a uniform subtree in its parent only.
 */
#include "core/node.h"
#include "core/search.h"
#include "core/span.h"
#include "core/update.h"

/**
 * pga_buddy_alloc_range() - allocate a given range
 * @b: the buddy
 * @first: the first page
 * @nr: number of pages
 * @conflict: on -EBUSY and -ENOENT, set to the first page that is not free
 *
 * Context: Any; must not overlap with any other call.
 * Return: 0, -EBUSY when the first page that is not free is owned, -ENOENT when
 * it is not owned, -EINVAL or -EOVERFLOW when the range is empty or goes beyond
 * the last page.  On an error nothing is allocated.
 */
int pga_buddy_alloc_range(struct pga_buddy *b, u64 first, u64 nr, u64 *conflict)
{
	int err = pga_range_check(first, nr);

	if (err)
		return err;
	if (pga_tree_covers(b, first) && pga_tree_covers(b, first + nr - 1) &&
	    pga_tree_clear(b, first, nr)) {
		b->nr_free -= nr;
		return 0;
	}
	*conflict = pga_tree_run_end(b, first);
	return pga_span_holds(b, *conflict, *conflict) ? -EBUSY : -ENOENT;
}

/**
 * pga_buddy_free() - free pages
 * @b: the buddy
 * @first: the first page
 * @nr: number of pages, of one or several allocations, whole or in part
 *
 * Context: Any; must not overlap with any other call.
 * Return: 0, -ENOENT when a page is not owned, -EEXIST when one is free
 * already, -EINVAL or -EOVERFLOW when the range is empty or goes beyond the
 * last page.  On an error nothing is freed.
 */
int pga_buddy_free(struct pga_buddy *b, u64 first, u64 nr)
{
	u64 last = first + nr - 1;

	if (unlikely(!nr || last < first ||
		     !pga_span_holds_hint(b, first, last)))
		return pga_range_check(first, nr) ?: -ENOENT;
	if (!pga_tree_set(b, first, nr))
		return -EEXIST;
	b->nr_free += nr;
	return 0;
}

/**
 * pga_buddy_next_free() - find the next run of free pages
 * @b: the buddy
 * @from: where to begin
 * @first: is set to the first free page from @from on
 * @nr: is set to the number of pages that are free from there on
 *
 * A run is as long as possible, across blocks and across added ranges that
 * touch.
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: whether there is one.
 */
bool pga_buddy_next_free(const struct pga_buddy *b, u64 from, u64 *first,
			 u64 *nr)
{
	u64 page = pga_tree_find_free(b, 0, from, false);

	if (page == PGA_NONE)
		return false;
	*first = page;
	*nr = pga_tree_run_end(b, page) - page;
	return true;
}

/**
 * pga_buddy_next_owned() - find the next run of pages that are owned
 * @b: the buddy
 * @from: where to begin
 * @first: is set to the first owned page from @from on
 * @nr: is set to the number of pages that are owned from there on
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: whether there is one.
 */
bool pga_buddy_next_owned(const struct pga_buddy *b, u64 from, u64 *first,
			  u64 *nr)
{
	unsigned int i = pga_span_at_or_after(b, from);

	if (i == b->nr_spans)
		return false;
	*first = max_t(u64, from, b->spans[i].first);
	*nr = b->spans[i].last - *first + 1;
	return true;
}

/**
 * pga_run_orders() - count the blocks that a run of pages consists of
 * @first: the first page of the run
 * @nr: its length in pages
 * @counts: PGA_MAX_ORDER + 1 counters, to which the number of blocks of each
 *	order is added; blocks are as large as their alignment allows
 */
void pga_run_orders(u64 first, u64 nr, u64 *counts)
{
	while (nr) {
		unsigned int order = pga_fls64(nr) - 1;

		if (first)
			order = min_t(unsigned int, order, pga_ctz64(first));
		order = min_t(unsigned int, order, PGA_MAX_ORDER);
		counts[order]++;
		first += 1ULL << order;
		nr -= 1ULL << order;
	}
}
