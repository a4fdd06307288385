// SPDX-License-Identifier: GPL-2.0
/*
 * The check of the invariants: everything is computed again from the leaves up.
 */
#include "core/check.h"
#include "core/grow.h"
#include "core/node.h"
#include "core/span.h"

/**
 * struct audit - the state of a check
 * @b:		the buddy
 * @free:	free pages counted so far
 * @bytes:	bytes of memory counted so far
 */
struct audit {
	const struct pga_buddy *b;
	u64 free;
	u64 bytes;
};

static const char *check_spans(struct audit *a)
{
	const struct pga_buddy *b = a->b;
	u64 owned = 0;
	unsigned int i;

	if (b->nr_spans > b->max_spans)
		return "more spans than there is room for";
	for (i = 0; i < b->nr_spans; i++) {
		const struct pga_span *span = &b->spans[i];

		if (span->first > span->last || span->last >> PGA_PAGE_BITS)
			return "a span is empty or beyond the last page";
		if (i && span->first <= span[-1].last + 1)
			return "spans overlap, touch or are not in order";
		owned += span->last - span->first + 1;
	}
	if (owned != b->nr_owned)
		return "the number of owned pages is wrong";
	a->bytes += b->max_spans * sizeof(*b->spans);
	return NULL;
}

static const char *check_root(struct audit *a)
{
	const struct pga_buddy *b = a->b;
	u64 first, last;

	if (!b->root != !b->nr_spans)
		return "a root without a span, or the other way round";
	if (!b->root)
		return NULL;
	first = b->spans[0].first;
	last = b->spans[b->nr_spans - 1].last;
	if (b->level != pga_root_level(first, last))
		return "the root is not the smallest node that covers all";
	if (b->base != first - pga_offset(first, pga_node_order(b->level)))
		return "the base of the root is wrong";
	return NULL;
}

/* Whether all free pages of a word, which begins at @page, are owned. */
static bool word_owned(const struct pga_buddy *b, pga_word word, u64 page)
{
	for (; word; word &= word - 1) {
		u64 owned = page + pga_ctz64(word);

		if (!pga_span_holds(b, owned, owned))
			return false;
	}
	return true;
}

static u64 word_weight(pga_word word)
{
	u64 weight = 0;

	for (; word; word &= word - 1)
		weight++;
	return weight;
}

/* Whether a node is void, see struct pga_node. */
static bool is_void(const struct pga_buddy *b, unsigned int level, u64 page)
{
	const struct pga_node *node = b->root;
	unsigned int l;

	for (l = b->level; l > level; l--) {
		unsigned int i = pga_child_index(page, l);

		if (pga_word_test(pga_node_whole(node, l), i) ||
		    !pga_word_test(node->at[0], i))
			return true;
		node = node->child[i];
	}
	return false;
}

/* A void node is written as if all of its pages were free, or none. */
static const char *check_void(const struct pga_node *node, unsigned int level)
{
	pga_word all = node->avail ? PGA_WORD_ALL : 0;
	unsigned int order = pga_child_order(level), k;

	if (node->avail && node->avail != pga_node_full(level))
		return "a node that is wholly free, or not at all, has a wrong avail";
	if (node->at[order] != all || (node->at[0] & ~all))
		return "a node that is wholly free, or not at all, has blocks";
	for (k = 1; k < order; k++)
		if (node->at[k] != node->at[0])
			return "a node that is wholly free, or not at all, has blocks";
	for (k = 0; level == 1 && k < PGA_WORD_BITS; k++)
		if (node->word[k])
			return "a node that is wholly free, or not at all, has pages";
	return NULL;
}

/* Count the free pages of a child, and check that they are owned. */
static const char *check_pages(struct audit *a, const struct pga_node *node,
			       unsigned int level, unsigned int index, u64 page)
{
	unsigned int order = pga_child_order(level);
	bool whole = pga_word_test(pga_node_whole(node, level), index);
	pga_word word = level == 1 ? node->word[index] : 0;

	if (whole && word)
		return "a word of pages that are all free is not 0";
	if (!word_owned(a->b, word, page) ||
	    (whole && !pga_span_holds(a->b, page, pga_block_last(page, order))))
		return "a page is free but not owned";
	a->free += whole ? 1ULL << order : word_weight(word);
	return NULL;
}

