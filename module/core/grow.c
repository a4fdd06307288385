// SPDX-License-Identifier: GPL-2.0
/*
 * Growing and shrinking: ranges are added and removed, and nodes with them.
 *
 * A node exists exactly where one of its pages is owned, and the root is the
 * smallest node that covers all of them.  So the nodes that a change needs
 * follow from the spans alone: pga_prealloc_fill() counts and allocates them
 * beforehand, and the change itself cannot run out of memory.  The nodes that
 * it unlinks go to the preallocation, to be freed outside the lock.
 */
#include "core/grow.h"
#include "core/node.h"
#include "core/span.h"
#include "core/update.h"

#define PGA_MIN_SPANS	4

/* A node in a preallocation: a new one is all 0, except for this link. */
struct prealloc_node {
	struct prealloc_node *next;
};

static void prealloc_put(struct pga_prealloc *prealloc, unsigned int level,
			 void *mem)
{
	struct prealloc_node *node = mem;

	node->next = prealloc->nodes[level];
	prealloc->nodes[level] = node;
	prealloc->nr_nodes[level]++;
}

static void *prealloc_get(struct pga_prealloc *prealloc, unsigned int level)
{
	struct prealloc_node *node = prealloc->nodes[level];

	prealloc->nodes[level] = node->next;
	prealloc->nr_nodes[level]--;
	node->next = NULL;
	return node;
}

static bool node_exists(const struct pga_buddy *b, unsigned int level, u64 page)
{
	unsigned int order = pga_node_order(level);

	return pga_span_meets(b, page - pga_offset(page, order),
			      pga_block_last(page, order));
}

/**
 * pga_buddy_node_size() - the size of nearly all allocations of the core
 *
 * Return: bytes of a node of the lowest level.
 */
size_t pga_buddy_node_size(void)
{
	return pga_node_size(1);
}

/* The level of the smallest node that covers @first and @last. */
unsigned int pga_root_level(u64 first, u64 last)
{
	unsigned int level = 1;

	while ((first ^ last) >> pga_node_order(level))
		level++;
	return level;
}

/* The level of the root once @first to @last are owned as well. */
static unsigned int next_root_level(const struct pga_buddy *b, u64 first,
				    u64 last)
{
	if (!b->nr_spans)
		return pga_root_level(first, last);
	return pga_root_level(min_t(u64, first, b->spans[0].first),
			      max_t(u64, last, b->spans[b->nr_spans - 1].last));
}

/*
 * The number of new nodes of @level that adding @first to @last needs; none of
 * these pages is owned.  Only the nodes at the two ends may exist already, and
 * only up to the level of the root; above it, the current root needs a path as
 * well.
 */
static u64 nodes_missing(const struct pga_buddy *b, unsigned int level,
			 u64 first, u64 last)
{
	unsigned int order = pga_node_order(level);
	u64 low = first >> order, high = last >> order;
	u64 nr = high - low + 1;

	if (!b->root)
		return nr;
	if (level > b->level)
		return nr + (b->base >> order < low || b->base >> order > high);
	nr -= node_exists(b, level, first);
	if (low != high)
		nr -= node_exists(b, level, last);
	return nr;
}

/* Whether @prealloc has all the memory that adding @first to @last needs. */
static bool prealloc_suffices(const struct pga_prealloc *prealloc,
			      const struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int level = next_root_level(b, first, last);

	for (; level; level--)
		if (prealloc->nr_nodes[level] <
		    nodes_missing(b, level, first, last))
			return false;
	return max_t(unsigned int, prealloc->max_spans, b->max_spans) >
	       b->nr_spans;
}

static int fill_nodes(struct pga_prealloc *prealloc, unsigned int level, u64 nr)
{
	while (prealloc->nr_nodes[level] < nr) {
		void *node = pga_env_zalloc(pga_node_size(level));

		if (!node)
			return -ENOMEM;
		prealloc_put(prealloc, level, node);
	}
	return 0;
}

static int fill_spans(struct pga_prealloc *prealloc, const struct pga_buddy *b)
{
	unsigned int nr = b->max_spans ? 2 * b->max_spans : PGA_MIN_SPANS;

	if (b->nr_spans < b->max_spans)
		return 0;
	prealloc->spans = pga_env_zalloc(nr * sizeof(*prealloc->spans));
	if (!prealloc->spans)
		return -ENOMEM;
	prealloc->max_spans = nr;
	return 0;
}

/**
 * pga_prealloc_fill() - allocate the memory for adding or removing a range
 * @prealloc: is initialised; it must not hold memory
 * @b: the buddy; only what it owns matters, not which pages are free
 * @first: the first page of the range
 * @nr: its length in pages
 *
 * The memory is enough for one pga_buddy_add() or pga_buddy_remove() of this
 * range or of a part of it, if no other range is added or removed in between.
 *
 * Context: May sleep.  Allocations and frees may run at the same time.
 * Return: 0, -ENOMEM (@prealloc is empty then), -EINVAL or -EOVERFLOW (the
 * range is empty, or goes beyond the last page).
 */
