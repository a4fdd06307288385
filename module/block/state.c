// SPDX-License-Identifier: GPL-2.0
/*
 * The states of blocks, and the counters of pages by use.
 *
 * A page of a block counts in the area's counter of the block's state, or, if
 * the hardware reported an error in it, as poisoned; never in both.
 *
 * Blocks that drain or are orphans count in two tallies: in one of all files,
 * and in that of their owner if they have one.  A tally also counts how many of
 * them have each kind of holder.  So what WAIT reports costs the same however
 * many blocks there are.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "block/block.h"
#include "block/file.h"
#include "block/id.h"
#include "block/owner.h"
#include "block/state.h"

/* Parameter: default quarantine of an orphan, in ms */
unsigned int pga_orphan_ms = 1000;

/* Parameter: longest quarantine that a file can ask for without CAP_SYS_RESOURCE */
unsigned int pga_orphan_max_ms = 60000;

/* In @tallied of a block, beside PGAREA_HOLDER_*: the block itself counts. */
#define PGA_TALLIED	BIT(PGA_NR_HOLDERS)

struct pga_tally pga_tally;

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

static void count_in(struct pga_area *area, u8 state, s64 pages)
{
	atomic64_t *counter = counter_of(area, state);

	if (counter)
		atomic64_add(pages, counter);
}

/* Pages of a part that are not counted as poisoned */
static s64 good_pages(const struct pga_block *block,
		      const struct pga_pfn_range *range)
{
	s64 pages = range->nr;
	u64 i;

	for (i = 0; i < range->nr && block->nr_poisoned; i++)
		pages -= pga_page_is_hwpoison(range->first + i);
	return pages;
}

static void count_parts(const struct pga_block *block, int sign)
{
	u64 pfn = pga_block_pfn(block, 0), end = pfn + pga_block_nr(block);
	struct pga_part part;

	for (; pfn < end; pfn += part.range.nr) {
		pga_part_at(pfn, end - 1, &part);
		count_in(part.area, block->state,
			 sign * good_pages(block, &part.range));
	}
}

/* Add the pages of a block to the counters of its state, or subtract them. */
static void count(const struct pga_block *block, int sign)
{
	s64 pages = pga_block_nr(block) - block->nr_poisoned;

	if (block->several && counter_of(block->area, block->state))
		count_parts(block, sign);
	else if (!block->several)
		count_in(block->area, block->state, sign * pages);
}

static void tally_add(struct pga_tally *tally, u16 bits, int by)
{
	unsigned int i;

	if (bits & PGA_TALLIED)
		tally->nr += by;
	for (i = 0; i < PGA_NR_HOLDERS; i++)
		if (bits & BIT(i))
			tally->held[i] += by;
}

/**
 * pga_tally_update_locked() - count a block after a change
 * @block: its state or one of its holders may have changed
 */
void pga_tally_update_locked(struct pga_block *block)
{
	u16 was = block->tallied, now = 0;

	lockdep_assert_held(&pga_table_lock);
	if (block->state == PGAREA_STATE_DRAINING ||
	    block->state == PGAREA_STATE_ORPHANED)
		now = PGA_TALLIED | pga_block_holders(block);
	if (now == was)
		return;
	tally_add(&pga_tally, was & ~now, -1);
	tally_add(&pga_tally, now & ~was, 1);
	if (block->owner) {
		tally_add(&block->owner->tally, was & ~now, -1);
		tally_add(&block->owner->tally, now & ~was, 1);
	}
	block->tallied = now;
}

/* All kinds of holders that any block of a tally has: PGAREA_HOLDER_* */
u32 pga_tally_holders_locked(const struct pga_tally *tally)
{
	u32 holders = 0;
	unsigned int i;

	lockdep_assert_held(&pga_table_lock);
	for (i = 0; i < PGA_NR_HOLDERS; i++)
		if (tally->held[i])
			holders |= BIT(i);
	return holders;
}

/**
 * pga_block_set_state_locked() - set the state of a block
 * @block: with pages
 * @state: enum pgarea_state; NOT_OWNED: not yet published, or being removed
 */
void pga_block_set_state_locked(struct pga_block *block, u8 state)
{
	lockdep_assert_held(&pga_table_lock);
	count(block, -1);
	block->state = state;
	count(block, 1);
	pga_tally_update_locked(block);
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
	struct pga_area *area = pga_block_area_at(block, pfn);

	lockdep_assert_held(&pga_table_lock);
	count_in(area, block->state, -1);
	block->nr_poisoned++;
	pga_hwpoison_mark(area, pfn);
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
 * Page references are reported as of the last check (held.c).
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
