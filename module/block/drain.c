// SPDX-License-Identifier: GPL-2.0
/*
 * Draining: pages are reused only after the last holder releases them.
 *
 * A block whose owner freed it may still be mapped, or a reference may hold a
 * page of it: a pin for I/O, or a pipe after splice().  Mappings are counted,
 * and each page has a reference for each mapping of it.  dma-bufs and open
 * nodes are counted too.  So a block is held while it has one of these, or
 * while a page of it has a reference besides that of the area.  Only the
 * reference count shows all of them: page_maybe_dma_pinned() misses short ones.
 *
 * An orphan, which its owner did not free, is in the same list until its
 * quarantine ends; then it drains.
 *
 * A draining block that was once seen without holders stays without holders: a
 * new reference needs a mapping or another reference, a new mapping needs an
 * open node or a dma-buf, and none of them exists.  (Scanners of the host take
 * short references by page frame number, and create no mapping.)
 *
 * No callback reports the last put of a page reference.  So the blocks in the
 * list are polled with growing pauses; when a mapping, a dma-buf or an open
 * node goes away; and before an allocation is refused.
 *
 * Each block in the list holds a reference to the module.
 *
 * Locking: the drain lock is a mutex.  It protects the list, and serialises
 * checks of the blocks in it.  The table lock nests inside it.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "area/caching.h"
#include "area/page.h"
#include "block/block.h"
#include "block/drain.h"
#include "block/id.h"
#include "block/release.h"
#include "block/state.h"

#define PGA_DRAIN_FIRST_MS	10
#define PGA_DRAIN_LAST_MS	320

static DEFINE_MUTEX(drain_lock);
static LIST_HEAD(draining);
static unsigned int drain_pause_ms = PGA_DRAIN_FIRST_MS;
static unsigned long next_poll;		/* jiffies, while the work is pending */
static atomic_t drain_kicked;

static void drain_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drain_work_fn);

/* Is there a reference besides that of the area and those of mappings? */
static bool page_is_referenced(struct page *page)
{
	return page_ref_count(page) >
	       PGA_PAGE_REFS + atomic_read(&page->_mapcount) + 1;
}

/* A bad page is never reused: it is counted, and its references do not matter. */
static void note_bad(struct pga_block *block, u64 pfn)
{
	spin_lock(&pga_table_lock);
	if (!pga_page_is_hwpoison(pfn))
		pga_block_hwpoison_locked(block, pfn);
	spin_unlock(&pga_table_lock);
}

/**
 * pga_block_is_held() - check whether anything but its owner holds a block
 * @block: freed by its owner, so that no new mapping is possible
 *
 * Scans the page references even if a mapping is known, and records in the
 * block whether it found any: a query must report both kinds of holders.
 *
 * Context: process; sleeps.
 * Return: whether a mapping, a dma-buf, an open device node or a reference
 * holds it.
 */
bool pga_block_is_held(struct pga_block *block)
{
	bool held = atomic_read(&block->nr_mappings) +
		    atomic_read(&block->nr_exports) +
		    atomic_read(&block->nr_opens);
	u8 holders = 0;
	u64 i;

	/*
	 * Read the counts before the page references: a reference taken
	 * through a holder that then goes away must be seen as one of the two.
	 * Pairs with atomic_dec_and_test() in pga_block_unmap(),
	 * pga_block_unexport() and pga_cdev_release().
	 */
	smp_rmb();
	for (i = 0; !holders && i < pga_block_nr(block); i++) {
		struct page *page = pga_block_page(block, i);

		if (pga_page_is_bad(page)) {
			note_bad(block, page_to_pfn(page));
		} else if (!pga_page_is_idle(page)) {
			held = true;
			if (page_is_referenced(page))
				holders = PGAREA_HOLDER_REFERENCE;
		}
		if (!(i % pageblock_nr_pages))
			cond_resched();
	}
	WRITE_ONCE(block->holders, holders);
	return held;
}

/**
 * pga_block_restore_caching() - make the kernel's mapping of a block write-back
 * @block: without holders
 *
 * Context: process; sleeps.
 * Return: false when this failed; the caller must try again later.
 */
bool pga_block_restore_caching(struct pga_block *block)
{
	if (!block->attr_changed)
		return true;
	if (pga_caching_restore(pga_block_pfn(block, 0), pga_block_nr(block))) {
		WRITE_ONCE(block->holders, PGAREA_HOLDER_CACHE);
		return false;
	}
	block->attr_changed = false;
	return true;
}

/* Is the block still quarantined?  If its time is over, it starts to drain. */
static bool is_quarantined(struct pga_block *block)
{
	if (READ_ONCE(block->state) != PGAREA_STATE_ORPHANED)
		return false;
	if (time_before(jiffies, block->until))
		return true;
	pga_block_start_draining(block);
	return false;
}

static void drain_poll_locked(void)
{
	struct pga_block *block, *next;

	lockdep_assert_held(&drain_lock);
	list_for_each_entry_safe(block, next, &draining, drain) {
		if (is_quarantined(block) || pga_block_is_held(block) ||
		    !pga_block_restore_caching(block))
			continue;
		list_del_init(&block->drain);
		pga_block_release(block);
		/* Unload waits for the worker; a command has a file open. */
		module_put(THIS_MODULE);
	}
}

/**
 * pga_drain_poll() - release the draining blocks that have no holder any more
 *
 * The pages of a block without holders are free after this, whichever thread
 * found it first.
 *
 * Context: process; sleeps.
 */
