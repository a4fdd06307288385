// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations, each compared with the oracle: the same result, the same
 * free and owned pages afterwards, a sound structure, and from time to time the
 * same structure as one that is built from those pages at once.
 *
 * PGA_SEED replays a run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

/* A world, and the progress of its random life. */
struct life {
	struct world world;
	struct unit_random random;
	u64 step;
};

static const struct oracle_window *any_window(struct life *l)
{
	return &l->world.oracle.window[unit_below(&l->random, l->world.oracle.nr_windows)];
}

/* Mostly small, sometimes as large as the window. */
static u64 any_length(struct life *l, u64 limit)
{
	u64 length = 1ULL << unit_below(&l->random, 14);

	length = 1 + unit_below(&l->random, length);
	return length < limit ? length : limit;
}

/* A range inside one window. */
static void any_range(struct life *l, u64 *first, u64 *nr)
{
	const struct oracle_window *window = any_window(l);
	u64 offset = unit_below(&l->random, window->nr);

	*nr = any_length(l, window->nr - offset);
	*first = window->base + offset;
}

/* A range whose pages are mostly all in @state. */
static void likely_range(struct life *l, enum oracle_state state, u64 *first,
			 u64 *nr)
{
	u64 length = 0, page;

	any_range(l, first, nr);
	if (!unit_below(&l->random, 8))
		return;
	for (page = *first; page < *first + *nr; page++) {
		if (oracle_get(&l->world.oracle, page) == state)
			length++;
		else if (length)
			break;
	}
	if (!length)
		return;
	*first = page - length;
	*nr = length;
}

static u64 any_power(struct life *l)
{
	u64 kind = unit_below(&l->random, 40);

	if (kind == 0)
		return unit_below(&l->random, 100);
	if (kind == 1)
		return 1ULL << unit_below(&l->random, 64);
	return kind < 16 ? 0 : 1ULL << unit_below(&l->random, 13);
}

static void any_request(struct life *l, struct pga_request *rq)
{
	u64 first, nr;

	rq->nr = any_length(l, ~0ULL);
	if (unit_below(&l->random, 3))
		rq->nr = 1 + unit_below(&l->random, 12);
	if (!unit_below(&l->random, 100))
		rq->nr = unit_below(&l->random, 2) ? 0 : unit_random(&l->random);
	rq->align = any_power(l);
	rq->boundary = any_power(l);
	if (rq->boundary < rq->nr && unit_below(&l->random, 20))
		rq->boundary = 0;
	rq->top_down = unit_below(&l->random, 2);
	rq->in_runs = !unit_below(&l->random, 4);
	rq->resume = 0;
	rq->first = 0;
	rq->last = ~0ULL;
	any_range(l, &first, &nr);
	if (unit_below(&l->random, 2))
		rq->first = first;
	if (unit_below(&l->random, 2))
		rq->last = first + nr;
	/* Or limit it inside the place that it would get. */
	if (!unit_below(&l->random, 4) &&
	    !unit_find(&l->world.buddy, rq, &first))
		rq->last = first + unit_below(&l->random, rq->nr + 1);
}

static void step_alloc(struct life *l)
{
	struct pga_request rq;
	u64 first;

	any_request(l, &rq);
	world_alloc(&l->world, &rq, &first);
}

static void step_alloc_range(struct life *l)
{
	u64 first, nr;

	likely_range(l, ORACLE_FREE, &first, &nr);
	if (!unit_below(&l->random, 8) && first + nr + 3 <= LAST_PAGE + 1)
		nr += 3;
	world_alloc_range(&l->world, first, nr);
}

static void step_free(struct life *l)
{
	u64 first, nr;

	likely_range(l, ORACLE_USED, &first, &nr);
	world_free(&l->world, first, nr);
}

static void step_add(struct life *l)
{
	u64 first, nr;

	likely_range(l, ORACLE_NONE, &first, &nr);
	world_add(&l->world, first, nr);
}

static void step_remove(struct life *l)
{
	u64 first, nr;

	likely_range(l, ORACLE_FREE, &first, &nr);
	world_remove(&l->world, first, nr);
}

static void step(struct life *l)
{
	static void (*const steps[])(struct life *l) = {
		step_alloc, step_alloc, step_alloc, step_alloc_range, step_free,
		step_free, step_add, step_remove,
	};
	u64 kinds = ARRAY_SIZE(steps);

	/* Long phases without a change of the owned pages, as in practice. */
	if (l->step / 64 % 4)
		kinds -= 2;
	steps[unit_below(&l->random, kinds)](l);
	world_compare(&l->world);
	if (l->step % 64 == 63)
		world_compare_rebuilt(&l->world);
}