int pga_prealloc_fill(struct pga_prealloc *prealloc, const struct pga_buddy *b,
		      u64 first, u64 nr)
{
	int err = pga_range_check(first, nr);
	u64 last = first + nr - 1;
	unsigned int level;

	memset(prealloc, 0, sizeof(*prealloc));
	if (err)
		return err;
	err = fill_spans(prealloc, b);
	if (err || pga_span_meets(b, first, last))
		return err;
	for (level = next_root_level(b, first, last); level && !err; level--)
		err = fill_nodes(prealloc, level,
				 nodes_missing(b, level, first, last));
	if (err)
		pga_prealloc_free(prealloc);
	return err;
}

/**
 * pga_prealloc_free() - free the memory of a preallocation
 * @prealloc: is empty afterwards, and may be freed again
 *
 * Context: May sleep.
 */
void pga_prealloc_free(struct pga_prealloc *prealloc)
{
	unsigned int level;

	for (level = 1; level <= PGA_LEVELS; level++)
		while (prealloc->nr_nodes[level])
			pga_env_free(prealloc_get(prealloc, level),
				     pga_node_size(level));
	pga_env_free(prealloc->spans,
		     prealloc->max_spans * sizeof(*prealloc->spans));
	prealloc->spans = NULL;
	prealloc->max_spans = 0;
}

/* Exchange the array of spans for the one in @prealloc, which may be NULL. */
static void swap_spans(struct pga_buddy *b, struct pga_prealloc *prealloc)
{
	struct pga_span *spans = b->spans;
	unsigned int max = b->max_spans;

	if (b->nr_spans)
		memcpy(prealloc->spans, spans, b->nr_spans * sizeof(*spans));
	b->spans = prealloc->spans;
	b->max_spans = prealloc->max_spans;
	prealloc->spans = spans;
	prealloc->max_spans = max;
	b->node_bytes -= max * sizeof(*spans);
	b->node_bytes += b->max_spans * sizeof(*spans);
}

static struct pga_node *new_node(struct pga_buddy *b, unsigned int level,
				 struct pga_prealloc *prealloc)
{
	b->node_bytes += pga_node_size(level);
	return prealloc_get(prealloc, level);
}

static void release_node(struct pga_buddy *b, unsigned int level,
			 struct pga_node *node, struct pga_prealloc *prealloc)
{
	b->node_bytes -= pga_node_size(level);
	prealloc_put(prealloc, level, node);
}

/* Put a new root above the old one, which becomes a child like any other. */
static void raise_root(struct pga_buddy *b, struct pga_prealloc *prealloc)
{
	unsigned int level = b->level + 1;
	unsigned int i = pga_child_index(b->base, level);
	struct pga_node *root = new_node(b, level, prealloc);

	root->child[i] = b->root;
	pga_node_raise(root, level, i, b->root->avail);
	b->root = root;
	b->level = level;
	b->base -= pga_offset(b->base, pga_node_order(level));
}

/* Remove the root; all owned pages are in one of its children. */
static void lower_root(struct pga_buddy *b, struct pga_prealloc *prealloc)
{
	unsigned int level = b->level;
	unsigned int i = pga_child_index(b->spans[0].first, level);
	struct pga_node *root = b->root;

	b->root = pga_word_test(pga_node_whole(root, level), i) ?
		  pga_child_to_clear(root, level, i) :
		  pga_child_to_set(root, level, i);
	b->level = level - 1;
	b->base += (u64)i << pga_child_order(level);
	release_node(b, level, root, prealloc);
}

/* Add the missing nodes on the path of @page, down to level 1. */
static void grow_path(struct pga_buddy *b, u64 page,
		      struct pga_prealloc *prealloc)
{
	struct pga_node *node = b->root;
	unsigned int level;

	for (level = b->level; level > 1; level--) {
		unsigned int i = pga_child_index(page, level);

		if (!node->child[i])
			node->child[i] = new_node(b, level - 1, prealloc);
		node = node->child[i];
	}
}

/* Add the missing nodes for @first to @last, none of which is owned yet. */
static void grow_tree(struct pga_buddy *b, u64 first, u64 last,
		      struct pga_prealloc *prealloc)
{
	unsigned int level = next_root_level(b, first, last);
	u64 step = 1ULL << pga_node_order(1);
	u64 page = first - pga_offset(first, pga_node_order(1));

	if (!b->root) {
		b->root = new_node(b, level, prealloc);
		b->level = level;
		b->base = first - pga_offset(first, pga_node_order(level));
	}
	while (b->level < level)
		raise_root(b, prealloc);
	for (; page <= last; page += step)
		grow_path(b, page, prealloc);
}

