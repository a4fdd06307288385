// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that areas return to the host by themselves.
 *
 * An area that has grown on demand owns more than its size.  What it does not
 * need of that it returns after a while: from time to time a thread in the
 * background looks how many pages were in use at most since it looked last, and
 * lets the area keep those, at least its size, and no less than its minimum.
 * So a program that allocates and frees in a loop does not make the host give
 * the same memory again and again.
 *
 * When the host is short of memory (pressure.c), areas that may grow return
 * what is free down to their minimum, at once: they get it back on demand.  An
 * area that may not grow would not.  It keeps what it has.
 *
 * Only chunks that are wholly free are returned, the highest first.
 *
 * Locking: asked_lock, a spinlock, protects what the host asked for.  Only one
 * thread looks and returns.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/giveback.h"
#include "area/registry.h"
#include "area/shrink.h"

/* How often a thread looks while areas return nothing by themselves */
#define PGA_LOOK_MS	10000

/* Parameter: milliseconds until an area returns what it does not need; 0: never */
unsigned int pga_idle_ms = 10000;

static void (*set_thread)(unsigned long time);
static unsigned long last_look;

static DEFINE_SPINLOCK(asked_lock);	/* the next three */
static u64 asked;	/* pages that the host asked for, and areas still own */
static u64 given;	/* pages that were returned because it asked */
static bool returning;
static DECLARE_WAIT_QUEUE_HEAD(asked_wait);

/**
 * pga_giveback_init() - let areas return memory
 * @set: has a thread in the background call pga_giveback_run() at a time, in
 *	jiffies; called with no lock held, and does not sleep
 *
 * Context: process, at load.
 */
void pga_giveback_init(void (*set)(unsigned long time))
{
	set_thread = set;
	last_look = jiffies;
}

static unsigned long time_between_looks(void)
{
	unsigned int ms = READ_ONCE(pga_idle_ms);

	return msecs_to_jiffies(ms ?: PGA_LOOK_MS) ?: 1;
}

static bool has_excess(struct pga_area *area)
{
	bool excess;

	spin_lock(&area->lock);
	excess = pga_buddy_nr_owned(&area->buddy) > area->target;
	spin_unlock(&area->lock);
	return excess && !area->spec.claim;
}

/**
 * pga_giveback_note_growth() - note that an area has grown on demand
 * @area: the area
 *
 * Context: any in which the caller holds no spinlock of the module.
 */
void pga_giveback_note_growth(struct pga_area *area)
{
	if (has_excess(area))
		set_thread(jiffies + time_between_looks());
}

/**
 * pga_giveback_ask() - have areas that may grow return free pages soon
 * @nr: number of pages
 *
 * Context: any in which the caller holds no spinlock of the module; does not
 * sleep.
 */
void pga_giveback_ask(u64 nr)
{
	spin_lock(&asked_lock);
	asked += nr;
	spin_unlock(&asked_lock);
	set_thread(jiffies);
}

/* The pages that were asked for, and that areas still own */
u64 pga_giveback_asked(void)
{
	u64 nr;

	spin_lock(&asked_lock);
	nr = asked;
	spin_unlock(&asked_lock);
	return nr;
}

/* @nr pages of those that were asked for are no longer owned, or cannot be had. */
static void settle(u64 nr)
{
	spin_lock(&asked_lock);
	asked -= min(nr, asked);
	spin_unlock(&asked_lock);
}

static bool is_settled(u64 *nr_given)
{
	bool settled;

	spin_lock(&asked_lock);
	settled = !asked && !returning;
	*nr_given = given;
	spin_unlock(&asked_lock);
	return settled;
}

/**
 * pga_giveback_all() - have areas that may grow return what is free, and wait
 * @timeout: how long, in jiffies
 *
 * Context: process; sleeps.
 * Return: number of pages that were returned.
 */
