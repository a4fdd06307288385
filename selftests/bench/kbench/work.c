// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads: those of the benchmark in user space (selftests/bench/core),
 * split into batches.  Each thread works on its own share of the area.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "held.h"
#include "work.h"

#define HUGE_ORDER	9

/* Orders of mixed workloads are up to this. */
#define MIXED_ORDER	10

/* Steps after which a mixed area is in its steady state. */
#define CHURN		20000

static int batch_pairs(struct kb_thread *t)
{
	const struct kb_allocator *a = t->allocator;
	unsigned int i, order = t->work->order;
	unsigned long block;

	for (i = 0; i < KB_BATCH; i++) {
		block = a->alloc(order);
		if (!block)
			return -ENOSPC;
		a->free(block, order);
	}
	return KB_BATCH;
}

static int batch_exact(struct kb_thread *t)
{
	const struct kb_allocator *a = t->allocator;
	unsigned long block, nr = t->work->arg;
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++) {
		block = a->alloc_exact(nr);
		if (!block)
			return -ENOSPC;
		a->free_exact(block, nr);
	}
	return KB_BATCH;
}

static int batch_aligned(struct kb_thread *t)
{
	const struct kb_allocator *a = t->allocator;
	unsigned long block;
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++) {
		block = a->alloc_aligned(t->work->order);
		if (!block)
			return -ENOSPC;
		a->free_exact(block, 1);
	}
	return KB_BATCH;
}

static int prepare_places(struct kb_thread *t)
{
	struct kb_place *place;
	unsigned int i;

	for (i = 0; i < KB_PLACES; i++) {
		place = &t->places[i];
		place->nr = 1 + kb_below(t, t->work->arg);
		place->first = t->first + kb_below(t, t->share - place->nr);
	}
	return 0;
}

static int batch_reserve(struct kb_thread *t)
{
	const struct kb_allocator *a = t->allocator;
	const struct kb_place *place;
	unsigned long block;
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++) {
		place = &t->places[t->next++ % KB_PLACES];
		block = a->reserve(place->first, place->nr);
		if (!block)
			return -EBUSY;
		a->free_exact(block, place->nr);
	}
	return KB_BATCH;
}

static int prepare_all(struct kb_thread *t)
{
	int err = kb_hold_pages(t, t->share);

	if (!err)
		kb_shuffle(t);
	return err;
}

static int prepare_holes(struct kb_thread *t)
{
	int err = kb_hold_pages(t, t->share);

	return err ?: kb_thin_out(t);
}

static int batch_hold(struct kb_thread *t)
{
	unsigned int i, nr = min(t->share - t->held.nr, 1UL * KB_BATCH);

	for (i = 0; i < nr; i++)
		if (!kb_hold(t, 0))
			return -ENOSPC;
	return nr;
}

static int batch_let_go(struct kb_thread *t)
{
	unsigned int i, nr = min(t->held.nr - t->next, 1UL * KB_BATCH);

	for (i = 0; i < nr; i++)
		kb_let_turn_go(t, t->next++);
	return nr;
}

static u64 mixed_goal(const struct kb_thread *t)
{
	return t->share / 100 * t->work->arg;
}

static int prepare_mixed(struct kb_thread *t)
{
	unsigned int i, orders = t->work->order + 1;
	int err = kb_hold_mixed(t, mixed_goal(t), orders);

	for (i = 0; i < CHURN && !err; i++) {
		kb_step(t, mixed_goal(t), orders);
		if (!(i % KB_BATCH))
			cond_resched();
	}
	return err;
}

static int batch_mixed(struct kb_thread *t)
{
	u64 goal = mixed_goal(t);
	unsigned int i;

	for (i = 0; i < KB_BATCH; i++)
		kb_step(t, goal, t->work->order + 1);
	return KB_BATCH;
}

const struct kb_work kb_works[KB_NR_WORKS] = {
	{
		.name = "alloc+free, order 0, empty area",
		.batch = batch_pairs,
	}, {
		.name = "alloc+free, order 3, empty area",
		.order = 3,
		.batch = batch_pairs,
	}, {
		.name = "alloc+free, order 9, empty area",
		.order = HUGE_ORDER,
		.batch = batch_pairs,
	}, {
		.name = "alloc+free, order 18, empty area",
		.order = KB_AREA_ORDER,
		.alone = true,
		.batch = batch_pairs,
	}, {
		.name = "alloc+free, order 0, 50 % holes",
		.slow = true,
		.prepare = prepare_holes,
		.batch = batch_pairs,
	}, {
		.name = "alloc+free, 5 pages exact",
		.request = KB_EXACT,
		.arg = 5,
		.batch = batch_exact,
	}, {
		.name = "alloc+free, 384 pages exact",
		.request = KB_EXACT,
		.arg = 384,
		.batch = batch_exact,
	}, {
		.name = "alloc+free, 1 page aligned to 512",
		.request = KB_ALIGNED,
		.order = HUGE_ORDER,
		.batch = batch_aligned,
	}, {
		.name = "reserve+release, 1 page",
		.request = KB_RESERVE,
		.arg = 1,
		.prepare = prepare_places,
		.batch = batch_reserve,
	}, {
		.name = "reserve+release, 1-4096 pages",
		.request = KB_RESERVE,
		.arg = 4096,
		.prepare = prepare_places,
		.batch = batch_reserve,
	}, {
		.name = "allocate all, order 0, per page",
		.whole = true,
		.slow = true,
		.batch = batch_hold,
	}, {
		.name = "free all in random order, per page",
		.whole = true,
		.slow = true,
		.prepare = prepare_all,
		.batch = batch_let_go,
	}, {
		.name = "mixed orders 0-10, 50 % full",
		.order = MIXED_ORDER,
		.arg = 50,
		.prepare = prepare_mixed,
		.batch = batch_mixed,
	}, {
		.name = "mixed orders 0-10, 90 % full",
		.order = MIXED_ORDER,
		.arg = 90,
		.prepare = prepare_mixed,
		.batch = batch_mixed,
	},
};
