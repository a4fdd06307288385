/* SPDX-License-Identifier: GPL-2.0 */
/* An allocation request, and the memory found for it. */
#ifndef PGA_IOCTL_REQUEST_H
#define PGA_IOCTL_REQUEST_H

#include <linux/types.h>
#include <linux/pgarea.h>

#include "area/claim.h"
#include "block/block.h"
#include "block/file.h"

/**
 * struct pga_alloc_context - an ALLOC in progress
 * @file: the file of the ioctl
 * @arg: the request, and the result
 * @rq: the request in pages
 * @set: the areas to try, in order, with references; NULL: all, in their order
 *	of preference
 * @nr_areas: length of @set
 * @node: NUMA node that it is for, or NUMA_NO_NODE
 * @runs: page frames with memory of @node within the limits, in address order
 * @nr_runs: length of @runs
 * @area: the area that has the range found, with a reference
 * @first: first page frame of the range
 * @many: number of ranges wanted, side by side, if an area grows; then the number
 *	found
 * @taken: all of the range was taken from the host for it
 * @grow_until: in jiffies, when areas stop to grow for it; 0: none has tried yet
 * @claim: with PGAREA_ALLOC_CLAIM, the claim of the range
 * @attr: attributes of the new block
 */
struct pga_alloc_context {
	struct pga_file *file;
	struct pgarea_alloc *arg;
	struct pga_request rq;
	struct pga_area **set;
	unsigned int nr_areas;
	int node;
	struct pga_pfn_range *runs;
	unsigned int nr_runs;
	struct pga_area *area;
	u64 first;
	unsigned int many;
	bool taken;
	unsigned long grow_until;
	struct pga_claim claim;
	struct pga_block_attr attr;
};

int __must_check pga_alloc_check(struct pga_alloc_context *ctx);
void pga_alloc_end(struct pga_alloc_context *ctx);
bool pga_alloc_may_use(const struct pga_alloc_context *ctx,
		       const struct pga_area *area);
struct pga_area *pga_alloc_next_area(const struct pga_alloc_context *ctx,
				     struct pga_area *area, unsigned int i);
void pga_alloc_found(struct pga_alloc_context *ctx, struct pga_area *area);

#endif /* PGA_IOCTL_REQUEST_H */
