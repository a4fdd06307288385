// SPDX-License-Identifier: GPL-2.0
/*
 * Questions to the tree.  All of them go down one path, and at most once up and
 * down again beside it; none looks at single pages.
 */
#include "node.h"

/* The children at which a free block of @order begins, or that have one. */
static pga_word children_with(const struct pga_node *node, unsigned int level,
			      unsigned int order)
{
	unsigned int child_order = pga_child_order(level);

	if (order < child_order)
		return node->at[order];
	return pga_word_blocks(node->at[child_order], order - child_order);
}

/* The lowest block below the lowest of @children, which all have one. */
static u64 lowest_block(const struct pga_node *node, unsigned int level,
			pga_word children, unsigned int order, u64 page)
{
	for (;;) {
		unsigned int i = pga_ctz64(children);

		page += (u64)i << pga_child_order(level);
		if (order >= pga_child_order(level) ||
		    pga_word_test(pga_node_whole(node, level), i))
			return page;
		if (level == 1)
			break;
		node = node->child[i];
		children = children_with(node, --level, order);
	}
	children = node->word[pga_child_index(page, 1)];
	return page + pga_ctz64(pga_word_blocks(children, order));
}

/*
 * The lowest block in the part of @node from @from on, and the children behind
 * that part; neither is looked up in the child that @from cuts in two.
 */
static pga_word children_from(const struct pga_node *node, unsigned int level,
			      unsigned int order, u64 from, bool behind)
{
	pga_word children = children_with(node, level, order);
	unsigned int i = pga_child_index(from, level);

	return children & (behind ? pga_word_above(i) : pga_word_from(i));
}

/*
 * The lowest block from @from on, which is inside the tree.  Goes down the path
 * of @from for as long as a block may be in the child that @from cuts in two,
 * then up again to the first node that has one behind.
 */
static u64 block_from(const struct pga_buddy *b, unsigned int order, u64 from)
{
	const struct pga_node *path[PGA_LEVELS + 1];
	unsigned int level = b->level;
	pga_word children, hits;

	for (path[level] = b->root; ; level--) {
		const struct pga_node *node = path[level];
		unsigned int i = pga_child_index(from, level);

		children = children_from(node, level, order, from, false);
		if (!pga_word_test(children, i) ||
		    !pga_offset(from, pga_child_order(level)))
			break;
		if (pga_word_test(pga_node_whole(node, level), i))
			return from;
		if (level > 1) {
			path[level - 1] = node->child[i];
			continue;
		}
		hits = pga_word_blocks(node->word[i], order) &
		       pga_word_from(pga_offset(from, PGA_WORD_ORDER));
		if (hits)
			return from - pga_offset(from, PGA_WORD_ORDER) +
			       pga_ctz64(hits);
		children = children_from(node, level, order, from, true);
		break;
	}
	while (!children && level < b->level) {
		level++;
		children = children_from(path[level], level, order, from, true);
	}
	if (!children)
		return PGA_NONE;
	from -= pga_offset(from, pga_node_order(level));
	return lowest_block(path[level], level, children, order, from);
}

/**
 * pga_look_block() - find the lowest free block
 * @b: the buddy
 * @order: the block has 2^@order pages and is aligned to that
 * @from: its first page is not below this one
 *
 * Return: the first page of the block, or PGA_NONE.
 */
u64 pga_look_block(const struct pga_buddy *b, unsigned int order, u64 from)
{
	pga_word children;

	if (!b->root || order > pga_node_order(b->level))
		return PGA_NONE;
	if (from > b->base) {
		if (!pga_tree_covers(b, from))
			return PGA_NONE;
		if (pga_offset(from, order))
			from = pga_block_last(from, order) + 1;
		return pga_tree_covers(b, from) ? block_from(b, order, from) :
						  PGA_NONE;
	}
	children = children_with(b->root, b->level, order);
	if (!children)
		return PGA_NONE;
	return lowest_block(b->root, b->level, children, order, b->base);
}

/**
 * pga_look_end() - find where a run of free pages ends
 * @b: the buddy
 * @page: where to begin
 *
 * Return: the lowest page from @page on that is not free.
 */
u64 pga_look_end(const struct pga_buddy *b, u64 page)
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
 * pga_look_start() - find where a run of free pages starts
 * @b: the buddy
 * @page: one behind the last page of the run; that one is inside the tree
 *
 * The mirror of pga_look_end().
 *
 * Return: the lowest page such that all from it on and below @page are free.
 */
u64 pga_look_start(const struct pga_buddy *b, u64 page)
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
