// SPDX-License-Identifier: GPL-2.0
/* A change of rank, handed up from a node to those above it. */
#include "core/path.h"

/* The rank of the node of @level on the way has fallen: tell those above. */
void pga_way_sink(const struct pga_buddy *b, struct pga_way *way,
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
void pga_path_rise(const struct pga_buddy *b, struct pga_way *way,
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
