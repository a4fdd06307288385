// SPDX-License-Identifier: GPL-2.0
/*
 * The placement of a request, and the fast path that most requests take.
 */
#include "core/alloc.h"
#include "core/path.h"
#include "core/search.h"
#include "core/update.h"

/* Whether a request is invalid, see struct pga_request. */
static inline bool request_bad(const struct pga_request *rq)
{
	return !rq->nr || rq->first > rq->last ||
	       (rq->align & (rq->align - 1)) ||
	       (rq->boundary & (rq->boundary - 1)) ||
	       (rq->boundary && rq->boundary < rq->nr);
}

/* Whether a request asks for the lowest block of all. */
static inline bool request_plain(const struct pga_buddy *b,
				 const struct pga_request *rq)
{
	return rq->nr && !(rq->align & (rq->align - 1)) && !rq->boundary &&
	       rq->first <= b->base && !rq->top_down && !rq->in_runs;
}

/* The smallest order whose blocks are enough for both size and alignment. */
static unsigned int request_order(const struct pga_request *rq)
{
	return pga_fls64((rq->nr - 1) | (rq->align - !!rq->align));
}

/* The lowest multiple of @power (a power of two; 0 means 1) from @page on. */
static u64 round_up(u64 page, u64 power)
{
	return ((page - 1) | (power - !!power)) + 1;
}

/* The highest multiple of @power (a power of two; 0 means 1) up to @page. */
static u64 round_down(u64 page, u64 power)
{
	return page & ~(power - !!power);
}

/* The number of pages from @page to the next boundary. */
static u64 to_boundary(const struct pga_request *rq, u64 page)
{
	return rq->boundary - (page & (rq->boundary - 1));
}

/*
 * The lowest page from @page on at which the request may begin, free or not.  A
 * boundary that the request would cross is a multiple of the alignment.
 */
static u64 place_from(const struct pga_request *rq, u64 page)
{
	u64 place = round_up(page, rq->align);

	if (rq->boundary && to_boundary(rq, place) < rq->nr)
		place += to_boundary(rq, place);
	return place;
}

/* The highest page up to @page at which the request may begin, free or not. */
static u64 place_up_to(const struct pga_request *rq, u64 page)
{
	u64 place = round_down(page, rq->align);

	if (rq->boundary && to_boundary(rq, place) < rq->nr)
		place = round_down(place + to_boundary(rq, place) - rq->nr,
				   rq->align);
	return place;
}

/*
 * The lowest or highest place of the request in the pages from @first to @last,
 * all of which are free.  PGA_NONE when there is no room.
 */
static u64 place_within(const struct pga_request *rq, u64 first, u64 last)
{
	u64 place;

	if (last < first || last - first < rq->nr - 1)
		return PGA_NONE;
	if (rq->top_down) {
		place = place_up_to(rq, last - (rq->nr - 1));
		return place >= first ? place : PGA_NONE;
	}
	place = place_from(rq, first);
	return place <= last && last - place >= rq->nr - 1 ? place : PGA_NONE;
}

/**
 * pga_place_in() - where would a request be placed in pages that are all free?
 * @rq: the request, valid
 * @first: the first of the pages
 * @last: the last of them
 * @place: is set to the first page of the place
 *
 * Context: Any.
 * Return: false when they have no room for it within its limits.
 */
bool pga_place_in(const struct pga_request *rq, u64 first, u64 last, u64 *place)
{
	*place = place_within(rq, max_t(u64, first, rq->first),
			      min_t(u64, last, rq->last));
	return *place != PGA_NONE;
}

/*
 * Find a place in a block that is large enough.  Return PGA_NONE when the
 * limits contain none.
 */
