// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unit.h"

u64 unit_random(struct unit_random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 2685821657736338717ULL;
}

u64 unit_below(struct unit_random *r, u64 limit)
{
	return (unit_random(r) >> 11) % limit;
}

/* From PGA_SEED, else from the clock; always the same in one run. */
u64 unit_seed(void)
{
	static u64 seed;
	const char *text = getenv("PGA_SEED");

	if (!seed && text)
		seed = strtoull(text, NULL, 0);
	if (!seed)
		seed = (u64)time(NULL) * 1000003 + (u64)clock() + 1;
	return seed;
}

/* @standard, times PGA_ITERATIONS percent. */
u64 unit_iterations(u64 standard)
{
	const char *text = getenv("PGA_ITERATIONS");

	return text ? standard * strtoull(text, NULL, 0) / 100 : standard;
}

void unit_sound(const struct pga_buddy *b)
{
	const char *fault = pga_buddy_check(b);

	if (fault)
		fail_msg("unsound: %s", fault);
}

/* The preallocation for a range has the nodes that it needs, and no more. */
static void expect_no_nodes(const struct pga_prealloc *prealloc)
{
	unsigned int level;

	for (level = 1; level <= PGA_LEVELS; level++)
		assert_int_equal(prealloc->nr_nodes[level], 0);
}

int unit_add(struct pga_buddy *b, u64 first, u64 nr)
{
	struct pga_prealloc prealloc;
	int err = pga_prealloc_fill(&prealloc, b, first, nr);

	if (!err) {
		err = pga_buddy_add(b, first, nr, &prealloc);
		if (!err)
			expect_no_nodes(&prealloc);
	}
	pga_prealloc_free(&prealloc);
	return err;
}

int unit_remove(struct pga_buddy *b, u64 first, u64 nr)
{
	struct pga_prealloc prealloc;
	int err = pga_prealloc_fill(&prealloc, b, first, nr);

	if (!err)
		err = pga_buddy_remove(b, first, nr, &prealloc);
	pga_prealloc_free(&prealloc);
	return err;
}

void unit_begin(struct pga_buddy *b, u64 first, u64 nr)
{
	pga_buddy_init(b);
	assert_int_equal(unit_add(b, first, nr), 0);
	unit_sound(b);
}

void unit_end(struct pga_buddy *b)
{
	size_t before = env_bytes(), bytes = pga_buddy_node_bytes(b);

	unit_sound(b);
	pga_buddy_destroy(b);
	assert_int_equal(before - env_bytes(), bytes);
	assert_int_equal(pga_buddy_node_bytes(b), 0);
}

/* Whether a search goes on; then it must have made progress. */
static bool goes_on(int err, const struct pga_request *rq, u64 *resume)
{
	if (err != -EAGAIN)
		return false;
	assert_true(rq->resume > *resume);
	*resume = rq->resume;
	return true;
}

int unit_find(const struct pga_buddy *b, const struct pga_request *rq,
	      u64 *first)
{
	struct pga_request copy = *rq;
	u64 resume = 0;
	int err;

	do {
		err = pga_buddy_find(b, &copy, first);
	} while (goes_on(err, &copy, &resume));
	return err;
}

int unit_try_alloc(struct pga_buddy *b, const struct pga_request *rq,
		   u64 *first)
{
	struct pga_request copy = *rq;
	u64 resume = 0;
	int err;

	do {
		err = pga_buddy_alloc(b, &copy, first);
	} while (goes_on(err, &copy, &resume));
	return err;
}

u64 unit_alloc(struct pga_buddy *b, const struct pga_request *rq)
{
	u64 first = 0;

	assert_int_equal(unit_try_alloc(b, rq, &first), 0);
	unit_sound(b);
	return first;
}

void unit_alloc_range(struct pga_buddy *b, u64 first, u64 nr)
{
	u64 conflict;

	assert_int_equal(pga_buddy_alloc_range(b, first, nr, &conflict), 0);
	unit_sound(b);
}

void unit_free(struct pga_buddy *b, u64 first, u64 nr)
{
	assert_int_equal(pga_buddy_free(b, first, nr), 0);
	unit_sound(b);
}

void unit_expect_run(const struct pga_buddy *b, u64 from, u64 first, u64 nr)
{
	u64 found_first, found_nr;

	assert_true(pga_buddy_next_free(b, from, &found_first, &found_nr));
	assert_int_equal(found_first, first);
	assert_int_equal(found_nr, nr);
}