static void begin(struct life *l)
{
	l->random.state = unit_seed();
	world_begin(&l->world);
	print_message("# PGA_SEED=%llu\n", (unsigned long long)unit_seed());
}

/* Live @steps steps in the windows of the oracle. */
static void live(struct life *l, u64 steps)
{
	const struct oracle *o = &l->world.oracle;
	unsigned int i;

	for (i = 0; i < o->nr_windows; i++)
		if (o->window[i].base % 2)
			assert_int_equal(world_add(&l->world, o->window[i].base,
						   o->window[i].nr), 0);
	for (l->step = 0; l->step < steps; l->step++)
		step(l);
	world_compare_rebuilt(&l->world);
	world_end(&l->world);
}

static void test_tiny_area(void **state)
{
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, NODE_PAGES(0) - 3,
		      2 * NODE_PAGES(0) + 9);
	live(&l, unit_iterations(30000));
}

static void test_odd_area(void **state)
{
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, 12345, 3001);
	live(&l, unit_iterations(15000));
}

static void test_area_across_nodes(void **state)
{
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, 2 * NODE_PAGES(2) - NODE_PAGES(1) - 905,
		      2 * NODE_PAGES(1) + 1281);
	live(&l, unit_iterations(8000));
}

static void test_holes(void **state)
{
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, 0, 700);
	oracle_window(&l.world.oracle, 64 * NODE_PAGES(1) - 70, 128);
	oracle_window(&l.world.oracle, NODE_PAGES(4) - 501, 999);
	live(&l, unit_iterations(10000));
}

static void test_highest_pages(void **state)
{
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, 0, 200);
	oracle_window(&l.world.oracle, (1ULL << 48) - 301, 640);
	oracle_window(&l.world.oracle, LAST_PAGE - 1500, 1501);
	live(&l, unit_iterations(6000));
}

/* Windows of any length, around the edges of nodes of any level. */
static void any_windows(struct life *l)
{
	unsigned int nr = 1 + unit_below(&l->random, ORACLE_WINDOWS);
	u64 end = 0;

	while (nr--) {
		u64 edge = NODE_PAGES(unit_below(&l->random, PGA_LEVELS));
		u64 length = 1 + unit_below(&l->random, 1200);
		u64 base = edge * (1 + unit_below(&l->random, 5)) -
			   unit_below(&l->random, length + 3);

		/* Leave out one that wrapped, or overlaps the last one. */
		if (base <= end || base > LAST_PAGE - length)
			continue;
		oracle_window(&l->world.oracle, base, length);
		end = base + length;
	}
	if (!end)
		oracle_window(&l->world.oracle, 1, 1);
}

static void test_any_areas(void **state)
{
	u64 lives = unit_iterations(150), i;
	struct life l;

	begin(&l);
	for (i = 0; i < lives; i++) {
		any_windows(&l);
		live(&l, 100);
		world_begin(&l.world);
	}
	world_end(&l.world);
}

/*
 * Bounds of areas, in pages.  The size of a page matters to the core only as
 * far as it places these bounds and determines the length of the host's chunks.
 */
static void live_within_bounds(unsigned int page_shift)
{
	const u64 mib = 1ULL << 20 >> page_shift, gib = 1024 * mib;
	const u64 lowest = min_t(u64, 16 * mib, 2048);
	struct life l;

	begin(&l);
	oracle_window(&l.world.oracle, 16 * mib - lowest, lowest - 1);
	oracle_window(&l.world.oracle, 16 * mib + 1, 512);
	oracle_window(&l.world.oracle, 4 * gib - 333, 777);
	oracle_window(&l.world.oracle, 64 * gib - 1023, 1023);
	live(&l, unit_iterations(3000));
}

static void test_bounds_with_pages_of_4_kib(void **state)
{
	live_within_bounds(12);
}

static void test_bounds_with_pages_of_16_kib(void **state)
{
	live_within_bounds(14);
}

static void test_bounds_with_pages_of_64_kib(void **state)
{
	live_within_bounds(16);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_tiny_area),
	cmocka_unit_test(test_odd_area),
	cmocka_unit_test(test_area_across_nodes),
	cmocka_unit_test(test_holes),
	cmocka_unit_test(test_highest_pages),
	cmocka_unit_test(test_any_areas),
	cmocka_unit_test(test_bounds_with_pages_of_4_kib),
	cmocka_unit_test(test_bounds_with_pages_of_16_kib),
	cmocka_unit_test(test_bounds_with_pages_of_64_kib),
};

UNIT_TABLE(unit_random_tests);
