/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A buddy allocator of page numbers: the interface of buddy.c, alloc.c, grow.c
 * and check.c.  buddy.c has the model.
 *
 * The allocator knows page numbers only: no memory, no kernel, no lock.  Calls
 * on one struct pga_buddy must not overlap in time, except as stated.  Only
 * pga_buddy_destroy() and the calls on a struct pga_prealloc may sleep.
 *
 * A page number is the physical address divided by the page size.  A range is
 * given by its first page and its length; "last" is inclusive.
 */
#ifndef PGA_CORE_BUDDY_H
#define PGA_CORE_BUDDY_H

#include <pga_env.h>

/* Page numbers are below 2^PGA_PAGE_BITS; orders are up to PGA_MAX_ORDER. */
#define PGA_PAGE_BITS	52
#define PGA_MAX_ORDER	51

/* Maximum number of runs that a call tries, see pga_buddy_find(). */
#define PGA_FIND_RUNS	64

/* The levels that cover all pages: a node of level n has 64^(n + 1) of them. */
#define PGA_LEVELS	((PGA_PAGE_BITS - 1) / PGA_WORD_ORDER)

struct pga_node;
struct pga_span;

/**
 * struct pga_buddy - the free pages among those of some ranges
 * @root:	top of the tree of nodes, NULL while no page is owned
 * @base:	the lowest page that the root covers
 * @spans:	the ranges that were added, joined where they touch, in order
 * @level:	level of the root
 * @nr_spans:	the number of spans
 * @max_spans:	the number of spans that there is room for
 * @hint:	the span that was used last
 * @nr_free:	number of free pages
 * @nr_owned:	number of pages in all ranges
 * @node_bytes:	bytes of memory that nodes and spans use
 *
 * All members are private to the core; read them through the functions below.
 */
struct pga_buddy {
	struct pga_node *root;
	u64 base;
	struct pga_span *spans;
	unsigned int level;
	unsigned int nr_spans;
	unsigned int max_spans;
	unsigned int hint;
	u64 nr_free;
	u64 nr_owned;
	u64 node_bytes;
};

/**
 * struct pga_request - a request for an allocation
 * @nr:		number of pages, exactly; at least 1
 * @align:	the first page is a multiple of it; a power of two, 0 means 1
 * @boundary:	the pages do not cross a multiple of it; a power of two and at
 *		least @nr, or 0 for none
 * @first:	lowest page allowed
 * @last:	highest page allowed
 * @top_down:	as high as possible instead of as low as possible
 * @in_runs:	in the first run that has room, whatever blocks it consists of
 * @resume:	0 for a new search; the core keeps its position here, see
 *		pga_buddy_find()
 */
struct pga_request {
	u64 nr;
	u64 align;
	u64 boundary;
	u64 first;
	u64 last;
	bool top_down;
	bool in_runs;
	u64 resume;
};

/**
 * struct pga_prealloc - memory for a change, managed outside the lock
 * @nodes:	by level: nodes, linked through their first bytes
 * @nr_nodes:	by level: the number of nodes
 * @spans:	room for spans, or NULL
 * @max_spans:	the number of spans that there is room for in @spans
 *
 * All members are private to the core.
 */
struct pga_prealloc {
	void *nodes[PGA_LEVELS + 1];
	u64 nr_nodes[PGA_LEVELS + 1];
	struct pga_span *spans;
	unsigned int max_spans;
};

int __must_check pga_buddy_alloc_range(struct pga_buddy *b, u64 first, u64 nr,
				       u64 *conflict);
int __must_check pga_buddy_free(struct pga_buddy *b, u64 first, u64 nr);

bool pga_buddy_next_free(const struct pga_buddy *b, u64 from,
			 u64 *first, u64 *nr);
bool pga_buddy_next_owned(const struct pga_buddy *b, u64 from,
			  u64 *first, u64 *nr);
void pga_run_orders(u64 first, u64 nr, u64 *counts);

static inline u64 pga_buddy_nr_free(const struct pga_buddy *b)
{
	return b->nr_free;
}

static inline u64 pga_buddy_nr_owned(const struct pga_buddy *b)
{
	return b->nr_owned;
}

static inline u64 pga_buddy_node_bytes(const struct pga_buddy *b)
{
	return b->node_bytes;
}

#endif /* PGA_CORE_BUDDY_H */
