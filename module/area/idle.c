// SPDX-License-Identifier: GPL-2.0
/*
 * Areas of claims that may not be in use any more.
 *
 * Who frees the last page of such an area notes that here, and has a thread in
 * the background woken, which ends the area (claim.c).  A note that turns out to
 * be wrong does no harm: whoever frees the page that is still in use makes
 * another one.
 *
 * Locking: none; flags that are set, and cleared before what they tell of is
 * looked at.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>

#include "area/area.h"
#include "area/idle.h"

static atomic_t pending;	/* 1: an area has a note */
static void (*kick_thread)(void);

/**
 * pga_idle_init() - let areas of claims end
 * @kick: wakes the thread that ends them; called with no lock held, and does not
 *	sleep
 *
 * Context: process, at load.
 */
void pga_idle_init(void (*kick)(void))
{
	kick_thread = kick;
}

/**
 * pga_idle_note() - note that an area of a claim may not be in use any more
 * @area: with a reference, or in an RCU read section
 *
 * Context: any in which the caller holds none of the module's spinlocks.
 */
void pga_idle_note(struct pga_area *area)
{
	WRITE_ONCE(area->idle, true);
	/* Full barrier: who sees this sees @idle. */
	atomic_xchg(&pending, 1);
	kick_thread();
}

/* Is there a note that nobody has looked at yet? */
bool pga_idle_pending(void)
{
	return atomic_read(&pending);
}

/**
 * pga_idle_begin() - begin to look at all notes
 *
 * Return: false if there are none.
 */
bool pga_idle_begin(void)
{
	return atomic_xchg(&pending, 0);
}

/**
 * pga_idle_take() - take the note of an area
 * @area: with a reference; only one thread at a time takes notes
 *
 * Return: true if there was one.
 */
bool pga_idle_take(struct pga_area *area)
{
	if (!READ_ONCE(area->idle))
		return false;
	WRITE_ONCE(area->idle, false);
	return true;
}