static u64 find_block(const struct pga_buddy *b, const struct pga_request *rq,
		      unsigned int order)
{
	u64 page;

	if (rq->top_down) {
		page = pga_tree_find_free(b, order, rq->last, true);
		return page == PGA_NONE || page < rq->first ? PGA_NONE :
			place_within(rq, page, pga_block_last(page, order));
	}
	page = pga_tree_find_free(b, order, rq->first, false);
	return page == PGA_NONE || page > rq->last ||
	       rq->nr - 1 > rq->last - page ? PGA_NONE : page;
}

/*
 * Try the next run of free pages that may have room for the request.  A run of
 * nr pages holds a block of at least about a quarter of nr, so it is enough to
 * try the runs around such blocks.  @rq->resume is the number of pages within
 * the limits, from the side where the search began, that have been searched.
 *
 * Return 0, -EAGAIN when this run has no room, -ENOSPC after the last run.
 */
static int find_in_run(const struct pga_buddy *b, struct pga_request *rq,
		       u64 *place)
{
	unsigned int order = pga_fls64((rq->nr + 1) >> 1) - 1;
	bool down = rq->top_down;
	u64 from = down ? rq->last - rq->resume : rq->first + rq->resume;
	u64 block = pga_tree_find_free(b, order, from, down);
	u64 first, last, page;

	if (block == PGA_NONE)
		return -ENOSPC;
	first = max_t(u64, rq->first, pga_tree_run_start(b, block + 1));
	last = min_t(u64, rq->last, pga_tree_run_end(b, block) - 1);
	page = place_within(rq, first, last);
	if (page != PGA_NONE) {
		*place = page;
		return 0;
	}
	if (down ? first <= rq->first : last >= rq->last)
		return -ENOSPC;
	rq->resume = down ? rq->last - first + 1 : last - rq->first + 1;
	return -EAGAIN;
}

static int find_in_runs(const struct pga_buddy *b, struct pga_request *rq,
			u64 *place)
{
	unsigned int runs = PGA_FIND_RUNS;
	int err;

	do {
		err = find_in_run(b, rq, place);
	} while (err == -EAGAIN && --runs);
	return err;
}

/*
 * Find a place when no block is large enough, or in runs.  Search only if one
 * may exist.
 */
static int find_elsewhere(const struct pga_buddy *b, struct pga_request *rq,
			  u64 *place)
{
	if (rq->nr > b->nr_free || (rq->nr == rq->align && !rq->in_runs))
		return -ENOSPC;
	return find_in_runs(b, rq, place);
}

/**
 * pga_buddy_find() - find where an allocation would be placed
 * @b: the buddy
 * @rq: the request
 * @first: is set to the first page
 *
 * The place is a function of the free pages and of the request alone: the
 * lowest free block whose order is enough for both size and alignment; when
 * there is none, the lowest run of free pages that has room, whatever its
 * length.  From the top down it is the highest such block or run, and the
 * highest place in it.  With @rq->in_runs it is the run in either case: so the
 * place in a run depends on nothing but the alignment and boundary.
 *
 * A search through runs may take long.  A call tries at most PGA_FIND_RUNS of
 * them, so that the caller can drop its locks between two calls: it returns
 * -EAGAIN, and the next call with the same request continues from @rq->resume.
 * Pages that became free in the part already searched are found only when they
 * complete a block that is large enough.
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: 0, -EINVAL (see struct pga_request), -ENOSPC when the request fits
 * nowhere within its limits, -EAGAIN when it must be called again.
 */
int pga_buddy_find(const struct pga_buddy *b, struct pga_request *rq,
		   u64 *first)
{
	u64 page = PGA_NONE;

	if (request_bad(rq))
		return -EINVAL;
	if (!rq->in_runs)
		page = find_block(b, rq, request_order(rq));
	if (page == PGA_NONE)
		return find_elsewhere(b, rq, first);
	*first = page;
	return 0;
}

/*
 * Go down to the lowest node of level @stop that has a block of @order, and set
 * @page to the first page of the node.  Return NULL when no node has one.
 */
