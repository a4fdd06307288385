// SPDX-License-Identifier: GPL-2.0
/*
 * Searches in the tree.  Each of them goes down one path, and at most once up
 * and down again next to it; none inspects single pages.
 */
#include "core/node.h"
#include "core/search.h"

/* The children that have a free block of @order, or at which one begins. */
static pga_word children_with(const struct pga_node *node, unsigned int level,
			      unsigned int order)
{
	unsigned int child_order = pga_child_order(level);

	if (order < child_order)
		return node->at[order] | node->at[child_order];
	return pga_word_blocks(node->at[child_order], order - child_order);
}

/* The offset of the last block of @order in a block of order @size. */
static u64 last_block(unsigned int size, unsigned int order)
{
	return order < size ? (1ULL << size) - (1ULL << order) : 0;
}

static unsigned int pick(pga_word children, bool down)
{
	return down ? pga_fls64(children) - 1 : pga_ctz64(children);
}

/*
 * The lowest block in the lowest of @children of a node that begins at @page,
 * or, with @down, the highest block in the highest of them.  All of them have
 * one.
 */
static __always_inline u64 outer_block(const struct pga_node *node,
				       unsigned int level, pga_word children,
				       unsigned int order, u64 page, bool down)
{
	for (;;) {
		unsigned int size = pga_child_order(level);
		unsigned int i = pick(children, down);

		page += (u64)i << size;
		if (order >= size || pga_word_test(pga_node_whole(node, level),
						   i))
			return page + (down ? last_block(size, order) : 0);
		if (level == 1)
			break;
		node = node->child[i];
		children = children_with(node, --level, order);
	}
	children = pga_word_blocks(node->word[pga_child_index(page, 1)], order);
	return page + pick(children, down);
}

/*
 * The children from @i on in the direction of the search, and those after @i.
 */
static pga_word at_or_beyond(pga_word children, unsigned int i, bool down)
{
	return children & (down ? ~pga_word_above(i) : pga_word_from(i));
}

static pga_word beyond(pga_word children, unsigned int i, bool down)
{
	return children & (down ? ~pga_word_from(i) : pga_word_above(i));
}

/*
 * Whether a search from @from includes all blocks of @order in the child of
 * order @size that @from is in.
 */
static bool includes_all(u64 from, unsigned int size, unsigned int order,
			 bool down)
{
	return pga_offset(from, size) == (down ? last_block(size, order) : 0);
}

/*
 * Find the first block that begins at @from or after it, in the direction of
 * the search; @from is inside the tree and a multiple of the block's size.  Go
 * down the path of @from for as long as there may be a block in the child that
 * @from divides, then up again to the first node that has one after that
 * child.
 */
static __always_inline u64 block_from(const struct pga_buddy *b,
				      unsigned int order, u64 from, bool down)
{
	const struct pga_node *path[PGA_LEVELS + 1];
	unsigned int level = b->level;
	pga_word children, hits;

	for (path[level] = b->root;; level--) {
		unsigned int i = pga_child_index(from, level);
		const struct pga_node *node = path[level];

		children = at_or_beyond(children_with(node, level, order), i,
					down);
		if (!pga_word_test(children, i) ||
		    includes_all(from, pga_child_order(level), order, down))
			break;
		if (pga_word_test(pga_node_whole(node, level), i))
			return from;
		if (level > 1) {
			path[level - 1] = node->child[i];
			continue;
		}
		hits = at_or_beyond(pga_word_blocks(node->word[i], order),
				    pga_offset(from, PGA_WORD_ORDER), down);
		if (hits)
			return from - pga_offset(from, PGA_WORD_ORDER) +
			       pick(hits, down);
		children = beyond(children, i, down);
		break;
	}
	while (!children && level < b->level) {
		level++;
		children = beyond(children_with(path[level], level, order),
				  pga_child_index(from, level), down);
	}
	if (!children)
		return PGA_NONE;
	from -= pga_offset(from, pga_node_order(level));
	return outer_block(path[level], level, children, order, from, down);
}

