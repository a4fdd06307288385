// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks that lose their owner.
 *
 * A block that its owner leaves behind is an orphan: a device that was programmed
 * with its address may write to it, and holds nothing that could be seen.  So it is
 * quarantined for a time, or, when it is bound to a PCI function, until that cannot
 * write to memory any more.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/orphan.h"
#include "block/pci.h"
#include "block/state.h"

/* Was it live?  What drains already goes on without an owner. */
static bool orphan_locked(struct pga_block *block)
{
	bool live = pga_block_is_live(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	/* Before it has no owner: the owner counts what drains. */
	if (live)
		pga_block_set_state_locked(block, PGAREA_STATE_ORPHANED);
	block->owner = NULL;
	return live;
}

static void quarantine(struct pga_block *block)
{
	u32 ms = pga_block_orphan_ms(block);

	if (block->pci)
		pga_pci_stop(block->pci);
	else if (ms)
		return pga_drain_add_orphan(block, ms);
	pga_block_start_draining(block);
	pga_block_release_or_drain(block);
}

/* Take one block or reservation from a file.  False: it has none any more. */
static bool orphan_one(struct pga_file *file)
{
	struct pga_block *block;
	bool orphan = false;

	spin_lock(&pga_table_lock);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
	if (block)
		orphan = orphan_locked(block);
	spin_unlock(&pga_table_lock);
	if (orphan)
		quarantine(block);
	return block;
}

/**
 * pga_blocks_orphan() - take all blocks and reservations from a file that closes
 * @file: no other thread uses it any more
 *
 * Context: process; sleeps.
 */
void pga_blocks_orphan(struct pga_file *file)
{
	while (orphan_one(file))
		cond_resched();
}
