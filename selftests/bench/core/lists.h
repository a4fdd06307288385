/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reference of the benchmark: a classic buddy allocator with a list for
 * each order and 64 bytes for each page, as kernels have it.
 */
#ifndef BENCH_LISTS_H
#define BENCH_LISTS_H

#include <pga_env.h>

#define LISTS_ORDERS	19
#define LISTS_NONE	(~0ULL)

struct lists_page {
	struct lists_page *next;
	struct lists_page *prev;
	u64 order;
	u64 free;
	u64 unused[4];
};

struct lists {
	struct lists_page *pages;
	u64 nr;
	struct lists_page head[LISTS_ORDERS];
};

/* @nr is a multiple of the largest block. */
int lists_init(struct lists *l, u64 nr);
void lists_destroy(struct lists *l);

u64 lists_alloc(struct lists *l, unsigned int order);
void lists_free(struct lists *l, u64 page, unsigned int order);

/* Allocate the first @nr pages of a block; the rest is freed at once. */
u64 lists_alloc_exact(struct lists *l, u64 nr, unsigned int order);

/* Any range.  For lists_reserve(), all of it must be free. */
void lists_reserve(struct lists *l, u64 first, u64 nr);
void lists_release(struct lists *l, u64 first, u64 nr);

#endif /* BENCH_LISTS_H */
