// SPDX-License-Identifier: GPL-2.0
/* The set of a thread: blocks of an allocator, and steps that change the set. */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "held.h"
#include "run.h"

/* The area of locked.c needs the most. */
#define HELD_MAX	(1UL << 19)

/* An area that refuses this many requests in a row is full. */
#define REFUSALS	1000

int kb_held_begin(struct kb_held *held)
{
	held->block = kvmalloc_array(HELD_MAX, sizeof(*held->block),
				     GFP_KERNEL);
	held->order = kvmalloc_array(HELD_MAX, sizeof(*held->order),
				     GFP_KERNEL);
	held->turn = kvmalloc_array(HELD_MAX, sizeof(*held->turn), GFP_KERNEL);
	return held->block && held->order && held->turn ? 0 : -ENOMEM;
}

void kb_held_end(struct kb_held *held)
{
	kvfree(held->block);
	kvfree(held->order);
	kvfree(held->turn);
}

/* A random number below @limit, which is not 0. */
u32 kb_below(struct kb_thread *t, u32 limit)
{
	return prandom_u32_state(&t->rng) % limit;
}

/* Allocate one more block; true on success. */
bool kb_hold(struct kb_thread *t, unsigned int order)
{
	struct kb_held *held = &t->held;
	unsigned long block;

	if (held->nr == HELD_MAX)
		return false;
	block = t->allocator->alloc(order);
	if (!block)
		return false;
	held->block[held->nr] = block;
	held->order[held->nr++] = order;
	held->pages += 1ULL << order;
	return true;
}

void kb_let_go(struct kb_thread *t, unsigned long i)
{
	struct kb_held *held = &t->held;

	t->allocator->free(held->block[i], held->order[i]);
	held->pages -= 1ULL << held->order[i];
	held->block[i] = held->block[--held->nr];
	held->order[i] = held->order[held->nr];
}

/*
 * Clean up after a trial.  This frees the last block first, and kb_thin_out()
 * the first one first: drm_buddy once kept free blocks in order, and would need
 * hours to free a whole area in the opposite order.
 */
void kb_let_all_go(struct kb_thread *t)
{
	struct kb_held *held = &t->held;

	while (held->nr--) {
		if (held->block[held->nr])
			t->allocator->free(held->block[held->nr],
					   held->order[held->nr]);
		if (!(held->nr % KB_BATCH))
			cond_resched();
	}
	held->nr = 0;
	held->pages = 0;
}

/* Approach @goal pages: allocate a random order below @orders, or free. */
void kb_step(struct kb_thread *t, u64 goal, unsigned int orders)
{
	if (t->held.pages < goal)
		kb_hold(t, kb_below(t, orders));
	else
		kb_let_go(t, kb_below(t, t->held.nr));
}

static int resched_or_stop(struct kb_thread *t)
{
	cond_resched();
	if (ktime_get_ns() > t->until)
		return -ETIME;
	return kb_stopped(t) ? -EINTR : 0;
}

int kb_hold_pages(struct kb_thread *t, unsigned long nr)
{
	int err = 0;

	while (!err && t->held.nr < nr) {
		if (!kb_hold(t, 0))
			return -ENOSPC;
		if (!(t->held.nr % KB_BATCH))
			err = resched_or_stop(t);
	}
	return err;
}

/* Allocate blocks of random orders below @orders until there are @goal pages. */
int kb_hold_mixed(struct kb_thread *t, u64 goal, unsigned int orders)
{
	unsigned int refused = 0;
	int err = 0;

	while (!err && t->held.pages < goal) {
		refused = kb_hold(t, kb_below(t, orders)) ? 0 : refused + 1;
		if (refused == REFUSALS)
			return -ENOSPC;
		if (!(t->held.nr % KB_BATCH))
			err = resched_or_stop(t);
	}
	return err;
}

/* Assign a random turn to each block that is held. */
void kb_shuffle(struct kb_thread *t)
{
	u32 *turn = t->held.turn;
	unsigned long i, j;

	for (i = 0; i < t->held.nr; i++) {
		j = kb_below(t, i + 1);
		turn[i] = turn[j];
		turn[j] = i;
	}
}

/* Free the block whose turn it is.  Its slot stays, without a block. */
void kb_let_turn_go(struct kb_thread *t, unsigned long i)
{
	struct kb_held *held = &t->held;
	unsigned long at = held->turn[i];

	t->allocator->free(held->block[at], held->order[at]);
	held->block[at] = 0;
}

/* Free half of the blocks, chosen at random. */
int kb_thin_out(struct kb_thread *t)
{
	unsigned long i, kept = 0, nr = t->held.nr, half = nr / 2;
	unsigned long *block = t->held.block;
	int err = 0;

	for (i = 0; i < nr; i++) {
		if (err || kb_below(t, nr - i) >= half) {
			block[kept++] = block[i];
			continue;
		}
		t->allocator->free(block[i], t->held.order[i]);
		half--;
		if (!(half % KB_BATCH))
			err = resched_or_stop(t);
	}
	t->held.nr = kept;
	return err;
}
