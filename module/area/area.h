/* SPDX-License-Identifier: GPL-2.0 */
/* Areas: named pools of pages with bounds, made of chunks. */
#ifndef PGA_AREA_H
#define PGA_AREA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/pgarea.h>

#include "core/buddy.h"

/* Areas at a time, and entries of a set of areas in a request */
#define PGA_MAX_AREAS	64

/**
 * struct pga_area_spec - what an area should be
 * @name:	NUL-terminated
 * @start:	lowest address, a multiple of the page size
 * @end:	first address behind, a multiple of the page size
 * @size:	bytes to hold
 */
struct pga_area_spec {
	char name[PGAREA_NAME_SIZE];
	u64 start;
	u64 end;
	u64 size;
};

/**
 * struct pga_area - one area
 * @link:	in the list of all areas, in the order of ids	[c]
 * @by_place:	in the list of all areas, highest bounds first	[c]
 * @spec:	name, bounds and size asked for			[c]
 * @id:		never 0, never reused				[c]
 * @chunk_pages: pages of a chunk, where they can be had	[c]
 * @resize:	serialises adding and removing of chunks
 * @chunks:	list of struct pga_chunk			[r]
 * @nr_chunks:	length of @chunks				[r, read anywhere]
 * @lock:	protects @buddy
 * @buddy:	the free and the owned pages			[l; grown under r]
 * @reserved:	pages in reservations; this and the next ones are kept by those who
 *	change what pages are used for (state.c, hwpoison.c)
 * @draining:	pages freed and still held
 * @orphaned:	pages whose owner died, kept back for a while
 * @poisoned:	pages that the hardware reported an error in, not in the others
 *
 * c: constant after creation, r: @resize, l: @lock.
 */
struct pga_area {
	struct list_head link;
	struct list_head by_place;
	struct pga_area_spec spec;
	u32 id;
	unsigned long chunk_pages;
	struct mutex resize;	/* chunks come and go */
	struct list_head chunks;
	unsigned long nr_chunks;
	spinlock_t lock;	/* the buddy */
	struct pga_buddy buddy;
	atomic64_t reserved;
	atomic64_t draining;
	atomic64_t orphaned;
	atomic64_t poisoned;
};

/* What an area's pages are used for, in pages.  It adds up. */
struct pga_area_usage {
	u64 owned;
	u64 free;
	u64 allocated;
	u64 reserved;
	u64 draining;
	u64 orphaned;
	u64 poisoned;
};

/* A range of page frames. */
struct pga_part {
	u64 first;
	u64 nr;
};

static inline u64 pga_part_last(const struct pga_part *part)
{
	return part->first + part->nr - 1;
}

int __must_check pga_areas_create(const struct pga_area_spec *specs,
				  unsigned int nr);
void pga_areas_destroy(void);

unsigned int pga_areas_count(void);
struct pga_area *pga_area_next(struct pga_area *area);
struct pga_area *pga_area_next_by_place(struct pga_area *area);
struct pga_area *pga_area_find(u32 id);
struct pga_area *pga_area_of(u64 pfn);

int __must_check pga_area_alloc(struct pga_area *area,
				const struct pga_request *rq, u64 *first);
unsigned int pga_area_alloc_many(struct pga_area *area,
				 const struct pga_request *rq, u64 *first,
				 unsigned int nr);
int __must_check pga_area_probe(struct pga_area *area,
				const struct pga_request *rq, u64 *first);
int __must_check pga_area_take(struct pga_area *area, u64 first, u64 nr,
			       u64 *conflict);
int __must_check pga_area_test(struct pga_area *area, u64 first, u64 nr,
			       u64 *conflict);
void pga_area_give(struct pga_area *area, u64 first, u64 nr);
void pga_area_give_many(struct pga_area *area, const struct pga_part *parts,
			unsigned int nr);

bool pga_area_next_free(struct pga_area *area, u64 from, u64 *first, u64 *nr);
bool pga_area_next_owned(struct pga_area *area, u64 from, u64 *first, u64 *nr);
void pga_area_usage(struct pga_area *area, struct pga_area_usage *usage);
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last);
void pga_area_free_within(struct pga_area *area, u64 first, u64 last,
			  u64 *free, u64 *largest);
u64 pga_areas_not_owned(u64 pfn, u64 last);
u64 pga_areas_owned_bytes(void);
u64 pga_areas_poisoned_bytes(void);

#endif /* PGA_AREA_H */
