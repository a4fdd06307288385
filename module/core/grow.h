/* SPDX-License-Identifier: GPL-2.0 */
/* Growing and shrinking of a buddy. */
#ifndef PGA_CORE_GROW_H
#define PGA_CORE_GROW_H

#include "core/buddy.h"

void pga_buddy_init(struct pga_buddy *b);
void pga_buddy_destroy(struct pga_buddy *b);

/*
 * Growing and shrinking.  A sleeping lock of the caller serialises changes,
 * each of which is three calls.  Only the middle one, add or remove, must not
 * overlap with the other functions either: the caller's spinlock excludes them.
 */
int __must_check pga_prealloc_fill(struct pga_prealloc *prealloc,
				   const struct pga_buddy *b, u64 first,
				   u64 nr);
int __must_check pga_buddy_add(struct pga_buddy *b, u64 first, u64 nr,
			       struct pga_prealloc *prealloc);
int __must_check pga_buddy_remove(struct pga_buddy *b, u64 first, u64 nr,
				  struct pga_prealloc *prealloc);
void pga_prealloc_free(struct pga_prealloc *prealloc);

size_t pga_buddy_node_size(void);

/* For the check. */
unsigned int pga_root_level(u64 first, u64 last);

#endif /* PGA_CORE_GROW_H */
