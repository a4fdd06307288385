// SPDX-License-Identifier: GPL-2.0
/*
 * The end of blocks, once nobody wants them any more: their pages go back to the
 * area, when nobody holds one.
 *
 * First the marks go, then the id, and then the pages are free.  Who is told that
 * there is no such id any more waits until that has come to its end.
 *
 * Locking: the burial lock is a rwsem, held for reading from before a block's id
 * goes until its pages are free.
 */
#include <linux/mm.h>
#include <linux/rwsem.h>

#include "area/area.h"
#include "area/clear.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/id.h"
#include "block/offset.h"
#include "block/quota.h"
#include "ioctl/wait.h"
#include "map/cdev.h"

static DECLARE_RWSEM(burial_lock);

/**
 * pga_burial_begin() - ids are going to go
 *
 * Context: process; sleeps.  No drain lock is taken until pga_burial_end().
 */
void pga_burial_begin(void)
{
	down_read(&burial_lock);
}

/* The pages behind these ids are free. */
void pga_burial_end(void)
{
	up_read(&burial_lock);
}

/**
 * pga_burial_wait() - the pages of every block that has no id any more are free
 *
 * Context: process; sleeps.
 */
void pga_burial_wait(void)
{
	down_write(&burial_lock);
	up_write(&burial_lock);
}

/**
 * pga_block_remove_locked() - nothing leads to a block any more but its marks
 * @block: whose owner has lost it, or which was not published
 */
void pga_block_remove_locked(struct pga_block *block)
{
	if (block->area)
		pga_block_set_state_locked(block, PGAREA_STATE_NOT_OWNED);
	pga_offset_drop_locked(block);
	pga_id_drop_locked(block);
	list_del(&block->link);
}

static void uncharge(const struct pga_block *block)
{
	if (block->charged)
		pga_user_uncharge(block->traits.user, pga_block_nr(block));
}

/**
 * pga_block_bury() - give the pages of a block back, and its memory
 * @block: nothing leads to it
 *
 * Context: process; sleeps.
 */
void pga_block_bury(struct pga_block *block)
{
	if (block->poisoned)
		pga_poison_give(block->area, block->first, pga_block_nr(block));
	else
		pga_area_give(block->area, block->first, pga_block_nr(block));
	uncharge(block);
	pga_blocks_drop(&block, 1);
}

/* Make a range longer by a block that it touches. */
static bool extend_part(struct pga_part *part, const struct pga_block *block)
{
	if (block->first == part->first + part->nr)
		part->nr += pga_block_nr(block);
	else if (block->last + 1 == part->first)
		*part = (struct pga_part){
			.first = block->first,
			.nr = part->nr + pga_block_nr(block),
		};
	else
		return false;
	return true;
}

/**
 * pga_blocks_bury() - the same for blocks without a bad page
 * @blocks: list, through their @drain, of up to PGA_BATCH blocks
 *
 * All that are in the same area go with one hold of its lock, and neighbours as
 * one range: often they were made together.
 *
 * Context: process; sleeps.
 */
void pga_blocks_bury(struct list_head *blocks)
{
	struct pga_block *block, *freed[PGA_BATCH];
	struct pga_part parts[PGA_BATCH];
	struct pga_area *area = NULL;
	unsigned int nr = 0, nr_parts = 0;

	list_for_each_entry(block, blocks, drain) {
		freed[nr++] = block;
		uncharge(block);
		if (area && area != block->area) {
			pga_area_give_many(area, parts, nr_parts);
			nr_parts = 0;
		}
		area = block->area;
		if (nr_parts && extend_part(&parts[nr_parts - 1], block))
			continue;
		parts[nr_parts].first = block->first;
		parts[nr_parts++].nr = pga_block_nr(block);
	}
	if (area)
		pga_area_give_many(area, parts, nr_parts);
	pga_blocks_drop(freed, nr);
}

/**
 * pga_block_dissolve() - the end of a block: its pages are free behind this
 * @block: nobody finds it by its id, and nobody holds a page of it
 *
 * Context: process; sleeps.
 */
void pga_block_dissolve(struct pga_block *block)
{
	pga_pages_unmark(block->first, block->last);
	pga_burial_begin();
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_block_bury(block);
	pga_burial_end();
	pga_wait_wake();
}

/* Not published, and it has no pages. */
static void drop_new(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	pga_block_remove_locked(block);
	spin_unlock(&pga_table_lock);
	pga_blocks_drop(&block, 1);
}

/**
 * pga_block_discard() - undo pga_block_new() and what came behind it
 * @block: a block that was not published; its pages, if any, become free
 *
 * Context: process; sleeps.
 */
void pga_block_discard(struct pga_block *block)
{
	if (!block->area) {
		drop_new(block);
		return;
	}
	if (block->node)
		pga_node_unmake(block);
	if (block->cleared)
		pga_clear_undo(block->first, pga_block_nr(block));
	pga_block_start_draining(block);
	pga_block_retire_or_drain(block);
}

/**
 * pga_blocks_discard() - discard many blocks
 * @blocks: list, through their @link, of blocks that were not published
 *
 * Context: process; sleeps.
 */
void pga_blocks_discard(struct list_head *blocks)
{
	struct pga_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link) {
		/* It may drain, and outlive the list. */
		list_del_init(&block->link);
		pga_block_discard(block);
		cond_resched();
	}
}

/**
 * pga_block_retire_or_drain() - let a block go, now or when its holders do
 * @block: DRAINING, and the caller is the one who made it so
 *
 * Context: process; sleeps.
 */
void pga_block_retire_or_drain(struct pga_block *block)
{
	if (pga_block_is_held(block) || !pga_block_restore_cache(block))
		pga_drain_add(block);
	else
		pga_block_dissolve(block);
}

/**
 * pga_block_end_reservation() - the end of a reservation that nobody could map
 * @block: nobody finds it by its id
 *
 * Context: process; sleeps.
 */
void pga_block_end_reservation(struct pga_block *block)
{
	block->poisoned = pga_poison_seen(block->first, pga_block_nr(block));
	pga_block_dissolve(block);
}
