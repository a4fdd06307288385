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
#include "core/path.h"
#include "core/search.h"
#include "core/update.h"

/* Take the pages @mask of leaf @i of the last node on the way to @page. */
static inline bool clear_pages(const struct pga_buddy *b, struct pga_path *path,
			       struct pga_node *node, u64 page, unsigned int i,
			       pga_word mask)
{
	pga_word word = pga_leaf(node, i);

	if (~word & mask)
		return false;
	pga_leaf_lower(b, path, node, page, i, word - mask);
	return true;
}

/* Give the pages @mask of leaf @i of the last node on the way to @page. */
static inline bool set_pages(const struct pga_buddy *b, struct pga_path *path,
			     struct pga_node *node, u64 page, unsigned int i,
			     pga_word mask)
{
	pga_word word = node->word[i];

	if (word & mask || pga_word_test(pga_node_whole(node, 1), i))
		return false;
	word += mask;
	node->word[i] = pga_word_not(word) ? word : 0;
	if (pga_node_raise(node, 1, i, pga_word_avail(word)))
		pga_path_propagate_raise(b, path, 1, page);
	return true;
}

/* Give the whole children @mask of the last node on the way to @page. */
static inline bool set_children(const struct pga_buddy *b,
				struct pga_path *path, struct pga_node *node,
				unsigned int level, u64 page, pga_word mask)
{
	unsigned int order = pga_child_order(level), avail;

	if (pga_node_some(node, level) & mask)
		return false;
	node->at[order] += mask;
	avail = order + pga_word_avail(node->at[order]);
	if (avail != node->avail) {
		node->avail = avail;
		pga_path_propagate_raise(b, path, level, page);
	}
	return true;
}

/*
 * Go down to the node of level @stop that has @page.  Return NULL where there is
 * nothing to paint: pages are to be taken of which none is free, or to be given
 * of which all are.
 */
static inline struct pga_node *go_down(const struct pga_buddy *b,
				       struct pga_path *path, u64 page,
				       unsigned int stop, bool free)
{
	struct pga_node *node = b->root;
	unsigned int level = b->level;

	for (; level > stop; level--) {
		unsigned int i = pga_child_index(page, level);

		if (pga_word_test(free ? pga_node_whole(node, level) :
				  pga_word_not(pga_node_some(node, level)), i))
			return NULL;
		path->node[level] = node;
		node = free ? pga_child_to_set(node, level, i) :
			      pga_child_to_clear(node, level, i);
	}
	path->node[level] = node;
	return node;
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
	unsigned int align = pga_ctz64(page |
				       1ULL << pga_child_order(b->level));
	unsigned int level = min_t(unsigned int, align, pga_fls64(nr) - 1) /
			     PGA_WORD_ORDER;
	unsigned int order = pga_child_order(level);
	unsigned int index = pga_child_index(page, level);

	nr = min_t(u64, nr >> order, PGA_WORD_BITS - index);
	piece->nr = nr << order;
	piece->level = level;
	piece->mask = pga_word_mask(index, nr);
}

/* Paint a part of the leaf of @page, or nothing when it has that colour. */
static __always_inline bool update_leaf(const struct pga_buddy *b, u64 page,
					pga_word mask, bool free)
{
	unsigned int i = pga_child_index(page, 1);
	struct pga_node *node;
	struct pga_path path;

	node = go_down(b, &path, page, 1, free);
	if (!node)
		return false;
	return free ? set_pages(b, &path, node, page, i, mask) :
		      clear_pages(b, &path, node, page, i, mask);
}

/* Paint a piece, or nothing when some of it has that colour already. */
static inline bool update_piece(const struct pga_buddy *b, u64 page,
				const struct piece *piece, bool free)
{
	unsigned int level = piece->level;
	struct pga_node *node;
	struct pga_path path;

	if (!level)
		return update_leaf(b, page, piece->mask, free);
	node = go_down(b, &path, page, level, free);
	if (!node)
		return false;
	return free ?
		set_children(b, &path, node, level, page, piece->mask) :
		pga_clear_children(b, &path, node, level, page, piece->mask);
}

/* Whether no page of a range has that colour. */
static bool range_differs(const struct pga_buddy *b, u64 page, u64 nr,
			  bool free)
{
	if (free)
		return pga_tree_find_free(b, 0, page, false) - page >= nr;
	return pga_tree_run_end(b, page) - page >= nr;
}

static noinline bool update_pieces(const struct pga_buddy *b, u64 page, u64 nr,
				   bool free)
{
	struct piece piece;

	cut_piece(b, page, nr, &piece);
	if (piece.nr < nr && !range_differs(b, page, nr, free))
		return false;
	for (;;) {
		if (!update_piece(b, page, &piece, free))
			return false;
		nr -= piece.nr;
		if (!nr)
			return true;
		page += piece.nr;
		cut_piece(b, page, nr, &piece);
	}
}

/* Most ranges are part of one leaf. */
static __always_inline bool update(const struct pga_buddy *b, u64 page, u64 nr,
				   bool free)
{
	unsigned int bit = pga_offset(page, PGA_WORD_ORDER);

	if (nr < PGA_WORD_BITS && bit + nr <= PGA_WORD_BITS)
		return update_leaf(b, page, pga_word_mask(bit, nr), free);
	return update_pieces(b, page, nr, free);
}

/**
 * pga_tree_clear() - make free pages not free
 * @b: the buddy; its tree covers the range
 * @page: the first page
 * @nr: how many
 *
 * Return: false when not all of them are free; nothing is changed then.
 */
bool pga_tree_clear(struct pga_buddy *b, u64 page, u64 nr)
{
	return update(b, page, nr, false);
}

/**
 * pga_tree_set() - make pages free that are not
 * @b: the buddy; it owns the range, and has nodes for it
 * @page: the first page
 * @nr: how many
 *
 * Return: false when one of them is free; nothing is changed then.
 */
bool pga_tree_set(struct pga_buddy *b, u64 page, u64 nr)
{
	return update(b, page, nr, true);
}
