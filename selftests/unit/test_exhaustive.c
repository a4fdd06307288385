// SPDX-License-Identifier: GPL-2.0
/*
 * Every state of small areas, and every operation in each of them, compared
 * with the oracle.
 *
 * The effect of an operation depends only on the owned pages, on the free
 * pages, and on how void nodes are written: so this covers every sequence of
 * operations, of any length.  Where whole nodes can be void, each state is
 * reached by four sequences, which leave void nodes written either way.
 *
 * An area is some units of pages around the edge of a node.  A unit is owned as
 * a whole or not, and free as a whole or not.  It is a page, half a word, or
 * half a node: with words of 8 bits, a dozen of them are enough to split and
 * coalesce nodes of all relevant levels.
 *
 * PGA_ITERATIONS=200 makes the areas one unit larger, 400 two, and so on.
 */
#include "world.h"

/**
 * struct shape - a kind of area
 * @unit:	its size in pages
 * @edge:	a page at which a unit begins
 * @below:	the number of units of the area below the edge
 * @nr:		the number of units
 * @holes:	those that are not owned, as bits
 * @far:	a page far away is owned as well
 * @grow:	every set of units is owned in turn
 * @voids:	whole nodes can become void
 * @limits:	every pair of limits is asked for, not just some
 */
struct shape {
	u64 unit;
	u64 edge;
	unsigned int below;
	unsigned int nr;
	u64 holes;
	bool far;
	bool grow;
	bool voids;
	bool limits;
};

struct run {
	struct world world;
	struct unit_random random;
	const struct shape *shape;
	u64 base;
	unsigned int nr;
	u64 states;
	u64 steps;
};

static u64 unit_page(const struct run *r, int index)
{
	return r->base + index * r->shape->unit;
}

static void step_done(struct run *r)
{
	r->steps++;
	world_compare(&r->world);
}

static void try_alloc_range(struct run *r, u64 first, u64 nr)
{
	int err = world_alloc_range(&r->world, first, nr);

	step_done(r);
	if (!err)
		assert_int_equal(world_free(&r->world, first, nr), 0);
}

static void try_free(struct run *r, u64 first, u64 nr)
{
	int err = world_free(&r->world, first, nr);

	step_done(r);
	if (!err)
		assert_int_equal(world_alloc_range(&r->world, first, nr), 0);
}

static void try_add(struct run *r, u64 first, u64 nr)
{
	int err = world_add(&r->world, first, nr);

	step_done(r);
	if (!err)
		assert_int_equal(world_remove(&r->world, first, nr), 0);
}

static void try_remove(struct run *r, u64 first, u64 nr)
{
	int err = world_remove(&r->world, first, nr);

	step_done(r);
	if (!err)
		assert_int_equal(world_add(&r->world, first, nr), 0);
}

static void try_range(struct run *r, u64 first, u64 nr)
{
	if (!nr)
		return;
	try_alloc_range(r, first, nr);
	try_free(r, first, nr);
	if (r->shape->grow) {
		try_add(r, first, nr);
		try_remove(r, first, nr);
	}
}

/* All ranges of units, from one below the area to one above, and odd ones. */
static void try_ranges(struct run *r)
{
	bool odd = r->shape->unit > 1;
	int first, end;

	for (first = -1; first <= (int)r->nr; first++)
		for (end = first + 1; end <= (int)r->nr + 1; end++) {
			u64 page = unit_page(r, first);
			u64 nr = unit_page(r, end) - page;

			try_range(r, page, nr);
			if (odd) {
				try_range(r, page + 1, nr - 1);
				try_range(r, page, nr - 1);
			}
		}
}

static void try_request(struct run *r, struct pga_request *rq)
{
	unsigned int down;
	u64 first;

	for (down = 0; down < 2; down++) {
		rq->top_down = down;
		if (!world_alloc(&r->world, rq, &first))
			assert_int_equal(world_free(&r->world, first, rq->nr),
					 0);
		r->steps++;
	}
}

/* Without limits, the state after the allocation is compared as well. */
static void try_alloc(struct run *r, struct pga_request *rq, bool top_down)
{
	u64 first;
	int err;

	rq->first = 0;
	rq->last = ~0ULL;
	rq->top_down = top_down;
	err = world_alloc(&r->world, rq, &first);
	step_done(r);
	if (!err)
		assert_int_equal(world_free(&r->world, first, rq->nr), 0);
}

static void try_limits(struct run *r, struct pga_request *rq)
{
	unsigned int first, last;

	for (first = 0; first < r->nr; first++)
		for (last = first; last < r->nr; last++) {
			/*
			 * 0 means the same as the first page, on another path.
			 */
			rq->first = first ? unit_page(r, first) : 0;
			rq->last = unit_page(r, last + 1) - 1;
			try_request(r, rq);
		}
}

