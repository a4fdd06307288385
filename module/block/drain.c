// SPDX-License-Identifier: GPL-2.0
/*
 * Draining: pages are reused only after the last holder releases them.
 *
 * held.c describes the holders and checks for them; place.c knows which blocks
 * are to be checked, and when.  Checks are made by
 *
 *	a work, each run of which is bounded, and which is queued only while a
 *	check is due or a time has been set for one;
 *	WAIT, for blocks of its own file;
 *	an allocation before it is refused, for blocks of its own file and a
 *	bounded number of others.
 *
 * Each block in a place holds a reference to the module.
 *
 * Locking: the check_lock of a file, a mutex, is held while its blocks are
 * checked for a program; others that wait for it share the result.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/held.h"
#include "block/place.h"
#include "block/release.h"
#include "block/state.h"
#include "block/work.h"

/* Most pages that one check of a block visits */
#define PGA_CHECK_PAGES		16384

/* How long a program waits for a check that another thread makes */
#define PGA_CHECK_MS		100

/**
 * struct pga_budget - how much a thread may do for blocks of others
 * @blocks: number of blocks to check
 * @pages: number of pages to visit
 */
struct pga_budget {
	unsigned int blocks;
	u64 pages;
};

/* For one run of the work, and for an allocation before it is refused */
static const struct pga_budget run_budget = { 256, PGA_CHECK_PAGES };
static const struct pga_budget alloc_budget = { 256, 16 * PGA_CHECK_PAGES };

/* Programs that wait for a check that another thread makes */
static DECLARE_WAIT_QUEUE_HEAD(checked);

static void run_checks(void);
static struct pga_work drain_work = {
	.run = run_checks,
	.next = pga_place_next_check,
};

static void set_next_work(void)
{
	unsigned long time;

	if (pga_place_next_check(&time))
		pga_work_set(&drain_work, time);
}

/**
 * pga_block_pin_module() - have a block hold a reference to the module
 * @block: the caller alone knows it, or checks it
 *
 * Its release puts the reference.
 */
void pga_block_pin_module(struct pga_block *block)
{
	if (!block->pinned)
		__module_get(THIS_MODULE);
	block->pinned = true;
}

static void put_back(struct pga_block *block, enum pga_held held, bool again)
{
	pga_block_pin_module(block);
	pga_place_put(block, held, again);
	set_next_work();
}

/**
 * pga_block_release_or_drain() - release a block now, or when its holders do
 * @block: DRAINING, set by the caller
 *
 * Context: process; sleeps.
 */
void pga_block_release_or_drain(struct pga_block *block)
{
	u64 pages = U64_MAX;
	enum pga_held held = pga_block_check_held(block, &pages);

	if (held == PGA_HELD_NOT)
		pga_block_release(block);
	else
		put_back(block, held, false);
}

/* Check a block that the caller took, and release it or put it back. */
static void check_taken(struct pga_block *block, bool again, u64 *budget)
{
	u64 pages = min_t(u64, *budget, PGA_CHECK_PAGES), left = pages;
	enum pga_held held = pga_block_check_held(block, &left);

	*budget -= pages - left;
	if (held == PGA_HELD_NOT)
		pga_block_release(block);
	else
		put_back(block, held, again);
	if (wq_has_sleeper(&checked))
		wake_up_all(&checked);
}

static bool may_go_on(const struct pga_budget *budget)
{
	cond_resched();
	return budget->blocks && budget->pages && !fatal_signal_pending(current);
}

static void check_queued(struct pga_budget budget)
{
	struct pga_block *block;

	while (may_go_on(&budget) && (block = pga_place_take_queued()) != NULL) {
		budget.blocks--;
		check_taken(block, false, &budget.pages);
	}
}

/**
 * pga_drain_add_orphan() - quarantine a block
 * @block: ORPHANED; this passes it to the tree of orphans.  If END_ORPHANS has
 *	ended its quarantine already, it drains.
 * @ms: duration, in milliseconds
 *
 * Context: process; sleeps.
 */
void pga_drain_add_orphan(struct pga_block *block, u32 ms)
{
	pga_block_pin_module(block);
	/* The current tick may end at any moment: do not count it. */
	if (pga_place_put_orphan(block, msecs_to_jiffies(ms) + 1))
		set_next_work();
	else
		pga_block_release_or_drain(block);
}

