/* SPDX-License-Identifier: GPL-2.0 */
/* Areas: named pools of pages with bounds, made of chunks. */
#ifndef PGA_AREA_AREA_H
#define PGA_AREA_AREA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/pgarea.h>

#include "core/buddy.h"

/**
 * struct pga_area_spec - what an area is asked to be
 * @name:	NUL-terminated
 * @start:	lowest address, a multiple of the page size
 * @end:	first address after the bounds, a multiple of the page size
 * @size:	target size in bytes, at the start
 * @minimum:	smallest size in bytes
 * @maximum:	largest size in bytes; 0: what the bounds have room for
 * @chunk:	preferred size of a chunk in bytes; 0: the default
 * @node:	NUMA node of its memory, or NUMA_NO_NODE
 * @grow:	it may grow on demand, up to @maximum
 * @claim:	it is that of a claim (claim.c)
 */
struct pga_area_spec {
	char name[PGAREA_NAME_SIZE];
	u64 start;
	u64 end;
	u64 size;
	u64 minimum;
	u64 maximum;
	u64 chunk;
	int node;
	bool grow;
	bool claim;
};

/**
 * struct pga_area - one area
 * @by_id:	in the tree of all areas by id			[t]
 * @by_preference: in the tree of all areas but those of claims, highest bounds
 *	first							[t]
 * @refs:	the tree has one, and each user of a pointer to the area that
 *	holds neither a page of it nor a reference of another thread
 * @spec:	its name, bounds and limits			[c]
 * @id:		never 0, never reused				[c]
 * @visible:	walks and searches find it			[t]
 * @chunk_pages: preferred number of pages of a chunk		[c]
 * @resize:	serialises changes of what is owned; never held while the host
 *	allocates or frees
 * @chunks:	list of struct pga_chunk			[r]
 * @nr_chunks:	length of @chunks				[r, read anywhere]
 * @dead:	it is being destroyed, and owns nothing any more [l and r to set]
 * @lock:	protects @buddy, @target, @committed and @peak
 * @buddy:	the free and the owned pages			[l; grown under r]
 * @target:	pages that it should own			[l]
 * @committed:	pages that it owns, or that are being taken for it [l]
 * @peak:	most pages that were in use since giveback.c looked last [l]
 * @idle:	it is that of a claim, and may have no page in use any more (idle.c)
 * @reserved:	pages in reservations; state.c and hwpoison.c update this and
 *	the next three counters when the use of pages changes
 * @draining:	pages that are freed but still held
 * @orphaned:	pages in quarantine because their owner died
 * @poisoned:	pages with a hardware error, not counted in the others
 * @rcu:	to free it
 *
 * c: constant after creation, r: @resize, l: @lock, t: lock of registry.c.
 *
 * A block has a pointer to its area without a reference: an area with a page
 * in use is never destroyed.
 */
struct pga_area {
	struct rb_node by_id;
	struct rb_node by_preference;
	refcount_t refs;
	struct pga_area_spec spec;
	u32 id;
	bool visible;
	unsigned long chunk_pages;
	struct mutex resize;	/* changes of what is owned */
	struct list_head chunks;
	unsigned long nr_chunks;
	bool dead;
	spinlock_t lock;	/* the buddy */
	struct pga_buddy buddy;
	u64 target;
	u64 committed;
	u64 peak;
	bool idle;
	atomic64_t reserved;
	atomic64_t draining;
	atomic64_t orphaned;
	atomic64_t poisoned;
	struct rcu_head rcu;
};

/* A range of page frames. */
struct pga_pfn_range {
	u64 first;
	u64 nr;
};

static inline u64 pga_pfn_range_last(const struct pga_pfn_range *range)
{
	return range->first + range->nr - 1;
}

static inline bool pga_pfn_range_has(const struct pga_pfn_range *range, u64 pfn)
{
	return pfn - range->first < range->nr;
}

static inline u64 pga_area_first_pfn(const struct pga_area *area)
{
	return area->spec.start >> PAGE_SHIFT;
}

static inline u64 pga_area_last_pfn(const struct pga_area *area)
{
	return (area->spec.end >> PAGE_SHIFT) - 1;
}

#endif /* PGA_AREA_AREA_H */
