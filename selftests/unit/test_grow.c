// SPDX-License-Identifier: GPL-2.0
/* pga_buddy_add(), pga_buddy_remove() and their preallocation. */
#include "core/node.h"
#include "core/span.h"
#include "unit.h"

#define GIB	262144ULL
#define TIB	(1024 * GIB)

static void test_add_coalesces_with_both_sides(void **state)
{
	struct pga_buddy b;
	u64 first;

	unit_begin(&b, 0, 1000);
	assert_int_equal(unit_add(&b, 3096, 1000), 0);
	assert_int_equal(unit_add(&b, 1000, 2096), 0);
	unit_expect_run(&b, 0, 0, 4096);
	assert_int_equal(unit_try_alloc(&b, ANYWHERE(4096), &first), 0);
	assert_int_equal(first, 0);
	unit_end(&b);
}

static void test_chunks_become_one_block(void **state)
{
	struct pga_buddy b;
	u64 chunk;

	pga_buddy_init(&b);
	for (chunk = 0; chunk < 512; chunk++)
		assert_int_equal(unit_add(&b, (chunk ^ 341) * 512, 512), 0);
	unit_sound(&b);
	assert_int_equal(unit_alloc(&b, ANYWHERE(GIB)), 0);
	unit_end(&b);
}

static void test_add_owned(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 1000, 1000);
	assert_int_equal(unit_add(&b, 1999, 1), -EEXIST);
	assert_int_equal(unit_add(&b, 999, 2), -EEXIST);
	assert_int_equal(unit_add(&b, 0, 5000), -EEXIST);
	assert_int_equal(unit_add(&b, 1000, 1000), -EEXIST);
	assert_int_equal(pga_buddy_nr_owned(&b), 1000);
	unit_end(&b);
}

static void test_add_bad_ranges(void **state)
{
	struct pga_buddy b;
	struct pga_prealloc prealloc = { .spans = NULL };

	pga_buddy_init(&b);
	assert_int_equal(unit_add(&b, 0, 0), -EINVAL);
	assert_int_equal(unit_add(&b, LAST_PAGE, 2), -EOVERFLOW);
	assert_int_equal(unit_add(&b, 5, ~0ULL), -EOVERFLOW);
	assert_int_equal(pga_buddy_add(&b, 0, 0, &prealloc), -EINVAL);
	assert_int_equal(pga_buddy_remove(&b, 0, 0, &prealloc), -EINVAL);
	assert_int_equal(pga_buddy_remove(&b, 1, ~0ULL, &prealloc), -EOVERFLOW);
	unit_end(&b);
}

static void test_add_last_page(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, LAST_PAGE, 1);
	assert_int_equal(unit_add(&b, 0, 1), 0);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), 0);
	assert_int_equal(unit_alloc(&b, ANYWHERE(1)), LAST_PAGE);
	unit_free(&b, LAST_PAGE, 1);
	unit_end(&b);
}

/* A preallocation for another range is refused, not overrun. */
static void test_add_with_wrong_prealloc(void **state)
{
	struct pga_buddy b;
	struct pga_prealloc prealloc = { .spans = NULL };

	pga_buddy_init(&b);
	assert_int_equal(pga_buddy_add(&b, 0, 1, &prealloc), -ENOMEM);
	assert_int_equal(pga_prealloc_fill(&prealloc, &b, 0, 4096), 0);
	assert_int_equal(pga_buddy_add(&b, 0, 4097, &prealloc), -ENOMEM);
	assert_int_equal(pga_buddy_add(&b, 0, 4096, &prealloc), 0);
	pga_prealloc_free(&prealloc);
	unit_end(&b);
}

static void test_remove_all(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 12345, GIB);
	assert_int_equal(unit_remove(&b, 12345, GIB), 0);
	assert_int_equal(pga_buddy_nr_owned(&b), 0);
	unit_sound(&b);
	assert_int_equal(unit_add(&b, 7, 7), 0);
	unit_end(&b);
}

