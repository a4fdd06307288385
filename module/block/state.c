// SPDX-License-Identifier: GPL-2.0
/*
 * The states of blocks, and the counters of what pages are used for.
 *
 * A page of a block counts in the area's counter of the block's state, or, when the
 * hardware reported an error in it, as poisoned: never in two.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/hwpoison.h"
#include "block/block.h"
#include "block/file.h"
#include "block/id.h"
#include "block/state.h"

/* Parameter: how long an orphan is kept back unless it says otherwise, in ms. */
unsigned int pga_orphan_ms = 1000;

/* Allocated pages are what is left: they have no counter. */
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
 * pga_block_set_state_locked() - a block enters a state
 * @block: with pages
 * @state: enum pgarea_state; NOT_OWNED: it is coming to be, or gone
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
 * @block: with pages, that no other thread can end
 */
void pga_block_start_draining(struct pga_block *block)
{
	spin_lock(&pga_table_lock);
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	spin_unlock(&pga_table_lock);
}

/**
 * pga_block_hwpoison_locked() - a page of a block turned out to be bad
 * @block: that is published
 * @pfn: page frame number of the page, which has no mark yet
 */
void pga_block_hwpoison_locked(struct pga_block *block, u64 pfn)
{
	lockdep_assert_held(&pga_table_lock);
	count(block, -1);
	block->nr_poisoned++;
	pga_hwpoison_mark(block->area, pfn);
	WRITE_ONCE(block->poisoned, true);
}

/* How long orphans are kept back unless they say otherwise, in milliseconds */
u32 pga_default_orphan_ms(void)
{
	return min_t(u32, READ_ONCE(pga_orphan_ms), PGAREA_ORPHAN_MAX_MS);
}

/**
 * pga_block_orphan_ms() - how long a block is quarantined as an orphan
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
 * pga_block_holders() - the holders of a block
 * @block: published
 *
 * Page references are reported as they were last seen (drain.c).
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
