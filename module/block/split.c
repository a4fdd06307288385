// SPDX-License-Identifier: GPL-2.0
/*
 * Splitting blocks and reservations: a part is freed, or becomes a block of its
 * own.
 *
 * It has two steps, with the answer to the program in between: the preparation
 * looks whether it can be done and gets what it takes, the commit cannot fail.
 * The split lock of the file is held from the one to the other, so that two threads
 * do not split the same block, and a block that is being split has a flag: no
 * mapping is made, and FREE of it waits.  (mmap cannot wait, for the answer is
 * written with the mmap lock.)
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/create.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/mmap_offset.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/split.h"
#include "block/state.h"

/*
 * A new block becomes a piece of one that is being split.  It has a range and no area
 * yet; the pages become its own when @block is made shorter.
 */
static void init_piece(struct pga_block *piece, const struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(piece);

	piece->owner = block->owner;
	piece->offset = block->offset + pga_block_index(block, range.first);
	piece->charged = block->charged;
	piece->attr_changed = block->attr_changed;
	if (block->nr_poisoned)
		piece->nr_poisoned = pga_hwpoison_count(range.first,
							pga_pfn_range_last(&range));
	piece->poisoned = piece->nr_poisoned;
	pga_block_assign_pages(piece, block->area, range.first, range.nr);
	spin_lock(&pga_table_lock);
	piece->pci = pga_pci_get(block->pci);
	pga_offset_add_locked(piece);
	spin_unlock(&pga_table_lock);
}

/* It could not be mapped: its references need no inspection. */
static void end_reservation(struct pga_block *block)
{
	u64 bad;

	block->poisoned = pga_hwpoison_find(pga_block_pfn(block, 0),
					    pga_block_nr(block), &bad);
	pga_block_release(block);
}

static bool covers(const struct pga_block *block,
		   const struct pga_pfn_range *part)
{
	return pga_block_has_pfn(block, part->first) &&
	       pga_block_has_pfn(block, pga_pfn_range_last(part));
}

static bool begins_with(const struct pga_block *block,
			const struct pga_pfn_range *part)
{
	return !pga_block_index(block, part->first);
}

static bool ends_with(const struct pga_block *block,
		      const struct pga_pfn_range *part)
{
	return pga_block_index(block, part->first) + part->nr ==
	       pga_block_nr(block);
}

/**
 * pga_unreserve_prepare() - get ready to give a part of a reservation back
 * @file: the owner; its @split_lock is held from here to the commit, so that
 *	nothing changes in between
 * @id: of the reservation
 * @part: page frames to give back; when @part->nr is 0, filled in with all
 * @rest: a new reservation for what lies above, when something does and
 *	something else lies below; otherwise NULL.  To undo this it is aborted.
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT, -EINVAL (not inside the reservation), or -ENOMEM.
 */
int pga_unreserve_prepare(struct pga_file *file, u64 id, struct pga_pfn_range *part,
			  struct pga_block **rest)
{
	struct pga_block *block;
	bool two = false;
	int err = 0;

	lockdep_assert_held(&file->split_lock);
	*rest = NULL;
	spin_lock(&pga_table_lock);
	block = pga_block_find_locked(file, id, PGAREA_KIND_RESERVATION);
	if (!block)
		err = -ENOENT;
	else if (!part->nr)
		*part = pga_block_range(block);
	else if (!covers(block, part))
		err = -EINVAL;
	else
		two = !begins_with(block, part) && !ends_with(block, part);
	spin_unlock(&pga_table_lock);
	if (err || !two)
		return err;
	*rest = pga_block_new(&block->attr);
	return *rest ? 0 : -ENOMEM;
}

/*
 * The part is taken out; what is below it keeps the block, else what is above.  The
 * counters go with the state.
 */
static void punch_out_locked(struct pga_block *block, const struct pga_pfn_range *part,
			     struct pga_block *rest, u64 nr_poisoned)
{
	pga_block_set_state_locked(block, PGAREA_STATE_NOT_OWNED);
	if (begins_with(block, part))
		pga_block_set_range(block, part->first + part->nr,
				    pga_block_nr(block) - part->nr);
	else
		pga_block_set_range(block, pga_block_pfn(block, 0),
				    pga_block_index(block, part->first));
	block->nr_poisoned = nr_poisoned;
	pga_block_set_state_locked(block, PGAREA_STATE_RESERVED);
	if (!rest)
		return;
	pga_block_set_state_locked(rest, PGAREA_STATE_RESERVED);
	list_add(&rest->link, &block->link);
}

/* Set marks for what remains, and clear those of what is freed. */
static void remark(struct pga_block *block, const struct pga_pfn_range *part,
		   struct pga_block *rest)
{
	u64 above = part->first + part->nr;
	u64 nr_above = pga_block_nr(block) - pga_block_index(block, above);

	if (rest) {
		pga_block_set_range(rest, above, nr_above);
		init_piece(rest, block);
	} else if (nr_above) {
		pga_pages_set_block(block, above, above + nr_above - 1);
	}
	if (!begins_with(block, part))
		pga_pages_set_block(block, pga_block_pfn(block, 0), part->first - 1);
	pga_pages_clear_block(part->first, pga_pfn_range_last(part));
}

