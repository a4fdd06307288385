// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lists.h"

static void put(struct lists *l, struct lists_page *p, unsigned int order)
{
	struct lists_page *head = &l->head[order];

	p->order = order;
	p->free = 1;
	p->next = head->next;
	p->prev = head;
	head->next->prev = p;
	head->next = p;
}

static void unlink_page(struct lists_page *p)
{
	p->free = 0;
	p->next->prev = p->prev;
	p->prev->next = p->next;
}

int lists_init(struct lists *l, u64 nr)
{
	const unsigned int top = LISTS_ORDERS - 1;
	unsigned int order;
	u64 page;

	l->nr = nr;
	l->pages = calloc(nr, sizeof(*l->pages));
	if (!l->pages)
		return -ENOMEM;
	for (order = 0; order < LISTS_ORDERS; order++) {
		l->head[order].next = &l->head[order];
		l->head[order].prev = &l->head[order];
	}
	for (page = nr; page; page -= 1ULL << top)
		put(l, &l->pages[page - (1ULL << top)], top);
	return 0;
}

void lists_destroy(struct lists *l)
{
	free(l->pages);
}

u64 lists_alloc(struct lists *l, unsigned int order)
{
	unsigned int have = order;
	struct lists_page *p;

	while (have < LISTS_ORDERS && l->head[have].next == &l->head[have])
		have++;
	if (have == LISTS_ORDERS)
		return LISTS_NONE;
	p = l->head[have].next;
	unlink_page(p);
	while (have > order) {
		have--;
		put(l, p + (1ULL << have), have);
	}
	p->order = order;
	return p - l->pages;
}

void lists_free(struct lists *l, u64 page, unsigned int order)
{
	for (; order < LISTS_ORDERS - 1; order++) {
		struct lists_page *buddy = &l->pages[page ^ 1ULL << order];

		if (!buddy->free || buddy->order != order)
			break;
		unlink_page(buddy);
		page &= ~(1ULL << order);
	}
	put(l, &l->pages[page], order);
}

void lists_release(struct lists *l, u64 first, u64 nr)
{
	while (nr) {
		unsigned int order = pga_fls64(nr) - 1;

		if (first && pga_ctz64(first) < order)
			order = pga_ctz64(first);
		lists_free(l, first, order);
		first += 1ULL << order;
		nr -= 1ULL << order;
	}
}

u64 lists_alloc_exact(struct lists *l, u64 nr, unsigned int order)
{
	u64 page = lists_alloc(l, order);

	if (page != LISTS_NONE)
		lists_release(l, page + nr, (1ULL << order) - nr);
	return page;
}

/* Remove the free block that has @page.  Return its order. */
static unsigned int take_block(struct lists *l, u64 page, u64 *head)
{
	unsigned int order;

	for (order = 0; order < LISTS_ORDERS; order++) {
		struct lists_page *p = &l->pages[page >> order << order];

		if (p->free && p->order >= order) {
			*head = p - l->pages;
			unlink_page(p);
			return p->order;
		}
	}
	abort();
}

void lists_reserve(struct lists *l, u64 first, u64 nr)
{
	u64 end = first + nr, page = first, head;

	while (page < end) {
		u64 after = 1ULL << take_block(l, page, &head);

		after += head;
		if (head < page)
			lists_release(l, head, page - head);
		if (after > end)
			lists_release(l, end, after - end);
		page = after;
	}
}