static void test_remove_cuts_a_free_run(void **state)
{
	struct pga_buddy b;
	u64 conflict;

	unit_begin(&b, 0, GIB);
	assert_int_equal(unit_remove(&b, 512, 512), 0);
	unit_sound(&b);
	unit_expect_run(&b, 0, 0, 512);
	unit_expect_run(&b, 512, 1024, GIB - 1024);
	assert_int_equal(pga_buddy_alloc_range(&b, 0, 1024, &conflict),
			 -ENOENT);
	assert_int_equal(conflict, 512);
	assert_int_equal(unit_add(&b, 512, 512), 0);
	unit_expect_run(&b, 0, 0, GIB);
	unit_end(&b);
}

static void test_remove_across_added_ranges(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 512);
	assert_int_equal(unit_add(&b, 512, 512), 0);
	assert_int_equal(unit_remove(&b, 256, 512), 0);
	unit_sound(&b);
	assert_int_equal(pga_buddy_nr_owned(&b), 512);
	unit_end(&b);
}

static void test_remove_busy(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 4096);
	unit_alloc_range(&b, 700, 1);
	assert_int_equal(unit_remove(&b, 0, 4096), -EBUSY);
	assert_int_equal(unit_remove(&b, 700, 1), -EBUSY);
	assert_int_equal(unit_remove(&b, 512, 512), -EBUSY);
	assert_int_equal(pga_buddy_nr_owned(&b), 4096);
	assert_int_equal(pga_buddy_nr_free(&b), 4095);
	unit_end(&b);
}

static void test_remove_not_owned(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 1000, 1000);
	assert_int_equal(unit_remove(&b, 999, 2), -ENOENT);
	assert_int_equal(unit_remove(&b, 1999, 2), -ENOENT);
	assert_int_equal(unit_remove(&b, 0, 5000), -ENOENT);
	assert_int_equal(unit_remove(&b, 1ULL << 40, 1), -ENOENT);
	unit_end(&b);
}

/* Removing the middle of a span makes a fifth one: it needs a larger array. */
static void test_remove_without_slot(void **state)
{
	struct pga_prealloc prealloc = { .spans = NULL };
	struct pga_buddy b;
	u64 i;

	pga_buddy_init(&b);
	for (i = 0; i < 4; i++)
		assert_int_equal(unit_add(&b, i * 1000, 100), 0);
	assert_int_equal(pga_buddy_remove(&b, 50, 1, &prealloc), -ENOMEM);
	unit_sound(&b);
	assert_int_equal(unit_remove(&b, 50, 1), 0);
	unit_end(&b);
}

static void test_root_follows_what_is_owned(void **state)
{
	struct pga_buddy b;
	u64 bytes;

	unit_begin(&b, 5000, 100);
	bytes = pga_buddy_node_bytes(&b);
	unit_alloc_range(&b, 5050, 1);
	assert_int_equal(unit_add(&b, 1ULL << 51, 100), 0);
	assert_int_equal(unit_add(&b, 0, 100), 0);
	assert_true(pga_buddy_node_bytes(&b) > bytes);
	unit_sound(&b);
	assert_int_equal(unit_remove(&b, 1ULL << 51, 100), 0);
	assert_int_equal(unit_remove(&b, 0, 100), 0);
	assert_int_equal(pga_buddy_node_bytes(&b), bytes);
	unit_expect_run(&b, 5050, 5051, 49);
	unit_end(&b);
}

static void test_full_root_is_raised_and_lowered(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 4096, 4096);
	assert_int_equal(unit_add(&b, 2 * GIB, 4096), 0);
	unit_sound(&b);
	unit_expect_run(&b, 0, 4096, 4096);
	assert_int_equal(unit_remove(&b, 2 * GIB, 4096), 0);
	unit_sound(&b);
	assert_int_equal(unit_alloc(&b, ANYWHERE(4096)), 4096);
	unit_end(&b);
}

