// SPDX-License-Identifier: GPL-2.0
/* Searches that pause: they are bounded, make progress, and end correctly. */
#include "core/node.h"
#include "unit.h"

/* Runs of two pages, each of which a search for three pages tries. */
#define RUNS	(5ULL * PGA_FIND_RUNS)
#define AREA	(4 * RUNS)

static void begin(struct pga_buddy *b)
{
	u64 i;

	unit_begin(b, 0, AREA);
	unit_alloc_range(b, 0, AREA);
	for (i = 0; i < RUNS; i++)
		assert_int_equal(pga_buddy_free(b, 4 * i + 2, 2), 0);
	unit_sound(b);
}

/* Call until there is a result.  Return the number of pauses. */
static unsigned int pauses(struct pga_buddy *b, struct pga_request *rq,
			   int expected)
{
	unsigned int nr = 0;
	u64 first;
	int err;

	while ((err = pga_buddy_alloc(b, rq, &first)) == -EAGAIN)
		nr++;
	assert_int_equal(err, expected);
	return nr;
}

static void test_long_search_pauses(void **state)
{
	struct pga_request up = { .nr = 3, .last = ~0ULL };
	struct pga_request down = { .nr = 3, .last = ~0ULL, .top_down = true };
	struct pga_buddy b;

	begin(&b);
	assert_in_range(pauses(&b, &up, -ENOSPC), 2, 10);
	assert_in_range(pauses(&b, &down, -ENOSPC), 2, 10);
	assert_int_equal(pga_buddy_nr_free(&b), 2 * RUNS);
	unit_end(&b);
}

static void test_block_needs_no_pause(void **state)
{
	struct pga_request rq = { .nr = 3, .last = ~0ULL };
	struct pga_buddy b;

	begin(&b);
	unit_free(&b, AREA - 4, 2);
	assert_int_equal(pauses(&b, &rq, 0), 0);
	unit_end(&b);
}

/* Other calls allocate and free between two parts of a search. */
static void test_pages_change_during_a_pause(void **state)
{
	struct pga_request rq = { .nr = 3, .last = ~0ULL };
	struct pga_buddy b;
	u64 first;

	begin(&b);
	assert_int_equal(pga_buddy_alloc(&b, &rq, &first), -EAGAIN);
	unit_alloc_range(&b, 2, 2);
	unit_free(&b, AREA - 3, 1);
	while (pga_buddy_alloc(&b, &rq, &first) == -EAGAIN)
		unit_sound(&b);
	assert_int_equal(first, AREA - 3);
	unit_sound(&b);
	unit_end(&b);
}

/*
 * A block that becomes free is found at once, even where the search has been.
 */
static void test_block_comes_free_during_a_pause(void **state)
{
	struct pga_request rq = { .nr = 3, .last = ~0ULL };
	struct pga_buddy b;
	u64 first;

	begin(&b);
	assert_int_equal(pga_buddy_alloc(&b, &rq, &first), -EAGAIN);
	unit_free(&b, 0, 2);
	assert_int_equal(pga_buddy_alloc(&b, &rq, &first), 0);
	assert_int_equal(first, 0);
	unit_end(&b);
}

/* All owned pages are removed, and others are added. */
static void test_area_changes_during_a_pause(void **state)
{
	struct pga_request rq = { .nr = 3, .last = ~0ULL };
	struct pga_buddy b;
	u64 first, i;

	begin(&b);
	assert_int_equal(pga_buddy_alloc(&b, &rq, &first), -EAGAIN);
	for (i = 0; i < RUNS; i++)
		assert_int_equal(pga_buddy_free(&b, 4 * i, 2), 0);
	assert_int_equal(unit_remove(&b, 0, AREA), 0);
	assert_int_equal(pauses(&b, &rq, -ENOSPC), 0);
	assert_int_equal(unit_add(&b, 2, 1), 0);
	assert_int_equal(unit_add(&b, 2 * AREA + 1, 3), 0);
	assert_int_equal(pauses(&b, &rq, 0), 0);
	unit_end(&b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_long_search_pauses),
	cmocka_unit_test(test_block_needs_no_pause),
	cmocka_unit_test(test_pages_change_during_a_pause),
	cmocka_unit_test(test_block_comes_free_during_a_pause),
	cmocka_unit_test(test_area_changes_during_a_pause),
};

UNIT_TABLE(unit_resume_tests);
