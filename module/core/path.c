// SPDX-License-Identifier: GPL-2.0
/* Propagation of a change of avail from a node to those above it. */
#include "core/path.h"

/* The avail of the node of @level on the path fell: update those above it. */
void pga_path_propagate_lower(const struct pga_buddy *b, struct pga_path *path,
			      unsigned int level, u64 page)
{
	unsigned int avail = path->node[level]->avail;

	while (level++ < b->level) {
		struct pga_node *node = path->node[level];
		unsigned int i = pga_child_index(page, level);

		if (!pga_node_lower(node, level, i, avail))
			return;
		avail = node->avail;
	}
}