/*
 * The avail of a child according to the child itself; for a whole child, the
 * avail that its bits in the words before the last imply.
 */
static unsigned int child_avail(const struct pga_node *node, unsigned int level,
				unsigned int index)
{
	bool some = pga_word_test(node->at[0], index);

	if (pga_word_test(pga_node_whole(node, level), index))
		return some ? pga_child_order(level) : 0;
	if (level == 1)
		return pga_word_avail(node->word[index]);
	return some ? node->child[index]->avail : 0;
}

/* Check the words @at of a node for one child. */
static const char *check_bits(const struct pga_node *node, unsigned int level,
			      unsigned int index)
{
	unsigned int avail = child_avail(node, level, index), k;

	if (avail > pga_child_order(level))
		return "a child that is wholly free is not merged";
	for (k = 0; k < pga_child_order(level); k++)
		if (pga_word_test(node->at[k], index) ? k >= avail : k < avail)
			return "a child is under an order that is not its own";
	return NULL;
}

/* Check the words of a node that is not void, child by child. */
static const char *check_words(struct audit *a, const struct pga_node *node,
			       unsigned int level, u64 page)
{
	unsigned int avail = pga_node_avail(node, level), i;
	const char *fault = NULL;

	if (node->avail != avail)
		return "the avail of a node is wrong";
	for (i = 0; i < PGA_WORD_BITS && !fault; i++) {
		fault = check_pages(a, node, level, i, page) ?:
			check_bits(node, level, i);
		page += 1ULL << pga_child_order(level);
	}
	return fault;
}

/* Check that a node has the children that it should have. */
static const char *check_children(const struct audit *a,
				  const struct pga_node *node,
				  unsigned int level, u64 page)
{
	unsigned int order = pga_child_order(level), i;

	for (i = 0; i < PGA_WORD_BITS; i++) {
		bool owned = pga_span_meets(a->b, page,
					    pga_block_last(page, order));

		if (level > 1 ? owned != !!node->child[i] :
				node->word[i] && !owned)
			return "a node is missing, or there without a page";
		page += 1ULL << order;
	}
	return NULL;
}

static const char *check_node(struct audit *a, const struct pga_node *node,
			      unsigned int level, u64 page)
{
	a->bytes += pga_node_size(level);
	return check_children(a, node, level, page) ?:
	       is_void(a->b, level, page) ? check_void(node, level) :
					    check_words(a, node, level, page);
}

/* Check all nodes of a level; the levels above have no fault. */
static const char *check_level(struct audit *a, unsigned int level)
{
	const struct pga_buddy *b = a->b;
	unsigned int order = pga_node_order(level);
	const char *fault = NULL;
	u64 page = b->base;

	while (!fault) {
		unsigned int i = pga_span_at_or_after(b, page);

		if (i == b->nr_spans)
			break;
		page = max_t(u64, page, b->spans[i].first);
		page -= pga_offset(page, order);
		fault = check_node(a, pga_node_at(b, level, page), level, page);
		page += 1ULL << order;
	}
	return fault;
}

/**
 * pga_buddy_check() - check all invariants
 * @b: the buddy
 *
 * Context: Any; may overlap with other calls that take a const buddy.  Visits
 * every node, which takes about a millisecond per 2 GiB of 4 KiB pages.
 * Return: NULL when @b is sound, else a description of the first fault.
 */
const char *pga_buddy_check(const struct pga_buddy *b)
{
	struct audit a = { .b = b };
	const char *fault = check_spans(&a);
	unsigned int level;

	if (!fault)
		fault = check_root(&a);
	for (level = b->level; level && !fault; level--)
		fault = check_level(&a, level);
	if (!fault && a.free != b->nr_free)
		fault = "the number of free pages is wrong";
	if (!fault && a.bytes != b->node_bytes)
		fault = "the number of bytes is wrong";
	return fault;
}