/**
 * pga_tree_find_free() - find a free block from a page on
 * @b: the buddy
 * @order: the block has 2^@order pages and is aligned to that
 * @from: upwards, the block does not begin below this page; downwards, it does
 *	not end above it
 * @down: find the highest block rather than the lowest one
 *
 * Return: the first page of the block, or PGA_NONE.
 */
u64 pga_tree_find_free(const struct pga_buddy *b, unsigned int order, u64 from,
		       bool down)
{
	u64 size, last;

	if (!b->root || order > pga_node_order(b->level))
		return PGA_NONE;
	size = 1ULL << order;
	last = pga_block_last(b->base, pga_node_order(b->level));
	if (down) {
		from = min_t(u64, from, last);
		if (from < b->base || from - b->base < size - 1)
			return PGA_NONE;
		from = from + 1 - size;
		return block_from(b, order, from - pga_offset(from, order),
				  true);
	}
	from = max_t(u64, from, b->base);
	if (from > last)
		return PGA_NONE;
	if (pga_offset(from, order))
		from = pga_block_last(from, order) + 1;
	return from > last ? PGA_NONE : block_from(b, order, from, false);
}

/**
 * pga_tree_run_end() - find where a run of free pages ends
 * @b: the buddy
 * @page: where to begin
 *
 * Return: the lowest page at or after @page that is not free.
 */
u64 pga_tree_run_end(const struct pga_buddy *b, u64 page)
{
	const struct pga_node *path[PGA_LEVELS + 1];
	unsigned int level = b->level, i, n;

	if (!pga_tree_covers(b, page))
		return page;
	path[level] = b->root;
	for (;;) {
		i = pga_child_index(page, level);
		n = pga_word_ones(pga_node_whole(path[level], level) >> i);
		if (n) {
			page -= pga_offset(page, pga_child_order(level));
			page += (u64)n << pga_child_order(level);
		} else if (!pga_word_test(path[level]->at[0], i)) {
			return page;
		} else if (level > 1) {
			path[level - 1] = path[level]->child[i];
			level--;
			continue;
		} else {
			n = pga_word_ones(path[1]->word[i] >>
					  pga_offset(page, PGA_WORD_ORDER));
			page += n;
			if (pga_offset(page, PGA_WORD_ORDER) || !n)
				return page;
		}
		for (; !pga_offset(page, pga_node_order(level)); level++)
			if (level == b->level)
				return page;
	}
}

/**
 * pga_tree_run_start() - find where a run of free pages starts
 * @b: the buddy
 * @page: the page after the last one of the run, which is inside the tree
 *
 * The mirror of pga_tree_run_end().
 *
 * Return: the lowest page such that it and all others below @page are free.
 */
u64 pga_tree_run_start(const struct pga_buddy *b, u64 page)
{
	const struct pga_node *path[PGA_LEVELS + 1];
	unsigned int level = b->level, i, n;

	path[level] = b->root;
	for (;;) {
		i = PGA_WORD_BITS - 1 - pga_child_index(page - 1, level);
		n = pga_word_top_ones(pga_node_whole(path[level], level) << i);
		i = PGA_WORD_BITS - 1 - i;
		if (n) {
			page = pga_block_last(page - 1, pga_child_order(level));
			page -= ((u64)n << pga_child_order(level)) - 1;
		} else if (!pga_word_test(path[level]->at[0], i)) {
			return page;
		} else if (level > 1) {
			path[level - 1] = path[level]->child[i];
			level--;
			continue;
		} else {
			n = pga_word_top_ones(path[1]->word[i] <<
					      pga_offset(-page, PGA_WORD_ORDER));
			page -= n;
			if (pga_offset(page, PGA_WORD_ORDER) || !n)
				return page;
		}
		for (; !pga_offset(page, pga_node_order(level)); level++)
			if (level == b->level)
				return page;
	}
}
