// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the set of free pages.
 *
 * A range is painted in pieces that lie in one word each: some pages of a leaf,
 * or some children of a node as wholes.  There are at most two pieces a level,
 * and most ranges, all blocks among them, are a single one.
 *
 * A piece goes down from the root to its word and up again for as long as ranks
 * change.  On the way down, a whole child is written out before it is entered:
 * so blocks split.  On the way up, a node that is left with all its children
 * whole becomes one bit in its parent: so they coalesce.
 */
#include "node.h"

/*
 * Go down to the node of level @stop that has @page, and write out the whole
 * children on the way.  Return NULL where there is nothing to paint: no node,
 * or pages are to become free which are.
 */
static inline struct pga_node *go_down(const struct pga_buddy *b,
				       struct pga_node **path, u64 page,
				       unsigned int stop, bool free)
{
	struct pga_node *node = b->root;
	unsigned int level = b->level;

	while (level > stop) {
		unsigned int i = pga_child_index(page, level);
		bool whole = pga_word_test(pga_node_whole(node, level), i);

		path[level--] = node;
		node = node->child[i];
		if (!node || (whole && free))
			return NULL;
		if (whole)
			pga_node_fill(node, level);
	}
	return node;
}

/* The node of @level on the path has fallen to @rank: tell those above. */
static inline void sink(const struct pga_buddy *b, struct pga_node **path,
			unsigned int level, u64 page, unsigned int rank)
{
	while (rank != PGA_SAME && level < b->level) {
		level++;
		rank = pga_node_lower(path[level], level,
				      pga_child_index(page, level), rank);
	}
}

/* The node of @level on the path has risen to @rank: tell those above. */
static inline void rise(const struct pga_buddy *b, struct pga_node **path,
			struct pga_node *node, unsigned int level, u64 page,
			unsigned int rank)
{
	while (rank != PGA_SAME && level < b->level) {
		if (rank == pga_node_full(level))
			pga_node_blank(node, level);
		node = path[++level];
		rank = pga_node_lift(node, level, pga_child_index(page, level),
				     rank);
	}
}

/* Take the pages @mask of the word that has @page. */
static bool take_pages(const struct pga_buddy *b, u64 page, pga_word mask)
{
	struct pga_node *path[PGA_LEVELS + 1];
	struct pga_node *node = go_down(b, path, page, 1, false);
	unsigned int i = pga_child_index(page, 1);
	pga_word word;

	if (!node)
		return false;
	word = node->word[i];
	if (pga_word_test(pga_node_whole(node, 1), i))
		word = PGA_WORD_ALL;
	if (~word & mask)
		return false;
	word -= mask;
	node->word[i] = word;
	sink(b, path, 1, page, pga_node_lower(node, 1, i, pga_word_rank(word)));
	return true;
}

/* Give the pages @mask of the word that has @page. */
static bool give_pages(const struct pga_buddy *b, u64 page, pga_word mask)
{
	struct pga_node *path[PGA_LEVELS + 1];
	struct pga_node *node = go_down(b, path, page, 1, true);
	unsigned int i = pga_child_index(page, 1);
	pga_word word;

	if (!node || pga_word_test(pga_node_whole(node, 1), i))
		return false;
	word = node->word[i];
	if (word & mask)
		return false;
	word += mask;
	node->word[i] = pga_word_not(word) ? word : 0;
	rise(b, path, node, 1, page,
	     pga_node_lift(node, 1, i, pga_word_rank(word)));
	return true;
}

/* Take the whole children @mask of the node of @level that has @page. */
static bool take_children(const struct pga_buddy *b, unsigned int level,
			  u64 page, pga_word mask)
{
	struct pga_node *path[PGA_LEVELS + 1];
	struct pga_node *node = go_down(b, path, page, level, false);
	unsigned int k;

	if (!node || ~pga_node_whole(node, level) & mask)
		return false;
	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] -= mask;
	if (level < b->level)
		sink(b, path, level, page, pga_node_rank(node, level));
	return true;
}

