// SPDX-License-Identifier: GPL-2.0
/*
 * The states of blocks, and the counters of pages by use.
 *
 * A page of a block counts in the area's counter of the block's state, or, if
 * the hardware reported an error in it, as poisoned; never in both.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "block/block.h"
#include "block/file.h"
#include "block/id.h"
#include "block/state.h"

/* Parameter: default quarantine of an orphan, in ms */
unsigned int pga_orphan_ms = 1000;

/* Parameter: longest quarantine that a file can ask for without CAP_SYS_RESOURCE */
unsigned int pga_orphan_max_ms = 60000;

/* Allocated pages have no counter: they are what remains. */
static atomic64_t *counter_of(struct pga_area *area, u8 state)
{
	switch (state) {
	case PGAREA_STATE_RESERVED:
		return &area->reserved;
	case PGAREA_STATE_DRAINING:
		return &area->draining;
	case PGAREA_STATE_ORPHANED:
		return &area->orphaned;
	default:
		return NULL;
	}
}

static void count(struct pga_block *block, s64 pages)
{
	atomic64_t *counter = counter_of(block->area, block->state);

	if (counter)
		atomic64_add(pages, counter);
}

/**
 * pga_block_set_state_locked() - set the state of a block
 * @block: with pages
 * @state: enum pgarea_state; NOT_OWNED: not yet published, or being removed
 */
void pga_block_set_state_locked(struct pga_block *block, u8 state)
{
	s64 pages = pga_block_nr(block) - block->nr_poisoned;

	lockdep_assert_held(&pga_table_lock);
	count(block, -pages);
	if (block->owner)
		block->owner->nr_draining +=
			(state == PGAREA_STATE_DRAINING) -
			(block->state == PGAREA_STATE_DRAINING);
	block->state = state;
	count(block, pages);
}

/**
 * pga_block_start_draining() - mark a block as draining
 * @block: with pages; no other thread can free or release it
 */
void pga_block_start_draining(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	spin_unlock(&pga_table_lock);
}

/**
 * pga_block_hwpoison_locked() - record a bad page of a block
 * @block: published
 * @pfn: page frame number of the page, which has no poison mark yet
 */
void pga_block_hwpoison_locked(struct pga_block *block, u64 pfn)
{
	lockdep_assert_held(&pga_table_lock);
	count(block, -1);
	block->nr_poisoned++;
	pga_hwpoison_mark(block->area, pfn);
	WRITE_ONCE(block->poisoned, true);
}

/* Default quarantine of orphans, in milliseconds */
u32 pga_default_orphan_ms(void)
{
	return min_t(u32, READ_ONCE(pga_orphan_ms), PGAREA_ORPHAN_MAX_MS);
}

/**
 * pga_orphan_limit_ms() - get the longest quarantine that a file can ask for
 * @file: the file
 *
 * Return: milliseconds, at most PGAREA_ORPHAN_MAX_MS.
 */
u32 pga_orphan_limit_ms(const struct pga_file *file)
{
	return file->unlimited ? PGAREA_ORPHAN_MAX_MS :
		min_t(u32, READ_ONCE(pga_orphan_max_ms), PGAREA_ORPHAN_MAX_MS);
}

/**
 * pga_block_orphan_ms() - get the quarantine time of a block
 * @block: any
 *
 * Return: milliseconds, at most PGAREA_ORPHAN_MAX_MS.
 */
u32 pga_block_orphan_ms(const struct pga_block *block)
{
	if (block->attr.orphan_ms == PGAREA_ORPHAN_NONE)
		return 0;
	return block->attr.orphan_ms ?: pga_default_orphan_ms();
}

/**
 * pga_block_holders() - get the kinds of holders of a block
 * @block: published
 *
 * Page references are reported as of the last check (drain.c).
 *
 * Return: PGAREA_HOLDER_*.
 */
u32 pga_block_holders(const struct pga_block *block)
{
	u32 holders = READ_ONCE(block->holders);

	if (pga_block_is_live(block) && !block->cdev)
		holders |= PGAREA_HOLDER_OWNER;
	if (block->state == PGAREA_STATE_ORPHANED)
		holders |= PGAREA_HOLDER_DEVICE;
	if (atomic_read(&block->nr_mappings))
		holders |= PGAREA_HOLDER_MAPPING;
	if (atomic_read(&block->nr_exports))
		holders |= PGAREA_HOLDER_DMABUF;
	if (atomic_read(&block->nr_opens))
		holders |= PGAREA_HOLDER_NODE;
	return holders;
}
