/* SPDX-License-Identifier: GPL-2.0 */
/* Areas: named pools of pages with bounds, made of chunks. */
#ifndef PGA_AREA_AREA_H
#define PGA_AREA_AREA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/pgarea.h>

#include "core/buddy.h"

/* Maximum number of areas, and of entries in a request's set of areas */
#define PGA_MAX_AREAS	64

/**
 * struct pga_area_spec - name, bounds and size of an area
 * @name:	NUL-terminated
 * @start:	lowest address, a multiple of the page size
 * @end:	first address after the bounds, a multiple of the page size
 * @size:	target size in bytes
 * @required:	the load fails if the host has less
 */
struct pga_area_spec {
	char name[PGAREA_NAME_SIZE];
	u64 start;
	u64 end;
	u64 size;
	bool required;
};

/**
 * struct pga_area - one area
 * @link:	in the list of all areas, ordered by id		[c]
 * @place_link:	in the list of all areas, highest bounds first	[c]
 * @spec:	name, bounds and target size			[c]
 * @id:		never 0, never reused				[c]
 * @chunk_pages: preferred number of pages of a chunk		[c]
 * @resize:	serialises adding and removing of chunks
 * @chunks:	list of struct pga_chunk			[r]
 * @nr_chunks:	length of @chunks				[r, read anywhere]
 * @lock:	protects @buddy
 * @buddy:	the free and the owned pages			[l; grown under r]
 * @reserved:	pages in reservations; state.c and hwpoison.c update this and
 *	the next three counters when the use of pages changes
 * @draining:	pages that are freed but still held
 * @orphaned:	pages in quarantine because their owner died
 * @poisoned:	pages with a hardware error, not counted in the others
 *
 * c: constant after creation, r: @resize, l: @lock.
 */
struct pga_area {
	struct list_head link;
	struct list_head place_link;
	struct pga_area_spec spec;
	u32 id;
	unsigned long chunk_pages;
	struct mutex resize;	/* adding and removing chunks */
	struct list_head chunks;
	unsigned long nr_chunks;
	spinlock_t lock;	/* the buddy */
	struct pga_buddy buddy;
	atomic64_t reserved;
	atomic64_t draining;
	atomic64_t orphaned;
	atomic64_t poisoned;
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