static inline struct pga_node *go_lowest(const struct pga_buddy *b,
					 struct pga_path *path,
					 unsigned int order,
					 unsigned int stop, u64 *page)
{
	struct pga_node *node = b->root;
	unsigned int level = b->level;
	u64 prefix = b->base >> pga_node_order(level);

	if (!node || node->avail <= order)
		return NULL;
	for (; level > stop; level--) {
		pga_word children = node->at[order] |
				    pga_node_whole(node, level);
		unsigned int i = pga_ctz64(children);

		prefix = prefix << PGA_WORD_ORDER | i;
		path->node[level] = node;
		node = pga_child_to_clear(node, level, i);
	}
	path->node[level] = node;
	*page = prefix << pga_node_order(level);
	return node;
}

/* Allocate from the lowest block of @order, which is smaller than a leaf. */
static inline bool lowest_pages(struct pga_buddy *b,
				const struct pga_request *rq,
				unsigned int order, u64 *first)
{
	struct pga_path path;
	struct pga_node *node;
	unsigned int i, bit;
	pga_word word;
	u64 page;

	node = go_lowest(b, &path, order, 1, &page);
	if (!node)
		return false;
	i = pga_ctz64(node->at[order] | pga_node_whole(node, 1));
	word = pga_leaf(node, i);
	bit = pga_ctz64(pga_word_blocks(word, order));
	page += (i << PGA_WORD_ORDER) + bit;
	if (page + (rq->nr - 1) > rq->last)
		return false;
	*first = page;
	b->nr_free -= rq->nr;
	pga_leaf_lower(b, &path, node, page, i,
		       word - pga_word_mask(bit, rq->nr));
	return true;
}

/* The same for a larger block, which consists of whole children of a node. */
static noinline bool lowest_children(struct pga_buddy *b,
				     const struct pga_request *rq,
				     unsigned int order, u64 *first)
{
	unsigned int level = min_t(unsigned int, order / PGA_WORD_ORDER,
				   b->level);
	unsigned int child = pga_child_order(level), i;
	struct pga_path path;
	struct pga_node *node;
	u64 page;

	node = go_lowest(b, &path, order, level, &page);
	if (!node)
		return false;
	i = pga_ctz64(pga_word_blocks(pga_node_whole(node, level),
				      order - child));
	page += (u64)i << child;
	if (page + (rq->nr - 1) > rq->last)
		return false;
	*first = page;
	b->nr_free -= rq->nr;
	if (pga_offset(rq->nr, child))
		return pga_tree_clear(b, page, rq->nr);
	return pga_clear_children(b, &path, node, level, page,
				  pga_word_mask(i, rq->nr >> child));
}

/* The slow path: find the place, then clear it. */
static noinline int alloc_elsewhere(struct pga_buddy *b, struct pga_request *rq,
				    u64 *first)
{
	int err = pga_buddy_find(b, rq, first);

	if (err)
		return err;
	if (!pga_tree_clear(b, *first, rq->nr))
		return -ENOSPC;
	b->nr_free -= rq->nr;
	return 0;
}

/**
 * pga_buddy_alloc() - allocate pages wherever the request allows
 * @b: the buddy
 * @rq: the request
 * @first: is set to the first page
 *
 * Exactly the requested pages are allocated, at the place of pga_buddy_find().
 * Most requests ask for the lowest block of all, which is found and allocated
 * in one descent.
 *
 * Context: Any; must not overlap with any other call.
 * Return: as pga_buddy_find().
 */
int pga_buddy_alloc(struct pga_buddy *b, struct pga_request *rq, u64 *first)
{
	unsigned int order;

	if (likely(request_plain(b, rq))) {
		order = request_order(rq);
		if (order < PGA_WORD_ORDER ?
		    lowest_pages(b, rq, order, first) :
		    lowest_children(b, rq, order, first))
			return 0;
	}
	return alloc_elsewhere(b, rq, first);
}
