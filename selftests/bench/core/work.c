// SPDX-License-Identifier: GPL-2.0
/* Workloads return nanoseconds for one operation, and leave the area empty. */
#include <stdlib.h>

#include "work.h"

#define HUGE_ORDER	9
#define PAIRS		100000

struct unit_random bench_random;

static double pairs(struct machine *m, unsigned int order)
{
	double start = now();
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		m->free(m, m->alloc(m, order), order);
	return (now() - start) / PAIRS;
}

static double pair_0(struct machine *m)
{
	return pairs(m, 0);
}

static double pair_3(struct machine *m)
{
	return pairs(m, 3);
}

static double pair_9(struct machine *m)
{
	return pairs(m, 9);
}

static double pair_18(struct machine *m)
{
	return pairs(m, 18);
}

static double exact(struct machine *m, u64 nr, unsigned int align_order)
{
	double start = now();
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		m->release(m, m->alloc_exact(m, nr, align_order), nr);
	return (now() - start) / PAIRS;
}

static double exact_5(struct machine *m)
{
	return exact(m, 5, 0);
}

static double exact_384(struct machine *m)
{
	return exact(m, 384, 0);
}

static double aligned(struct machine *m)
{
	return exact(m, 1, HUGE_ORDER);
}

static double reserve(struct machine *m, u64 longest)
{
	enum { PLACES = 4096 };
	static u64 first[PLACES], nr[PLACES];
	double start;
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		nr[i] = 1 + unit_below(&bench_random, longest);
		first[i] = unit_below(&bench_random, m->nr - nr[i]);
	}
	start = now();
	for (i = 0; i < PAIRS; i++) {
		m->reserve(m, first[i % PLACES], nr[i % PLACES]);
		m->release(m, first[i % PLACES], nr[i % PLACES]);
	}
	return (now() - start) / PAIRS;
}

static double reserve_1(struct machine *m)
{
	return reserve(m, 1);
}

static double reserve_4096(struct machine *m)
{
	return reserve(m, 4096);
}

static void shuffle(u32 *list, u64 nr)
{
	u64 i, j;

	for (i = 0; i < nr; i++) {
		j = unit_below(&bench_random, i + 1);
		list[i] = list[j];
		list[j] = i;
	}
}

static u32 *all_pages(struct machine *m)
{
	u32 *list = malloc(m->nr * sizeof(*list));

	must(!list, "malloc");
	shuffle(list, m->nr);
	return list;
}

static double pair_holes(struct machine *m)
{
	u32 *list = all_pages(m);
	double ns;
	u64 i;

	while (m->alloc(m, 0) != LISTS_NONE)
		;
	for (i = 0; i < m->nr / 2; i++)
		m->free(m, list[i], 0);
	ns = pairs(m, 0);
	for (; i < m->nr; i++)
		m->free(m, list[i], 0);
	free(list);
	return ns;
}

static double all_alloc(struct machine *m)
{
	double start = now(), ns;
	u64 i;

	while (m->alloc(m, 0) != LISTS_NONE)
		;
	ns = (now() - start) / m->nr;
	for (i = 0; i < m->nr; i++)
		m->free(m, i, 0);
	return ns;
}

static double all_free(struct machine *m)
{
	u32 *list = all_pages(m);
	double start;
	u64 i;

	while (m->alloc(m, 0) != LISTS_NONE)
		;
	start = now();
	for (i = 0; i < m->nr; i++)
		m->free(m, list[i], 0);
	free(list);
	return (now() - start) / m->nr;
}

/* The blocks that a workload holds. */
struct held {
	u32 *first;
	unsigned char *order;
	u64 nr;
	u64 pages;
};

static void held_begin(struct held *h, u64 pages)
{
	*h = (struct held){ .nr = 0 };
	h->first = malloc(pages * sizeof(*h->first));
	h->order = malloc(pages);
	must(!h->first || !h->order, "malloc");
}

