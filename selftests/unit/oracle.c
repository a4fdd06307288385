// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "oracle.h"

void oracle_init(struct oracle *o)
{
	memset(o, 0, sizeof(*o));
}

void oracle_window(struct oracle *o, u64 base, u64 nr)
{
	struct oracle_window *w = &o->window[o->nr_windows++];

	w->base = base;
	w->nr = nr;
	w->state = calloc(nr, 1);
}

void oracle_destroy(struct oracle *o)
{
	while (o->nr_windows)
		free(o->window[--o->nr_windows].state);
}

static unsigned char *state_of(const struct oracle *o, u64 page)
{
	unsigned int i;

	for (i = 0; i < o->nr_windows; i++)
		if (page - o->window[i].base < o->window[i].nr)
			return &o->window[i].state[page - o->window[i].base];
	return NULL;
}

enum oracle_state oracle_get(const struct oracle *o, u64 page)
{
	unsigned char *state = state_of(o, page);

	return state ? *state : ORACLE_NONE;
}

void oracle_set(struct oracle *o, u64 first, u64 nr, enum oracle_state state)
{
	while (nr--)
		*state_of(o, first++) = state;
}

/* Whether any of the pages is in @state; *@page is the first one. */
static bool any(const struct oracle *o, u64 first, u64 nr,
		enum oracle_state state, u64 *page)
{
	for (*page = first; *page < first + nr; ++*page)
		if (oracle_get(o, *page) == state)
			return true;
	return false;
}

int oracle_add(struct oracle *o, u64 first, u64 nr)
{
	u64 page;

	if (any(o, first, nr, ORACLE_FREE, &page) ||
	    any(o, first, nr, ORACLE_USED, &page))
		return -EEXIST;
	oracle_set(o, first, nr, ORACLE_FREE);
	return 0;
}

int oracle_remove(struct oracle *o, u64 first, u64 nr)
{
	u64 page;

	if (any(o, first, nr, ORACLE_NONE, &page))
		return -ENOENT;
	if (any(o, first, nr, ORACLE_USED, &page))
		return -EBUSY;
	oracle_set(o, first, nr, ORACLE_NONE);
	return 0;
}

int oracle_alloc_range(struct oracle *o, u64 first, u64 nr, u64 *conflict)
{
	u64 page;

	for (page = first; page < first + nr; page++) {
		*conflict = page;
		if (oracle_get(o, page) == ORACLE_USED)
			return -EBUSY;
		if (oracle_get(o, page) == ORACLE_NONE)
			return -ENOENT;
	}
	oracle_set(o, first, nr, ORACLE_USED);
	return 0;
}

int oracle_free(struct oracle *o, u64 first, u64 nr)
{
	u64 page;

	if (any(o, first, nr, ORACLE_NONE, &page))
		return -ENOENT;
	if (any(o, first, nr, ORACLE_FREE, &page))
		return -EEXIST;
	oracle_set(o, first, nr, ORACLE_FREE);
	return 0;
}

/* Whether the fields of a request allow it to be at @page. */
static bool allowed(const struct pga_request *rq, u64 page)
{
	u64 last = page + rq->nr - 1;

	if (page < rq->first || last > rq->last)
		return false;
	if (rq->align && page % rq->align)
		return false;
	return !rq->boundary || page / rq->boundary == last / rq->boundary;
}

/*
 * The lowest or highest page that is a multiple of @align, begins a run of @nr
 * free pages from @first to @last, and is allowed by @rq, which may be NULL.
 */
static u64 outermost(const struct oracle *o, u64 nr, u64 align, u64 first,
		     u64 last, const struct pga_request *rq, bool down)
{
	u64 found = ~0ULL, run, page;
	unsigned int i = o->nr_windows;

	while (i--) {
		const struct oracle_window *w = &o->window[i];

		for (run = 0, page = w->base + w->nr; page-- > w->base; ) {
			bool free = w->state[page - w->base] == ORACLE_FREE;

			run = free && page <= last ? run + 1 : 0;
			if (run < nr || page < first || page % align ||
			    (rq && !allowed(rq, page)))
				continue;
			if (!down || found == ~0ULL)
				found = page;
		}
	}
	return found;
}

static bool power_of_two(u64 value)
{
	return value && !(value & (value - 1));
}

static bool request_bad(const struct pga_request *rq)
{
	return !rq->nr || rq->first > rq->last ||
	       (rq->align && !power_of_two(rq->align)) ||
	       (rq->boundary && !power_of_two(rq->boundary)) ||
	       (rq->boundary && rq->boundary < rq->nr);
}

int oracle_find(const struct oracle *o, const struct pga_request *rq,
		u64 *first)
{
	u64 block = rq->align ? rq->align : 1;
	u64 page = ~0ULL;

	if (request_bad(rq))
		return -EINVAL;
	if (rq->nr > 1ULL << PGA_PAGE_BITS)
		return -ENOSPC;
	while (block < rq->nr)
		block *= 2;
	if (rq->top_down && !rq->in_runs) {
		page = outermost(o, block, block, rq->first, rq->last, NULL,
				 true);
		if (page != ~0ULL)
			page = outermost(o, rq->nr, 1, page, page + block - 1,
					 rq, true);
	} else if (!rq->in_runs) {
		page = outermost(o, block, block, rq->first, ~0ULL, NULL,
				 false);
	}
	if (page == ~0ULL || !allowed(rq, page))
		page = outermost(o, rq->nr, 1, rq->first, rq->last, rq,
				 rq->top_down);
	if (page == ~0ULL)
		return -ENOSPC;
	*first = page;
	return 0;
}

static bool is_run(unsigned char state, bool owned)
{
	return state == ORACLE_FREE || (owned && state == ORACLE_USED);
}

bool oracle_next(const struct oracle *o, u64 from, bool owned, u64 *first,
		 u64 *nr)
{
	unsigned int i;

	for (i = 0; i < o->nr_windows; i++) {
		const struct oracle_window *w = &o->window[i];
		u64 page = from > w->base ? from - w->base : 0;

		while (page < w->nr && !is_run(w->state[page], owned))
			page++;
		*first = w->base + page;
		for (*nr = 0; page < w->nr && is_run(w->state[page], owned); page++)
			++*nr;
		if (*nr)
			return true;
	}
	return false;
}