static void try_some_limits(struct run *r, struct pga_request *rq)
{
	u64 pages = r->nr * r->shape->unit;

	rq->first = r->base + unit_below(&r->random, pages);
	rq->last = rq->first + unit_below(&r->random, pages);
	try_request(r, rq);
	rq->first = 0;
	try_request(r, rq);
}

static void try_in_runs(struct run *r, struct pga_request *rq)
{
	rq->first = 0;
	rq->last = ~0ULL;
	rq->in_runs = true;
	try_request(r, rq);
	rq->in_runs = false;
}

/* All alignments and boundaries for a length. */
static void try_length(struct run *r, u64 nr)
{
	struct pga_request rq = { .nr = nr };
	unsigned int align, boundary;

	for (align = 0; align < 5; align++)
		for (boundary = 0; boundary < 3; boundary++) {
			rq.align = align ? r->shape->unit << (align - 1) : 0;
			rq.boundary = boundary ?
				1ULL << (pga_fls64(nr - 1) + boundary - 1) : 0;
			try_alloc(r, &rq, false);
			try_alloc(r, &rq, true);
			try_in_runs(r, &rq);
			if (r->shape->limits)
				try_limits(r, &rq);
			else
				try_some_limits(r, &rq);
		}
}

static void try_lengths(struct run *r)
{
	unsigned int units;

	for (units = 1; units <= r->nr + 1; units++) {
		try_length(r, units * r->shape->unit);
		if (r->shape->unit > 1)
			try_length(r, units * r->shape->unit - 1);
	}
}

static void try_everything(struct run *r)
{
	r->states++;
	try_ranges(r);
	try_lengths(r);
	world_compare_rebuilt(&r->world);
}

static void flip(struct run *r, unsigned int index)
{
	u64 page = unit_page(r, index), nr = r->shape->unit;

	if (oracle_get(&r->world.oracle, page) == ORACLE_FREE)
		assert_int_equal(world_alloc_range(&r->world, page, nr), 0);
	else
		assert_int_equal(world_free(&r->world, page, nr), 0);
}

/* The units that are owned and free, or owned and used, as bits. */
static u64 units_in(const struct run *r, enum oracle_state state)
{
	u64 units = 0;
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (oracle_get(&r->world.oracle, unit_page(r, i)) == state)
			units |= 1ULL << i;
	return units;
}

/* Allocate or free units, each run of them at once. */
static void step_runs(struct run *r, u64 units,
		      int (*step)(struct world *w, u64 first, u64 nr))
{
	while (units) {
		unsigned int first = pga_ctz64(units);
		unsigned int end = first + pga_ctz64(~(units >> first));

		assert_int_equal(step(&r->world, unit_page(r, first),
				      unit_page(r, end) - unit_page(r, first)),
				 0);
		units &= ~0ULL << end;
	}
}

/* Reach the same state through one with all free, and one with none. */
static void try_other_ways(struct run *r)
{
	u64 free = units_in(r, ORACLE_FREE), used = units_in(r, ORACLE_USED);

	step_runs(r, used, world_free);
	step_runs(r, used, world_alloc_range);
	try_everything(r);
	step_runs(r, free, world_alloc_range);
	step_runs(r, free, world_free);
	try_everything(r);
	/*
	 * Allocated and freed as one, so that free pages are written as used.
	 */
	step_runs(r, used, world_free);
	step_runs(r, free | used, world_alloc_range);
	step_runs(r, free, world_free);
	try_everything(r);
}

static void try_state(struct run *r)
{
	try_everything(r);
	if (r->shape->voids)
		try_other_ways(r);
}

/* With the units @owned, each set of free ones, by flipping one at a time. */
static void try_owned(struct run *r, u64 owned)
{
	unsigned int units[64], nr = 0, index;
	u64 code;

	for (index = 0; index < r->nr; index++)
		if (owned >> index & 1) {
			units[nr++] = index;
			assert_int_equal(world_add(&r->world,
						   unit_page(r, index),
						   r->shape->unit), 0);
		}
	try_state(r);
	for (code = 1; code >> nr == 0; code++) {
		flip(r, units[pga_ctz64(code)]);
		try_state(r);
	}
	for (index = 0; index < nr; index++) {
		if (oracle_get(&r->world.oracle, unit_page(r, units[index])) ==
		    ORACLE_USED)
			flip(r, units[index]);
		assert_int_equal(world_remove(&r->world,
					      unit_page(r, units[index]),
					      r->shape->unit), 0);
	}
}