void pga_drain_poll(void)
{
	mutex_lock(&drain_lock);
	drain_poll_locked();
	mutex_unlock(&drain_lock);
}

/* Jiffies until the first quarantine ends, or until the pause is over. */
static unsigned long pause_locked(void)
{
	unsigned long pause = msecs_to_jiffies(drain_pause_ms);
	unsigned long least = MAX_JIFFY_OFFSET;
	struct pga_block *block;

	list_for_each_entry(block, &draining, drain) {
		if (READ_ONCE(block->state) != PGAREA_STATE_ORPHANED)
			least = min(least, pause);
		else if (time_after(block->until, jiffies))
			least = min(least, block->until - jiffies);
		else
			least = 0;
	}
	return least;
}

static void schedule_poll_locked(unsigned long pause)
{
	next_poll = jiffies + pause;
	mod_delayed_work(system_wq, &drain_work, pause);
}

static void schedule_next_poll_locked(void)
{
	if (list_empty(&draining))
		return;
	schedule_poll_locked(pause_locked());
	/*
	 * A kick that raced with this scan was not served, and the line above
	 * has just delayed its work: run again now.
	 */
	if (atomic_read(&drain_kicked))
		schedule_poll_locked(0);
}

static void drain_work_fn(struct work_struct *work)
{
	bool kicked;

	mutex_lock(&drain_lock);
	kicked = atomic_xchg(&drain_kicked, 0);
	drain_poll_locked();
	/* A kick concerns one block: keep the pause for the others. */
	if (!kicked)
		drain_pause_ms = min_t(unsigned int, 2 * drain_pause_ms,
				       PGA_DRAIN_LAST_MS);
	schedule_next_poll_locked();
	mutex_unlock(&drain_lock);
}

static void add_locked(struct pga_block *block, unsigned long pause)
{
	__module_get(THIS_MODULE);
	list_add_tail(&block->drain, &draining);
	/* Keep an earlier time, or many calls would delay the work forever. */
	if (!delayed_work_pending(&drain_work) ||
	    time_before(jiffies + pause, next_poll))
		schedule_poll_locked(pause);
}

/**
 * pga_drain_add() - add a block to the list of draining blocks
 * @block: DRAINING; this passes it to the list
 *
 * Context: process; sleeps.
 */
void pga_drain_add(struct pga_block *block)
{
	mutex_lock(&drain_lock);
	drain_pause_ms = PGA_DRAIN_FIRST_MS;
	add_locked(block, msecs_to_jiffies(drain_pause_ms));
	mutex_unlock(&drain_lock);
}

/**
 * pga_drain_add_orphan() - quarantine a block
 * @block: ORPHANED; this passes it to the list
 * @ms: duration, in milliseconds
 *
 * Context: process; sleeps.
 */
void pga_drain_add_orphan(struct pga_block *block, u32 ms)
{
	mutex_lock(&drain_lock);
	/* The current tick may end at any moment: do not count it. */
	WRITE_ONCE(block->until, jiffies + msecs_to_jiffies(ms) + 1);
	add_locked(block, msecs_to_jiffies(ms) + 1);
	mutex_unlock(&drain_lock);
}

/**
 * pga_orphan_end_locked() - end the quarantine of an orphan: it drains
 * @block: any
 *
 * The caller must call pga_drain_kick() without the lock if this returns true.
 *
 * Return: false if the block is not in quarantine.
 */
bool pga_orphan_end_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	if (block->state != PGAREA_STATE_ORPHANED)
		return false;
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	return true;
}

/**
 * pga_drain_kick() - check the draining blocks soon
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_drain_kick(void)
{
	if (list_empty_careful(&draining))
		return;
	atomic_set(&drain_kicked, 1);
	mod_delayed_work(system_wq, &drain_work, 0);
}

/* Is no block draining or orphaned? */
bool pga_drain_is_empty(void)
{
	return list_empty_careful(&draining);
}

static bool matches_query(const struct pga_drain_query *query,
			  const struct pga_block *block)
{
	if (!query->file)
		return true;
	if (query->id)
		return block->id == query->id;
	return block->owner == query->file;
}

/**
 * pga_drain_count() - count draining blocks, and collect their holders
 * @query: which blocks; the result is added to it
 *
 * Context: process; sleeps.
 */
void pga_drain_count(struct pga_drain_query *query)
{
	struct pga_block *block;

	mutex_lock(&drain_lock);
	spin_lock(&pga_table_lock);
	list_for_each_entry(block, &draining, drain) {
		if (!matches_query(query, block))
			continue;
		query->nr++;
		query->holders |= pga_block_holders(block);
	}
	spin_unlock(&pga_table_lock);
	mutex_unlock(&drain_lock);
}

/**
 * pga_drain_exit() - stop polling
 *
 * Context: process, at unload.  The list is empty, because each block in it
 * holds a reference to the module.
 */
void pga_drain_exit(void)
{
	cancel_delayed_work_sync(&drain_work);
	WARN_ON_ONCE(!list_empty(&draining));
}

/**
 * pga_block_release_or_drain() - release a block now, or let it drain
 * @block: DRAINING, set by the caller
 *
 * Context: process; sleeps.
 */
void pga_block_release_or_drain(struct pga_block *block)
{
	if (pga_block_is_held(block) || !pga_block_restore_caching(block))
		pga_drain_add(block);
	else
		pga_block_release(block);
}
