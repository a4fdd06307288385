// SPDX-License-Identifier: GPL-2.0
/*
 * Splitting blocks and reservations: a part is freed, or becomes a block of its
 * own.
 *
 * A split has two steps, and the answer is copied to the program in between:
 * the preparation checks the request and allocates what the commit needs; the
 * commit cannot fail.  The split lock of the file is held from the first to the
 * second, so that two threads do not split the same block.  A block that is
 * being split has @splitting set: it gets no mapping, and FREE waits.  (mmap
 * cannot wait, because the copy to the program takes the mmap lock.)
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
#include "block/owner.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/release.h"
#include "block/slab.h"
#include "block/split.h"
#include "block/state.h"

/*
 * Make a new block a piece of one that is being split.  It has a range and no
 * area yet; it owns the pages once @block is made shorter.
 */
static void init_piece(struct pga_block *piece, const struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(piece);

	piece->owner = block->owner;
	piece->offset = block->offset + pga_block_index(block, range.first);
	piece->charged = block->charged;
	piece->attr_changed = block->attr_changed;
	piece->several = block->several;
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

/* It was never mapped: its page references need no check. */
static void release_reservation(struct pga_block *block)
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
 * pga_unreserve_prepare() - prepare to free a part of a reservation
 * @file: the owner; its @split_lock is held from here to the commit, so that
 *	nothing changes in between
 * @id: id of the reservation
 * @part: page frames to free; if @part->nr is 0, set to the whole range
 * @rest: set to a new reservation for the pages above @part, if pages remain
 *	both above and below; otherwise NULL.  Abort it to undo the preparation.
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT, -EINVAL (not inside the reservation), or -ENOMEM.
 */
int pga_unreserve_prepare(struct pga_file *file, u64 id,
			  struct pga_pfn_range *part,
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
 * Remove the part.  The block keeps the pages below it, or, if there are none,
 * those above.  Set the state again to adjust the counters.
 */
static void punch_out_locked(struct pga_block *block,
			     const struct pga_pfn_range *part,
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
	pga_block_update_area(block);
	pga_block_set_state_locked(block, PGAREA_STATE_RESERVED);
	if (!rest)
		return;
	pga_block_set_state_locked(rest, PGAREA_STATE_RESERVED);
	list_add(&rest->link, &block->link);
}

/* Set the marks of the remaining pages, and remove those of the freed part. */
static void update_marks(struct pga_block *block,
			 const struct pga_pfn_range *part,
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
		pga_pages_set_block(block, pga_block_pfn(block, 0),
				    part->first - 1);
	pga_pages_clear_block(part->first, pga_pfn_range_last(part));
}

static void unreserve_part(struct pga_block *block,
			   const struct pga_pfn_range *part,
			   struct pga_block *rest)
{
	struct pga_area *area = block->area;
	bool several = block->several;
	u64 left = 0;

	update_marks(block, part, rest);
	if (block->nr_poisoned)
		left = block->nr_poisoned - (rest ? rest->nr_poisoned : 0) -
		       pga_hwpoison_count(part->first, pga_pfn_range_last(part));
	spin_lock(&pga_table_lock);
	punch_out_locked(block, part, rest, left);
	spin_unlock(&pga_table_lock);
	if (several)
		pga_parts_free_good(part->first, part->nr);
	else
		pga_area_free_good(area, part->first, part->nr);
	pga_quota_uncharge(block->attr.quota, part->nr);
}

/**
 * pga_unreserve() - free a reservation, whole or in part
 * @file: the owner, as for the preparation
 * @id: id of the reservation
 * @part: from pga_unreserve_prepare()
 * @rest: from pga_unreserve_prepare()
 *
 * Cannot fail.
 */
void pga_unreserve(struct pga_file *file, u64 id,
		   const struct pga_pfn_range *part, struct pga_block *rest)
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
		release_reservation(block);
	else
		unreserve_part(block, part, rest);
}

/**
 * pga_split_begin() - prepare to split a block
 * @file: the owner; its @split_lock is held from here to pga_split_end()
 * @id: id of the block
 *
 * Return: the block, which does not change until the split ends;
 * ERR_PTR(-ENOENT); ERR_PTR(-EBUSY) when it is mapped or exported.
 */
struct pga_block *pga_split_begin(struct pga_file *file, u64 id)
{
	struct pga_block *block;

	lockdep_assert_held(&file->split_lock);
	spin_lock(&pga_table_lock);
	block = pga_block_find_locked(file, id, PGAREA_KIND_BLOCK);
	if (!block)
		block = ERR_PTR(-ENOENT);
	else if (atomic_read(&block->nr_mappings) ||
		 atomic_read(&block->nr_exports))
		block = ERR_PTR(-EBUSY);
	else
		block->splitting = true;
	spin_unlock(&pga_table_lock);
	return block;
}

/**
 * pga_split_end() - end a split, done or abandoned
 * @block: from pga_split_begin(); any thread may free it after this
 */
void pga_split_end(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	block->splitting = false;
	spin_unlock(&pga_table_lock);
}

/* Subtract the bad pages that pieces of a block have now. */
static void uncount_hwpoison_locked(struct pga_block *block, u64 nr)
{
	block->nr_poisoned -= nr;
	WRITE_ONCE(block->poisoned, block->nr_poisoned);
}

/**
 * pga_trim() - free the end of a block
 * @block: being split
 * @nr: pages to keep, at least 1 and less than it has
 * @tail: new block without pages.  It gets the rest, and is released when
 *	nothing holds a page of it.
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
	pga_block_update_area(block);
	uncount_hwpoison_locked(block, tail->nr_poisoned);
	pga_block_set_state_locked(tail, PGAREA_STATE_DRAINING);
	list_add(&tail->link, &block->link);
	spin_unlock(&pga_table_lock);
	pga_block_release_or_drain(tail);
}

/**
 * pga_split() - turn parts of a block into blocks of their own
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
	 * From the top down: the mark that covers a page is replaced only after
	 * the pages above it have their own marks.
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
	pga_block_update_area(block);
	uncount_hwpoison_locked(block, nr_poisoned);
	spin_unlock(&pga_table_lock);
	pga_blocks_publish(pieces, block->owner);
}