/* A part of a reservation goes back to its area. */
static void give_part(const struct pga_block *block, const struct pga_pfn_range *part)
{
	pga_area_free_good(block->area, part->first, part->nr);
	pga_quota_uncharge(block->attr.quota, part->nr);
}

static void unreserve_part(struct pga_block *block, const struct pga_pfn_range *part,
			   struct pga_block *rest)
{
	u64 left = 0;

	remark(block, part, rest);
	if (block->nr_poisoned)
		left = block->nr_poisoned - (rest ? rest->nr_poisoned : 0) -
		       pga_hwpoison_count(part->first, pga_pfn_range_last(part));
	spin_lock(&pga_table_lock);
	punch_out_locked(block, part, rest, left);
	spin_unlock(&pga_table_lock);
	give_part(block, part);
}

/**
 * pga_unreserve() - give a reservation back, whole or in part
 * @file: the owner, as for the preparation
 * @id: of the reservation
 * @part: as pga_unreserve_prepare() answered it
 * @rest: as pga_unreserve_prepare() answered it
 *
 * Cannot fail.
 */
void pga_unreserve(struct pga_file *file, u64 id, const struct pga_pfn_range *part,
		   struct pga_block *rest)
{
	struct pga_block *block;
	bool whole;

	lockdep_assert_held(&file->split_lock);
	spin_lock(&pga_table_lock);
	block = pga_block_find_locked(file, id, PGAREA_KIND_RESERVATION);
	whole = part->nr == pga_block_nr(block);
	if (whole)
		pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	spin_unlock(&pga_table_lock);
	if (whole)
		end_reservation(block);
	else
		unreserve_part(block, part, rest);
}

/**
 * pga_split_begin() - get ready to split a block
 * @file: the owner; its @split_lock is held from here to pga_split_end()
 * @id: of the block
 *
 * Return: the block, which stays as it is until the split ends; ERR_PTR(-ENOENT);
 * ERR_PTR(-EBUSY) when it is mapped or exported.
 */
struct pga_block *pga_split_begin(struct pga_file *file, u64 id)
{
	struct pga_block *block;

	lockdep_assert_held(&file->split_lock);
	spin_lock(&pga_table_lock);
	block = pga_block_find_locked(file, id, PGAREA_KIND_BLOCK);
	if (!block)
		block = ERR_PTR(-ENOENT);
	else if (atomic_read(&block->nr_mappings) || atomic_read(&block->nr_exports))
		block = ERR_PTR(-EBUSY);
	else
		block->splitting = true;
	spin_unlock(&pga_table_lock);
	return block;
}

/**
 * pga_split_end() - a block was split, or will not be
 * @block: from pga_split_begin(); any thread may free it afterwards
 */
void pga_split_end(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	block->splitting = false;
	spin_unlock(&pga_table_lock);
}

/* Bad pages went to pieces of a block. */
static void uncount_poison_locked(struct pga_block *block, u64 nr)
{
	block->nr_poisoned -= nr;
	WRITE_ONCE(block->poisoned, block->nr_poisoned);
}

/**
 * pga_trim() - free the end of a block
 * @block: being split
 * @nr: pages to keep, at least 1 and less than it has
 * @tail: new block without pages, which gets the rest and is released when nothing
 *	holds a page of it
 *
 * Context: process; sleeps.
 */
void pga_trim(struct pga_block *block, u64 nr, struct pga_block *tail)
{
	pga_block_set_range(tail, pga_block_pfn(block, nr),
			    pga_block_nr(block) - nr);
	init_piece(tail, block);
	pga_pages_set_block(block, pga_block_pfn(block, 0),
			    pga_block_pfn(block, nr - 1));
	spin_lock(&pga_table_lock);
	pga_block_set_range(block, pga_block_pfn(block, 0), nr);
	uncount_poison_locked(block, tail->nr_poisoned);
	pga_block_set_state_locked(tail, PGAREA_STATE_DRAINING);
	list_add(&tail->link, &block->link);
	spin_unlock(&pga_table_lock);
	pga_block_release_or_drain(tail);
}

/**
 * pga_split() - make blocks of the parts of a block
 * @block: being split
 * @nr: pages to keep, at least 1 and less than it has
 * @pieces: list, through their @link, of new blocks that have a range and no
 *	area: together they are the rest of @block; empty afterwards
 *
 * Context: process; sleeps.
 */
void pga_split(struct pga_block *block, u64 nr, struct list_head *pieces)
{
	struct pga_block *piece;
	u64 nr_poisoned = 0;

	/*
	 * From the top down: the mark that a page is found by is replaced when the
	 * pages above it have their own.
	 */
	list_for_each_entry_reverse(piece, pieces, link) {
		piece->splitting = true;
		init_piece(piece, block);
		nr_poisoned += piece->nr_poisoned;
		cond_resched();
	}
	pga_pages_set_block(block, pga_block_pfn(block, 0),
			    pga_block_pfn(block, nr - 1));
	spin_lock(&pga_table_lock);
	pga_block_set_range(block, pga_block_pfn(block, 0), nr);
	uncount_poison_locked(block, nr_poisoned);
	spin_unlock(&pga_table_lock);
	pga_blocks_publish(pieces, block->owner);
}
