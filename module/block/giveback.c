// SPDX-License-Identifier: GPL-2.0
/*
 * What areas return to the host by themselves, in the background.
 *
 * Whoever needs memory may not wait for locks, and returning takes long.  So a
 * work does that.
 *
 * Locking: none.
 */
#include "area/giveback.h"
#include "block/giveback.h"
#include "block/work.h"

static struct pga_work giveback_work = {
	.run = pga_giveback_run,
	.next = pga_giveback_next,
};

static void set(unsigned long time)
{
	pga_work_set(&giveback_work, time);
}

/* At load: let areas return what they do not need. */
void __init pga_giveback_work_init(void)
{
	pga_work_add(&giveback_work);
	pga_giveback_init(set);
}
