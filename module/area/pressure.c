// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that the host asks for when it is short of it.
 *
 * The host calls a shrinker from within allocations of others, and so also from
 * those of the module, with its mutexes held.  So the shrinker waits for no
 * lock, and returns nothing itself: it asks, and a thread in the background
 * returns the memory (giveback.c).  What was asked for counts as returned, so
 * that the host does not ask for it twice.
 *
 * It is off for a thread that takes memory from the host: what that thread gets
 * shall not come from another area, nor make its own give up what it got a
 * moment ago.
 *
 * Before the host kills a process, it asks once more, and then it can wait.
 *
 * Locking: none.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/shrinker.h>

#include "area/contig.h"
#include "area/giveback.h"
#include "area/pressure.h"
#include "area/registry.h"
#include "compat.h"

static unsigned long count_spare(struct shrinker *shrinker,
				 struct shrink_control *control)
{
	u64 spare, asked;

	if (pga_contig_is_taking())
		return 0;
	spare = pga_areas_spare();
	asked = pga_giveback_asked();
	return spare > asked ? spare - asked : 0;
}

static unsigned long ask_for_spare(struct shrinker *shrinker,
				   struct shrink_control *control)
{
	unsigned long nr = min(control->nr_to_scan,
			       count_spare(shrinker, control));

	if (!nr)
		return SHRINK_STOP;
	pga_giveback_ask(nr);
	return nr;
}

/* How long a thread that needs memory waits for it before a process is killed */
#define PGA_OOM_WAIT_MS	1000

static int return_before_kill(struct notifier_block *nb, unsigned long unused,
			      void *freed)
{
	if (!pga_contig_is_taking())
		*(unsigned long *)freed +=
			pga_giveback_all(msecs_to_jiffies(PGA_OOM_WAIT_MS));
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = {
	.notifier_call = return_before_kill,
};

static struct shrinker *shrinker;

/**
 * pga_pressure_init() - let the host ask for memory
 *
 * Context: process, at load; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_pressure_init(void)
{
	int err;

	shrinker = pga_shrinker_register("pgarea", count_spare, ask_for_spare);
	if (IS_ERR(shrinker))
		return PTR_ERR(shrinker);
	err = register_oom_notifier(&oom_nb);
	if (err)
		pga_shrinker_unregister(shrinker);
	return err;
}

/* At unload, while the background thread still runs. */
void pga_pressure_exit(void)
{
	unregister_oom_notifier(&oom_nb);
	pga_shrinker_unregister(shrinker);
}
