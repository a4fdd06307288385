// SPDX-License-Identifier: GPL-2.0
/*
 * Single nodes: their avail, and how void ones are written.
 *
 * Avail is the number of orders, from 0 up, of which there is a free block: the
 * largest such order plus one, and 0 without a free page.  A child of avail a
 * has its bit in at[0] to at[a - 1].  So every word includes the next one, and
 * a change of a child's avail touches only the words between the old and the
 * new value, mostly a single one.  The avail of the node itself follows from
 * those words: it changes when one of them becomes empty or stops being empty,
 * or when its set of whole children changes.
 *
 * A child that becomes whole page by page gets its bit in the last word and
 * keeps the bits in the words before: it is likely to be split again.  A child
 * that is freed as a whole gets its bit in the last word only.  So the bits of
 * a whole child in the words before the last are all set, or none is.
 */
#include "core/node.h"

/* Rewrite a void node without a free page as one that is wholly free. */
void pga_node_fill(struct pga_node *node, unsigned int level)
{
	node->at[pga_child_order(level)] = PGA_WORD_ALL;
	node->avail = pga_node_full(level);
}

/* Rewrite a void node that is wholly free as one without a free page. */
void pga_node_blank(struct pga_node *node, unsigned int level)
{
	unsigned int k;

	for (k = 0; k <= pga_child_order(level); k++)
		node->at[k] = 0;
	node->avail = 0;
}

/* Compute the avail of a node from its words. */
unsigned int pga_node_avail(const struct pga_node *node, unsigned int level)
{
	unsigned int avail = pga_child_order(level);

	if (node->at[avail])
		return avail + pga_word_avail(node->at[avail]);
	while (avail && !node->at[avail - 1])
		avail--;
	return avail;
}

/* The node of @level that covers @page; there must be one. */
struct pga_node *pga_node_at(const struct pga_buddy *b, unsigned int level,
			     u64 page)
{
	struct pga_node *node = b->root;
	unsigned int l;

	for (l = b->level; l > level; l--)
		node = node->child[pga_child_index(page, l)];
	return node;
}