unsigned long pga_giveback_all(unsigned long timeout)
{
	u64 spare = pga_areas_spare(), before, after;

	if (!spare)
		return 0;
	is_settled(&before);
	pga_giveback_ask(spare);
	wait_event_timeout(asked_wait, is_settled(&after), timeout);
	is_settled(&after);
	return after - before;
}

/* Bytes that an area is to keep when the host needs @nr pages of it. */
static u64 keep_under_pressure(struct pga_area *area, u64 nr)
{
	u64 owned;

	spin_lock(&area->lock);
	owned = pga_buddy_nr_owned(&area->buddy);
	spin_unlock(&area->lock);
	/* A chunk is returned as a whole. */
	nr = max_t(u64, nr, area->chunk_pages);
	return (owned > nr ? owned - nr : 0) << PAGE_SHIFT;
}

/* Take @nr pages, or what there is, from the areas.  Return how many it were. */
static u64 take_asked(u64 nr, struct list_head *chunks)
{
	struct pga_area *area = NULL;
	u64 taken = 0, part;

	while ((area = pga_area_next(area)) != NULL) {
		if (taken >= nr || !area->spec.grow)
			continue;
		/* After an error, the host asks again. */
		(void)!pga_area_trim(area, keep_under_pressure(area, nr - taken),
				     chunks, &part);
		settle(part);
		taken += part;
	}
	return taken;
}

/* A thread that waits until all is settled sees what was returned. */
static u64 begin_to_return(void)
{
	u64 nr;

	spin_lock(&asked_lock);
	returning = asked;
	nr = asked;
	spin_unlock(&asked_lock);
	return nr;
}

static void end_to_return(u64 nr)
{
	spin_lock(&asked_lock);
	returning = false;
	given += nr;
	spin_unlock(&asked_lock);
	wake_up_all(&asked_wait);
}

/* It needs a little memory itself. */
static void return_asked(void)
{
	unsigned int flags = memalloc_noreclaim_save();
	u64 nr = begin_to_return(), taken;
	LIST_HEAD(chunks);

	if (nr) {
		taken = take_asked(nr, &chunks);
		settle(nr - min(nr, taken));
		pga_chunks_return(&chunks);
		end_to_return(taken);
	}
	memalloc_noreclaim_restore(flags);
}

/* Bytes that an area needs, by its use since the last look.  This is a look. */
static u64 keep_when_idle(struct pga_area *area)
{
	u64 nr, used;

	spin_lock(&area->lock);
	used = pga_buddy_nr_owned(&area->buddy) -
	       pga_buddy_nr_free(&area->buddy);
	nr = max3(area->peak, area->target, used);
	area->peak = used;
	spin_unlock(&area->lock);
	return nr << PAGE_SHIFT;
}

static void return_idle(void)
{
	struct pga_area *area = NULL;
	LIST_HEAD(chunks);
	u64 keep, nr;

	while ((area = pga_area_next(area)) != NULL) {
		keep = keep_when_idle(area);
		/* After an error, the rest returns next time. */
		if (READ_ONCE(pga_idle_ms) && has_excess(area))
			(void)!pga_area_trim(area, keep, &chunks, &nr);
	}
	pga_chunks_return(&chunks);
}

/**
 * pga_giveback_run() - return what the host asked for, and what is idle
 *
 * Context: process, only one thread; sleeps.
 */
void pga_giveback_run(void)
{
	return_asked();
	if (time_before(jiffies, last_look + time_between_looks()))
		return;
	return_idle();
	last_look = jiffies;
}

/**
 * pga_giveback_next() - when is pga_giveback_run() to be called next?
 * @time: set to the time, in jiffies
 *
 * Return: false if there is no need.
 */
bool pga_giveback_next(unsigned long *time)
{
	struct pga_area *area = NULL;
	bool needed = false;

	*time = jiffies;
	if (pga_giveback_asked())
		return true;
	while ((area = pga_area_next(area)) != NULL)
		needed = needed || has_excess(area);
	*time = last_look + time_between_looks();
	return needed;
}