/* As many units as there is time for; small nodes need less of it. */
static unsigned int how_many(const struct shape *shape)
{
	u64 states = unit_iterations(1ULL << shape->nr) / UNIT_SLOWNESS;

	if (PGA_WORD_ORDER == 3)
		states *= shape->grow ? 2 : 4;
	return pga_fls64(states | 2) - 1;
}

static void run_begin(struct run *r, const struct shape *shape)
{
	*r = (struct run){ .shape = shape };
	r->random.state = unit_seed();
	r->nr = how_many(shape);
	r->base = shape->edge - shape->below * shape->unit;
	world_begin(&r->world);
	oracle_window(&r->world.oracle, r->base - shape->unit,
		      (r->nr + 2) * shape->unit);
	if (shape->far) {
		u64 page = r->base + 5 * NODE_PAGES(3);

		oracle_window(&r->world.oracle, page, 1);
		assert_int_equal(world_add(&r->world, page, 1), 0);
	}
}

static void try_shape(const struct shape *shape)
{
	struct run r;
	u64 all, owned;

	run_begin(&r, shape);
	all = (1ULL << r.nr) - 1;
	if (!shape->grow)
		try_owned(&r, all & ~shape->holes);
	for (owned = 0; shape->grow && owned <= all; owned++)
		try_owned(&r, owned);
	print_message("# %llu states of %u units of %llu pages, %llu steps\n",
		      r.states, r.nr, shape->unit, r.steps);
	world_end(&r.world);
}

#define SHAPE(...)	try_shape(&(struct shape){ __VA_ARGS__ })

static void test_pages_in_a_word(void **state)
{
	SHAPE(.unit = 1, .edge = 1, .nr = 5);
}

static void test_pages_across_words(void **state)
{
	SHAPE(.unit = 1, .edge = 5 * NODE_PAGES(0), .below = 3, .nr = 9);
}

static void test_pages_across_nodes(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(1), .below = 5, .nr = 11);
}

static void test_pages_across_high_nodes(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(3), .below = 4, .nr = 9);
}

static void test_pages_and_holes(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(1), .below = 6, .nr = 11,
	      .holes = 0x88);
}

static void test_pages_and_one_far_away(void **state)
{
	SHAPE(.unit = 1, .edge = 3 * NODE_PAGES(1), .below = 4, .nr = 9,
	      .far = true);
}

static void test_half_words(void **state)
{
	SHAPE(.unit = NODE_PAGES(0) / 2, .edge = NODE_PAGES(1), .below = 4,
	      .nr = 8);
}

static void test_half_nodes(void **state)
{
	SHAPE(.unit = NODE_PAGES(1) / 2, .edge = NODE_PAGES(2), .below = 3,
	      .nr = PGA_WORD_ORDER == 6 ? 4 : 6, .voids = true);
}

static void test_pages_with_all_limits(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(1), .below = 3, .nr = 7,
	      .limits = true);
}

static void test_growing_by_pages(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(2), .below = 3, .nr = 6,
	      .grow = true);
}

static void test_growing_by_pages_with_one_far_away(void **state)
{
	SHAPE(.unit = 1, .edge = NODE_PAGES(1), .below = 2, .nr = 5,
	      .grow = true, .far = true);
}

static void test_growing_by_half_words(void **state)
{
	SHAPE(.unit = NODE_PAGES(0) / 2, .edge = NODE_PAGES(1), .below = 3,
	      .nr = 6, .grow = true);
}

static void test_growing_by_half_nodes(void **state)
{
	SHAPE(.unit = NODE_PAGES(1) / 2, .edge = NODE_PAGES(2), .below = 2,
	      .nr = PGA_WORD_ORDER == 6 ? 3 : 4, .grow = true, .voids = true);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_pages_in_a_word),
	cmocka_unit_test(test_pages_across_words),
	cmocka_unit_test(test_pages_across_nodes),
	cmocka_unit_test(test_pages_across_high_nodes),
	cmocka_unit_test(test_pages_and_holes),
	cmocka_unit_test(test_pages_and_one_far_away),
	cmocka_unit_test(test_half_words),
	cmocka_unit_test(test_half_nodes),
	cmocka_unit_test(test_pages_with_all_limits),
	cmocka_unit_test(test_growing_by_pages),
	cmocka_unit_test(test_growing_by_pages_with_one_far_away),
	cmocka_unit_test(test_growing_by_half_words),
	cmocka_unit_test(test_growing_by_half_nodes),
};

UNIT_TABLE(unit_exhaustive_tests);