static void end_orphans(struct pga_budget budget)
{
	while (may_go_on(&budget) && pga_place_end_orphan())
		budget.blocks--;
}

/**
 * pga_drain_kick() - have the queued blocks checked as soon as possible
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_drain_kick(void)
{
	pga_work_set(&drain_work, jiffies);
}

/**
 * pga_drain_hasten() - have all polled blocks checked soon
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_drain_hasten(void)
{
	pga_place_poll_soon();
	set_next_work();
}

/* Continue a round of polling, as far as one run of the work goes. */
static void poll_some(struct pga_budget budget)
{
	struct pga_block *block;

	while (may_go_on(&budget) && (block = pga_place_take_of_round()) != NULL) {
		budget.blocks--;
		check_taken(block, true, &budget.pages);
	}
}

static void run_checks(void)
{
	end_orphans(run_budget);
	check_queued(run_budget);
	poll_some(run_budget);
}

/* Wait until no other thread checks a block.  False: this takes too long. */
static bool wait_for_others(u64 id)
{
	return wait_event_killable_timeout(checked, !pga_place_is_busy(id),
					   msecs_to_jiffies(PGA_CHECK_MS)) > 0;
}

/*
 * Have a block checked to the end, by a check that began after the ticket
 * @since, whichever thread makes it.  False: it takes too long.
 */
static bool check_one(u64 id, u64 since)
{
	u64 pages = U64_MAX;
	bool again, others;

	for (;;) {
		struct pga_block *block;

		block = pga_place_take_one(id, since, &again, &others);
		if (!block && !others)
			return true;
		if (block)
			check_taken(block, again, &pages);
		else if (!wait_for_others(id))
			return false;
		cond_resched();
		if (fatal_signal_pending(current))
			return false;
	}
}

/**
 * pga_drain_check() - check a draining block
 * @id: id of a block that the caller may wait for
 *
 * If the block has no holder any more, it is released.
 *
 * Context: process; sleeps, but not after a fatal signal.
 */
void pga_drain_check(u64 id)
{
	check_one(id, pga_place_ticket());
}

/**
 * pga_drain_check_file() - check the draining blocks of a file
 * @file: the file
 *
 * Those without a holder are released.  Threads that come here at the same time
 * share one check.
 *
 * Context: process; sleeps, but not after a fatal signal.
 */
void pga_drain_check_file(struct pga_file *file)
{
	unsigned long seen = READ_ONCE(file->nr_checks);
	u64 since = pga_place_ticket(), id;

	if (mutex_lock_killable(&file->check_lock))
		return;
	if (file->nr_checks == seen) {
		WRITE_ONCE(file->nr_checks, seen + 1);
		do
			id = pga_place_next_of_file(file, since);
		while (id && check_one(id, since));
	}
	mutex_unlock(&file->check_lock);
}

static void check_polled(struct pga_budget budget)
{
	struct pga_block *block;

	budget.blocks = min(budget.blocks, pga_place_nr_polled());
	while (may_go_on(&budget) && (block = pga_place_take_polled()) != NULL) {
		budget.blocks--;
		check_taken(block, true, &budget.pages);
	}
}

/**
 * pga_drain_check_some() - release what can be, before something is refused
 * @file: file of the caller
 *
 * Checks the draining blocks of the file, and a bounded number of others: as
 * many as nearly all machines have.  The pages of those without a holder are
 * free after this, whichever thread released them.
 *
 * Context: process; sleeps, but not after a fatal signal.
 */
void pga_drain_check_some(struct pga_file *file)
{
	u64 ticket;

	pga_drain_check_file(file);
	end_orphans(alloc_budget);
	check_queued(alloc_budget);
	check_polled(alloc_budget);
	ticket = pga_place_ticket();
	wait_event_killable_timeout(checked, !pga_place_any_busy(ticket),
				    msecs_to_jiffies(PGA_CHECK_MS));
	pga_release_sync();
}

/* At load: let blocks be checked. */
void __init pga_drain_init(void)
{
	pga_work_add(&drain_work);
}

/*
 * At unload, after the thread has ended.  No block is left, because each in a
 * place holds a reference to the module.
 */
void pga_drain_exit(void)
{
	WARN_ON_ONCE(pga_tally.nr);
}
