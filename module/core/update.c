// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the set of free pages.
 *
 * A range is updated in pieces that lie in one word each: some pages of a leaf,
 * or some whole children of a node.  There are at most two pieces per
 * level, and most ranges are a single piece; all blocks are.
 *
 * The update of a piece goes down to its word, and up again for as long as
 * avail changes.  On the way down, a whole child is written out before it is
 * entered: this splits blocks.  On the way up, a node all of whose children are
 * whole becomes one bit in its parent: this coalesces blocks.
 */
#include "core/path.h"
#include "core/search.h"
#include "core/update.h"

/*
 * The avail of the node of @level on the path rose: update those above it.
 * This is static, so that the compiler passes only the arguments that are used:
 * otherwise freeing a page is a tenth slower.
 */
static noinline void propagate_raise(const struct pga_buddy *b,
				     struct pga_path *path,
				     unsigned int level, u64 page)
{
	unsigned int avail = path->node[level]->avail;

	while (level++ < b->level) {
		struct pga_node *node = path->node[level];
		unsigned int i = pga_child_index(page, level);

		if (!pga_node_raise(node, level, i, avail))
			return;
		avail = node->avail;
	}
}

/* Clear the pages @mask of leaf @i of the last node on the path to @page. */
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

/* Set the pages @mask of leaf @i of the last node on the path to @page. */
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
		propagate_raise(b, path, 1, page);
	return true;
}

/* Set the children @mask, as wholes, of the last node on the path to @page. */
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
		propagate_raise(b, path, level, page);
	}
	return true;
}

/*
 * Go down to the node of level @stop that has @page.  Return NULL where no
 * update is possible: pages must be cleared where none is free, or set where
 * all are.
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

/* Find as many of the largest possible children as fit one word. */
static inline void first_piece(const struct pga_buddy *b, u64 page, u64 nr,
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

/* Update pages of one leaf; return false when one has the new state already. */
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

/* Update a piece; return false when some of it has the new state already. */
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

/* Whether all pages of a range have the old state. */
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

	first_piece(b, page, nr, &piece);
	if (piece.nr < nr && !range_differs(b, page, nr, free))
		return false;
	for (;;) {
		if (!update_piece(b, page, &piece, free))
			return false;
		nr -= piece.nr;
		if (!nr)
			return true;
		page += piece.nr;
		first_piece(b, page, nr, &piece);
	}
}

/* The fast path: most ranges are part of one leaf. */
static __always_inline bool update(const struct pga_buddy *b, u64 page, u64 nr,
				   bool free)
{
	unsigned int bit = pga_offset(page, PGA_WORD_ORDER);

	if (nr < PGA_WORD_BITS && bit + nr <= PGA_WORD_BITS)
		return update_leaf(b, page, pga_word_mask(bit, nr), free);
	return update_pieces(b, page, nr, free);
}

/**
 * pga_tree_clear() - clear a range in the set of free pages
 * @b: the buddy; its tree covers the range
 * @page: the first page
 * @nr: number of pages
 *
 * Return: true, or false when not all of them are free; then nothing changes.
 */
bool pga_tree_clear(struct pga_buddy *b, u64 page, u64 nr)
{
	return update(b, page, nr, false);
}

/**
 * pga_tree_set() - set a range in the set of free pages
 * @b: the buddy; it owns the range, and has nodes for it
 * @page: the first page
 * @nr: number of pages
 *
 * Return: true, or false when one of them is free already; then nothing
 * changes.
 */
bool pga_tree_set(struct pga_buddy *b, u64 page, u64 nr)
{
	return update(b, page, nr, true);
}
