// SPDX-License-Identifier: GPL-2.0
/* pga_buddy_find() and pga_buddy_alloc(): where requests are placed. */
#include "unit.h"

#define AREA	262144ULL

#define REQUEST(n, a, b, f, l) \
	((struct pga_request){ .nr = (n), .align = (a), .boundary = (b), \
			       .first = (f), .last = (l) })

/* An allocation gets the place that was found; it is freed again. */
static void expect_find(struct pga_buddy *b, struct pga_request rq,
			u64 expected)
{
	u64 first = ~0ULL;

	assert_int_equal(unit_find(b, &rq, &first), 0);
	assert_int_equal(first, expected);
	assert_int_equal(unit_alloc(b, &rq), expected);
	unit_free(b, expected, rq.nr);
}

static void expect_error(struct pga_buddy *b, struct pga_request rq,
			 int expected)
{
	u64 first = 4711;

	assert_int_equal(unit_find(b, &rq, &first), expected);
	assert_int_equal(unit_try_alloc(b, &rq, &first), expected);
	assert_int_equal(first, 4711);
	unit_sound(b);
}

static void test_lowest_first(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 100, 5000);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 100);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 101);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 102);
	unit_end(&b);
}

static void test_place_depends_on_free_pages_only(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 0, 100);
	unit_free(&b, 64, 4);
	unit_free(&b, 7, 1);
	unit_free(&b, 32, 2);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 7);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 32);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 33);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 64);
	unit_end(&b);
}

static void test_find_allocates_nothing(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 64);
	expect_find(&b, *ANYWHERE(64), 0);
	expect_find(&b, *ANYWHERE(64), 0);
	assert_int_equal(pga_buddy_nr_free(&b), 64);
	unit_end(&b);
}

static void test_exact_length(void **state)
{
	struct pga_buddy b;
	u64 nr;

	for (nr = 1; nr < 1000; nr += 13) {
		unit_begin(&b, 0, 1024);
		assert_int_equal(unit_alloc(&b, ANYWHERE(nr)), 0);
		assert_int_equal(pga_buddy_nr_free(&b), 1024 - nr);
		unit_expect_run(&b, 0, nr, 1024 - nr);
		unit_end(&b);
	}
}

static void test_whole_area(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, AREA, AREA);
	assert_int_equal(unit_alloc(&b, ANYWHERE(AREA)), AREA);
	expect_error(&b, *ANYWHERE(1), -ENOSPC);
	unit_free(&b, AREA, AREA);
	expect_find(&b, *ANYWHERE(AREA), AREA);
	unit_end(&b);
}

static void test_empty_buddy_has_no_space(void **state)
{
	struct pga_buddy b;

	pga_buddy_init(&b);
	expect_error(&b, *ANYWHERE(1), -ENOSPC);
	expect_error(&b, *ANYWHERE(~0ULL), -ENOSPC);
	unit_end(&b);
}

static void test_more_than_free(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	expect_error(&b, *ANYWHERE(4097), -ENOSPC);
	expect_error(&b, *ANYWHERE((1ULL << 32) + 1), -ENOSPC);
	expect_error(&b, *ANYWHERE(1ULL << 52), -ENOSPC);
	expect_error(&b, *ANYWHERE(~0ULL), -ENOSPC);
	expect_error(&b, REQUEST((1ULL << 63) + 1, 1ULL << 63, 0, 0, ~0ULL),
		     -ENOSPC);
	unit_end(&b);
}

/* When no aligned block is left, an unaligned run is used. */
static void test_odd_run(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 0, AREA);
	unit_free(&b, 8191, 7);
	expect_error(&b, *ANYWHERE(8), -ENOSPC);
	assert_int_equal(unit_alloc(&b, ANYWHERE(7)), 8191);
	unit_end(&b);
}

