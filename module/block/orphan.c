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
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/orphan.h"
#include "block/pci_stop.h"
#include "block/state.h"

/* Numbers the files that are closed. */
static atomic64_t closings;

/* Return whether it was live.  A draining block stays in that state. */
static bool orphan_locked(struct pga_block *block)
{
	bool live = pga_block_is_live(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	/* Needs the owner, which counts its draining blocks. */
	if (live)
		pga_block_set_state_locked(block, PGAREA_STATE_ORPHANED);
	block->owner = NULL;
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
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
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
