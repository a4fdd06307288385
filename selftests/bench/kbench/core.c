// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator core of pgarea, under a spinlock as in the module.  It manages
 * page numbers without any memory.
 */
#include <linux/spinlock.h>

#include "core.h"
#include "core/alloc.h"
#include "core/check.h"
#include "core/buddy.h"
#include "core/grow.h"

/* Not 0, so that the first page is a valid block. */
#define CORE_FIRST	KB_AREA_PAGES

static struct {
	spinlock_t lock;	/* the buddy */
	struct pga_buddy buddy;
} area;

/**
 * kb_buddy_begin() - a buddy of so many pages, all free
 * @b:		the buddy
 * @first:	its first page
 * @nr:		how many
 *
 * Return: 0, or an error after undoing all steps.
 */
int kb_buddy_begin(struct pga_buddy *b, u64 first, u64 nr)
{
	struct pga_prealloc prealloc = {};
	int err;

	pga_buddy_init(b);
	err = pga_prealloc_fill(&prealloc, b, first, nr);
	if (err)
		return err;
	err = pga_buddy_add(b, first, nr, &prealloc);
	pga_prealloc_free(&prealloc);
	return err;
}

static int core_begin(void)
{
	spin_lock_init(&area.lock);
	return kb_buddy_begin(&area.buddy, CORE_FIRST, KB_AREA_PAGES);
}

static int core_end(void)
{
	int err = 0;

	if (pga_buddy_nr_free(&area.buddy) != KB_AREA_PAGES ||
	    pga_buddy_check(&area.buddy))
		err = -EUCLEAN;
	pga_buddy_destroy(&area.buddy);
	return err;
}

/* A long search runs in pieces, with the lock dropped between them. */
static unsigned long core_request(unsigned long nr, unsigned long align)
{
	struct pga_request rq = { .nr = nr, .align = align, .last = ~0ULL };
	u64 first;
	int err;

	do {
		spin_lock(&area.lock);
		err = pga_buddy_alloc(&area.buddy, &rq, &first);
		spin_unlock(&area.lock);
	} while (err == -EAGAIN);
	return err ? 0 : first;
}

static void core_free_exact(unsigned long first, unsigned long nr)
{
	int err;

	spin_lock(&area.lock);
	err = pga_buddy_free(&area.buddy, first, nr);
	spin_unlock(&area.lock);
	WARN_ON_ONCE(err);
}

static unsigned long core_alloc(unsigned int order)
{
	return core_request(1UL << order, 1UL << order);
}

static void core_free(unsigned long first, unsigned int order)
{
	core_free_exact(first, 1UL << order);
}

static unsigned long core_alloc_exact(unsigned long nr)
{
	return core_request(nr, 1);
}

static unsigned long core_alloc_aligned(unsigned int order)
{
	return core_request(1, 1UL << order);
}

static unsigned long core_reserve(unsigned long page, unsigned long nr)
{
	u64 conflict;
	int err;

	spin_lock(&area.lock);
	err = pga_buddy_alloc_range(&area.buddy, CORE_FIRST + page, nr, &conflict);
	spin_unlock(&area.lock);
	return err ? 0 : CORE_FIRST + page;
}

/* The cost of an allocation and a free of one page, with no call between. */
void kb_core_pairs(unsigned int nr)
{
	while (nr--)
		core_free_exact(core_request(1, 1), 1);
}

const struct kb_allocator kb_core = {
	.name = "core",
	.nr_pages = KB_AREA_PAGES,
	.max_order = KB_AREA_ORDER,
	.begin = core_begin,
	.end = core_end,
	.alloc = core_alloc,
	.free = core_free,
	.alloc_exact = core_alloc_exact,
	.alloc_aligned = core_alloc_aligned,
	.reserve = core_reserve,
	.free_exact = core_free_exact,
};
