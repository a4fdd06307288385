// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations, each compared with the oracle: the same answer, the same
 * free and owned pages afterwards, a sound structure, and now and then the very
 * same structure as one that is built from those pages at once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "node.h"
#include "oracle.h"
#include "unit.h"

struct world {
	struct pga_buddy buddy;
	struct oracle oracle;
	struct unit_random random;
	u64 step;
};

static const struct oracle_window *any_window(struct world *w)
{
	return &w->oracle.window[unit_below(&w->random, w->oracle.nr_windows)];
}

/* Mostly small, sometimes as large as the window. */
static u64 any_length(struct world *w, u64 limit)
{
	u64 length = 1ULL << unit_below(&w->random, 14);

	length = 1 + unit_below(&w->random, length);
	return length < limit ? length : limit;
}

/* A range inside one window. */
static void any_range(struct world *w, u64 *first, u64 *nr)
{
	const struct oracle_window *window = any_window(w);
	u64 offset = unit_below(&w->random, window->nr);

	*nr = any_length(w, window->nr - offset);
	*first = window->base + offset;
}

/* A range whose pages are mostly all in @state. */
static void likely_range(struct world *w, enum oracle_state state, u64 *first,
			 u64 *nr)
{
	u64 length = 0, page;

	any_range(w, first, nr);
	if (!unit_below(&w->random, 8))
		return;
	for (page = *first; page < *first + *nr; page++) {
		if (oracle_get(&w->oracle, page) == state)
			length++;
		else if (length)
			break;
	}
	if (!length)
		return;
	*first = page - length;
	*nr = length;
}

static u64 any_power(struct world *w)
{
	u64 kind = unit_below(&w->random, 40);

	if (kind == 0)
		return unit_below(&w->random, 100);
	if (kind == 1)
		return 1ULL << unit_below(&w->random, 64);
	return kind < 16 ? 0 : 1ULL << unit_below(&w->random, 13);
}

static void any_request(struct world *w, struct pga_request *rq)
{
	u64 first, nr;

	rq->nr = any_length(w, ~0ULL);
	if (unit_below(&w->random, 3))
		rq->nr = 1 + unit_below(&w->random, 12);
	if (!unit_below(&w->random, 100))
		rq->nr = unit_below(&w->random, 2) ? 0 : unit_random(&w->random);
	rq->align = any_power(w);
	rq->boundary = any_power(w);
	if (rq->boundary < rq->nr && unit_below(&w->random, 20))
		rq->boundary = 0;
	rq->first = 0;
	rq->last = ~0ULL;
	any_range(w, &first, &nr);
	if (unit_below(&w->random, 2))
		rq->first = first;
	if (unit_below(&w->random, 2))
		rq->last = first + nr;
	rq->top_down = unit_below(&w->random, 2);
	rq->resume = 0;
}

static void step_alloc(struct world *w)
{
	struct pga_request rq;
	u64 page = 0, expected = 0;
	int err, expected_err;

	any_request(w, &rq);
	expected_err = oracle_find(&w->oracle, &rq, &expected);
	do {
		err = pga_buddy_find(&w->buddy, &rq, &page);
	} while (err == -EAGAIN);
	assert_int_equal(err, expected_err);
	assert_int_equal(page, expected);
	page = 0;
	rq.resume = 0;
	do {
		err = pga_buddy_alloc(&w->buddy, &rq, &page);
	} while (err == -EAGAIN);
	assert_int_equal(err, expected_err);
	assert_int_equal(page, expected);
	if (!err)
		oracle_set(&w->oracle, page, rq.nr, ORACLE_USED);
}

static void step_take(struct world *w)
{
	u64 first, nr, conflict = 0, expected = 0;
	int err;

	likely_range(w, ORACLE_FREE, &first, &nr);
	if (!unit_below(&w->random, 8) && first + nr + 3 <= LAST_PAGE + 1)
		nr += 3;
	err = oracle_take(&w->oracle, first, nr, &expected);
	assert_int_equal(pga_buddy_take(&w->buddy, first, nr, &conflict), err);
	if (err)
		assert_int_equal(conflict, expected);
}

static void step_give(struct world *w)
{
	u64 first, nr;
	int err;

	likely_range(w, ORACLE_USED, &first, &nr);
	err = oracle_give(&w->oracle, first, nr);
	assert_int_equal(pga_buddy_give(&w->buddy, first, nr), err);
}

static void step_add(struct world *w)
{
	u64 first, nr;
	int err;

	likely_range(w, ORACLE_NONE, &first, &nr);
	err = oracle_add(&w->oracle, first, nr);
	assert_int_equal(unit_add(&w->buddy, first, nr), err);
}

static void step_remove(struct world *w)
{
	u64 first, nr;
	int err;

	likely_range(w, ORACLE_FREE, &first, &nr);
	err = oracle_remove(&w->oracle, first, nr);
	assert_int_equal(unit_remove(&w->buddy, first, nr), err);
}

