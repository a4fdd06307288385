/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The nodes of the tree, and the operations on a single one.  buddy.c has the
 * model, node.c explains "avail".
 */
#ifndef PGA_CORE_NODE_H
#define PGA_CORE_NODE_H

#include "core/buddy.h"
#include "core/word.h"

/**
 * struct pga_node - 64 children: words of pages at level 1, nodes above
 * @word:	level 1: a bit for each free page; 0 when all 64 are free
 * @child:	level 2 and up: NULL where no page is owned
 * @avail:	the largest order of which the node has a free block, plus one;
 *		0 when it has no free page
 * @at:		at[k]: the children that hold a free block of order k, except
 *		those that are wholly free; these are in the last word, which is
 *		that of the order of a child
 *
 * A node of level n covers 64^(n+1) pages and has 6n+1 words @at.
 *
 * The contents below a child that is wholly free, or that has no free page,
 * need not be written out.  In the words before the last, a wholly free child
 * has all of its bits set, or none.  A node is void when all of its pages are
 * free, or none is: only its parent knows which of the two holds, and the node
 * itself may be written as either.
 */
struct pga_node {
	union {
		pga_word word[PGA_WORD_BITS];
		struct pga_node *child[PGA_WORD_BITS];
	};
	unsigned int avail;
	pga_word at[];
};

/* The order of a child of a node of @level: the index of the last of at[]. */
static inline unsigned int pga_child_order(unsigned int level)
{
	return PGA_WORD_ORDER * level;
}

/* The order of a node of @level. */
static inline unsigned int pga_node_order(unsigned int level)
{
	return PGA_WORD_ORDER * (level + 1);
}

/* The avail of a node of @level all of whose pages are free. */
static inline unsigned int pga_node_full(unsigned int level)
{
	return pga_node_order(level) + 1;
}

static inline size_t pga_node_size(unsigned int level)
{
	return offsetof(struct pga_node, at) +
	       (pga_child_order(level) + 1) * sizeof(pga_word);
}

/* The index of the child that has @page in the node of @level on its path. */
static inline unsigned int pga_child_index(u64 page, unsigned int level)
{
	return page >> pga_child_order(level) & (PGA_WORD_BITS - 1);
}

/* The distance of @page from the multiple of 2^@order at or below it. */
static inline u64 pga_offset(u64 page, unsigned int order)
{
	return page & ((1ULL << order) - 1);
}

/* The children that are wholly free. */
static inline pga_word pga_node_whole(const struct pga_node *node,
				      unsigned int level)
{
	return node->at[pga_child_order(level)];
}

/* The highest page of the block of 2^@order pages that contains @page. */
static inline u64 pga_block_last(u64 page, unsigned int order)
{
	return page | ((1ULL << order) - 1);
}

/* Whether @page is among the pages that the root covers. */
static inline bool pga_tree_covers(const struct pga_buddy *b, u64 page)
{
	return b->root && !((page ^ b->base) >> pga_node_order(b->level));
}

void pga_node_fill(struct pga_node *node, unsigned int level);
void pga_node_blank(struct pga_node *node, unsigned int level);
unsigned int pga_node_avail(const struct pga_node *node, unsigned int level);
struct pga_node *pga_node_at(const struct pga_buddy *b, unsigned int level,
			     u64 page);

/* The children that have a free page. */
static inline pga_word pga_node_some(const struct pga_node *node,
				     unsigned int level)
{
	return node->at[0] | pga_node_whole(node, level);
}

/*
 * Return the child @index of a node of @level, to clear pages in it.  Some of
 * its pages are free.  When all are, the child is void and may be written as
 * having no free page: then write it as wholly free.
 */
static inline struct pga_node *pga_child_to_clear(struct pga_node *node,
						  unsigned int level,
						  unsigned int index)
{
	struct pga_node *child = node->child[index];

	if (!child->avail)
		pga_node_fill(child, level - 1);
	return child;
}

/*
 * Return the child @index of a node of @level, to set pages in it.  Some of its
 * pages are not free.  When none is, the child is void and may be written as
 * wholly free: then write it as having no free page.
 */
static inline struct pga_node *pga_child_to_set(struct pga_node *node,
						unsigned int level,
						unsigned int index)
{
	struct pga_node *child = node->child[index];

	if (child->avail && !pga_word_test(node->at[0], index))
		pga_node_blank(child, level - 1);
	return child;
}

/*
 * Lower the avail of the child @index to @to.  Return whether the avail of the
 * node itself changes.
 */
static inline bool pga_node_lower(struct pga_node *node, unsigned int level,
				  unsigned int index, unsigned int to)
{
	unsigned int order = pga_child_order(level), avail, k;
	pga_word bit = (pga_word)1 << index;
	bool whole = node->at[order] & bit;

	for (k = to; k < order && node->at[k] & bit; k++)
		node->at[k] -= bit;
	if (k == to && !whole)
		return false;
	avail = node->avail;
	if (whole) {
		node->at[order] -= bit;
		avail = order + pga_word_avail(node->at[order]);
		for (k = to; k && !(node->at[k - 1] & bit); k--)
			node->at[k - 1] += bit;
	}
	while (avail && avail <= order && !node->at[avail - 1])
		avail--;
	if (avail == node->avail)
		return false;
	node->avail = avail;
	return true;
}

/*
 * Raise the avail of the child @index to @to.  Return whether the avail of the
 * node itself changes.
 */
static inline bool pga_node_raise(struct pga_node *node, unsigned int level,
				  unsigned int index, unsigned int to)
{
	unsigned int order = pga_child_order(level), avail = to, k;
	pga_word bit = (pga_word)1 << index;

	for (k = to; k && !(node->at[k - 1] & bit); k--)
		node->at[k - 1] += bit;
	if (k == to)
		return false;
	if (to > order)
		avail = order + pga_word_avail(node->at[order]);
	if (avail <= node->avail)
		return false;
	node->avail = avail;
	return true;
}

#endif /* PGA_CORE_NODE_H */
