// SPDX-License-Identifier: GPL-2.0
/*
 * A buddy allocator as a tree of words: the model, and the calls on pages.
 *
 * Model
 *
 * A leaf is a word of 64 bits, one for each of 64 pages, set when the page is
 * free.  A node of level 1 has 64 leaves, a node of level n + 1 has 64 nodes of
 * level n.  Pages are addressed by their absolute number, so all blocks are
 * aligned by themselves.  The root is the smallest node that covers all pages
 * that are owned; there are no nodes where no page is.
 *
 * A block of order k is 2^k free pages, aligned to 2^k.  Each node has a word
 * at[k] for each order up to that of its children.  The last of them are the
 * children that are wholly free; blocks of larger orders are aligned runs of bits
 * in it.  The others are the mixed children that hold a block of order k.
 *
 * Invariants
 *
 * - Below a bit that says "wholly free" or "nothing free" nothing is known, and
 *   what is written there is as if all were free, or nothing.  So splitting and
 *   coalescing change one bit in the parent, whatever the size of the block.
 * - Of mixed children, at[k] includes at[k + 1].  So the lowest block of at least
 *   some order is one count-trailing-zeros a level, and a child whose largest
 *   order changes from one to the next changes one bit.
 * - Spans of owned pages do not touch.  Only owned pages are free.
 * - All that is known is a function of the owned pages and the free pages alone,
 *   however they came to be.  So free memory always coalesces, a page that is
 *   given twice is seen on the way, and pga_buddy_check() can compute it again.
 *
 * Cost, with n levels (2 for 1 GiB of 4 KiB pages, 3 for 64 GiB, 8 for all)
 *
 * - finding a block: two words a level; taking or giving one: a word a level, for
 *   the levels at which the largest order changes.  At most 6l + 1 words in a
 *   node of level l, where a child goes from whole to almost nothing.
 * - any other range: at most two pieces a level
 * - a request that only fits an odd run: the runs that hold a block of a quarter
 *   of its size, one by one, PGA_FIND_RUNS in one call
 * - adding and removing: a node for 4096 pages
 * - memory: 576 bytes for 4096 pages, 0.14 bytes a page
 *
 * Origins
 *
 * Buddy systems are Knowlton's (1965) and Knuth's.  That FreeBSD's blist keeps
 * runs of free blocks as bits in a radix tree, with the largest run below each
 * node as a hint, and that LLFree has the whole state of a leaf in one cache line
 * and searches with count-trailing-zeros, showed that no list is needed: nothing
 * is written into the memory itself, nor a word for each page of it.  A word of
 * children for each order, each including the next, and the state of what is
 * uniform left to the parent are how it is put together here.
 */
#include "node.h"

/* Whether there is such a range of page numbers. */
int pga_range_check(u64 first, u64 nr)
{
	if (!nr)
		return -EINVAL;
	if (first >> PGA_PAGE_BITS || nr > (1ULL << PGA_PAGE_BITS) - first)
		return -EOVERFLOW;
	return 0;
}

/* Whether a request makes no sense, see struct pga_request. */
static inline bool request_bad(const struct pga_request *rq)
{
	return !rq->nr || rq->first > rq->last ||
	       (rq->align & (rq->align - 1)) ||
	       (rq->boundary & (rq->boundary - 1)) ||
	       (rq->boundary && rq->boundary < rq->nr);
}

/*
 * Whether a request asks for the lowest block of all, as most do: that one is
 * found and taken in one go.
 */
static inline bool request_plain(const struct pga_buddy *b,
				 const struct pga_request *rq)
{
	return rq->nr && !(rq->align & (rq->align - 1)) && !rq->boundary &&
	       rq->first <= b->base && !rq->top_down;
}

/* The smallest order whose blocks suffice for both size and alignment. */
static unsigned int request_order(const struct pga_request *rq)
{
	return pga_fls64((rq->nr - 1) | (rq->align - !!rq->align));
}

/* The lowest multiple of @power, a power of two or 0 as 1, from @page on. */
static u64 round_up(u64 page, u64 power)
{
	return ((page - 1) | (power - !!power)) + 1;
}

/* The highest multiple of @power, a power of two or 0 as 1, up to @page. */
static u64 round_down(u64 page, u64 power)
{
	return page & ~(power - !!power);
}

/* How many pages there are from @page to the next boundary. */
static u64 to_boundary(const struct pga_request *rq, u64 page)
{
	return rq->boundary - (page & (rq->boundary - 1));
}

