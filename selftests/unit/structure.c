// SPDX-License-Identifier: GPL-2.0
/*
 * Comparison of two trees.  Only the parent of a node knows that all of its
 * pages are free, or none: the words of such a node have no meaning and are not
 * compared.  A child is wholly free by the last word, whatever the others say.
 */
#include "core/node.h"
#include "core/span.h"
#include "structure.h"
#include "unit.h"

/* Whether the child @index is void: its parent has all of its state. */
static bool child_void(const struct pga_node *node, unsigned int level,
		       unsigned int index)
{
	return pga_word_test(pga_node_whole(node, level), index) ||
	       !pga_word_test(node->at[0], index);
}

static void same_words(const struct pga_node *a, const struct pga_node *b,
		       unsigned int level)
{
	pga_word whole = pga_node_whole(a, level);
	unsigned int i;

	assert_int_equal(a->avail, b->avail);
	assert_int_equal(whole, pga_node_whole(b, level));
	for (i = 0; i < pga_child_order(level); i++)
		assert_int_equal(a->at[i] | whole, b->at[i] | whole);
	for (i = 0; i < PGA_WORD_BITS && level == 1; i++)
		assert_int_equal(a->word[i], b->word[i]);
}

static void same_node(const struct pga_node *a, const struct pga_node *b,
		      unsigned int level, bool is_void)
{
	unsigned int i;

	assert_int_equal(!a, !b);
	if (!a)
		return;
	if (!is_void)
		same_words(a, b, level);
	for (i = 0; i < PGA_WORD_BITS && level > 1; i++)
		same_node(a->child[i], b->child[i], level - 1,
			  is_void || child_void(a, level, i));
}

static u64 tree_bytes(const struct pga_buddy *b)
{
	return b->node_bytes - b->max_spans * sizeof(*b->spans);
}

void unit_same_structure(const struct pga_buddy *a, const struct pga_buddy *b)
{
	unsigned int i;

	assert_int_equal(a->base, b->base);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->nr_free, b->nr_free);
	assert_int_equal(a->nr_owned, b->nr_owned);
	assert_int_equal(tree_bytes(a), tree_bytes(b));
	assert_int_equal(a->nr_spans, b->nr_spans);
	for (i = 0; i < a->nr_spans; i++) {
		assert_int_equal(a->spans[i].first, b->spans[i].first);
		assert_int_equal(a->spans[i].last, b->spans[i].last);
	}
	same_node(a->root, b->root, a->level, false);
}
