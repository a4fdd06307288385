/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths through the tree: from the root down to the word that has a page, and
 * up again when a change of that word changes the avail of nodes.
 */
#ifndef PGA_CORE_PATH_H
#define PGA_CORE_PATH_H

#include "core/node.h"

/**
 * struct pga_path - the nodes from the root down to a page
 * @node:	by level
 */
struct pga_path {
	struct pga_node *node[PGA_LEVELS + 1];
};

void pga_path_propagate_lower(const struct pga_buddy *b, struct pga_path *path,
			      unsigned int level, u64 page);

/* The pages that are free in leaf @i of a node of level 1. */
static inline pga_word pga_leaf(const struct pga_node *node, unsigned int i)
{
	return pga_word_test(pga_node_whole(node, 1), i) ? PGA_WORD_ALL :
							   node->word[i];
}

/*
 * Leave only the pages @word free in leaf @i of the last node of the path,
 * which is of level 1.
 */
static inline void pga_leaf_lower(const struct pga_buddy *b,
				  struct pga_path *path, struct pga_node *node,
				  u64 page, unsigned int i, pga_word word)
{
	node->word[i] = word;
	if (pga_node_lower(node, 1, i, pga_word_avail(word)))
		pga_path_propagate_lower(b, path, 1, page);
}

/*
 * Clear the whole children @mask of the last node, of @level, on the path to
 * @page.  Return false when one of them is not whole.  Afterwards none of them
 * has a bit in the words before the last.
 */
static inline bool pga_clear_children(const struct pga_buddy *b,
				      struct pga_path *path,
				      struct pga_node *node,
				      unsigned int level, u64 page,
				      pga_word mask)
{
	unsigned int order = pga_child_order(level), avail, k;
	pga_word written = node->at[0] & mask;

	if (~node->at[order] & mask)
		return false;
	node->at[order] -= mask;
	for (k = 0; written && k < order; k++)
		node->at[k] -= written;
	avail = pga_node_avail(node, level);
	if (avail != node->avail) {
		node->avail = avail;
		pga_path_propagate_lower(b, path, level, page);
	}
	return true;
}

#endif /* PGA_CORE_PATH_H */
