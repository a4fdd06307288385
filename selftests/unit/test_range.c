// SPDX-License-Identifier: GPL-2.0
/*
 * pga_buddy_alloc_range() and pga_buddy_free(): given ranges, all or nothing.
 */
#include "unit.h"

#define AREA	262144ULL

static void expect_refused(struct pga_buddy *b, u64 first, u64 nr, int expected,
			   u64 expected_conflict)
{
	u64 free = pga_buddy_nr_free(b), conflict = 4711;

	assert_int_equal(pga_buddy_alloc_range(b, first, nr, &conflict),
			 expected);
	assert_int_equal(conflict, expected_conflict);
	assert_int_equal(pga_buddy_nr_free(b), free);
	unit_sound(b);
}

static void expect_not_freed(struct pga_buddy *b, u64 first, u64 nr,
			     int expected)
{
	u64 free = pga_buddy_nr_free(b);

	assert_int_equal(pga_buddy_free(b, first, nr), expected);
	assert_int_equal(pga_buddy_nr_free(b), free);
	unit_sound(b);
}

/* Ranges with ends in all sorts of places of the tree. */
static const struct { u64 first, nr; } ranges[] = {
	{ 0, 1 }, { 63, 1 }, { 64, 64 }, { 63, 2 }, { 1, 4095 }, { 0, 4096 },
	{ 4095, 2 }, { 4095, 4098 }, { 4096, 12288 }, { 100, 100000 },
	{ 0, AREA }, { 1, AREA - 1 }, { 0, AREA - 1 }, { 1, AREA - 2 },
	{ AREA - 1, 1 }, { 5, 64 }, { 64, 4096 }, { 8192, 4096 * 3 },
};

static void test_alloc_range_and_free(void **state)
{
	struct pga_buddy b;
	unsigned int i;

	unit_begin(&b, 0, AREA);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		unit_alloc_range(&b, ranges[i].first, ranges[i].nr);
		assert_int_equal(pga_buddy_nr_free(&b), AREA - ranges[i].nr);
		expect_refused(&b, ranges[i].first, 1, -EBUSY, ranges[i].first);
		unit_free(&b, ranges[i].first, ranges[i].nr);
		unit_expect_run(&b, 0, 0, AREA);
	}
	unit_end(&b);
}

static void test_free_in_pieces(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 1000, 10000);
	unit_free(&b, 5000, 77);
	unit_free(&b, 1000, 4000);
	unit_expect_run(&b, 0, 0, 5077);
	unit_free(&b, 5077, 5923);
	unit_expect_run(&b, 0, 0, AREA);
	unit_end(&b);
}

static void test_busy_names_first_page(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 7000, 1);
	unit_alloc_range(&b, 9000, 2);
	expect_refused(&b, 0, AREA, -EBUSY, 7000);
	expect_refused(&b, 7001, 5000, -EBUSY, 9000);
	expect_refused(&b, 6990, 11, -EBUSY, 7000);
	unit_end(&b);
}

static void test_not_owned_names_first_page(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 1000, 1000);
	assert_int_equal(unit_add(&b, 3000, 1000), 0);
	expect_refused(&b, 1500, 2000, -ENOENT, 2000);
	expect_refused(&b, 999, 5, -ENOENT, 999);
	expect_refused(&b, 3990, 11, -ENOENT, 4000);
	expect_refused(&b, 1ULL << 50, 1, -ENOENT, 1ULL << 50);
	unit_end(&b);
}

static void test_no_node_there(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	assert_int_equal(unit_add(&b, 1ULL << 40, AREA), 0);
	expect_refused(&b, 1ULL << 30, 1, -ENOENT, 1ULL << 30);
	expect_refused(&b, 1ULL << 30, 64, -ENOENT, 1ULL << 30);
	expect_refused(&b, 1ULL << 30, 1ULL << 30, -ENOENT, 1ULL << 30);
	expect_not_freed(&b, 1ULL << 30, 1, -ENOENT);
	unit_end(&b);
}

static void test_first_of_two_reasons_decides(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 1000, 1000);
	unit_alloc_range(&b, 1999, 1);
	expect_refused(&b, 1500, 1000, -EBUSY, 1999);
	unit_free(&b, 1999, 1);
	assert_int_equal(unit_add(&b, 3000, 10), 0);
	unit_alloc_range(&b, 3000, 1);
	expect_refused(&b, 1500, 2000, -ENOENT, 2000);
	unit_end(&b);
}

static void test_alloc_range_from_nothing(void **state)
{
	struct pga_buddy b;

	pga_buddy_init(&b);
	expect_refused(&b, 0, 1, -ENOENT, 0);
	unit_end(&b);
}

static void test_alloc_bad_ranges(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	expect_refused(&b, 0, 0, -EINVAL, 4711);
	expect_refused(&b, 1, ~0ULL, -EOVERFLOW, 4711);
	expect_refused(&b, LAST_PAGE, 2, -EOVERFLOW, 4711);
	expect_refused(&b, LAST_PAGE + 1, 1, -EOVERFLOW, 4711);
	unit_end(&b);
}

static void test_free_bad_ranges(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	unit_alloc_range(&b, 0, 4096);
	expect_not_freed(&b, 0, 0, -EINVAL);
	expect_not_freed(&b, 1, ~0ULL, -EOVERFLOW);
	expect_not_freed(&b, LAST_PAGE, 2, -EOVERFLOW);
	unit_end(&b);
}

static void test_double_free(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	expect_not_freed(&b, 0, 1, -EEXIST);
	expect_not_freed(&b, 0, AREA, -EEXIST);
	unit_alloc_range(&b, 4096, 4096);
	unit_free(&b, 5000, 3);
	expect_not_freed(&b, 5002, 1, -EEXIST);
	expect_not_freed(&b, 4096, 4096, -EEXIST);
	expect_not_freed(&b, 4095, 2, -EEXIST);
	expect_not_freed(&b, 8191, 2, -EEXIST);
	expect_not_freed(&b, 8192, 64, -EEXIST);
	expect_not_freed(&b, 12288, 4096, -EEXIST);
	unit_end(&b);
}

static void test_free_not_owned(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 1000, 1000);
	assert_int_equal(unit_add(&b, 3000, 1000), 0);
	unit_alloc_range(&b, 1000, 1000);
	unit_alloc_range(&b, 3000, 1000);
	expect_not_freed(&b, 999, 1, -ENOENT);
	expect_not_freed(&b, 1990, 11, -ENOENT);
	expect_not_freed(&b, 1000, 3000, -ENOENT);
	expect_not_freed(&b, 2999, 2, -ENOENT);
	expect_not_freed(&b, 4000, 1, -ENOENT);
	unit_free(&b, 3000, 1000);
	unit_free(&b, 1000, 1000);
	unit_end(&b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_alloc_range_and_free),
	cmocka_unit_test(test_free_in_pieces),
	cmocka_unit_test(test_busy_names_first_page),
	cmocka_unit_test(test_not_owned_names_first_page),
	cmocka_unit_test(test_no_node_there),
	cmocka_unit_test(test_first_of_two_reasons_decides),
	cmocka_unit_test(test_alloc_range_from_nothing),
	cmocka_unit_test(test_alloc_bad_ranges),
	cmocka_unit_test(test_free_bad_ranges),
	cmocka_unit_test(test_double_free),
	cmocka_unit_test(test_free_not_owned),
};

UNIT_TABLE(unit_range_tests);
