// SPDX-License-Identifier: GPL-2.0
/*
 * Draining: pages are reused when the last holder lets go, not before.
 *
 * A block whose owner freed it may still be mapped, or a page of it be held by a
 * reference: a pin for I/O, a pipe that it was spliced into.  A mapping is
 * counted, and each page that it maps has a reference too.  So a block is held
 * while it has mappings, or a page of it has a reference besides ours.  The
 * number of references is the only sign that shows all of them:
 * page_maybe_dma_pinned() misses the short ones.
 *
 * Once a draining block was seen to be free of holders it stays so: a new
 * reference comes from a mapping or from another reference, there is none, and
 * a draining block gets no new mapping.  (What the host's own scanners take for
 * a moment comes from nowhere and leads nowhere.)
 *
 * Nobody calls when the last reference goes.  So the blocks in the list are
 * looked at again and again, with growing pauses; when a mapping goes; and before
 * an allocation is refused.
 *
 * Each block in the list holds a reference on the module.
 *
 * Locking: the drain lock is a mutex, for the list and for who looks at a block.
 * The table lock nests inside it.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "block.h"

#define PGA_DRAIN_FIRST_MS	10
#define PGA_DRAIN_LAST_MS	320

static DEFINE_MUTEX(drain_lock);
static LIST_HEAD(draining);
static unsigned int drain_pause_ms = PGA_DRAIN_FIRST_MS;
static atomic_t drain_kicked;

static void drain_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drain_work_fn);

/* Do others than we, and than mappings, hold a reference? */
static bool page_is_referenced(struct page *page)
{
	return page_ref_count(page) > 1 + atomic_read(&page->_mapcount) + 1;
}

/**
 * pga_block_is_held() - does anybody but its owner hold a block?
 * @block: whose owner freed it, so that no new mapping can be made
 *
 * Notes in the block whether there is a reference, also where a mapping is known
 * already: whoever looks for what holds it is to see both.
 *
 * Context: process; sleeps.
 */
bool pga_block_is_held(struct pga_block *block)
{
	bool held = atomic_read(&block->mappings);
	u64 pfn = block->first;
	u8 holders = 0;

	for (; !holders && pfn <= block->last; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (page_ref_count(page) != 1) {
			held = true;
			if (page_is_referenced(page))
				holders = PGAREA_HOLDER_REFERENCE;
		}
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	WRITE_ONCE(block->holders, holders);
	return held;
}

static void drain_poll_locked(void)
{
	struct pga_block *block, *next;

	lockdep_assert_held(&drain_lock);
	list_for_each_entry_safe(block, next, &draining, drain) {
		if (pga_block_is_held(block))
			continue;
		list_del_init(&block->drain);
		pga_block_retire(block);
		/* Unloading waits for the worker; a command has a file open. */
		module_put(THIS_MODULE);
	}
}

/**
 * pga_drain_poll() - let the pages go that nobody holds any more
 *
 * Behind it they are free, whoever saw it first.
 *
 * Context: process; sleeps.
 */
void pga_drain_poll(void)
{
	mutex_lock(&drain_lock);
	drain_poll_locked();
	mutex_unlock(&drain_lock);
}

static void drain_work_fn(struct work_struct *work)
{
	mutex_lock(&drain_lock);
	drain_poll_locked();
	/* A look that a mapping asked for says nothing about the others. */
	if (!atomic_xchg(&drain_kicked, 0))
		drain_pause_ms = min_t(unsigned int, 2 * drain_pause_ms,
				       PGA_DRAIN_LAST_MS);
	if (!list_empty(&draining))
		schedule_delayed_work(&drain_work,
				      msecs_to_jiffies(drain_pause_ms));
	mutex_unlock(&drain_lock);
}

/**
 * pga_drain_add() - wait for the holders of a block
 * @block: DRAINING; the list has it from here on
 *
 * Context: process; sleeps.
 */
void pga_drain_add(struct pga_block *block)
{
	__module_get(THIS_MODULE);
	mutex_lock(&drain_lock);
	list_add_tail(&block->drain, &draining);
	/* A short pause goes on as it is: or many calls would put it off for ever. */
	if (drain_pause_ms > PGA_DRAIN_FIRST_MS)
		cancel_delayed_work(&drain_work);
	drain_pause_ms = PGA_DRAIN_FIRST_MS;
	schedule_delayed_work(&drain_work, msecs_to_jiffies(drain_pause_ms));
	mutex_unlock(&drain_lock);
}

/**
 * pga_drain_kick() - look at the draining blocks soon
 *
 * Context: any that has no spinlock of ours.
 */
void pga_drain_kick(void)
{
	if (list_empty_careful(&draining))
		return;
	atomic_set(&drain_kicked, 1);
	mod_delayed_work(system_wq, &drain_work, 0);
}

/**
 * pga_drain_exit() - stop looking
 *
 * Context: process, at unload.  The list is empty: its blocks hold the module.
 */
void pga_drain_exit(void)
{
	cancel_delayed_work_sync(&drain_work);
	WARN_ON_ONCE(!list_empty(&draining));
}