/* A node allocated as a whole is not written out, but must be as the root. */
static void test_root_is_lowered_to_what_was_allocated_as_one(void **state)
{
	struct pga_buddy b;
	u64 first;

	unit_begin(&b, NODE_PAGES(1), NODE_PAGES(1));
	assert_int_equal(unit_add(&b, 3 * NODE_PAGES(1), 1), 0);
	unit_alloc_range(&b, NODE_PAGES(1), NODE_PAGES(1));
	assert_int_equal(unit_remove(&b, 3 * NODE_PAGES(1), 1), 0);
	unit_sound(&b);
	assert_int_equal(unit_try_alloc(&b, ANYWHERE(1), &first), -ENOSPC);
	unit_free(&b, NODE_PAGES(1), NODE_PAGES(1));
	unit_end(&b);
}

/* Only owned pages cost memory, not the distance between them. */
static void test_two_chunks_in_one_tib(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, 512);
	assert_int_equal(unit_add(&b, TIB - 512, 512), 0);
	assert_true(pga_buddy_node_bytes(&b) < 64 * 1024);
	unit_end(&b);
	unit_begin(&b, 0, 512);
	assert_int_equal(unit_add(&b, LAST_PAGE - 511, 512), 0);
	assert_true(pga_buddy_node_bytes(&b) < 64 * 1024);
	unit_end(&b);
}

/* The size that the environment must serve for nearly all allocations. */
static void test_node_size(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 0, PGA_WORD_BITS * PGA_WORD_BITS);
	assert_int_equal(b.node_bytes - b.max_spans * sizeof(*b.spans),
			 pga_buddy_node_size());
	unit_end(&b);
}

/* A fifth of a byte for each page in the kernel; narrow words cost more. */
static void test_bytes_per_page(void **state)
{
	const u64 pages_of_5_bytes = PGA_WORD_BITS == 64 ? 25 :
				     PGA_WORD_BITS == 16 ? 8 : 3;
	struct pga_buddy b;

	unit_begin(&b, GIB, GIB);
	assert_true(pga_buddy_node_bytes(&b) * pages_of_5_bytes <= 5 * GIB);
	unit_end(&b);
	unit_begin(&b, 64 * GIB + 4711, 64 * GIB);
	assert_true(pga_buddy_node_bytes(&b) * pages_of_5_bytes <=
		    5 * 64 * GIB);
	unit_end(&b);
}

static void test_memory_is_returned(void **state)
{
	struct pga_buddy b;
	size_t before = env_bytes();
	u64 i;

	pga_buddy_init(&b);
	for (i = 0; i < 100; i++)
		assert_int_equal(unit_add(&b, i * 10000, 5000), 0);
	assert_int_equal(env_bytes() - before, pga_buddy_node_bytes(&b));
	for (i = 0; i < 100; i++)
		assert_int_equal(unit_remove(&b, i * 10000, 5000), 0);
	assert_int_equal(env_bytes() - before, pga_buddy_node_bytes(&b));
	pga_buddy_destroy(&b);
	assert_int_equal(env_bytes(), before);
}

static void test_destroy_with_pages_in_use(void **state)
{
	struct pga_buddy b;
	size_t before = env_bytes();

	unit_begin(&b, 1, 3 * GIB);
	assert_int_equal(unit_add(&b, 1ULL << 40, 9), 0);
	unit_alloc_range(&b, 100, 2 * GIB);
	pga_buddy_destroy(&b);
	assert_int_equal(env_bytes(), before);
	unit_sound(&b);
}