static bool held_alloc(struct held *h, struct machine *m, unsigned int order)
{
	u64 first = m->alloc(m, order);

	if (first == LISTS_NONE)
		return false;
	h->first[h->nr] = first;
	h->order[h->nr++] = order;
	h->pages += 1ULL << order;
	return true;
}

static void held_free(struct held *h, struct machine *m, u64 i)
{
	m->free(m, h->first[i], h->order[i]);
	h->pages -= 1ULL << h->order[i];
	h->first[i] = h->first[--h->nr];
	h->order[i] = h->order[h->nr];
}

static void held_end(struct held *h, struct machine *m)
{
	while (h->nr)
		held_free(h, m, h->nr - 1);
	free(h->first);
	free(h->order);
}

static void held_step(struct held *h, struct machine *m, u64 goal,
		      unsigned int orders)
{
	if (h->pages < goal)
		held_alloc(h, m, unit_below(&bench_random, orders));
	else
		held_free(h, m, unit_below(&bench_random, h->nr));
}

static double mixed(struct machine *m, unsigned int percent)
{
	u64 goal = m->nr / 100 * percent;
	struct held h;
	double start, ns;
	unsigned int i;

	held_begin(&h, m->nr);
	while (h.pages < goal)
		held_step(&h, m, goal, 11);
	for (i = 0; i < PAIRS; i++)
		held_step(&h, m, goal, 11);
	start = now();
	for (i = 0; i < PAIRS; i++)
		held_step(&h, m, goal, 11);
	ns = (now() - start) / PAIRS;
	held_end(&h, m);
	return ns;
}

static double mixed_50(struct machine *m)
{
	return mixed(m, 50);
}

static double mixed_90(struct machine *m)
{
	return mixed(m, 90);
}

/*
 * The number of 2 MiB blocks that can be allocated with a quarter used, after
 * long use at 90 %.  While usage falls from there, @percent of the calls
 * allocate.
 */
u64 packing(struct machine *m, unsigned int percent)
{
	u64 goal = m->nr / 100 * 90, blocks = 0, i;
	struct held h;

	held_begin(&h, m->nr);
	while (h.pages < goal)
		held_step(&h, m, goal, 7);
	for (i = 0; i < 4 * m->nr; i++)
		held_step(&h, m, goal, 7);
	while (h.pages > m->nr / 4)
		if (unit_below(&bench_random, 100) < percent)
			held_alloc(&h, m, unit_below(&bench_random, 7));
		else
			held_free(&h, m, unit_below(&bench_random, h.nr));
	while (held_alloc(&h, m, HUGE_ORDER))
		blocks++;
	held_end(&h, m);
	return blocks;
}

const struct workload workloads[] = {
	{ "alloc+free, order 0, empty area", pair_0, false, 25, 54 },
	{ "alloc+free, order 3, empty area", pair_3, false, 25, 54 },
	{ "alloc+free, order 9, empty area", pair_9, false, 25, 26 },
	{ "alloc+free, order 18, empty area", pair_18, false, 25, 4.5 },
	{ "alloc+free, order 0, 50 % random holes", pair_holes, true, 12, 3.7 },
	{ "alloc+free, 5 pages exact", exact_5, false, 25, 25 },
	{ "alloc+free, 384 pages exact", exact_384, false, 25, 27 },
	{ "alloc+free, 1 page aligned to 2 MiB", aligned, false, 37, 54 },
	{ "reserve+release, 1 page", reserve_1, false, 50, 251 },
	{ "reserve+release, 1-4096 pages", reserve_4096, false, 115, 373 },
	{ "allocate all, order 0, per page", all_alloc, true, 9, 6.4 },
	{ "free all in random order, per page", all_free, true, 12, 23 },
	{ "mixed orders 0-10, 50 % full, per call", mixed_50, false, 25, 8.4 },
	{ "mixed orders 0-10, 90 % full, per call", mixed_90, false, 25, 8.2 },
};

const unsigned int nr_workloads = ARRAY_SIZE(workloads);
