// SPDX-License-Identifier: GPL-2.0
/*
 * The end of areas of claims, in the background.
 *
 * Whoever frees the last page of such an area may not sleep for as long as it
 * takes to return its memory to the host.  So a work does that.
 *
 * Locking: none.
 */
#include <linux/jiffies.h>

#include "area/claim.h"
#include "area/idle.h"
#include "block/unclaim.h"
#include "block/work.h"

static bool unclaim_next(unsigned long *time)
{
	*time = jiffies;
	return pga_idle_pending();
}

static struct pga_work unclaim_work = {
	.run = pga_claims_end_idle,
	.next = unclaim_next,
};

static void kick(void)
{
	pga_work_set(&unclaim_work, jiffies);
}

/* At load: let areas of claims end. */
void __init pga_unclaim_init(void)
{
	pga_work_add(&unclaim_work);
	pga_idle_init(kick);
}
