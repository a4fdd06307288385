// SPDX-License-Identifier: GPL-2.0
#include "structure.h"
#include "world.h"

void world_begin(struct world *w)
{
	pga_buddy_init(&w->buddy);
	oracle_init(&w->oracle);
}

void world_end(struct world *w)
{
	unit_end(&w->buddy);
	oracle_destroy(&w->oracle);
}

int world_find(struct world *w, const struct pga_request *rq, u64 *first)
{
	u64 page = 0, expected = 0;
	int err = oracle_find(&w->oracle, rq, &expected);

	assert_int_equal(unit_find(&w->buddy, rq, &page), err);
	assert_int_equal(page, expected);
	*first = page;
	return err;
}

int world_alloc(struct world *w, const struct pga_request *rq, u64 *first)
{
	int err = world_find(w, rq, first);
	u64 page = 0;

	assert_int_equal(unit_try_alloc(&w->buddy, rq, &page), err);
	assert_int_equal(page, *first);
	if (!err)
		oracle_set(&w->oracle, page, rq->nr, ORACLE_USED);
	return err;
}

int world_alloc_range(struct world *w, u64 first, u64 nr)
{
	u64 conflict = 0, expected = 0;
	int err = oracle_alloc_range(&w->oracle, first, nr, &expected);

	assert_int_equal(pga_buddy_alloc_range(&w->buddy, first, nr, &conflict),
			 err);
	if (err)
		assert_int_equal(conflict, expected);
	return err;
}

int world_free(struct world *w, u64 first, u64 nr)
{
	int err = oracle_free(&w->oracle, first, nr);

	assert_int_equal(pga_buddy_free(&w->buddy, first, nr), err);
	return err;
}

int world_add(struct world *w, u64 first, u64 nr)
{
	int err = oracle_add(&w->oracle, first, nr);

	assert_int_equal(unit_add(&w->buddy, first, nr), err);
	return err;
}

int world_remove(struct world *w, u64 first, u64 nr)
{
	int err = oracle_remove(&w->oracle, first, nr);

	assert_int_equal(unit_remove(&w->buddy, first, nr), err);
	return err;
}

/* Also start in the middle of runs: at their halves, quarters and so on. */
static void compare_runs(const struct world *w, bool owned)
{
	u64 from = 0, first, nr, expected_first, expected_nr;
	bool more, expected;

	do {
		more = (owned ? pga_buddy_next_owned : pga_buddy_next_free)
			(&w->buddy, from, &first, &nr);
		expected = oracle_next(&w->oracle, from, owned,
				       &expected_first, &expected_nr);
		assert_int_equal(more, expected);
		if (more) {
			assert_int_equal(first, expected_first);
			assert_int_equal(nr, expected_nr);
			from = first + (nr + 1) / 2;
		}
	} while (more);
}

void world_compare(const struct world *w)
{
	unit_sound(&w->buddy);
	compare_runs(w, false);
	compare_runs(w, true);
}

/* The upper half of each owned run is added first. */
static void add_owned(const struct oracle *o, struct pga_buddy *b)
{
	u64 from, first, nr;

	for (from = 0; oracle_next(o, from, true, &first, &nr);
	     from = first + nr) {
		u64 half = nr / 2;

		assert_int_equal(unit_add(b, first + half, nr - half), 0);
		if (half)
			assert_int_equal(unit_add(b, first, half), 0);
	}
}

static void alloc_pages(struct pga_buddy *b, u64 first, u64 nr)
{
	u64 conflict;

	if (nr)
		assert_int_equal(pga_buddy_alloc_range(b, first, nr, &conflict),
				 0);
}

/* Allocate what is used in the oracle, in runs as long as possible. */
static void alloc_complement(const struct oracle *o, struct pga_buddy *fresh)
{
	u64 from, first, nr, page, used = 0;

	for (from = 0; oracle_next(o, from, true, &first, &nr);
	     from = first + nr)
		for (page = first; page <= first + nr; page++) {
			if (oracle_get(o, page) == ORACLE_USED) {
				used++;
				continue;
			}
			alloc_pages(fresh, page - used, used);
			used = 0;
		}
}

void world_compare_rebuilt(const struct world *w)
{
	struct pga_buddy fresh;

	pga_buddy_init(&fresh);
	add_owned(&w->oracle, &fresh);
	alloc_complement(&w->oracle, &fresh);
	unit_sound(&fresh);
	unit_same_structure(&w->buddy, &fresh);
	unit_end(&fresh);
}
