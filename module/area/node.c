// SPDX-License-Identifier: GPL-2.0
/*
 * NUMA nodes: which page frames are memory of one.
 *
 * The memory of a node nearly always lies in one piece, apart from holes, and is
 * known by its first and last page frame.  On some machines the pieces of two
 * nodes alternate: there the pageblocks in between are looked at.  That is
 * exact for what areas own, since a pageblock that the host has given lies in
 * one zone.
 */
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/node.h"
#include "area/page.h"

/**
 * pga_node_has_memory() - can an area have memory of this node?
 * @node: any number
 *
 * Return: true if the node exists and has memory.
 */
bool pga_node_has_memory(u32 node)
{
	return node < MAX_NUMNODES && node_state(node, N_MEMORY);
}

static u64 start_of(int node)
{
	return NODE_DATA(node)->node_start_pfn;
}

static u64 end_of(int node)
{
	return start_of(node) + NODE_DATA(node)->node_spanned_pages;
}

/* Is memory of another node between the first and the last of this one? */
static bool is_mixed(int node)
{
	int other;

	for_each_node_state(other, N_MEMORY)
		if (other != node && start_of(other) < end_of(node) &&
		    start_of(node) < end_of(other))
			return true;
	return false;
}

/* Whose memory a pageblock is; NUMA_NO_NODE: it is not online. */
static int node_at(u64 pfn)
{
	return pfn_to_online_page(pfn) ? pga_page_nid(pfn) : NUMA_NO_NODE;
}

/* Look at each pageblock.  Holes end no run. */
static bool next_of_mixed(int node, u64 pfn, u64 end, struct pga_pfn_range *run)
{
	u64 step;

	run->nr = 0;
	for (; pfn < end; pfn += step) {
		int nid = node_at(pfn);

		step = pageblock_nr_pages - pfn % pageblock_nr_pages;
		if (nid == node && !run->nr)
			run->first = pfn;
		if (nid == node)
			run->nr = pfn + step - run->first;
		else if (nid != NUMA_NO_NODE && run->nr)
			break;
		cond_resched();
	}
	return run->nr;
}

/**
 * pga_node_next_run() - find page frames with memory of one node and no other
 * @node: a node that has had memory
 * @pfn: page frame to search from, upwards
 * @run: set to the run
 *
 * Context: process; sleeps.
 * Return: false if the node has no memory from @pfn on.
 */
bool pga_node_next_run(int node, u64 pfn, struct pga_pfn_range *run)
{
	u64 end = end_of(node);

	pfn = max(pfn, start_of(node));
	if (is_mixed(node))
		return next_of_mixed(node, pfn, end, run);
	*run = (struct pga_pfn_range){ .first = pfn, .nr = end - pfn };
	return pfn < end;
}
