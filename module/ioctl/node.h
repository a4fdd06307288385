/* SPDX-License-Identifier: GPL-2.0 */
/* The NUMA node of an allocation request. */
#ifndef PGA_IOCTL_NODE_H
#define PGA_IOCTL_NODE_H

#include <linux/types.h>
#include <linux/pgarea.h>

struct pga_alloc_context;
struct pga_area;
struct pga_request;

/* Flags of a request that names a node */
#define PGA_ALLOC_NODE_FLAGS	(PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE)

int __must_check pga_alloc_find_node(struct pga_alloc_context *ctx);
bool pga_alloc_any_node(struct pga_alloc_context *ctx);
bool pga_alloc_excludes_node(const struct pga_alloc_context *ctx,
			     const struct pga_area *area);
bool pga_alloc_nth_request(const struct pga_alloc_context *ctx, unsigned int i,
			   struct pga_request *rq);

#endif /* PGA_IOCTL_NODE_H */