/* The lowest page from @page on at which the request may be, free or not. */
static u64 place_from(const struct pga_request *rq, u64 page)
{
	u64 place = round_up(page, rq->align);

	if (rq->boundary && to_boundary(rq, place) < rq->nr)
		place = round_up(place + to_boundary(rq, place), rq->align);
	return place;
}

/* The highest page up to @page at which the request may be, free or not. */
static u64 place_up_to(const struct pga_request *rq, u64 page)
{
	u64 place = round_down(page, rq->align);

	if (rq->boundary && to_boundary(rq, place) < rq->nr)
		place = round_down(place + to_boundary(rq, place) - rq->nr,
				   rq->align);
	return place;
}

/*
 * Where the request may be in the pages from @first to @last, all of which are
 * free: as low, or as high, as can be.  PGA_NONE when there is no room.
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

/* The place in a block that suffices.  PGA_NONE: not within the limits. */
static u64 find_block(const struct pga_buddy *b, const struct pga_request *rq,
		      unsigned int order)
{
	u64 page;

	if (rq->top_down) {
		page = pga_look_block(b, order, rq->last, true);
		return page == PGA_NONE || page < rq->first ? PGA_NONE :
			place_within(rq, page, pga_block_last(page, order));
	}
	page = pga_look_block(b, order, rq->first, false);
	return page == PGA_NONE || page > rq->last ||
	       rq->nr - 1 > rq->last - page ? PGA_NONE : page;
}

/*
 * Look at the next run of free pages that may have room for the request.  A run
 * of nr pages holds a block of about a quarter of that at least, so it is enough
 * to look at the runs around such blocks.  @rq->resume tells how many pages of
 * the limits, from the side where the search began, have been looked at.
 *
 * Return: 0, -EAGAIN when this run has no room, -ENOSPC behind the last.
 */
static int find_in_run(const struct pga_buddy *b, struct pga_request *rq,
		       u64 *place)
{
	unsigned int order = pga_fls64((rq->nr + 1) >> 1) - 1;
	bool down = rq->top_down;
	u64 from = down ? rq->last - rq->resume : rq->first + rq->resume;
	u64 block = pga_look_block(b, order, from, down);
	u64 first, last, page;

	if (block == PGA_NONE)
		return -ENOSPC;
	first = max_t(u64, rq->first, pga_look_start(b, block + 1));
	last = min_t(u64, rq->last, pga_look_end(b, block) - 1);
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
	unsigned int looks = PGA_FIND_RUNS;
	int err;

	do {
		err = find_in_run(b, rq, place);
	} while (err == -EAGAIN && --looks);
	return err;
}

/* The place when no block suffices, and whether it is worth while to look. */
static int find_elsewhere(const struct pga_buddy *b, struct pga_request *rq,
			  u64 *place)
{
	if (rq->nr > b->nr_free || rq->nr == rq->align)
		return -ENOSPC;
	return find_in_runs(b, rq, place);
}

/**
 * pga_buddy_find() - find where an allocation would be placed
 * @b: the buddy
 * @rq: what is asked for
 * @first: is set to the first page
 *
 * The place is a function of the free pages and of the request alone: the lowest
 * free block whose order suffices for both size and alignment; when there is
 * none, the lowest run of free pages that has room, of whatever length.  From the
 * top down it is the highest one, and the highest place in it.
 *
 * Looking at runs may take long.  So that locks can be dropped meanwhile, no call
 * looks at more than PGA_FIND_RUNS of them: it answers -EAGAIN then, and goes on
 * when it is called again with the same request, as @rq->resume tells.  What has
 * become free behind it in the meantime is found only where a block suffices.
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: 0, -EINVAL (see struct pga_request), -ENOSPC when the request fits
 * nowhere within its limits, -EAGAIN.
 */
int pga_buddy_find(const struct pga_buddy *b, struct pga_request *rq,
		   u64 *first)
{
	u64 page;

	if (request_bad(rq))
		return -EINVAL;
	page = find_block(b, rq, request_order(rq));
	if (page == PGA_NONE)
		return find_elsewhere(b, rq, first);
	*first = page;
	return 0;
}

/**
 * pga_buddy_alloc() - take free pages wherever the request allows
 * @b: the buddy
 * @rq: what is asked for
 * @first: is set to the first page
 *
 * Exactly the pages asked for are taken, at the place of pga_buddy_find().
 *
 * Context: Any; excludes all other calls.
 * Return: as pga_buddy_find().
 */
