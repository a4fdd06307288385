// SPDX-License-Identifier: GPL-2.0
/*
 * Counted holders of a block: mappings, dma-bufs and open device nodes.
 *
 * When the last holder goes away, drain.c checks the block.
 *
 * Locking: a holder is added under the table lock while the block is live, or
 * by a thread that holds the block already.  The last one of a kind is dropped
 * under the table lock: the block cannot be freed before that lock is released,
 * and the tallies of state.c count the kinds of holders.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "area/chunk.h"
#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/hold.h"
#include "block/id.h"
#include "block/mmap_offset.h"
#include "block/place.h"
#include "block/state.h"
#include "hide.h"

/*
 * May this file map and export a block?  Persistent blocks belong to no file:
 * any file may use them if its opener is allowed to create them.
 */
static bool may_use_locked(const struct pga_file *file,
			   const struct pga_block *block)
{
	return block->cdev ? file->admin : block->owner == file;
}

static int check_use_locked(const struct pga_file *file,
			    const struct pga_block *block)
{
	if (!block || !may_use_locked(file, block))
		return -ENOENT;
	if (block->splitting)
		return -EBUSY;
	/* Only a persistent reservation can be used. */
	if (!pga_block_is_live(block) ||
	    (block->attr.kind == PGAREA_KIND_RESERVATION && !block->cdev))
		return -ENOENT;
	return READ_ONCE(block->poisoned) ? -EHWPOISON : 0;
}

static struct pga_block *map_locked(struct pga_file *file, u64 offset, u64 nr)
{
	struct pga_block *block = pga_offset_find_locked(offset);
	int err = check_use_locked(file, block);

	if (err)
		return ERR_PTR(err);
	if (nr > block->offset + pga_block_nr(block) - offset)
		return ERR_PTR(-EINVAL);
	atomic_inc(&block->nr_mappings);
	return block;
}

/**
 * pga_block_map() - find and hold the block for a mapping
 * @file: file that is mapped
 * @offset: offset of the mapping, in pages
 * @nr: number of pages
 *
 * Return: the live block of this file that has these pages, which the caller
 * now holds as one mapping of it (pga_block_unmap()); ERR_PTR(-ENOENT) when no
 * block has @offset; ERR_PTR(-EINVAL) when the block ends before the mapping
 * does; ERR_PTR(-EBUSY) while it is being split; ERR_PTR(-EHWPOISON).
 */
struct pga_block *pga_block_map(struct pga_file *file, u64 offset, u64 nr)
{
	struct pga_block *found = ERR_PTR(-ENOENT);

	/* Only pages that an area owns have marks. */
	rcu_read_lock();
	if (pga_hide_phys || pga_page_owned(offset)) {
		spin_lock(&pga_table_lock);
		found = map_locked(file, offset, nr);
		spin_unlock(&pga_table_lock);
	}
	rcu_read_unlock();
	return found;
}

/**
 * pga_block_map_held() - hold a block for a mapping
 * @block: a dma-buf or an open device node holds it
 */
void pga_block_map_held(struct pga_block *block)
{
	if (atomic_inc_not_zero(&block->nr_mappings))
		return;
	spin_lock(&pga_table_lock);
	atomic_inc(&block->nr_mappings);
	pga_tally_update_locked(block);
	spin_unlock(&pga_table_lock);
}

/* Drop a holder.  The caller must not use the block afterwards. */
static void drop_counted(struct pga_block *block, atomic_t *count)
{
	bool queued;

	if (!atomic_dec_and_lock(count, &pga_table_lock))
		return;
	pga_tally_update_locked(block);
	queued = pga_place_queue_locked(block);
	spin_unlock(&pga_table_lock);
	if (queued)
		pga_drain_kick();
}

/**
 * pga_block_unmap() - drop the hold of one mapping on a block
 * @block: held as a mapping; the caller must not use it afterwards
 */
void pga_block_unmap(struct pga_block *block)
{
	drop_counted(block, &block->nr_mappings);
}

/**
 * pga_block_export() - find and hold a block for a dma-buf
 * @file: file of the caller
 * @id: id of the block
 *
 * Return: the block, which the caller now holds as one export of it
 * (pga_block_unexport()); ERR_PTR(-ENOENT); ERR_PTR(-EBUSY) while it is being
 * split; ERR_PTR(-EHWPOISON).
 */
struct pga_block *pga_block_export(struct pga_file *file, u64 id)
{
	struct pga_block *block;
	int err;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	err = check_use_locked(file, block);
	if (!err)
		atomic_inc(&block->nr_exports);
	spin_unlock(&pga_table_lock);
	return err ? ERR_PTR(err) : block;
}

/**
 * pga_block_unexport() - drop the hold of one dma-buf on a block
 * @block: held as an export; the caller must not use it afterwards
 */
void pga_block_unexport(struct pga_block *block)
{
	drop_counted(block, &block->nr_exports);
}

/**
 * pga_block_close() - drop the hold of one open device node on a block
 * @block: held as an open node; the caller must not use it afterwards
 */
void pga_block_close(struct pga_block *block)
{
	drop_counted(block, &block->nr_opens);
}
