/* SPDX-License-Identifier: GPL-2.0 */
/* NUMA nodes: which page frames are memory of one. */
#ifndef PGA_AREA_NODE_H
#define PGA_AREA_NODE_H

#include <linux/types.h>

struct pga_pfn_range;

bool pga_node_has_memory(u32 node);
bool pga_node_next_run(int node, u64 pfn, struct pga_pfn_range *run);

#endif /* PGA_AREA_NODE_H */
