// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark: the workloads that allocators are compared with here, on the
 * core and on a classic buddy with free lists, in one process and in turns.
 *
 * Figures are the median of some runs, and the best one, which a busy machine
 * disturbs less.  Areas are of 4 KiB pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lists.h"
#include "unit.h"

#define GIB_PAGES	262144ULL
#define HUGE_ORDER	9
#define RUNS		15
#define PAIRS		100000

/* One allocator on one area; all calls succeed but alloc() on a full area. */
struct machine {
	const char *name;
	u64 (*alloc)(struct machine *m, unsigned int order);
	u64 (*alloc_exact)(struct machine *m, u64 nr, unsigned int align_order);
	void (*free)(struct machine *m, u64 first, unsigned int order);
	void (*reserve)(struct machine *m, u64 first, u64 nr);
	void (*release)(struct machine *m, u64 first, u64 nr);
	u64 nr;
	struct pga_buddy buddy;
	struct lists lists;
};

static struct unit_random rng;

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench: %s failed: %d\n", what, err);
		exit(1);
	}
}

static u64 core_alloc(struct machine *m, unsigned int order)
{
	struct pga_request rq = {
		.nr = 1ULL << order, .align = 1ULL << order, .last = ~0ULL,
	};
	u64 first;

	return pga_buddy_alloc(&m->buddy, &rq, &first) ? LISTS_NONE : first;
}

static u64 core_alloc_exact(struct machine *m, u64 nr, unsigned int align_order)
{
	struct pga_request rq = {
		.nr = nr, .align = 1ULL << align_order, .last = ~0ULL,
	};
	u64 first = 0;

	must(pga_buddy_alloc(&m->buddy, &rq, &first), "alloc");
	return first;
}

static void core_free(struct machine *m, u64 first, unsigned int order)
{
	must(pga_buddy_give(&m->buddy, first, 1ULL << order), "give");
}

static void core_reserve(struct machine *m, u64 first, u64 nr)
{
	u64 conflict;

	must(pga_buddy_take(&m->buddy, first, nr, &conflict), "take");
}

static void core_release(struct machine *m, u64 first, u64 nr)
{
	must(pga_buddy_give(&m->buddy, first, nr), "give");
}

static u64 list_alloc(struct machine *m, unsigned int order)
{
	return lists_alloc(&m->lists, order);
}

static u64 list_alloc_exact(struct machine *m, u64 nr, unsigned int align_order)
{
	unsigned int order = pga_fls64(nr - 1);

	return lists_alloc_exact(&m->lists, nr,
				 max_t(unsigned int, order, align_order));
}

static void list_free(struct machine *m, u64 first, unsigned int order)
{
	lists_free(&m->lists, first, order);
}

static void list_reserve(struct machine *m, u64 first, u64 nr)
{
	lists_reserve(&m->lists, first, nr);
}

static void list_release(struct machine *m, u64 first, u64 nr)
{
	lists_release(&m->lists, first, nr);
}

static void core_begin(struct machine *m, u64 nr)
{
	*m = (struct machine){
		"core", core_alloc, core_alloc_exact, core_free, core_reserve,
		core_release, .nr = nr,
	};
	pga_buddy_init(&m->buddy);
	must(unit_add(&m->buddy, 0, nr), "add");
}

