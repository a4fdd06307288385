// SPDX-License-Identifier: GPL-2.0
/*
 * FREE of blocks by their owner.
 *
 * FREE first marks the block dead under the table lock, so that no lookup finds
 * it.  A small block without holders is released right there (release.c); any
 * other block drains until the last holder releases it (drain.c).
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/free.h"
#include "block/id.h"
#include "block/release.h"
#include "block/state.h"

/* Wait until no block of the file is being split. */
static int wait_for_split(struct pga_file *file)
{
	if (mutex_lock_killable(&file->split_lock))
		return -EINTR;
	mutex_unlock(&file->split_lock);
	return 0;
}

/**
 * struct pga_freed - remaining work for blocks that were freed
 * @released: through their @drain, blocks of which only the pages remain
 * @draining: through their @drain, blocks that need a full check for holders
 */
struct pga_freed {
	struct list_head released;
	struct list_head draining;
};

/* Return 0, -ENOENT, or -EAGAIN while the block is being split. */
static int free_locked(struct pga_file *file, u64 id, struct pga_freed *freed)
{
	struct pga_block *block;

	block = pga_block_find_locked(file, id, PGAREA_KIND_BLOCK);
	if (!block)
		return -ENOENT;
	if (block->splitting)
		return -EAGAIN;
	if (pga_block_try_release_locked(block, &freed->released))
		return 0;
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	list_add_tail(&block->drain, &freed->draining);
	return 0;
}

static void drain_freed(struct pga_freed *freed)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, &freed->draining, drain) {
		list_del_init(&block->drain);
		pga_block_release_or_drain(block);
	}
}

/**
 * pga_blocks_free() - free blocks for their owner
 * @file: the owner
 * @ids: ids of the blocks
 * @nr: number of ids, at most PGA_BATCH
 * @done: increased by the number of blocks that were freed
 *
 * Context: process; sleeps.
 * Return: 0; or the error that stopped it: -ENOENT, or -EINTR (fatal signal).
 */
int pga_blocks_free(struct pga_file *file, const struct pgarea_block_id *ids,
		    unsigned int nr, u32 *done)
{
	struct pga_freed freed;
	unsigned int i = 0;
	int err;

	do {
		INIT_LIST_HEAD(&freed.released);
		INIT_LIST_HEAD(&freed.draining);
		err = 0;
		pga_release_begin();
		spin_lock(&pga_table_lock);
		while (i < nr && !err) {
			err = free_locked(file, ids[i].id, &freed);
			i += !err;
		}
		spin_unlock(&pga_table_lock);
		pga_blocks_release_pages(&freed.released);
		pga_release_end();
		drain_freed(&freed);
		if (err == -EAGAIN)
			err = wait_for_split(file) ?: -EAGAIN;
	} while (err == -EAGAIN);
	*done += i;
	return err;
}
