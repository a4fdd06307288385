// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "machine.h"

void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench: %s failed: %d\n", what, err);
		exit(1);
	}
}

static u64 core_alloc(struct machine *m, unsigned int order)
{
	struct pga_request rq = {
		.nr = 1ULL << order, .align = 1ULL << order, .last = ~0ULL,
	};
	u64 first;

	return pga_buddy_alloc(&m->buddy, &rq, &first) ? LISTS_NONE : first;
}

static u64 core_alloc_exact(struct machine *m, u64 nr, unsigned int align_order)
{
	struct pga_request rq = {
		.nr = nr, .align = 1ULL << align_order, .last = ~0ULL,
	};
	u64 first = 0;

	must(pga_buddy_alloc(&m->buddy, &rq, &first), "alloc");
	return first;
}

static void core_free(struct machine *m, u64 first, unsigned int order)
{
	must(pga_buddy_free(&m->buddy, first, 1ULL << order), "free");
}

static void core_reserve(struct machine *m, u64 first, u64 nr)
{
	u64 conflict;

	must(pga_buddy_alloc_range(&m->buddy, first, nr, &conflict),
	     "alloc_range");
}

static void core_release(struct machine *m, u64 first, u64 nr)
{
	must(pga_buddy_free(&m->buddy, first, nr), "free");
}

static u64 list_alloc(struct machine *m, unsigned int order)
{
	return lists_alloc(&m->lists, order);
}

static u64 list_alloc_exact(struct machine *m, u64 nr, unsigned int align_order)
{
	unsigned int order = pga_fls64(nr - 1);

	return lists_alloc_exact(&m->lists, nr,
				 max_t(unsigned int, order, align_order));
}

static void list_free(struct machine *m, u64 first, unsigned int order)
{
	lists_free(&m->lists, first, order);
}

static void list_reserve(struct machine *m, u64 first, u64 nr)
{
	lists_reserve(&m->lists, first, nr);
}

static void list_release(struct machine *m, u64 first, u64 nr)
{
	lists_release(&m->lists, first, nr);
}

void machine_begin_core(struct machine *m, u64 nr)
{
	*m = (struct machine){
		"core", core_alloc, core_alloc_exact, core_free, core_reserve,
		core_release, .nr = nr,
	};
	pga_buddy_init(&m->buddy);
	must(unit_add(&m->buddy, 0, nr), "add");
}

void machine_begin_lists(struct machine *m, u64 nr)
{
	*m = (struct machine){
		"lists", list_alloc, list_alloc_exact, list_free, list_reserve,
		list_release, .nr = nr,
	};
	must(lists_init(&m->lists, nr), "calloc");
}

void machine_end(struct machine *m)
{
	if (!m->buddy.root) {
		lists_destroy(&m->lists);
		return;
	}
	must(!!pga_buddy_check(&m->buddy), "check");
	pga_buddy_destroy(&m->buddy);
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}
