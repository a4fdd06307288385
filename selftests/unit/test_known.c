// SPDX-License-Identifier: GPL-2.0
/*
 * Faults that other page allocators have or had, with one test for each.  Where
 * the module could have the fault apart from the core, the kselftest that
 * checks it is named as well, as program.test.
 *
 * One fault concerns the module only, since the core knows no memory - Xen:
 * pages could be reached before they were scrubbed.  alloc.zero_after_a_free,
 * alloc.zero_after_another_owner and all of clean.
 */
#include "core/node.h"
#include "unit.h"

#define AREA	16384ULL

/*
 * kvm-unit-tests: a reserved page stays on its free list and is handed out.
 * Also reserve.never_handed_out.
 */
static void test_reserved_page_is_never_handed_out(void **state)
{
	struct pga_buddy b;
	u64 first, i;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 5555, 1);
	for (i = 0; i < AREA - 1; i++) {
		assert_int_equal(unit_try_alloc(&b, ANYWHERE(1), &first), 0);
		assert_int_not_equal(first, 5555);
	}
	assert_int_equal(unit_try_alloc(&b, ANYWHERE(1), &first), -ENOSPC);
	unit_end(&b);
}

/*
 * kvm-unit-tests: freed memory never merges.
 * Also alloc.free_memory_joins_in_any_order.
 */
static void test_freed_memory_merges_in_any_order(void **state)
{
	struct pga_buddy b;
	u64 i;

	unit_begin(&b, 0, AREA);
	unit_alloc_range(&b, 0, AREA);
	for (i = 0; i < AREA; i++)
		assert_int_equal(pga_buddy_free(&b, i * 7919 % AREA, 1), 0);
	unit_sound(&b);
	assert_int_equal(unit_alloc(&b, ANYWHERE(AREA)), 0);
	unit_end(&b);
}

/* kvm-unit-tests: reserving a page that was freed once asserts. */
static void test_reserve_a_page_that_was_freed(void **state)
{
	struct pga_buddy b;
	u64 page;

	unit_begin(&b, 0, AREA);
	page = unit_alloc(&b, ANYWHERE(1));
	unit_free(&b, page, 1);
	unit_alloc_range(&b, page, 1);
	unit_free(&b, page, 1);
	unit_end(&b);
}

/* kvm-unit-tests: a request for fresh memory returns half of the block. */
static void test_a_block_is_all_there(void **state)
{
	struct pga_buddy b;
	unsigned int order;
	u64 first, conflict, i;

	unit_begin(&b, 0, 2 * AREA);
	for (order = 0; order <= 14; order++) {
		u64 nr = 1ULL << order;

		first = unit_alloc(&b, ANYWHERE(nr));
		assert_int_equal(pga_buddy_nr_free(&b), 2 * AREA - nr);
		for (i = first; i < first + nr; i++)
			assert_int_equal(pga_buddy_alloc_range(&b, i, 1,
							       &conflict),
					 -EBUSY);
		unit_free(&b, first, nr);
	}
	unit_end(&b);
}

/*
 * kvm-unit-tests: the topmost memory is never reached.
 * Also alloc.every_page_of_an_area_once.
 */
static void test_topmost_page_is_reached(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, AREA);
	assert_int_equal(unit_add(&b, 1ULL << 40, 1), 0);
	assert_int_equal(unit_alloc(&b, ANYWHERE(AREA)), 0);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 1ULL << 40);
	unit_end(&b);
}

/* kvm-unit-tests: a range with a sliver of less than 4 pages aborts. */
static void test_slivers(void **state)
{
	struct pga_buddy b;
	u64 below, above;

	for (below = 1; below < 4; below++)
		for (above = 0; above < 4; above++) {
			unit_begin(&b, 4096 - below, below + above);
			assert_int_equal(pga_buddy_nr_free(&b), below + above);
			assert_int_equal(unit_alloc(&b, ANYWHERE(below + above)),
					 4096 - below);
			unit_end(&b);
		}
}

/* kvm-unit-tests: 5 pages cost 8.  Also alloc.costs_its_pages. */
static void test_5_pages_cost_5(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 8);
	assert_int_equal(unit_alloc(&b, ANYWHERE(5)), 0);
	assert_int_equal(pga_buddy_nr_free(&b), 3);
	assert_int_equal(unit_alloc(&b, ANYWHERE(3)), 5);
	unit_end(&b);
}

