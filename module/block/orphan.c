// SPDX-License-Identifier: GPL-2.0
/*
 * Orphans: blocks that lose their owner.
 *
 * A block that is live when its owner closes becomes an orphan: a device that
 * was programmed with its address may still write to it, and no holder shows
 * this.  So the block is quarantined for a time.  If it is bound to a PCI
 * function, the function loses its write access to memory instead, and the
 * block is kept back until then (pci_stop.c).
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/orphan.h"
#include "block/owner.h"
#include "block/pci.h"
#include "block/pci_stop.h"
#include "block/place.h"
#include "block/quota.h"
#include "block/state.h"

/* Numbers the files that are closed. */
static atomic64_t closings;

/* Return whether it was live.  A draining block stays in that state. */
static bool orphan_locked(struct pga_block *block)
{
	bool live = pga_block_is_live(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	/* Without the tally of the owner, which ends. */
	block->owner = NULL;
	if (live)
		pga_block_set_state_locked(block, PGAREA_STATE_ORPHANED);
	return live;
}

static void quarantine(struct pga_block *block, u64 closing)
{
	u32 ms = pga_block_orphan_ms(block);

	if (block->pci && !pga_pci_stop(block->pci, closing))
		return pga_pci_stop_later(block);
	if (!block->pci && ms)
		return pga_drain_add_orphan(block, ms);
	pga_block_start_draining(block);
	pga_block_release_or_drain(block);
}

/* Detach one block or reservation from a file.  False: there are no more. */
static bool orphan_one(struct pga_file *file, u64 closing)
{
	struct pga_block *block;
	bool orphan = false;

	spin_lock(&pga_table_lock);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link) ?:
		list_first_entry_or_null(&file->draining, struct pga_block, link);
	if (block)
		orphan = orphan_locked(block);
	spin_unlock(&pga_table_lock);
	if (orphan)
		quarantine(block, closing);
	return block;
}

/**
 * pga_blocks_orphan() - detach all blocks and reservations from a closing file
 * @file: no other thread uses it any more
 *
 * Context: process; sleeps.
 */
void pga_blocks_orphan(struct pga_file *file)
{
	u64 closing = atomic64_inc_return(&closings);

	while (orphan_one(file, closing))
		cond_resched();
}

/* Slots of the id table to scan under one hold of the table lock */
#define PGA_ORPHAN_SLOTS	256

/* As BLOCKS reports the process and the user to the caller. */
static bool is_chosen_locked(const struct pga_block *block,
			     const struct pgarea_end_orphans *which)
{
	u64 by = which->flags;
	kuid_t uid = pga_quota_uid(block->attr.quota);

	return (!(by & PGAREA_ORPHANS_ID) || block->id == which->id) &&
	       (!(by & PGAREA_ORPHANS_PID) ||
		pid_vnr(block->opener) == which->pid) &&
	       (!(by & PGAREA_ORPHANS_UID) ||
		from_kuid_munged(current_user_ns(), uid) == which->uid) &&
	       (!(by & PGAREA_ORPHANS_AREA) || pga_block_is_in_area(block, which->area));
}

/*
 * End one orphan.  One that is not in the tree waits for its function, whose
 * worker releases it, or a thread is about to put it there, and releases it
 * instead.  @function: set to that function
 */
static void end_locked(struct pga_block *block, struct pga_function **function)
{
	if (pga_orphan_end_locked(block))
		return;
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	if (block->pci)
		*function = pga_pci_get(block->pci);
}

/* End the next orphan of some slots.  False: there are no more slots. */
static bool end_some(const struct pgarea_end_orphans *which, u64 *id, u32 *ended)
{
	struct pga_function *function = NULL;
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = pga_id_next_locked(id, PGA_ORPHAN_SLOTS);
	if (!IS_ERR_OR_NULL(block) &&
	    block->state == PGAREA_STATE_ORPHANED &&
	    is_chosen_locked(block, which)) {
		end_locked(block, &function);
		++*ended;
	}
	spin_unlock(&pga_table_lock);
	if (function)
		pga_pci_stop_kick(function);
	pga_pci_put(function);
	return !IS_ERR(block);
}

/**
 * pga_orphans_end() - end the quarantine of orphans
 * @which: a valid choice of orphans
 *
 * Context: process; sleeps.
 * Return: number of orphans that drain now.
 */
u32 pga_orphans_end(const struct pgarea_end_orphans *which)
{
	u64 id = which->id;
	u32 ended = 0;

	while (end_some(which, &id, &ended) &&
	       !(which->flags & PGAREA_ORPHANS_ID) &&
	       !fatal_signal_pending(current))
		cond_resched();
	if (ended)
		pga_drain_kick();
	return ended;
}
