// SPDX-License-Identifier: GPL-2.0
/*
 * Publishing of new blocks, with a device node or without, and undoing them.
 */
#include <linux/mm.h>

#include "block/block.h"
#include "block/create.h"
#include "block/file.h"
#include "block/id.h"
#include "map/cdev.h"
#include "map/persist.h"

/**
 * pga_block_abort() - undo a new block, with its device node if it has one
 * @block: not published
 *
 * Context: process; sleeps.
 */
void pga_block_abort(struct pga_block *block)
{
	if (block->node)
		pga_node_unmake(block);
	pga_block_discard(block);
}

/**
 * pga_block_publish() - let a new block be found
 * @block: complete
 * @file: that owns it, unless it is persistent.  From here on any thread that has
 *	it may free the block.
 */
void pga_block_publish(struct pga_block *block, struct pga_file *file)
{
	if (block->node) {
		pga_node_publish(block, file);
		return;
	}
	spin_lock(&pga_table_lock);
	pga_block_publish_locked(block, file);
	spin_unlock(&pga_table_lock);
}