/* LLFree: undoing a failed request of orders 10 to 12 corrupts the state. */
static void test_refused_requests_leave_no_trace(void **state)
{
	struct pga_buddy b;
	unsigned int order;
	u64 conflict;

	unit_begin(&b, 0, AREA);
	for (order = 6; order <= 14; order++) {
		u64 nr = 1ULL << order;

		unit_alloc_range(&b, nr - 1, 1);
		assert_int_equal(pga_buddy_alloc_range(&b, 0, nr, &conflict),
				 -EBUSY);
		assert_int_equal(conflict, nr - 1);
		unit_sound(&b);
		assert_int_equal(pga_buddy_free(&b, 0, nr), -EEXIST);
		unit_sound(&b);
		assert_int_equal(pga_buddy_nr_free(&b), AREA - 1);
		unit_free(&b, nr - 1, 1);
		unit_expect_run(&b, 0, 0, AREA);
	}
	unit_end(&b);
}

/* Xen: a freed page merges into its reserved neighbour. */
static void test_no_merging_into_a_reserved_neighbour(void **state)
{
	struct pga_buddy b;
	unsigned int order;

	unit_begin(&b, 0, AREA);
	for (order = 0; order < 14; order++) {
		u64 nr = 1ULL << order;

		unit_alloc_range(&b, 0, 2 * nr);
		unit_free(&b, nr, nr);
		unit_expect_run(&b, 0, nr, AREA - nr);
		unit_free(&b, 0, nr);
	}
	unit_end(&b);
}

/* Xen: blocks merge across zones.  Here: across pages that are not owned. */
static void test_no_merging_across_what_is_not_owned(void **state)
{
	struct pga_buddy b;
	u64 first;

	unit_begin(&b, 0, 512);
	assert_int_equal(unit_add(&b, 513, 511), 0);
	unit_alloc_range(&b, 0, 512);
	unit_alloc_range(&b, 513, 511);
	unit_free(&b, 513, 511);
	unit_free(&b, 0, 512);
	assert_int_equal(unit_try_alloc(&b, ANYWHERE(513), &first), -ENOSPC);
	unit_expect_run(&b, 0, 0, 512);
	unit_end(&b);
}

/* Xen: buddies are misaligned after pages were carved out. */
static void test_blocks_are_aligned_after_carving(void **state)
{
	struct pga_buddy b;
	unsigned int order;
	u64 first, conflict;

	unit_begin(&b, 0, AREA);
	for (first = 3; first < AREA; first += 41 + first % 97)
		assert_int_equal(pga_buddy_alloc_range(&b, first, 1 + first % 3,
						       &conflict), 0);
	for (order = 6; order-- > 0; ) {
		struct pga_request rq = {
			.nr = 1ULL << order, .align = 1ULL << order,
			.last = ~0ULL,
		};

		while (!unit_try_alloc(&b, &rq, &first))
			assert_int_equal(first % rq.align, 0);
		unit_sound(&b);
	}
	assert_int_equal(pga_buddy_nr_free(&b), 0);
	unit_end(&b);
}

/* LCD: numbers of pages and orders are mixed up. */
static void test_a_length_is_not_an_order(void **state)
{
	struct pga_buddy b;
	u64 nr;

	for (nr = 1; nr <= 14; nr++) {
		unit_begin(&b, 0, AREA);
		unit_alloc(&b, ANYWHERE(nr));
		assert_int_equal(pga_buddy_nr_free(&b), AREA - nr);
		unit_end(&b);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_reserved_page_is_never_handed_out),
	cmocka_unit_test(test_freed_memory_merges_in_any_order),
	cmocka_unit_test(test_reserve_a_page_that_was_freed),
	cmocka_unit_test(test_a_block_is_all_there),
	cmocka_unit_test(test_topmost_page_is_reached),
	cmocka_unit_test(test_slivers),
	cmocka_unit_test(test_5_pages_cost_5),
	cmocka_unit_test(test_refused_requests_leave_no_trace),
	cmocka_unit_test(test_no_merging_into_a_reserved_neighbour),
	cmocka_unit_test(test_no_merging_across_what_is_not_owned),
	cmocka_unit_test(test_blocks_are_aligned_after_carving),
	cmocka_unit_test(test_a_length_is_not_an_order),
};

UNIT_TABLE(unit_known_tests);
