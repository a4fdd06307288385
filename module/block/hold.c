// SPDX-License-Identifier: GPL-2.0
/*
 * Holders of a block that are counted: mappings, dma-bufs and open device nodes.
 *
 * When the last one goes, drain.c polls the block.
 *
 * Locking: a holder is added under the table lock, while the block is live, or by
 * one that holds the block already.
 */
#include <linux/err.h>
#include <linux/mm.h>

#include "area/registry.h"
#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/hold.h"
#include "block/id.h"
#include "block/mmap_offset.h"
#include "hide.h"

/*
 * May this file map and export a block?  Persistent ones belong to no file: they are
 * for all whose opener may make them.
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
	/* Of reservations only persistent ones are for use. */
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
 * pga_block_map() - the block that a mapping asks for
 * @file: that is mapped
 * @offset: of the mapping, in pages
 * @nr: number of pages
 *
 * Return: the live block of this file that has these pages, which the caller now
 * holds as one mapping of it (pga_block_unmap()); ERR_PTR(-ENOENT) when @offset
 * is in none, ERR_PTR(-EINVAL) when it ends before the mapping does,
 * ERR_PTR(-EBUSY) while it is being split, ERR_PTR(-EHWPOISON).
 */
struct pga_block *pga_block_map(struct pga_file *file, u64 offset, u64 nr)
{
	struct pga_block *found;

	/* Only pages that an area owns have marks. */
	if (!pga_hide_phys && !pga_area_of(offset))
		return ERR_PTR(-ENOENT);
	spin_lock(&pga_table_lock);
	found = map_locked(file, offset, nr);
	spin_unlock(&pga_table_lock);
	return found;
}

/**
 * pga_block_unmap() - a mapping of a block is gone
 * @block: that was mapped; may not be used any more by the caller
 */
void pga_block_unmap(struct pga_block *block)
{
	if (atomic_dec_and_test(&block->nr_mappings))
		pga_drain_kick();
}

/**
 * pga_block_export() - the block for a dma-buf
 * @file: that asks
 * @id: of the block
 *
 * Return: the block, which the caller now holds as one of its exports;
 * ERR_PTR(-ENOENT), ERR_PTR(-EBUSY) while it is being split, ERR_PTR(-EHWPOISON).
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
 * pga_block_unexport() - a dma-buf of a block is gone
 * @block: that was exported; may not be used any more by the caller
 */
void pga_block_unexport(struct pga_block *block)
{
	if (atomic_dec_and_test(&block->nr_exports))
		pga_drain_kick();
}
