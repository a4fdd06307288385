// SPDX-License-Identifier: GPL-2.0
/*
 * pga_buddy_check() finds faults: each test breaks one thing by hand, expects
 * the report, and repairs it.
 */
#include "core/node.h"
#include "core/span.h"
#include "unit.h"

/* Three levels; only the first node of level 1 has a page in use. */
static void begin(struct pga_buddy *b)
{
	unit_begin(b, 0, 2 * NODE_PAGES(2));
	assert_int_equal(unit_add(b, 5 * NODE_PAGES(2), NODE_PAGES(1)), 0);
	unit_alloc_range(b, PGA_WORD_BITS + 4, 1);
	assert_int_equal(b->level, 3);
}

static void expect_fault(const struct pga_buddy *b, const char *expected)
{
	const char *fault = pga_buddy_check(b);

	assert_non_null(fault);
	assert_string_equal(fault, expected);
}

static struct pga_node *lowest_node(struct pga_buddy *b)
{
	return b->root->child[0]->child[0];
}

/* With @field set to @value, the check of the buddy b reports @text. */
#define EXPECT_FAULT(field, value, text)	do {		\
	__typeof__(field) *place = &(field), saved = *place;	\
								\
	*place = (value);					\
	expect_fault(&b, text);					\
	*place = saved;						\
	unit_sound(&b);						\
} while (0)

static void test_wrong_counts(void **state)
{
	struct pga_buddy b;

	begin(&b);
	EXPECT_FAULT(b.nr_free, b.nr_free + 1,
		     "the number of free pages is wrong");
	EXPECT_FAULT(b.nr_owned, b.nr_owned - 1,
		     "the number of owned pages is wrong");
	EXPECT_FAULT(b.node_bytes, 0, "the number of bytes is wrong");
	unit_end(&b);
}

static void test_wrong_root(void **state)
{
	struct pga_buddy b;

	begin(&b);
	EXPECT_FAULT(b.root, NULL,
		     "a root without a span, or the other way round");
	EXPECT_FAULT(b.level, 4,
		     "the root is not the smallest node that covers all");
	EXPECT_FAULT(b.base, NODE_PAGES(3), "the base of the root is wrong");
	unit_end(&b);
}

static void test_wrong_spans(void **state)
{
	struct pga_buddy b;

	begin(&b);
	EXPECT_FAULT(b.max_spans, 1,
		     "more spans than there is room for");
	EXPECT_FAULT(b.spans[0].first, b.spans[0].last + 1,
		     "a span is empty or beyond the last page");
	EXPECT_FAULT(b.spans[1].last, 1ULL << 52,
		     "a span is empty or beyond the last page");
	EXPECT_FAULT(b.spans[0].last, b.spans[1].first - 1,
		     "spans overlap, touch or are not in order");
	unit_end(&b);
}

static void test_page_flipped(void **state)
{
	struct pga_buddy b;
	pga_word *word;

	begin(&b);
	word = &lowest_node(&b)->word[1];
	EXPECT_FAULT(*word, *word ^ 1 << 5,
		     "the number of free pages is wrong");
	EXPECT_FAULT(*word, 1,
		     "a child is under an order that is not its own");
	EXPECT_FAULT(*word, PGA_WORD_ALL,
		     "a child that is wholly free is not merged");
	EXPECT_FAULT(lowest_node(&b)->word[2], 1,
		     "a word of pages that are all free is not 0");
	unit_end(&b);
}

static void test_page_not_owned(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 2, 3 * PGA_WORD_BITS);
	EXPECT_FAULT(b.root->word[0], b.root->word[0] | 1,
		     "a page is free but not owned");
	EXPECT_FAULT(b.root->word[5], 1,
		     "a node is missing, or there without a page");
	EXPECT_FAULT(b.root->at[PGA_WORD_ORDER],
		     b.root->at[PGA_WORD_ORDER] |
		     pga_word_from(PGA_WORD_BITS - 1),
		     "a page is free but not owned");
	unit_end(&b);
}

static void test_words_disagree(void **state)
{
	struct pga_buddy b;
	unsigned int k;

	begin(&b);
	for (k = 0; k <= 3 * PGA_WORD_ORDER; k++)
		EXPECT_FAULT(b.root->at[k], b.root->at[k] ^ 1,
			     k == 3 * PGA_WORD_ORDER ?
			     "the avail of a node is wrong" :
			     "a child is under an order that is not its own");
	EXPECT_FAULT(b.root->avail, 3, "the avail of a node is wrong");
	EXPECT_FAULT(lowest_node(&b)->at[0], lowest_node(&b)->at[0] ^ 2,
		     "a child is under an order that is not its own");
	unit_end(&b);
}

static void test_void_node_not_uniform(void **state)
{
	struct pga_buddy b;

	begin(&b);
	EXPECT_FAULT(b.root->child[1]->at[3], 1,
		     "a node that is wholly free, or not at all, has blocks");
	EXPECT_FAULT(b.root->child[1]->at[2 * PGA_WORD_ORDER], 5,
		     "a node that is wholly free, or not at all, has blocks");
	EXPECT_FAULT(b.root->child[1]->avail, 2,
		     "a node that is wholly free, or not at all, has a wrong avail");
	EXPECT_FAULT(b.root->child[1]->child[7]->word[0], 2,
		     "a node that is wholly free, or not at all, has pages");
	unit_end(&b);
}

static void test_wrong_children(void **state)
{
	struct pga_buddy b;

	begin(&b);
	EXPECT_FAULT(b.root->child[1], NULL,
		     "a node is missing, or there without a page");
	EXPECT_FAULT(b.root->child[6], b.root->child[1],
		     "a node is missing, or there without a page");
	unit_end(&b);
}

/* Pages that are found but not free are refused, and nothing changes. */
static void test_broken_tree_is_not_allocated_from(void **state)
{
	struct pga_request rq = { .nr = 2, .last = ~0ULL, .top_down = true };
	struct pga_buddy b;
	u64 first;

	begin(&b);
	unit_alloc_range(&b, NODE_PAGES(2), NODE_PAGES(2));
	unit_alloc_range(&b, 5 * NODE_PAGES(2), NODE_PAGES(1));
	b.root->at[0] -= 1;
	assert_int_equal(pga_buddy_alloc(&b, &rq, &first), -ENOSPC);
	b.root->at[0] += 1;
	unit_end(&b);
}

/* A page that was free before it was owned is refused. */
static void test_page_free_before_it_is_owned(void **state)
{
	struct pga_buddy b;

	unit_begin(&b, 2, 3 * PGA_WORD_BITS);
	b.root->word[0] += 1;
	assert_int_equal(unit_add(&b, 0, 1), -EEXIST);
	unit_end(&b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_wrong_counts),
	cmocka_unit_test(test_wrong_root),
	cmocka_unit_test(test_wrong_spans),
	cmocka_unit_test(test_page_flipped),
	cmocka_unit_test(test_page_not_owned),
	cmocka_unit_test(test_words_disagree),
	cmocka_unit_test(test_void_node_not_uniform),
	cmocka_unit_test(test_wrong_children),
	cmocka_unit_test(test_broken_tree_is_not_allocated_from),
	cmocka_unit_test(test_page_free_before_it_is_owned),
};

UNIT_TABLE(unit_check_tests);
