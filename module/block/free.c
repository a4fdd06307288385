// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations that their owner frees, or that lose their owner.
 *
 * A block first loses its owner's wish to be, under the table lock: from then on
 * nobody finds it by its id.  What is to come of it then is in release.c.
 *
 * What an owner leaves behind is an orphan: a device that was programmed with its
 * address may write to it, and holds nothing that could be seen.  So it is kept back
 * for a time, or, when it was bound to a PCI function, until that cannot write to
 * memory any more.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/free.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/state.h"

/* A block of so few pages is looked at and taken down with the lock held. */
#define PGA_SMALL	8

/* Nobody holds it, and its pages are as good as they were. */
static bool is_plain(const struct pga_block *block)
{
	return pga_block_nr(block) <= PGA_SMALL &&
	       !atomic_read(&block->mappings) &&
	       !atomic_read(&block->exports) && !block->recached &&
	       !block->poisoned;
}

/*
 * Nearly all blocks that are freed are small and not held: they need not drain.
 * Without a mapping there is nowhere a new holder could come from.
 */
static bool take_down_locked(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);
	struct page *page;
	u64 i;

	if (!is_plain(block))
		return false;
	/* A mapping that went may have left a reference (drain.c). */
	smp_rmb();
	for (i = 0; i < pga_block_nr(block); i++) {
		page = pga_block_page(block, i);
		if (page_ref_count(page) != 1 || PageHWPoison(page))
			return false;
	}
	pga_pages_unmark(range.first, pga_pfn_range_last(&range));
	pga_block_remove_locked(block);
	return true;
}

/* Wait until no block of the file is being cut. */
static int wait_for_cut(struct pga_file *file)
{
	if (mutex_lock_killable(&file->cut))
		return -EINTR;
	mutex_unlock(&file->cut);
	return 0;
}

/**
 * struct pga_freed - what is left to do for blocks that were freed
 * @down: through their @drain, blocks that are taken down, whose pages are to be
 *	given back
 * @draining: the same way, blocks to look at more closely
 */
struct pga_freed {
	struct list_head down;
	struct list_head draining;
};

/* -EAGAIN: it is being cut. */
static int free_locked(struct pga_file *file, u64 id, struct pga_freed *freed)
{
	struct pga_block *block;

	block = pga_block_find_locked(file, id, PGAREA_KIND_BLOCK);
	if (!block)
		return -ENOENT;
	if (block->cutting)
		return -EAGAIN;
	if (take_down_locked(block)) {
		list_add_tail(&block->drain, &freed->down);
	} else {
		pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
		list_add_tail(&block->drain, &freed->draining);
	}
	return 0;
}

static void bury_freed(struct pga_freed *freed)
{
	if (list_is_singular(&freed->down))
		pga_block_bury(list_first_entry(&freed->down, struct pga_block,
						drain));
	else if (!list_empty(&freed->down))
		pga_blocks_bury(&freed->down);
}

static void drain_freed(struct pga_freed *freed)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, &freed->draining, drain) {
		list_del_init(&block->drain);
		pga_block_retire_or_drain(block);
	}
}

/**
 * pga_blocks_free() - the owner frees blocks
 * @file: the owner
 * @ids: of the blocks
 * @nr: how many, at most PGA_BATCH
 * @done: grows by the number of those that were freed
 *
 * Context: process; sleeps.
 * Return: 0; what stopped it: -ENOENT, or -EINTR (being killed).
 */
int pga_blocks_free(struct pga_file *file, const struct pgarea_block_id *ids,
		    unsigned int nr, u32 *done)
{
	struct pga_freed freed;
	unsigned int i = 0;
	int err;

	do {
		INIT_LIST_HEAD(&freed.down);
		INIT_LIST_HEAD(&freed.draining);
		err = 0;
		pga_burial_begin();
		spin_lock(&pga_table_lock);
		while (i < nr && !err) {
			err = free_locked(file, ids[i].id, &freed);
			i += !err;
		}
		spin_unlock(&pga_table_lock);
		bury_freed(&freed);
		pga_burial_end();
		drain_freed(&freed);
		if (err == -EAGAIN)
			err = wait_for_cut(file) ?: -EAGAIN;
	} while (err == -EAGAIN);
	*done += i;
	return err;
}

/* What drains already goes on without an owner. */
static bool disown_locked(struct pga_block *block)
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

/* What comes of a block that its owner did not free. */
static void keep_orphan(struct pga_block *block)
{
	u32 ms = pga_block_orphan_ms(block);

	if (block->pci)
		pga_pci_stop(block->pci);
	else if (ms)
		return pga_drain_add_orphan(block, ms);
	pga_block_start_draining(block);
	pga_block_retire_or_drain(block);
}

/* Take one block or reservation from a file.  False: it has none any more. */
static bool release_one(struct pga_file *file)
{
	struct pga_block *block;
	bool orphan = false;

	spin_lock(&pga_table_lock);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
	if (block)
		orphan = disown_locked(block);
	spin_unlock(&pga_table_lock);
	if (orphan)
		keep_orphan(block);
	return block;
}

/**
 * pga_file_release() - the last descriptor and mapping of a file is gone
 * @file: no other thread uses it any more
 *
 * What it owns is orphaned.
 *
 * Context: process; sleeps.
 */
void pga_file_release(struct pga_file *file)
{
	while (release_one(file))
		cond_resched();
	put_pid(file->opener);
	pga_user_put(file->user);
	mutex_destroy(&file->cut);
}