/* Give the whole children @mask of the node of @level that has @page. */
static bool give_children(const struct pga_buddy *b, unsigned int level,
			  u64 page, pga_word mask)
{
	struct pga_node *path[PGA_LEVELS + 1];
	struct pga_node *node = go_down(b, path, page, level, true);
	unsigned int k;

	if (!node || node->at[0] & mask)
		return false;
	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] += mask;
	if (level < b->level)
		rise(b, path, node, level, page, pga_node_rank(node, level));
	return true;
}

/**
 * struct piece - the first piece of a range
 * @nr:		its length in pages
 * @level:	of the node that has its word; 0 for the word of a leaf
 * @mask:	its bits in that word
 */
struct piece {
	u64 nr;
	unsigned int level;
	pga_word mask;
};

/* Cut from a range as many of the largest possible children as fit a word. */
static inline void cut_piece(const struct pga_buddy *b, u64 page, u64 nr,
			     struct piece *piece)
{
	unsigned int level = nr < PGA_WORD_BITS ? 0 : b->level;
	unsigned int order = pga_child_order(level), index;

	while (level && (pga_offset(page, order) || !(nr >> order)))
		order = pga_child_order(--level);
	index = pga_child_index(page, level);
	nr = min_t(u64, nr >> order, PGA_WORD_BITS - index);
	piece->nr = nr << order;
	piece->level = level;
	piece->mask = pga_word_mask(index, nr);
}

/* Paint a piece, or nothing when some of it has that colour already. */
static bool paint_piece(const struct pga_buddy *b, u64 page,
			const struct piece *piece, bool free)
{
	if (!piece->level)
		return free ? give_pages(b, page, piece->mask) :
			      take_pages(b, page, piece->mask);
	return free ? give_children(b, piece->level, page, piece->mask) :
		      take_children(b, piece->level, page, piece->mask);
}

/* Whether no page of a range has that colour. */
static bool range_differs(const struct pga_buddy *b, u64 page, u64 nr,
			  bool free)
{
	if (free)
		return pga_look_block(b, 0, page) - page >= nr;
	return pga_look_end(b, page) - page >= nr;
}

static bool paint(const struct pga_buddy *b, u64 page, u64 nr, bool free)
{
	struct piece piece;

	cut_piece(b, page, nr, &piece);
	if (piece.nr < nr && !range_differs(b, page, nr, free))
		return false;
	for (;;) {
		if (!paint_piece(b, page, &piece, free))
			return false;
		nr -= piece.nr;
		if (!nr)
			return true;
		page += piece.nr;
		cut_piece(b, page, nr, &piece);
	}
}

/* Whether a range is part of one leaf, which it is mostly. */
static bool in_leaf(u64 page, u64 nr)
{
	return nr < PGA_WORD_BITS &&
	       pga_offset(page, PGA_WORD_ORDER) + nr <= PGA_WORD_BITS;
}

static pga_word leaf_mask(u64 page, u64 nr)
{
	return pga_word_mask(pga_offset(page, PGA_WORD_ORDER), nr);
}

/**
 * pga_paint_used() - make free pages not free
 * @b: the buddy; its tree covers the range
 * @page: the first page
 * @nr: how many
 *
 * Return: false when not all of them are free; nothing is changed then.
 */
bool pga_paint_used(struct pga_buddy *b, u64 page, u64 nr)
{
	if (in_leaf(page, nr))
		return take_pages(b, page, leaf_mask(page, nr));
	return paint(b, page, nr, false);
}

/**
 * pga_paint_free() - make pages free that are not
 * @b: the buddy; it owns the range, and has nodes for it
 * @page: the first page
 * @nr: how many
 *
 * Return: false when one of them is free; nothing is changed then.
 */
bool pga_paint_free(struct pga_buddy *b, u64 page, u64 nr)
{
	if (in_leaf(page, nr))
		return give_pages(b, page, leaf_mask(page, nr));
	return paint(b, page, nr, true);
}