static void list_begin(struct machine *m, u64 nr)
{
	*m = (struct machine){
		"lists", list_alloc, list_alloc_exact, list_free, list_reserve,
		list_release, .nr = nr,
	};
	must(lists_init(&m->lists, nr), "calloc");
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* Workloads return nanoseconds for one operation, and leave the area empty. */

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
		nr[i] = 1 + unit_below(&rng, longest);
		first[i] = unit_below(&rng, m->nr - nr[i]);
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
		j = unit_below(&rng, i + 1);
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
		held_alloc(h, m, unit_below(&rng, orders));
	else
		held_free(h, m, unit_below(&rng, h->nr));
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
 * 2 MiB blocks to be had with a quarter used, after a life at 90 %.  On the way
 * down from there, @percent of the calls allocate.
 */
static u64 packing(struct machine *m, unsigned int percent)
{
	u64 goal = m->nr / 100 * 90, blocks = 0, i;
	struct held h;

	held_begin(&h, m->nr);
	while (h.pages < goal)
		held_step(&h, m, goal, 7);
	for (i = 0; i < 4 * m->nr; i++)
		held_step(&h, m, goal, 7);
	while (h.pages > m->nr / 4)
		if (unit_below(&rng, 100) < percent)
			held_alloc(&h, m, unit_below(&rng, 7));
		else
			held_free(&h, m, unit_below(&rng, h.nr));
	while (held_alloc(&h, m, HUGE_ORDER))
		blocks++;
	held_end(&h, m);
	return blocks;
}

struct workload {
	const char *name;
	double (*run)(struct machine *m);
	bool whole_area;
};

static const struct workload workloads[] = {
	{ "alloc+free, order 0, empty area", pair_0, false },
	{ "alloc+free, order 3, empty area", pair_3, false },
	{ "alloc+free, order 9, empty area", pair_9, false },
	{ "alloc+free, order 18, empty area", pair_18, false },
	{ "alloc+free, order 0, 50 % random holes", pair_holes, true },
	{ "alloc+free, 5 pages exact", exact_5, false },
	{ "alloc+free, 384 pages exact", exact_384, false },
	{ "alloc+free, 1 page aligned to 2 MiB", aligned, false },
	{ "reserve+release, 1 page", reserve_1, false },
	{ "reserve+release, 1-4096 pages", reserve_4096, false },
	{ "allocate all, order 0, per page", all_alloc, true },
	{ "free all in random order, per page", all_free, true },
	{ "mixed orders 0-10, 50 % full, per call", mixed_50, true },
	{ "mixed orders 0-10, 90 % full, per call", mixed_90, true },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_times(double *ns, unsigned int nr)
{
	qsort(ns, nr, sizeof(*ns), by_value);
	printf(" %9.1f %7.1f", ns[nr / 2], ns[0]);
}

static void run_workload(const struct workload *w, struct machine *core,
			 struct machine *list)
{
	unsigned int runs = w->whole_area && core->nr > GIB_PAGES ? 3 : RUNS;
	double mine[RUNS], theirs[RUNS];
	unsigned int i;

	for (i = 0; i < runs; i++) {
		mine[i] = w->run(core);
		if (list)
			theirs[i] = w->run(list);
	}
	printf("%-40s", w->name);
	print_times(mine, runs);
	if (list) {
		print_times(theirs, runs);
		printf(" %7.2f", mine[runs / 2] / theirs[runs / 2]);
	}
	printf("\n");
	fflush(stdout);
}

static void print_packing(struct machine *core, struct machine *list,
			  unsigned int percent)
{
	printf("2 MiB blocks of 384 after churn (%2u %%)   %9llu %17llu\n",
	       percent, packing(core, percent), packing(list, percent));
}

static void run_area(u64 gib, bool with_list)
{
	struct machine core, list;
	unsigned int i;

	core_begin(&core, gib * GIB_PAGES);
	if (with_list)
		list_begin(&list, gib * GIB_PAGES);
	printf("\n%2llu GiB area, ns %24s %9s %7s %9s %7s %7s\n", gib, "",
	       "core", "best", "lists", "best", "ratio");
	for (i = 0; i < ARRAY_SIZE(workloads); i++)
		run_workload(&workloads[i], &core, with_list ? &list : NULL);
	printf("%-40s %9.3f %17.1f\n", "metadata, bytes per page",
	       (double)pga_buddy_node_bytes(&core.buddy) / core.nr,
	       (double)sizeof(struct lists_page));
	if (gib == 1 && with_list) {
		print_packing(&core, &list, 0);
		print_packing(&core, &list, 33);
	}
	must(!!pga_buddy_check(&core.buddy), "check");
	pga_buddy_destroy(&core.buddy);
	if (with_list)
		lists_destroy(&list.lists);
}

/* Whether there is memory for the free lists, which want 64 bytes a page. */
static bool room_for_lists(u64 gib)
{
	u64 have = (u64)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);

	return have > 2 * gib * GIB_PAGES * sizeof(struct lists_page);
}

int main(void)
{
	static const u64 gibs[] = { 1, 64 };
	unsigned int i;

	rng.state = unit_seed();
	printf("The allocator core in user space; PGA_SEED=%llu\n",
	       rng.state);
	for (i = 0; i < ARRAY_SIZE(gibs); i++)
		run_area(gibs[i], room_for_lists(gibs[i]));
	return 0;
}