/* Unlink the nodes of @level for @first to @last that have no owned page. */
static void prune_level(struct pga_buddy *b, unsigned int level, u64 first,
			u64 last, struct pga_prealloc *prealloc)
{
	u64 step = 1ULL << pga_node_order(level);
	u64 page = first - pga_offset(first, pga_node_order(level));

	for (; page <= last; page += step) {
		unsigned int i = pga_child_index(page, level + 1);
		struct pga_node *parent;

		if (node_exists(b, level, page))
			continue;
		parent = pga_node_at(b, level + 1, page);
		release_node(b, level, parent->child[i], prealloc);
		parent->child[i] = NULL;
	}
}

/* Unlink the nodes without an owned page after @first to @last were removed. */
static void prune_tree(struct pga_buddy *b, u64 first, u64 last,
		       struct pga_prealloc *prealloc)
{
	unsigned int level;

	for (level = 1; level < b->level; level++)
		prune_level(b, level, first, last, prealloc);
	if (!b->nr_spans) {
		release_node(b, b->level, b->root, prealloc);
		b->root = NULL;
		b->level = 0;
		b->base = 0;
		return;
	}
	level = next_root_level(b, b->spans[0].first, b->spans[0].first);
	while (b->level > level)
		lower_root(b, prealloc);
}

/**
 * pga_buddy_add() - add a range; its pages are free
 * @b: the buddy
 * @first: the first page of the range
 * @nr: its length in pages
 * @prealloc: from pga_prealloc_fill() for this range; free it afterwards
 *
 * The range coalesces with free pages on both sides.
 *
 * Context: Any; must not overlap with any other call.  Linear in the number of
 * nodes that the range needs, one per 4096 pages.
 * Return: 0, -EEXIST when a page is owned already, -ENOMEM when @prealloc was
 * not filled for this range, -EINVAL or -EOVERFLOW as in pga_prealloc_fill().
 */
int pga_buddy_add(struct pga_buddy *b, u64 first, u64 nr,
		  struct pga_prealloc *prealloc)
{
	int err = pga_range_check(first, nr);
	u64 last = first + nr - 1;

	if (err)
		return err;
	if (pga_span_meets(b, first, last))
		return -EEXIST;
	if (!prealloc_suffices(prealloc, b, first, last))
		return -ENOMEM;

	if (b->nr_spans == b->max_spans)
		swap_spans(b, prealloc);
	grow_tree(b, first, last, prealloc);
	pga_span_join(b, first, last);
	b->nr_free += nr;
	return pga_tree_set(b, first, nr) ? 0 : -EEXIST;
}

static void disown(struct pga_buddy *b, u64 first, u64 last,
		   struct pga_prealloc *prealloc)
{
	pga_span_cut(b, first, last);
	prune_tree(b, first, last, prealloc);
}

/**
 * pga_buddy_remove() - remove a range of free pages
 * @b: the buddy
 * @first: the first page of the range
 * @nr: its length in pages
 * @prealloc: from pga_prealloc_fill() for this range; free it afterwards
 *
 * The range may be part of a range that was added, or of several neighbours,
 * and part of a larger run of free pages.
 *
 * Context: Any; must not overlap with any other call.  Linear in the number of
 * nodes that the range has, one per 4096 pages.
 * Return: 0, -ENOENT when a page is not owned, -EBUSY when one is not free,
 * -ENOMEM when @prealloc was not filled for this range, -EINVAL or -EOVERFLOW
 * as in pga_prealloc_fill().
 */
int pga_buddy_remove(struct pga_buddy *b, u64 first, u64 nr,
		     struct pga_prealloc *prealloc)
{
	int err = pga_range_check(first, nr);
	u64 last = first + nr - 1;

	if (err)
		return err;
	if (!pga_span_holds(b, first, last))
		return -ENOENT;
	if (max_t(unsigned int, b->max_spans, prealloc->max_spans) ==
	    b->nr_spans)
		return -ENOMEM;
	if (!pga_tree_clear(b, first, nr))
		return -EBUSY;
	if (b->nr_spans == b->max_spans)
		swap_spans(b, prealloc);
	b->nr_free -= nr;
	disown(b, first, last, prealloc);
	return 0;
}

/**
 * pga_buddy_init() - initialise a buddy that owns no page
 * @b: the buddy
 */
void pga_buddy_init(struct pga_buddy *b)
{
	memset(b, 0, sizeof(*b));
}

/**
 * pga_buddy_destroy() - free all memory, whether pages are free or not
 * @b: the buddy; afterwards it is as after pga_buddy_init()
 *
 * Context: May sleep.
 */
void pga_buddy_destroy(struct pga_buddy *b)
{
	struct pga_prealloc prealloc = { .spans = NULL };

	while (b->nr_spans) {
		struct pga_span span = b->spans[b->nr_spans - 1];

		disown(b, span.first, span.last, &prealloc);
		pga_prealloc_free(&prealloc);
	}
	pga_env_free(b->spans, b->max_spans * sizeof(*b->spans));
	pga_buddy_init(b);
}
