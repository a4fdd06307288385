// SPDX-License-Identifier: GPL-2.0
/*
 * Single nodes: what they are when void, and their avail.
 *
 * A avail counts orders from 0 up: a child of avail r has its bit in at[0] to
 * at[r - 1].  So every word includes the next one, and a change of avail touches
 * only the words between the old and the new one, mostly a single one.  The avail
 * of the node itself follows from those words: it changes when one of them
 * becomes empty or ceases to be, or when its whole children do.
 *
 * A child that becomes whole gets the bit in the last word and keeps those below:
 * it is likely to be split again.  One that is given as a whole gets only the one
 * bit.  So its bits below the last word are all set, or none is.
 */
#include "core/node.h"

/* Write that all pages of a void node are free; it says that none is. */
void pga_node_fill(struct pga_node *node, unsigned int level)
{
	node->at[pga_child_order(level)] = PGA_WORD_ALL;
	node->avail = pga_node_full(level);
}

/* Write that no page of a void node is free; it says that all are. */
void pga_node_blank(struct pga_node *node, unsigned int level)
{
	unsigned int k;

	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] = 0;
	node->avail = 0;
}

/* The avail of a node, from its words. */
unsigned int pga_node_avail(const struct pga_node *node, unsigned int level)
{
	unsigned int avail = pga_child_order(level);

	if (node->at[avail])
		return avail + pga_word_avail(node->at[avail]);
	while (avail && !node->at[avail - 1])
		avail--;
	return avail;
}

/* The node of @level that has @page; there must be one. */
struct pga_node *pga_node_at(const struct pga_buddy *b, unsigned int level,
			     u64 page)
{
	struct pga_node *node = b->root;
	unsigned int l;

	for (l = b->level; l > level; l--)
		node = node->child[pga_child_index(page, l)];
	return node;
}
