// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the set of free pages.
 *
 * A range is painted in pieces that lie in one word each: some pages of a leaf,
 * or some children of a node as wholes.  There are at most two pieces a level,
 * and most ranges, all blocks among them, are a single one.
 *
 * A piece goes down to its word, and up again for as long as ranks change.  On
 * the way down, a whole child is written out before it is entered: so blocks
 * split.  On the way up, a node that is left with all its children whole becomes
 * one bit in its parent: so they coalesce.
 */
#include "node.h"

/*
 * Follow the way of @page down to the node of level @stop.  Return NULL where
 * there is nothing to paint: pages are to be taken of which none is free, or to
 * be given of which all are.
 */
static inline struct pga_node *go_down(struct pga_way *way, u64 page,
				       unsigned int stop, bool free)
{
	unsigned int level = way->level;
	struct pga_node *node = way->node[level];

	for (; level > stop; level--) {
		unsigned int i = pga_child_index(page, level);
		bool whole = pga_word_test(pga_node_whole(node, level), i);

		if (free ? whole : !pga_word_test(node->at[0], i))
			return NULL;
		node = pga_node_enter(node, level, i);
		way->node[level - 1] = node;
	}
	return node;
}

/* The rank of the node of @level on the way has fallen: tell those above. */
static inline void sink(const struct pga_buddy *b, struct pga_way *way,
			unsigned int level, u64 page)
{
	unsigned int rank = way->node[level]->rank;

	while (level++ < b->level) {
		struct pga_node *node = way->node[level];
		unsigned int i = pga_child_index(page, level);

		if (!pga_node_lower(node, level, i, rank))
			return;
		rank = node->rank;
	}
}

/* The rank of the node of @level on the way has risen: tell those above. */
static inline void rise(const struct pga_buddy *b, struct pga_way *way,
			unsigned int level, u64 page)
{
	unsigned int rank = way->node[level]->rank;

	while (level++ < b->level) {
		struct pga_node *node = way->node[level];
		unsigned int i = pga_child_index(page, level);

		if (!pga_node_lift(node, level, i, rank))
			return;
		rank = node->rank;
	}
}

/* Take the pages @mask of the word that has @page. */
static bool take_pages(const struct pga_buddy *b, struct pga_way *way, u64 page,
		       pga_word mask)
{
	struct pga_node *node = go_down(way, page, 1, false);
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
	if (pga_node_lower(node, 1, i, pga_word_rank(word)))
		sink(b, way, 1, page);
	return true;
}

/* Give the pages @mask of the word that has @page. */
static bool give_pages(const struct pga_buddy *b, struct pga_way *way, u64 page,
		       pga_word mask)
{
	struct pga_node *node = go_down(way, page, 1, true);
	unsigned int i = pga_child_index(page, 1);
	pga_word word;

	if (!node || pga_word_test(pga_node_whole(node, 1), i))
		return false;
	word = node->word[i];
	if (word & mask)
		return false;
	word += mask;
	node->word[i] = pga_word_not(word) ? word : 0;
	if (pga_node_lift(node, 1, i, pga_word_rank(word)))
		rise(b, way, 1, page);
	return true;
}

/* Take the whole children @mask of the node of @level that has @page. */
static bool take_children(const struct pga_buddy *b, struct pga_way *way,
			  unsigned int level, u64 page, pga_word mask)
{
	struct pga_node *node = go_down(way, page, level, false);
	unsigned int rank, k;

	if (!node || ~pga_node_whole(node, level) & mask)
		return false;
	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] -= mask;
	rank = pga_node_rank(node, level);
	if (rank != node->rank) {
		node->rank = rank;
		sink(b, way, level, page);
	}
	return true;
}

/* Give the whole children @mask of the node of @level that has @page. */
static bool give_children(const struct pga_buddy *b, struct pga_way *way,
			  unsigned int level, u64 page, pga_word mask)
{
	struct pga_node *node = go_down(way, page, level, true);
	unsigned int rank, k;

	if (!node || node->at[0] & mask)
		return false;
	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] += mask;
	rank = pga_node_rank(node, level);
	if (rank != node->rank) {
		node->rank = rank;
		rise(b, way, level, page);
	}
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
static bool paint_piece(const struct pga_buddy *b, struct pga_way *way,
			u64 page, const struct piece *piece, bool free)
{
	if (!piece->level)
		return free ? give_pages(b, way, page, piece->mask) :
			      take_pages(b, way, page, piece->mask);
	return free ? give_children(b, way, piece->level, page, piece->mask) :
		      take_children(b, way, piece->level, page, piece->mask);
}

/* Whether no page of a range has that colour. */
static bool range_differs(const struct pga_buddy *b, u64 page, u64 nr,
			  bool free)
{
	if (free)
		return pga_look_block(b, 0, page, false) - page >= nr;
	return pga_look_end(b, page) - page >= nr;
}

static bool paint(const struct pga_buddy *b, struct pga_way *way, u64 page,
		  u64 nr, bool free)
{
	struct piece piece;

	cut_piece(b, page, nr, &piece);
	if (piece.nr < nr && !range_differs(b, page, nr, free))
		return false;
	for (;;) {
		if (!paint_piece(b, way, page, &piece, free))
			return false;
		nr -= piece.nr;
		if (!nr)
			return true;
		page += piece.nr;
		cut_piece(b, page, nr, &piece);
		pga_way_begin(b, way);
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
 * @way: to @page, as far as it is known; lost
 *
 * Return: false when not all of them are free; nothing is changed then.
 */
bool pga_paint_used(struct pga_buddy *b, u64 page, u64 nr, struct pga_way *way)
{
	if (in_leaf(page, nr))
		return take_pages(b, way, page, leaf_mask(page, nr));
	return paint(b, way, page, nr, false);
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
	struct pga_way way;

	pga_way_begin(b, &way);
	if (in_leaf(page, nr))
		return give_pages(b, &way, page, leaf_mask(page, nr));
	return paint(b, &way, page, nr, true);
}
