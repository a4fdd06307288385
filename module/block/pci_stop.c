// SPDX-License-Identifier: GPL-2.0
/*
 * The end of the bus mastering of PCI functions that blocks are bound to.
 *
 * An orphan that is bound to a function is kept back until the bus mastering of
 * the function is known to be off.  Others write to the command register too:
 *
 * - A reset (by sysfs, VFIO, a driver, or after an error) saves it, and writes
 *   it back at the end.  It blocks the configuration space meanwhile: so the
 *   module looks at the register only when it is not blocked, and blocks it.
 * - A resume of the function writes back what its suspend has saved.  So the
 *   function is awake when the module looks, and is suspended with what the
 *   module has written.  Suspending the machine freezes the worker first.
 * - The kernel and programs change other bits of it, by a read and a write with
 *   nothing to protect them.  So the register counts as cleared only when a
 *   second look finds it so.
 * - The address of a removed function is empty, or has another function;
 *   pci_bind.c.
 * - A driver or a program that enables bus mastering later uses the device, and
 *   is responsible for the addresses in it.
 *
 * The closing of a file waits for none of these: its process may hold a lock of
 * the device, and cannot be killed any more.  It looks once for each function.
 * Where this is not enough, its blocks wait for a worker, as orphans.  Each of
 * them holds a reference to the module.
 *
 * A function whose registers read as ones has lost its power or its link, and
 * its addresses with them.  It cannot write.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/workqueue.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/pci.h"
#include "block/pci_stop.h"
#include "block/state.h"

#define PGA_STOP_LOOKS		3
#define PGA_STOP_FIRST_MS	10
#define PGA_STOP_LAST_MS	320
/* How long transactions may be pending, or the register may ignore a write */
#define PGA_STOP_PATIENCE_MS	1000

/* What a look at the command register found */
enum pga_look {
	PGA_LOOK_GONE,		/* it does not answer */
	PGA_LOOK_OFF,		/* bus mastering is off */
	PGA_LOOK_CLEARED,	/* it was on, and now is off */
	PGA_LOOK_STUCK,		/* it is on, and stays so */
	PGA_LOOK_BLOCKED,	/* its configuration space is blocked */
};

/* What became of a function */
enum pga_stop {
	PGA_STOP_DONE,
	PGA_STOP_AGAIN,		/* not known yet */
	PGA_STOP_FAILED,	/* its bus mastering cannot be cleared */
};

static struct workqueue_struct *stop_wq;

static u16 read_command(struct pci_dev *pci)
{
	u16 command;

	pci_read_config_word(pci, PCI_COMMAND, &command);
	return command;
}

/*
 * Clear bus mastering if it is on.  The completion of the last read pushes the
 * earlier writes of the function: none of them is in transit after this.
 */
static enum pga_look clear_master(struct pci_dev *pci)
{
	u16 command = read_command(pci);

	if (PCI_POSSIBLE_ERROR(command))
		return PGA_LOOK_GONE;
	if (!(command & PCI_COMMAND_MASTER))
		return PGA_LOOK_OFF;
	pci_clear_master(pci);
	command = read_command(pci);
	if (PCI_POSSIBLE_ERROR(command))
		return PGA_LOOK_GONE;
	return command & PCI_COMMAND_MASTER ? PGA_LOOK_STUCK : PGA_LOOK_CLEARED;
}

static enum pga_look try_clear_master(struct pci_dev *pci)
{
	enum pga_look look;

	if (!pci_cfg_access_trylock(pci))
		return PGA_LOOK_BLOCKED;
	look = clear_master(pci);
	pci_cfg_access_unlock(pci);
	return look;
}

/* Log what was found, once. */
static void note_look_locked(struct pga_function *function, enum pga_look look,
			     const char *reason)
{
	bool gone = look == PGA_LOOK_GONE;

	if (gone && !function->gone_logged)
		pci_info(function->pci, "pgarea: the function does not answer any more; it cannot write to the memory that is bound to it\n");
	if (look != PGA_LOOK_BLOCKED)
		function->gone_logged = gone;
	if (function->clearing ||
	    (look != PGA_LOOK_CLEARED && look != PGA_LOOK_STUCK))
		return;
	function->clearing = true;
	function->patience = jiffies + msecs_to_jiffies(PGA_STOP_PATIENCE_MS);
	if (look == PGA_LOOK_CLEARED)
		pci_info(function->pci, "pgarea: cleared bus mastering: %s\n",
			 reason);
}

