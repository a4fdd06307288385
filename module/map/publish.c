// SPDX-License-Identifier: GPL-2.0
/*
 * The last steps of a new block: it is published, or undone.
 *
 * A persistent block has a device node before it is published, so that nothing can
 * fail after that.
 */
#include <linux/mm.h>

#include "block/block.h"
#include "block/create.h"
#include "block/file.h"
#include "block/id.h"
#include "map/cdev.h"
#include "map/publish.h"

/**
 * pga_publish_prepare() - do what can fail before a block is published
 * @block: complete
 *
 * Context: process; sleeps.
 * Return: 0, or of a persistent block what pga_cdev_create() says.
 */
int pga_publish_prepare(struct pga_block *block)
{
	return pga_attr_is_persistent(&block->attr) ? pga_cdev_create(block) : 0;
}

/**
 * pga_publish_abort() - undo a block instead of publishing it
 * @block: complete, prepared or not
 *
 * Context: process; sleeps.
 */
void pga_publish_abort(struct pga_block *block)
{
	if (block->cdev)
		pga_cdev_destroy(block);
	pga_block_abort(block);
}

/**
 * pga_publish() - let a new block be found
 * @block: complete and prepared
 * @file: that owns it, unless it is persistent.  From here on any thread that has
 *	it may free the block.
 */
void pga_publish(struct pga_block *block, struct pga_file *file)
{
	if (block->cdev) {
		pga_cdev_publish(block, file);
		return;
	}
	spin_lock(&pga_table_lock);
	pga_block_publish_locked(block, file);
	spin_unlock(&pga_table_lock);
}