int pga_buddy_alloc(struct pga_buddy *b, struct pga_request *rq, u64 *first)
{
	u64 page = PGA_NONE;
	int err;

	if (request_plain(b, rq))
		page = pga_paint_lowest(b, request_order(rq), rq->nr, rq->last);
	if (unlikely(page == PGA_NONE)) {
		err = pga_buddy_find(b, rq, &page);
		if (err)
			return err;
		if (!pga_paint_used(b, page, rq->nr))
			return -ENOSPC;
	}
	b->nr_free -= rq->nr;
	*first = page;
	return 0;
}

/**
 * pga_buddy_take() - take a given range of free pages
 * @b: the buddy
 * @first: the first page
 * @nr: number of pages
 * @conflict: with -EBUSY or -ENOENT, is set to the first page in the way
 *
 * Context: Any; excludes all other calls.
 * Return: 0, -EBUSY when the first page in the way is owned but not free,
 * -ENOENT when it is not owned, -EINVAL or -EOVERFLOW when the range is empty or
 * goes beyond the last page.  Nothing is taken then.
 */
int pga_buddy_take(struct pga_buddy *b, u64 first, u64 nr, u64 *conflict)
{
	int err = pga_range_check(first, nr);

	if (err)
		return err;
	if (pga_tree_covers(b, first) && pga_tree_covers(b, first + nr - 1) &&
	    pga_paint_used(b, first, nr)) {
		b->nr_free -= nr;
		return 0;
	}
	*conflict = pga_look_end(b, first);
	return pga_span_holds(b, *conflict, *conflict) ? -EBUSY : -ENOENT;
}

/**
 * pga_buddy_give() - make pages free again
 * @b: the buddy
 * @first: the first page
 * @nr: number of pages, of one or several allocations, whole or in part
 *
 * Context: Any; excludes all other calls.
 * Return: 0, -ENOENT when a page is not owned, -EEXIST when one is free already,
 * -EINVAL or -EOVERFLOW when the range is empty or goes beyond the last page.
 * Nothing is given back then.
 */
int pga_buddy_give(struct pga_buddy *b, u64 first, u64 nr)
{
	int err = pga_range_check(first, nr);

	if (err)
		return err;
	if (!pga_span_holds_hint(b, first, first + nr - 1))
		return -ENOENT;
	if (!pga_paint_free(b, first, nr))
		return -EEXIST;
	b->nr_free += nr;
	return 0;
}

/**
 * pga_buddy_next_free() - find the next run of free pages
 * @b: the buddy
 * @from: where to begin
 * @first: is set to the first free page from @from on
 * @nr: is set to the number of pages that are free from there on
 *
 * A run is as long as can be, across blocks and ranges that touch.
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: whether there is one.
 */
bool pga_buddy_next_free(const struct pga_buddy *b, u64 from, u64 *first,
			 u64 *nr)
{
	u64 page = pga_look_block(b, 0, from, false);

	if (page == PGA_NONE)
		return false;
	*first = page;
	*nr = pga_look_end(b, page) - page;
	return true;
}

/**
 * pga_buddy_next_owned() - find the next run of pages that are owned
 * @b: the buddy
 * @from: where to begin
 * @first: is set to the first owned page from @from on
 * @nr: is set to the number of pages that are owned from there on
 *
 * Context: Any; may overlap with other calls that take a const buddy.
 * Return: whether there is one.
 */
bool pga_buddy_next_owned(const struct pga_buddy *b, u64 from, u64 *first,
			  u64 *nr)
{
	unsigned int i = pga_span_behind(b, from);

	if (i == b->nr_spans)
		return false;
	*first = max_t(u64, from, b->spans[i].first);
	*nr = b->spans[i].last - *first + 1;
	return true;
}

/**
 * pga_run_orders() - count the blocks that a run of pages is cut into
 * @first: the first page of the run
 * @nr: its length in pages
 * @counts: PGA_MAX_ORDER + 1 counters; the number of blocks of each order, as
 *	large as their alignment allows, is added
 */
void pga_run_orders(u64 first, u64 nr, u64 *counts)
{
	while (nr) {
		unsigned int order = pga_fls64(nr) - 1;

		if (first)
			order = min_t(unsigned int, order, pga_ctz64(first));
		order = min_t(unsigned int, order, PGA_MAX_ORDER);
		counts[order]++;
		first += 1ULL << order;
		nr -= 1ULL << order;
	}
}