static void compare_runs(struct world *w, bool owned)
{
	u64 from = 0, first, nr, expected_first, expected_nr;
	bool more, expected;

	for (;;) {
		more = (owned ? pga_buddy_next_owned : pga_buddy_next_free)
			(&w->buddy, from, &first, &nr);
		expected = oracle_next(&w->oracle, from, owned,
				       &expected_first, &expected_nr);
		assert_int_equal(more, expected);
		if (!more)
			break;
		assert_int_equal(first, expected_first);
		assert_int_equal(nr, expected_nr);
		from = first + unit_below(&w->random, nr) + 1;
	}
}

static void expect_same_node(const struct pga_node *a, const struct pga_node *b,
			     unsigned int level)
{
	unsigned int i;

	assert_int_equal(!a, !b);
	if (!a)
		return;
	for (i = 0; i <= pga_child_order(level); i++)
		assert_int_equal(a->at[i], b->at[i]);
	for (i = 0; i < PGA_WORD_BITS; i++) {
		if (level == 1)
			assert_int_equal(a->word[i], b->word[i]);
		else
			expect_same_node(a->child[i], b->child[i], level - 1);
	}
}

/* The structure is a function of the pages alone, not of how they came to be. */
static void compare_rebuilt(struct world *w)
{
	u64 from, first, nr, page, conflict;
	struct pga_buddy fresh;

	pga_buddy_init(&fresh);
	for (from = 0; oracle_next(&w->oracle, from, true, &first, &nr);
	     from = first + nr) {
		assert_int_equal(unit_add(&fresh, first, nr), 0);
		for (page = first; page < first + nr; page++)
			if (oracle_get(&w->oracle, page) == ORACLE_USED)
				assert_int_equal(pga_buddy_take(&fresh, page, 1,
								&conflict), 0);
	}
	assert_int_equal(fresh.base, w->buddy.base);
	assert_int_equal(fresh.level, w->buddy.level);
	assert_int_equal(fresh.nr_free, w->buddy.nr_free);
	expect_same_node(fresh.root, w->buddy.root, fresh.level);
	pga_buddy_destroy(&fresh);
}

static void step(struct world *w)
{
	static void (*const steps[])(struct world *w) = {
		step_alloc, step_alloc, step_alloc, step_take, step_give,
		step_give, step_add, step_remove,
	};
	u64 kinds = ARRAY_SIZE(steps);

	/* Long spells without a change of what is owned, as in life. */
	if (w->step / 64 % 4)
		kinds -= 2;
	steps[unit_below(&w->random, kinds)](w);
	unit_sound(&w->buddy);
	compare_runs(w, false);
	compare_runs(w, true);
	if (w->step % 64 == 63)
		compare_rebuilt(w);
}

static void run(struct world *w, u64 standard)
{
	u64 steps = unit_iterations(standard), i;

	print_message("# PGA_SEED=%llu\n", (unsigned long long)unit_seed());
	w->random.state = unit_seed();
	pga_buddy_init(&w->buddy);
	for (i = 0; i < w->oracle.nr_windows; i++)
		if (w->oracle.window[i].base % 2) {
			u64 base = w->oracle.window[i].base;
			u64 nr = w->oracle.window[i].nr;

			assert_int_equal(unit_add(&w->buddy, base, nr), 0);
			assert_int_equal(oracle_add(&w->oracle, base, nr), 0);
		}
	for (w->step = 0; w->step < steps; w->step++)
		step(w);
	unit_end(&w->buddy);
	oracle_destroy(&w->oracle);
}

static void test_tiny_area(void **state)
{
	struct world w;

	oracle_init(&w.oracle);
	oracle_window(&w.oracle, 61, 137);
	run(&w, 60000);
}

static void test_odd_area(void **state)
{
	struct world w;

	oracle_init(&w.oracle);
	oracle_window(&w.oracle, 12345, 3001);
	run(&w, 30000);
}

static void test_area_across_nodes(void **state)
{
	struct world w;

	oracle_init(&w.oracle);
	oracle_window(&w.oracle, (1 << 18) - 5001, 9473);
	run(&w, 15000);
}

static void test_holes(void **state)
{
	struct world w;

	oracle_init(&w.oracle);
	oracle_window(&w.oracle, 0, 700);
	oracle_window(&w.oracle, 4096 - 70, 128);
	oracle_window(&w.oracle, (1 << 24) - 501, 999);
	run(&w, 20000);
}

static void test_highest_pages(void **state)
{
	struct world w;

	oracle_init(&w.oracle);
	oracle_window(&w.oracle, 0, 200);
	oracle_window(&w.oracle, (1ULL << 48) - 301, 640);
	oracle_window(&w.oracle, LAST_PAGE - 1500, 1501);
	run(&w, 10000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_tiny_area),
	cmocka_unit_test(test_odd_area),
	cmocka_unit_test(test_area_across_nodes),
	cmocka_unit_test(test_holes),
	cmocka_unit_test(test_highest_pages),
};

UNIT_TABLE(unit_random_tests);
