// SPDX-License-Identifier: GPL-2.0
/* Runs of free and of owned pages, and the blocks that runs consist of. */
#include "unit.h"

#define GIB	262144ULL

static void test_no_runs(void **state)
{
	struct pga_buddy b;
	u64 first, nr;

	pga_buddy_init(&b);
	assert_false(pga_buddy_next_free(&b, 0, &first, &nr));
	assert_false(pga_buddy_next_owned(&b, 0, &first, &nr));
	unit_end(&b);
}

static void test_run_across_nodes(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 4000, 64 * GIB);
	unit_expect_run(&b, 0, 4000, 64 * GIB);
	unit_alloc_range(&b, 100000, 1);
	unit_expect_run(&b, 0, 4000, 96000);
	unit_expect_run(&b, 100000, 100001, 64 * GIB + 4000 - 100001);
	unit_end(&b);
}

static void test_run_is_cut_at_from(void **state)
{
	struct pga_buddy b;
	u64 first, nr;

	unit_begin(&b, 1000, 5000);
	unit_expect_run(&b, 3000, 3000, 3000);
	unit_expect_run(&b, 5999, 5999, 1);
	assert_false(pga_buddy_next_free(&b, 6000, &first, &nr));
	assert_false(pga_buddy_next_free(&b, ~0ULL, &first, &nr));
	unit_end(&b);
}

static void test_single_pages(void **state)
{
	struct pga_buddy b;
	u64 page, conflict;

	unit_begin(&b, 0, 10000);
	for (page = 0; page < 10000; page += 2)
		assert_int_equal(pga_buddy_alloc_range(&b, page, 1, &conflict),
				 0);
	for (page = 0; page < 10000; page += 2)
		unit_expect_run(&b, page, page + 1, 1);
	unit_end(&b);
}

static void test_owned_runs(void **state)
{
	struct pga_buddy b;
	u64 first, nr;

	unit_begin(&b, 1000, 1000);
	assert_int_equal(unit_add(&b, 2000, 500), 0);
	assert_int_equal(unit_add(&b, 5000, 1), 0);
	unit_alloc_range(&b, 1500, 100);
	assert_true(pga_buddy_next_owned(&b, 0, &first, &nr));
	assert_int_equal(first, 1000);
	assert_int_equal(nr, 1500);
	assert_true(pga_buddy_next_owned(&b, 2499, &first, &nr));
	assert_int_equal(first, 2499);
	assert_int_equal(nr, 1);
	assert_true(pga_buddy_next_owned(&b, 2500, &first, &nr));
	assert_int_equal(first, 5000);
	assert_int_equal(nr, 1);
	assert_false(pga_buddy_next_owned(&b, 5001, &first, &nr));
	unit_end(&b);
}

struct orders {
	u64 counts[PGA_MAX_ORDER + 1];
};

#define ORDERS(...)	((struct orders){ { __VA_ARGS__ } })

static void expect_orders(u64 first, u64 nr, struct orders expected)
{
	u64 counts[PGA_MAX_ORDER + 1] = { 0 };
	unsigned int order;

	pga_run_orders(first, nr, counts);
	for (order = 0; order <= PGA_MAX_ORDER; order++)
		assert_int_equal(counts[order], expected.counts[order]);
}

static void test_orders_of_runs(void **state)
{
	expect_orders(0, 0, ORDERS(0));
	expect_orders(5, 1, ORDERS([0] = 1));
	expect_orders(1, 14, ORDERS(2, 2, 2));
	expect_orders(0, 512, ORDERS([9] = 1));
	expect_orders(512, 1024, ORDERS([9] = 2));
	expect_orders(0, 1ULL << 52, ORDERS([PGA_MAX_ORDER] = 2));
}

static void test_orders_are_added(void **state)
{
	u64 counts[PGA_MAX_ORDER + 1] = { [3] = 5 };

	pga_run_orders(8, 8, counts);
	assert_int_equal(counts[3], 6);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_no_runs),
	cmocka_unit_test(test_run_across_nodes),
	cmocka_unit_test(test_run_is_cut_at_from),
	cmocka_unit_test(test_single_pages),
	cmocka_unit_test(test_owned_runs),
	cmocka_unit_test(test_orders_of_runs),
	cmocka_unit_test(test_orders_are_added),
};

UNIT_TABLE(unit_runs_tests);
