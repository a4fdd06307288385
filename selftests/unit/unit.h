/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share.  Each test_*.c ends with a table of its tests;
 * main.c runs all tables as one TAP stream.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/alloc.h"
#include "core/buddy.h"
#include "core/check.h"
#include "core/grow.h"
#include "env.h"

#define LAST_PAGE	((1ULL << PGA_PAGE_BITS) - 1)

/* The pages that a node of @level covers; 0: a word of pages. */
#define NODE_PAGES(level)	(1ULL << PGA_WORD_ORDER * ((level) + 1))

/* With sanitizers there is time for a fraction of the attempts. */
#ifdef __SANITIZE_ADDRESS__
#define UNIT_SLOWNESS	4
#else
#define UNIT_SLOWNESS	1
#endif

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* The tests of one file. */
struct unit_table {
	const struct CMUnitTest *tests;
	size_t nr;
};

#define UNIT_TABLE(name)						\
	const struct unit_table name = { tests, ARRAY_SIZE(tests) }

extern const struct unit_table unit_word_tests;
extern const struct unit_table unit_node_tests;
extern const struct unit_table unit_alloc_tests;
extern const struct unit_table unit_resume_tests;
extern const struct unit_table unit_range_tests;
extern const struct unit_table unit_grow_tests;
extern const struct unit_table unit_runs_tests;
extern const struct unit_table unit_check_tests;
extern const struct unit_table unit_known_tests;
extern const struct unit_table unit_exhaustive_tests;
extern const struct unit_table unit_random_tests;

/* A request without limits. */
#define ANYWHERE(n)	(&(struct pga_request){ .nr = (n), .last = ~0ULL })

/* xorshift64*: small, and the same everywhere. */
struct unit_random {
	u64 state;
};

u64 unit_random(struct unit_random *r);
u64 unit_below(struct unit_random *r, u64 limit);
u64 unit_seed(void);
u64 unit_iterations(u64 standard);

/* As the calls of the core, including the preallocation. */
int unit_add(struct pga_buddy *b, u64 first, u64 nr);
int unit_remove(struct pga_buddy *b, u64 first, u64 nr);
void unit_sound(const struct pga_buddy *b);

/* A buddy that owns one range; to be destroyed with unit_end(). */
void unit_begin(struct pga_buddy *b, u64 first, u64 nr);
void unit_end(struct pga_buddy *b);

/* As the calls of the core; they are repeated until the search ends. */
int unit_find(const struct pga_buddy *b, const struct pga_request *rq,
	      u64 *first);
int unit_try_alloc(struct pga_buddy *b, const struct pga_request *rq,
		   u64 *first);

/* Steps that must succeed. */
u64 unit_alloc(struct pga_buddy *b, const struct pga_request *rq);
void unit_alloc_range(struct pga_buddy *b, u64 first, u64 nr);
void unit_free(struct pga_buddy *b, u64 first, u64 nr);

/* The next run of free pages from @from on must be these @nr from @first on. */
void unit_expect_run(const struct pga_buddy *b, u64 from, u64 first, u64 nr);

#endif /* UNIT_H */
