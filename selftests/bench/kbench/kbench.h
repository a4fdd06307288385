/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types and constants of the benchmark module.  The functions of each file
 * are in the header of the same name.
 *
 * A *block* is whatever an allocator returns: a page number, an address, a
 * pointer; never 0.
 */
#ifndef KBENCH_H
#define KBENCH_H

#include <linux/prandom.h>
#include <linux/time64.h>
#include <linux/types.h>

/* Pages of the area that each allocator manages: 1 GiB with pages of 4 KiB. */
#define KB_AREA_ORDER	18
#define KB_AREA_PAGES	(1UL << KB_AREA_ORDER)

#define KB_MAX_CPUS	2
#define KB_ROUNDS	7
#define KB_FEW_ROUNDS	3

/* A workload that takes longer to prepare, or to finish, is aborted. */
#define KB_LIMIT_NS	(5 * NSEC_PER_SEC)
#define KB_NR_WORKS	14

/* Operations between two checks of the clock. */
#define KB_BATCH	64

/* Places that a workload of reservations cycles through. */
#define KB_PLACES	1024

/**
 * struct kb_allocator - an allocator with an area, and the lock it needs
 * @name:	what the table calls it
 * @nr_pages:	pages that may be allocated at a time
 * @max_order:	order of the largest block
 * @begin:	makes the area; -EOPNOTSUPP when this kernel lacks the allocator
 * @end:	frees the area; an error when it was not as @begin made it
 * @alloc:	a block of 2^order pages, aligned to its size; 0: there is none
 * @free:	undoes @alloc
 * @alloc_exact: a block of exactly so many pages, or NULL
 * @alloc_aligned: one page that is aligned to 2^order pages, or NULL
 * @reserve:	the pages from one on, counted from the area's begin, or NULL
 * @free_exact:	undoes the previous three; takes the number of pages
 *
 * All but @begin and @end may be called on several processors at once.
 */
struct kb_allocator {
	const char *name;
	unsigned long nr_pages;
	unsigned int max_order;
	int (*begin)(void);
	int (*end)(void);
	unsigned long (*alloc)(unsigned int order);
	void (*free)(unsigned long block, unsigned int order);
	unsigned long (*alloc_exact)(unsigned long nr);
	unsigned long (*alloc_aligned)(unsigned int order);
	unsigned long (*reserve)(unsigned long page, unsigned long nr);
	void (*free_exact)(unsigned long block, unsigned long nr);
};

/**
 * struct kb_held - the blocks that a thread holds
 * @block:	each block
 * @order:	and its order
 * @turn:	the order of freeing, once they are shuffled
 * @nr:		how many there are
 * @pages:	of all of them together
 *
 * A block of 0 was freed out of order.
 */
struct kb_held {
	unsigned long *block;
	u8 *order;
	u32 *turn;
	unsigned long nr;
	u64 pages;
};

/* Address of a reservation. */
struct kb_place {
	u32 first;
	u32 nr;
};

struct kb_trial;

/**
 * struct kb_thread - one processor's part in a trial
 * @trial:	the trial
 * @allocator:	on which allocator
 * @work:	what to do
 * @rng:	from a seed that is the same for all allocators
 * @held:	its blocks
 * @places:	KB_PLACES of them
 * @first:	the first page of this thread's share of the area
 * @share:	number of pages that this thread may hold or reserve
 * @next:	position of the workload
 * @until:	deadline of the current step
 * @ns:		how long it took
 * @ops:	how many operations were done
 * @err:	why it ended
 */
struct kb_thread {
	struct kb_trial *trial;
	const struct kb_allocator *allocator;
	const struct kb_work *work;
	struct rnd_state rng;
	struct kb_held held;
	struct kb_place *places;
	unsigned long first;
	unsigned long share;
	unsigned long next;
	u64 until;
	u64 ns;
	u64 ops;
	int err;
};

/* The kind of request of a workload. */
enum kb_request {
	KB_ORDER,
	KB_EXACT,
	KB_ALIGNED,
	KB_RESERVE,
};

/**
 * struct kb_work - a workload
 * @name:	a line of the table
 * @request:	what kind of requests it makes
 * @order:	the largest order among them
 * @arg:	pages or per cent, as @batch reads it
 * @whole:	it runs until there is no more to do, not for a time
 * @slow:	it uses all of the area: a few rounds must suffice
 * @alone:	there is room for one at a time only
 * @prepare:	what is done before the clock starts, or NULL
 * @batch:	some operations: how many, 0 when there is no more to do, or an
 *		error.  What is in @held afterwards is freed after the clock has
 *		stopped.
 */
struct kb_work {
	const char *name;
	enum kb_request request;
	unsigned int order;
	unsigned long arg;
	bool whole;
	bool slow;
	bool alone;
	int (*prepare)(struct kb_thread *t);
	int (*batch)(struct kb_thread *t);
};

/**
 * struct kb_result - the result of a trial
 * @ns10:	tenths of a nanosecond for one operation on one processor
 * @kops:	thousand operations a second on all of them together
 * @err:	why there is no result, or 0; -ETIME: it takes too long
 */
struct kb_result {
	u64 ns10;
	u64 kops;
	int err;
};

#endif /* KBENCH_H */