static void test_odd_runs_lowest_first(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 0, AREA);
	unit_free(&b, 1, 5);
	unit_free(&b, 4093, 6);
	unit_free(&b, 200001, 6);
	assert_int_equal(unit_alloc(&b, ANYWHERE(6)), 4093);
	assert_int_equal(unit_alloc(&b, ANYWHERE(6)), 200001);
	assert_int_equal(unit_alloc(&b, ANYWHERE(5)), 1);
	unit_end(&b);
}

static void test_alignment_above_size(void **state)
{
	struct pga_buddy b;
	struct pga_request rq = { .nr = 1, .align = 512, .last = ~0ULL };

	unit_begin(&b, 1, 4096);
	assert_int_equal(unit_alloc(&b, &rq), 512);
	assert_int_equal(unit_alloc(&b, &rq), 1024);
	assert_int_equal(pga_buddy_nr_free(&b), 4094);
	assert_int_equal(unit_alloc(&b, ANYWHERE(256)), 256);
	unit_end(&b);
}

/* Only the pages themselves must be free, not the rest of the aligned block. */
static void test_alignment_without_whole_block(void **state)
{
	struct pga_buddy b;
	struct pga_request rq = { .nr = 3, .align = 512, .last = ~0ULL };

	unit_begin(&b, 0, 4096);
	unit_alloc_range(&b, 0, 4096);
	unit_free(&b, 1023, 3);
	unit_free(&b, 2047, 4);
	assert_int_equal(unit_alloc(&b, &rq), 2048);
	unit_end(&b);
}

static void test_alignment_beyond_all_pages(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	expect_find(&b, REQUEST(1, 1ULL << 63, 0, 0, ~0ULL), 0);
	expect_error(&b, REQUEST(1, 1ULL << 63, 0, 1, ~0ULL),
		     -ENOSPC);
	unit_end(&b);
}

static void test_limits_are_closed(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	expect_find(&b, REQUEST(10, 0, 0, 1001, 1010), 1001);
	expect_error(&b, REQUEST(10, 0, 0, 1001, 1009), -ENOSPC);
	expect_find(&b, REQUEST(1, 0, 0, AREA - 1, AREA - 1), AREA - 1);
	unit_end(&b);
}

static void test_limits_outside_area(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, AREA, AREA);
	expect_error(&b, REQUEST(1, 0, 0, 0, AREA - 1),
		     -ENOSPC);
	expect_error(&b, REQUEST(1, 0, 0, 2 * AREA, ~0ULL), -ENOSPC);
	expect_error(&b, REQUEST(1, 0, 0, ~0ULL, ~0ULL), -ENOSPC);
	expect_error(&b, REQUEST(1, 4096, 0, ~0ULL - 5, ~0ULL), -ENOSPC);
	unit_end(&b);
}

static void test_limits_cut_a_run(void **state)
{
	struct pga_buddy b;
	struct pga_request rq = { .nr = 4, .align = 4, .first = 9, .last = 15 };

	unit_begin(&b, 0, 4096);
	expect_find(&b, rq, 12);
	rq.last = 14;
	expect_error(&b, rq, -ENOSPC);
	rq.align = 1;
	expect_find(&b, rq, 9);
	unit_end(&b);
}

static void test_boundary(void **state)
{
	struct pga_buddy b;
	struct pga_request rq = { .nr = 10, .boundary = 16, .last = ~0ULL };

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 0, AREA);
	unit_free(&b, 9, 16);
	expect_find(&b, *ANYWHERE(10), 9);
	expect_error(&b, rq, -ENOSPC);
	unit_free(&b, 25, 1);
	expect_find(&b, rq, 16);
	unit_alloc_range(&b, 16, 8);
	rq.nr = 7;
	expect_find(&b, rq, 9);
	rq.align = 2;
	expect_error(&b, rq, -ENOSPC);
	unit_end(&b);
}

static void test_boundary_below_alignment(void **state)
{
	struct pga_buddy b;
	struct pga_request rq = { .nr = 3, .align = 64, .boundary = 4,
				  .last = ~0ULL };

	unit_begin(&b, 0, 4096);
	unit_alloc_range(&b, 0, 4096);
	unit_free(&b, 1000, 100);
	expect_find(&b, rq, 1024);
	unit_end(&b);
}