static void test_thousands_of_spans(void **state)
{
	struct pga_buddy b;
	u64 i, first, nr;

	pga_buddy_init(&b);
	for (i = 0; i < 5000; i++)
		assert_int_equal(unit_add(&b, i * 7919 % 5000 * 1024, 512), 0);
	unit_sound(&b);
	for (i = 0; i < 5000; i++) {
		assert_true(pga_buddy_next_owned(&b, i * 1024, &first, &nr));
		assert_int_equal(first, i * 1024);
		assert_int_equal(nr, 512);
		assert_int_equal(pga_buddy_free(&b, first, nr), -EEXIST);
		assert_int_equal(pga_buddy_free(&b, first + 1, nr), -ENOENT);
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(unit_add(&b, i * 1024 + 512, 512), 0);
	unit_expect_run(&b, 0, 0, 5000 * 1024);
	unit_end(&b);
}

/* Let every allocation fail once. */
static void fail_all_fills(const struct pga_buddy *b, u64 first, u64 nr)
{
	struct pga_prealloc prealloc;
	size_t before = env_bytes();
	unsigned int nth = 0;

	do {
		env_fail_nth(++nth);
		if (!pga_prealloc_fill(&prealloc, b, first, nr)) {
			assert_false(env_failed());
			pga_prealloc_free(&prealloc);
			break;
		}
		assert_true(env_failed());
		assert_int_equal(env_bytes(), before);
		pga_prealloc_free(&prealloc);
	} while (nth < 1000);
	env_fail_nth(0);
	assert_int_equal(env_bytes(), before);
	assert_in_range(nth, 2, 999);
}

static void test_prealloc_runs_out_of_memory(void **state)
{
	struct pga_buddy b;

	pga_buddy_init(&b);
	fail_all_fills(&b, 1000, 50000);
	assert_int_equal(unit_add(&b, 1000, 50000), 0);
	fail_all_fills(&b, 1ULL << 51, 9000);
	unit_end(&b);
}

/* A preallocation is for a range; which pages are free may change later. */
static void test_prealloc_survives_allocations(void **state)
{
	struct pga_prealloc prealloc;
	struct pga_buddy b;

	unit_begin(&b, 0, GIB);
	assert_int_equal(pga_prealloc_fill(&prealloc, &b, GIB, GIB), 0);
	unit_alloc_range(&b, 5, 9);
	assert_int_equal(pga_buddy_add(&b, GIB, GIB, &prealloc), 0);
	pga_prealloc_free(&prealloc);
	unit_free(&b, 5, 9);
	unit_expect_run(&b, 0, 0, 2 * GIB);
	unit_end(&b);
}

static void test_prealloc_is_freed_twice(void **state)
{
	struct pga_prealloc prealloc;
	struct pga_buddy b;

	pga_buddy_init(&b);
	assert_int_equal(pga_prealloc_fill(&prealloc, &b, 0, GIB), 0);
	pga_prealloc_free(&prealloc);
	pga_prealloc_free(&prealloc);
	unit_end(&b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_add_coalesces_with_both_sides),
	cmocka_unit_test(test_chunks_become_one_block),
	cmocka_unit_test(test_add_owned),
	cmocka_unit_test(test_add_bad_ranges),
	cmocka_unit_test(test_add_last_page),
	cmocka_unit_test(test_add_with_wrong_prealloc),
	cmocka_unit_test(test_remove_all),
	cmocka_unit_test(test_remove_cuts_a_free_run),
	cmocka_unit_test(test_remove_across_added_ranges),
	cmocka_unit_test(test_remove_busy),
	cmocka_unit_test(test_remove_not_owned),
	cmocka_unit_test(test_remove_without_slot),
	cmocka_unit_test(test_root_follows_what_is_owned),
	cmocka_unit_test(test_full_root_is_raised_and_lowered),
	cmocka_unit_test(test_root_is_lowered_to_what_was_allocated_as_one),
	cmocka_unit_test(test_two_chunks_in_one_tib),
	cmocka_unit_test(test_node_size),
	cmocka_unit_test(test_bytes_per_page),
	cmocka_unit_test(test_memory_is_returned),
	cmocka_unit_test(test_destroy_with_pages_in_use),
	cmocka_unit_test(test_thousands_of_spans),
	cmocka_unit_test(test_prealloc_runs_out_of_memory),
	cmocka_unit_test(test_prealloc_survives_allocations),
	cmocka_unit_test(test_prealloc_is_freed_twice),
};

UNIT_TABLE(unit_grow_tests);