/*
 * After the module has cleared bus mastering: does the function wait for the
 * completion of requests?  If it goes on for too long, say so and give up: the
 * function has sent these before, and writes nothing on their completion.
 */
static bool is_pending_locked(const struct pga_function *function)
{
	u16 status = 0;

	if (!function->clearing)
		return false;
	pcie_capability_read_word(function->pci, PCI_EXP_DEVSTA, &status);
	if (PCI_POSSIBLE_ERROR(status) || !(status & PCI_EXP_DEVSTA_TRPND))
		return false;
	if (time_before(jiffies, function->patience))
		return true;
	pci_warn(function->pci, "pgarea: cleared bus mastering, but transactions are still pending\n");
	return false;
}

static enum pga_stop judge_locked(const struct pga_function *function,
				  enum pga_look look)
{
	switch (look) {
	case PGA_LOOK_GONE:
		return PGA_STOP_DONE;
	case PGA_LOOK_OFF:
		return is_pending_locked(function) ? PGA_STOP_AGAIN :
						     PGA_STOP_DONE;
	case PGA_LOOK_STUCK:
		return time_before(jiffies, function->patience) ?
			PGA_STOP_AGAIN : PGA_STOP_FAILED;
	default:
		return PGA_STOP_AGAIN;
	}
}

/*
 * Stop a function that is awake.  A function that is not registered any more
 * was removed: its address may have another function.
 */
static enum pga_stop stop_locked(struct pga_function *function)
{
	enum pga_look look = PGA_LOOK_CLEARED;
	enum pga_stop stop;
	unsigned int i;

	if (function->removed || !device_is_registered(&function->pci->dev))
		return PGA_STOP_DONE;
	for (i = 0; i < PGA_STOP_LOOKS && look == PGA_LOOK_CLEARED; i++) {
		look = try_clear_master(function->pci);
		note_look_locked(function, look,
				 "a process that bound memory to it has exited");
	}
	stop = judge_locked(function, look);
	if (stop == PGA_STOP_FAILED)
		pci_warn(function->pci, "pgarea: cannot clear bus mastering; the memory that is bound to it is quarantined instead\n");
	if (stop != PGA_STOP_AGAIN)
		function->clearing = false;
	return stop;
}

/* To wake a function may take long: leave that to the worker. */
static bool stop_if_awake_locked(struct pga_function *function)
{
	struct device *dev = &function->pci->dev;
	int awake = pm_runtime_get_if_in_use(dev);
	bool stopped;

	if (!awake)
		return false;
	stopped = stop_locked(function) == PGA_STOP_DONE;
	if (awake > 0)
		pm_runtime_put(dev);
	return stopped;
}

/**
 * pga_pci_stop() - stop a function at once, if possible
 * @function: the function
 * @closing: number of the file that is being closed.  No program uses it any
 *	more, so that one look counts for all of its blocks.
 *
 * Context: process; sleeps, but waits for no device.
 * Return: false when more is needed, pga_pci_stop_later().
 */
bool pga_pci_stop(struct pga_function *function, u64 closing)
{
	bool stopped;

	mutex_lock(&pga_functions_lock);
	if (function->closing != closing) {
		function->closing = closing;
		function->stopped = stop_if_awake_locked(function);
	}
	stopped = function->stopped;
	mutex_unlock(&pga_functions_lock);
	return stopped;
}

static void queue_stop(struct pga_function *function, unsigned int ms)
{
	pga_pci_get(function);
	if (!queue_delayed_work(stop_wq, &function->work, msecs_to_jiffies(ms)))
		pga_pci_put(function);
}

/**
 * pga_pci_stop_later() - keep a block back until its function is stopped
 * @block: ORPHANED and bound; this passes it to the worker
 *
 * Context: process; sleeps.
 */
void pga_pci_stop_later(struct pga_block *block)
{
	struct pga_function *function = pga_pci_get(block->pci);

	pga_block_pin_module(block);
	mutex_lock(&pga_functions_lock);
	list_add_tail(&block->drain, &function->waiting);
	mutex_unlock(&pga_functions_lock);
	queue_stop(function, 0);
	pga_pci_put(function);
}