/* In runs, neither a block at its alignment nor the size of it matters. */
static void test_in_runs(void **state)
{
	struct pga_request rq = { .nr = 64, .last = ~0ULL, .in_runs = true };
	struct pga_buddy b;

	unit_begin(&b, 100, 5000);
	expect_find(&b, rq, 100);
	rq.align = 8;
	expect_find(&b, rq, 104);
	rq.align = 64;
	expect_find(&b, rq, 128);
	rq.align = 0;
	rq.top_down = true;
	expect_find(&b, rq, 5100 - 64);
	unit_alloc_range(&b, 150, 1);
	rq.top_down = false;
	expect_find(&b, rq, 151);
	unit_end(&b);
}

static void test_bad_requests(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	expect_error(&b, REQUEST(0, 0, 0, 0, ~0ULL),
		     -EINVAL);
	expect_error(&b, REQUEST(1, 3, 0, 0, ~0ULL), -EINVAL);
	expect_error(&b, REQUEST(1, 0, 48, 0, ~0ULL), -EINVAL);
	expect_error(&b, REQUEST(17, 0, 16, 0, ~0ULL), -EINVAL);
	expect_error(&b, REQUEST(1, 0, 0, 1, 0), -EINVAL);
	unit_end(&b);
}

static void test_every_page_is_handed_out(void **state)
{
	struct pga_buddy b;
	u64 page;

	unit_begin(&b, 4000, 4333);
	for (page = 4000; page < 8333; page++) {
		u64 first;

		assert_int_equal(unit_try_alloc(&b, ANYWHERE(1), &first), 0);
		assert_int_equal(first, page);
	}
	expect_error(&b, *ANYWHERE(1), -ENOSPC);
	unit_end(&b);
}

/* Where a request would be, in pages of which no buddy knows */
static void test_place_in_free_pages(void **state)
{
	struct pga_request rq = REQUEST(6, 4, 16, 10, 99);
	u64 place;

	assert_true(pga_place_in(&rq, 0, 200, &place));
	assert_int_equal(place, 16);
	assert_true(pga_place_in(&rq, 10, 21, &place));
	assert_int_equal(place, 16);
	assert_false(pga_place_in(&rq, 10, 20, &place));
	assert_false(pga_place_in(&rq, 100, 200, &place));
	assert_false(pga_place_in(&rq, 0, 9, &place));
	rq.top_down = true;
	assert_true(pga_place_in(&rq, 0, 200, &place));
	assert_int_equal(place, 88);
	assert_true(pga_place_in(&rq, 0, 93, &place));
	assert_int_equal(place, 88);
	assert_true(pga_place_in(&rq, 0, 92, &place));
	assert_int_equal(place, 84);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lowest_first),
	cmocka_unit_test(test_place_depends_on_free_pages_only),
	cmocka_unit_test(test_find_allocates_nothing),
	cmocka_unit_test(test_exact_length),
	cmocka_unit_test(test_whole_area),
	cmocka_unit_test(test_empty_buddy_has_no_space),
	cmocka_unit_test(test_more_than_free),
	cmocka_unit_test(test_odd_run),
	cmocka_unit_test(test_odd_runs_lowest_first),
	cmocka_unit_test(test_alignment_above_size),
	cmocka_unit_test(test_alignment_without_whole_block),
	cmocka_unit_test(test_alignment_beyond_all_pages),
	cmocka_unit_test(test_limits_are_closed),
	cmocka_unit_test(test_limits_outside_area),
	cmocka_unit_test(test_limits_cut_a_run),
	cmocka_unit_test(test_boundary),
	cmocka_unit_test(test_boundary_below_alignment),
	cmocka_unit_test(test_in_runs),
	cmocka_unit_test(test_place_in_free_pages),
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_every_page_is_handed_out),
};

UNIT_TABLE(unit_alloc_tests);
