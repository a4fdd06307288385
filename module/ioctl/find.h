/* SPDX-License-Identifier: GPL-2.0 */
/* The search for free memory in the areas. */
#ifndef PGA_IOCTL_FIND_H
#define PGA_IOCTL_FIND_H

#include <linux/types.h>

struct pga_alloc_context;

extern unsigned int pga_grow_ms;

int __must_check pga_alloc_find(struct pga_alloc_context *ctx);
int __must_check pga_alloc_find_many(struct pga_alloc_context *ctx, u64 *first,
				     unsigned int nr);

#endif /* PGA_IOCTL_FIND_H */