/**
 * pga_pci_stop_kick() - release the blocks that need not wait any more
 * @function: END_ORPHANS made a waiting block of it DRAINING
 *
 * Context: process.
 */
void pga_pci_stop_kick(struct pga_function *function)
{
	pga_pci_get(function);
	/* Work that was pending has its own reference. */
	if (mod_delayed_work(stop_wq, &function->work, 0))
		pga_pci_put(function);
}

/* Does a block still wait?  END_ORPHANS may have ended that. */
static bool is_waiting(const struct pga_block *block)
{
	return READ_ONCE(block->state) == PGAREA_STATE_ORPHANED;
}

static void release_block(struct pga_block *block, enum pga_stop stop)
{
	u32 ms = 0;

	if (stop == PGA_STOP_FAILED && is_waiting(block))
		ms = pga_block_orphan_ms(block);
	list_del_init(&block->drain);
	if (ms) {
		pga_drain_add_orphan(block, ms);
	} else {
		pga_block_start_draining(block);
		pga_block_release_or_drain(block);
	}
}

static void take_ended_locked(struct pga_function *function,
			      struct list_head *blocks)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, &function->waiting, drain)
		if (!is_waiting(block))
			list_move_tail(&block->drain, blocks);
}

/* Take the blocks that wait; with PGA_STOP_AGAIN they continue to wait. */
static enum pga_stop take_waiting(struct pga_function *function,
				  struct list_head *blocks)
{
	enum pga_stop stop = PGA_STOP_DONE;

	mutex_lock(&pga_functions_lock);
	take_ended_locked(function, blocks);
	if (!list_empty(&function->waiting))
		stop = stop_locked(function);
	if (stop != PGA_STOP_AGAIN)
		list_splice_tail_init(&function->waiting, blocks);
	mutex_unlock(&pga_functions_lock);
	return stop;
}

static void stop_work_fn(struct work_struct *work)
{
	struct pga_function *function =
		container_of(to_delayed_work(work), struct pga_function, work);
	struct pga_block *block, *next;
	LIST_HEAD(blocks);
	enum pga_stop stop;

	pm_runtime_get_sync(&function->pci->dev);
	stop = take_waiting(function, &blocks);
	pm_runtime_put(&function->pci->dev);
	if (stop == PGA_STOP_AGAIN) {
		queue_stop(function, function->pause_ms);
		function->pause_ms = min_t(unsigned int, PGA_STOP_LAST_MS,
					   2 * function->pause_ms);
	} else {
		function->pause_ms = PGA_STOP_FIRST_MS;
	}
	list_for_each_entry_safe(block, next, &blocks, drain) {
		release_block(block, stop);
		cond_resched();
	}
	pga_pci_put(function);
}

/**
 * pga_pci_stop_removed() - stop a function that the kernel is removing
 * @function: still at its address
 *
 * Context: process, in the removal; sleeps, waits for a reset in progress.
 */
void pga_pci_stop_removed(struct pga_function *function)
{
	struct pci_dev *pci = function->pci;
	enum pga_look look;

	pm_runtime_get_sync(&pci->dev);
	pci_cfg_access_lock(pci);
	look = clear_master(pci);
	pci_cfg_access_unlock(pci);
	pm_runtime_put(&pci->dev);
	mutex_lock(&pga_functions_lock);
	note_look_locked(function, look, "it is removed, and memory is bound to it");
	function->removed = true;
	mutex_unlock(&pga_functions_lock);
	queue_stop(function, 0);
}

/* Prepare the part of a new function that is used here. */
void pga_pci_stop_init(struct pga_function *function)
{
	INIT_DELAYED_WORK(&function->work, stop_work_fn);
	function->pause_ms = PGA_STOP_FIRST_MS;
}

int __init pga_pci_stop_start(void)
{
	/* Frozen, so as not to run between a suspend's save and the restore. */
	stop_wq = alloc_workqueue("pgarea_pci", WQ_UNBOUND | WQ_FREEZABLE, 0);
	return stop_wq ? 0 : -ENOMEM;
}

/* Wait for workers: no block waits for one, but one may be about to end. */
void pga_pci_stop_exit(void)
{
	destroy_workqueue(stop_wq);
}
