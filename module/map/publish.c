// SPDX-License-Identifier: GPL-2.0
/*
 * The last steps of a new block: publish it, or abort it.
 *
 * The device node of a persistent block is created before the block is
 * published, so that nothing can fail after that.
 */
#include <linux/mm.h>

#include "block/block.h"
#include "block/create.h"
#include "block/file.h"
#include "block/id.h"
#include "map/cdev.h"
#include "map/publish.h"

/**
 * pga_publish_prepare() - do the steps of a publication that can fail
 * @block: complete
 *
 * Context: process; sleeps.
 * Return: 0, or for a persistent block the error of pga_cdev_create().
 */
int pga_publish_prepare(struct pga_block *block)
{
	return pga_attr_is_persistent(&block->attr) ? pga_cdev_create(block) : 0;
}

/**
 * pga_publish_abort() - abort a block instead of publishing it
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
 * pga_publish() - make a new block visible to lookups
 * @block: complete and prepared
 * @file: owner of the block, unless it is persistent.  From here on any thread
 *	that has this file may free the block.
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
