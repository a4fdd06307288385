// SPDX-License-Identifier: GPL-2.0
/*
 * The operations on single nodes: after the avail of a child changed, a node
 * must equal the node that is written out from the avail of all its children.
 * With words of 8 bits, for every node of level 1; otherwise for nodes whose
 * children repeat a pattern, and for random ones.
 */
#include <stdlib.h>

#include "core/node.h"
#include "unit.h"

#define BITS	PGA_WORD_BITS
#define NODES	20000

/* The state of a node: the avail of each child. */
struct child_avail {
	unsigned int level;
	unsigned int of[BITS];
};

/* One more than the largest avail of a child, that of a wholly free one. */
static unsigned int avail_limit(unsigned int level)
{
	return pga_child_order(level) + 2;
}

static unsigned int naive_avail(const struct child_avail *r)
{
	unsigned int order = pga_child_order(r->level), avail = 0, i, n, m;

	for (i = 0; i < BITS; i++)
		avail = max_t(unsigned int, avail, r->of[i]);
	if (avail <= order)
		return avail;
	/* Aligned runs of 2^n children that are all free. */
	for (n = 1; n <= PGA_WORD_ORDER; n++)
		for (i = 0; i < BITS; i += 1U << n) {
			for (m = 0; m < 1U << n; m++)
				if (r->of[i + m] <= order)
					break;
			if (m == 1U << n)
				avail = max_t(unsigned int, avail,
					      order + n + 1);
		}
	return avail;
}

/* @written: wholly free children have their bits in all words. */
static void write_out(struct pga_node *node, const struct child_avail *r,
		      bool written)
{
	unsigned int order = pga_child_order(r->level), k, i;

	for (k = 0; k <= order; k++) {
		node->at[k] = 0;
		for (i = 0; i < BITS; i++) {
			bool set = k < r->of[i];

			if (k < order && r->of[i] > order)
				set = written;
			node->at[k] += (u64)set << i;
		}
	}
	node->avail = naive_avail(r);
}

static void expect_node(const struct pga_node *node,
			const struct pga_node *expected, unsigned int level)
{
	unsigned int order = pga_child_order(level), k;
	pga_word whole = expected->at[order];

	assert_int_equal(node->avail, expected->avail);
	assert_int_equal(pga_node_avail(node, level), expected->avail);
	assert_int_equal(node->at[order], whole);
	for (k = 0; k < order; k++) {
		if ((node->at[k] ^ expected->at[k]) & pga_word_not(whole))
			fail_msg("the children of order %u", k);
		if ((node->at[k] ^ node->at[0]) & whole)
			fail_msg("the whole children in word %u", k);
	}
}

#define MAX_LEVEL	3

/* A node, the result of a change, and the expected result. */
static struct pga_node *origin, *work, *expected;

static int begin(void **state)
{
	origin = calloc(1, pga_node_size(MAX_LEVEL));
	work = calloc(1, pga_node_size(MAX_LEVEL));
	expected = calloc(1, pga_node_size(MAX_LEVEL));
	return !origin || !work || !expected;
}

static int end(void **state)
{
	free(origin);
	free(work);
	free(expected);
	return 0;
}

/* Change the avail of a child, or set the same when it is not whole. */
static void try_change(const struct pga_node *before, struct child_avail *r,
		       unsigned int index, unsigned int to, bool lower)
{
	unsigned int from = r->of[index];
	bool changed;

	memcpy(work, before, pga_node_size(r->level));
	changed = lower ? pga_node_lower(work, r->level, index, to) :
			  pga_node_raise(work, r->level, index, to);
	r->of[index] = to;
	write_out(expected, r, true);
	r->of[index] = from;
	expect_node(work, expected, r->level);
	assert_int_equal(changed, expected->avail != before->avail);
}

static void try_all_changes(const struct pga_node *before,
			    struct child_avail *r)
{
	unsigned int limit = avail_limit(r->level), index, to;

	for (index = 0; index < BITS; index++)
		for (to = 0; to < limit; to++) {
			bool whole = r->of[index] == limit - 1;

			if (to < r->of[index] || (to == r->of[index] && !whole))
				try_change(before, r, index, to, true);
			if (to >= r->of[index] && !whole)
				try_change(before, r, index, to, false);
		}
}

static void try_node(struct child_avail *r)
{
	write_out(origin, r, false);
	try_all_changes(origin, r);
	write_out(origin, r, true);
	try_all_changes(origin, r);
}

/* The next combination of @nr values; false after the last. */
static bool next_avail(struct child_avail *r, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (++r->of[i] < avail_limit(r->level))
			return true;
		r->of[i] = 0;
	}
	return false;
}

/* Every pattern of @nr values, repeated over all children. */
static void try_all_patterns(unsigned int level, unsigned int nr)
{
	struct child_avail r = { .level = level };
	unsigned int i;

	do {
		for (i = nr; i < BITS; i++)
			r.of[i] = r.of[i % nr];
		try_node(&r);
	} while (next_avail(&r, nr));
}

/* With 8 children, this is every node of level 1. */
static void test_every_node(void **state)
{
	static const unsigned int nr[] = { [3] = 8 - UNIT_SLOWNESS / 2, 4, 3, 3 };

	try_all_patterns(1, nr[PGA_WORD_ORDER]);
}

/* Mostly one value for all children, with few or many others. */
static void any_avail(struct unit_random *random, struct child_avail *r)
{
	unsigned int limit = avail_limit(r->level), i;
	unsigned int most = unit_below(random, limit);
	unsigned int odd = 1 + unit_below(random, BITS);

	for (i = 0; i < BITS; i++)
		r->of[i] = unit_below(random, odd) ? most :
						     unit_below(random, limit);
}

static void test_any_node(void **state)
{
	u64 nodes = unit_iterations(NODES) / BITS, i;
	struct unit_random random = { unit_seed() };
	struct child_avail r;

	print_message("# PGA_SEED=%llu\n", (unsigned long long)unit_seed());
	for (i = 0; i < nodes; i++) {
		r.level = 1 + unit_below(&random, MAX_LEVEL);
		any_avail(&random, &r);
		try_node(&r);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(test_every_node, begin, end),
	cmocka_unit_test_setup_teardown(test_any_node, begin, end),
};

UNIT_TABLE(unit_node_tests);
