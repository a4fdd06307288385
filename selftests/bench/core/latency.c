// SPDX-License-Identifier: GPL-2.0
/*
 * The duration of single calls.  In the kernel each of them is made with the
 * area's spinlock held: the longest one is the longest time that others wait.
 *
 * The same calls are repeated several times, and the shortest time of each
 * counts: so a call that is long here is long by itself, and was not
 * interrupted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "latency.h"
#include "machine.h"

#define CALLS	20000
#define PASSES	3
#define BUCKETS	16

/* Requests of one kind. */
struct kind {
	const char *name;
	void (*prepare)(struct unit_random *r, struct pga_request *rq);
};

struct latency {
	struct pga_buddy buddy;
	u64 nr;
	unsigned int ns[CALLS];
};

/* All pages are used, except one in a hundred at random. */
static void fill_at_random(struct latency *l, struct unit_random *r)
{
	u64 conflict;

	must(pga_buddy_alloc_range(&l->buddy, 0, l->nr, &conflict),
	     "alloc_range");
	while (pga_buddy_nr_free(&l->buddy) < l->nr / 100) {
		int err = pga_buddy_free(&l->buddy, unit_below(r, l->nr), 1);

		must(err && err != -EEXIST, "free");
	}
}

/* Pairs of free pages with two used ones between: no room for three. */
static void fill_with_pairs(struct latency *l, struct unit_random *r)
{
	u64 conflict, page;

	for (page = 0; page < l->nr; page += 4)
		must(pga_buddy_alloc_range(&l->buddy, page + 2, 2, &conflict),
		     "alloc_range");
}

static void one_page(struct unit_random *r, struct pga_request *rq)
{
	rq->nr = 1;
}

static void some_pages(struct unit_random *r, struct pga_request *rq)
{
	rq->nr = 2 + unit_below(r, 63);
}

static void three_pages(struct unit_random *r, struct pga_request *rq)
{
	rq->nr = 3;
	rq->top_down = unit_below(r, 2);
}

static void within_limits(struct unit_random *r, struct pga_request *rq)
{
	rq->nr = 1 + unit_below(r, 4);
	rq->first = unit_below(r, 1 << 23);
	rq->last = rq->first + unit_below(r, 1 << 23);
	rq->top_down = unit_below(r, 2);
}

static const struct kind kinds[] = {
	{ "allocate 1 page", one_page },
	{ "allocate 2-64 pages", some_pages },
	{ "allocate 3 pages, from either end", three_pages },
	{ "allocate 1-4 pages within limits", within_limits },
};

static unsigned int since(double start)
{
	return now() - start;
}

static void note(struct latency *l, unsigned int i, unsigned int ns)
{
	if (i < CALLS && (!l->ns[i] || ns < l->ns[i]))
		l->ns[i] = ns;
}

/* Make the calls of one kind; each part of a search counts as one. */
static void pass(struct latency *l, const struct kind *kind, u64 seed)
{
	struct unit_random r = { .state = seed };
	unsigned int i = 0;

	while (i < CALLS) {
		struct pga_request rq = { .last = ~0ULL };
		double start;
		u64 first;
		int err;

		kind->prepare(&r, &rq);
		do {
			start = now();
			err = pga_buddy_alloc(&l->buddy, &rq, &first);
			note(l, i++, since(start));
		} while (err == -EAGAIN && i < CALLS);
		if (err)
			continue;
		start = now();
		must(pga_buddy_free(&l->buddy, first, rq.nr), "free");
		note(l, i++, since(start));
	}
}

static int by_ns(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

static void print_calls(struct latency *l, const char *name)
{
	unsigned int counts[BUCKETS] = { 0 }, i, bucket;

	for (i = 0; i < CALLS; i++) {
		bucket = pga_fls64(l->ns[i] >> 6);
		counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
	}
	qsort(l->ns, CALLS, sizeof(*l->ns), by_ns);
	printf("  %-34s %8u %8u %8u ", name, l->ns[CALLS / 2],
	       l->ns[CALLS - CALLS / 1000], l->ns[CALLS - 1]);
	for (i = 0; i < BUCKETS; i++)
		if (counts[i])
			printf(" <%llu:%u", 64ULL << i, counts[i]);
	printf("\n");
}

static void run_kind(struct latency *l, const struct kind *kind, u64 seed)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		l->ns[i] = 0;
	for (i = 0; i < PASSES; i++)
		pass(l, kind, seed);
	print_calls(l, kind->name);
	fflush(stdout);
}

static void run_state(u64 gib, const char *name,
		      void (*fill)(struct latency *l, struct unit_random *r))
{
	struct unit_random r = { .state = unit_seed() };
	static struct latency l;
	unsigned int i;

	l.nr = gib * GIB_PAGES;
	pga_buddy_init(&l.buddy);
	must(unit_add(&l.buddy, 0, l.nr), "add");
	fill(&l, &r);
	printf(" %s\n", name);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		run_kind(&l, &kinds[i], unit_seed() + i);
	pga_buddy_destroy(&l.buddy);
}

void bench_latency(u64 gib)
{
	printf("\n%llu GiB area, ns, single calls %15s %8s %8s  %s\n", gib,
	       "median", "99.9 %", "longest", "histogram");
	run_state(gib, "99 % full, every hundredth page free at random:",
		  fill_at_random);
	run_state(gib, "two pages free, two used, and so on:", fill_with_pairs);
}
