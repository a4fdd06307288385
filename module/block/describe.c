// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptions of blocks, reservations and pages for programs.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/page.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/describe.h"
#include "block/file.h"
#include "block/held.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/state.h"
#include "hide.h"

/* Slots of the id table to scan, or twice as many, under one hold of the lock */
#define PGA_DESCRIBE_SLOTS	256

/* The last page, up to @last, of the block's run of bad or of good pages. */
static u64 last_same_locked(const struct pga_block *block, u64 pfn, u64 last)
{
	bool bad = pga_page_is_hwpoison(pfn);

	last = min(last, pga_block_pfn(block, pga_block_nr(block) - 1));
	if (!block->nr_poisoned)
		return last;
	last = min(last, pfn | (pageblock_nr_pages - 1));
	while (pfn < last && pga_page_is_hwpoison(pfn + 1) == bad)
		pfn++;
	return pfn;
}

/*
 * Find the use of an owned page that is not free.  A page in transit between
 * the buddy and a block counts as allocated.
 */
static u32 used_state(u64 pfn, u64 last, u64 *nr)
{
	u32 state = PGAREA_STATE_ALLOCATED;
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = pga_page_block_locked(pfn);
	if (pga_page_is_hwpoison(pfn))
		state = PGAREA_STATE_POISONED;
	else if (block)
		state = block->state ?: pga_block_live_state(block);
	if (block)
		last = last_same_locked(block, pfn, last);
	else if (state == PGAREA_STATE_POISONED)
		last = pfn;
	else
		last = pga_page_next_set(pfn, last) - 1;
	spin_unlock(&pga_table_lock);
	*nr = last - pfn + 1;
	return state;
}

static u32 page_state_rcu(struct pga_area *area, u64 pfn, u64 last, u64 *nr)
{
	u64 first, len;

	if (!pga_area_next_owned(area, pfn, &first, &len) || first > pfn) {
		*nr = last - pfn + 1;
		return PGAREA_STATE_NOT_OWNED;
	}
	last = min(last, pfn + len - 1);
	if (pga_area_next_free(area, pfn, &first, &len)) {
		if (first == pfn) {
			*nr = min(len, last - pfn + 1);
			return PGAREA_STATE_FREE;
		}
		last = min(last, first - 1);
	}
	return used_state(pfn, last, nr);
}

/**
 * pga_page_state() - find the use of a page, and the run of pages with that use
 * @area: area that may own the page
 * @pfn: page frame number
 * @last: highest page frame of interest
 * @nr: set to the number of pages from @pfn on, up to @last, in the same state
 *
 * The result may be outdated as soon as this returns.
 *
 * Return: enum pgarea_state.
 */
u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr)
{
	u32 state;

	/* Pages that are found owned remain so until the unlock. */
	rcu_read_lock();
	state = page_state_rcu(area, pfn, last, nr);
	rcu_read_unlock();
	return state;
}

/**
 * pga_page_block_id() - find the block or reservation that a page is in
 * @pfn: page frame number
 * @nr: set to the number of pages of the block, 0 if there is none
 *
 * Return: its id, or 0 if the page is in none that is published.
 */
u64 pga_page_block_id(u64 pfn, u64 *nr)
{
	struct pga_block *block = NULL;
	bool owned;
	u64 id = 0;

	*nr = 0;
	rcu_read_lock();
	owned = pga_page_owned(pfn);
	spin_lock(&pga_table_lock);
	if (owned)
		block = pga_page_block_locked(pfn);
	if (block && block->state) {
		id = block->id;
		*nr = pga_block_nr(block);
	}
	spin_unlock(&pga_table_lock);
	rcu_read_unlock();
	return id;
}

/* The requested quarantine of a live block; the remaining one of an orphan. */
static u32 orphan_ms(const struct pga_block *block)
{
	/*
	 * Leave out the extra tick, see pga_drain_add_orphan().  An orphan that
	 * waits for its function has no time.
	 */
	if (block->state == PGAREA_STATE_ORPHANED)
		return block->place == PGA_PLACE_ORPHANS &&
		       time_after(block->until, jiffies) ?
			jiffies_to_msecs(block->until - jiffies - 1) : 0;
	return pga_block_is_live(block) && !block->cdev ?
		pga_block_orphan_ms(block) : 0;
}

/* What holds it now */
static u32 holders_locked(const struct pga_block *block)
{
	u32 holders = pga_block_holders(block);

	if (block->place != PGA_PLACE_COUNTED)
		return holders;
	return (holders & ~PGAREA_HOLDER_REFERENCE) |
	       pga_block_referenced_now(block);
}

static void describe_lifetime_locked(const struct pga_block *block,
				     struct pgarea_block *out)
{
	struct pid *opener = block->owner ? block->owner->opener :
					    block->opener;

	out->state = block->state;
	out->holders = holders_locked(block);
	out->pid = pid_vnr(opener);
	out->uid = from_kuid_munged(current_user_ns(),
				    pga_quota_uid(block->attr.quota));
	out->orphan_ms = orphan_ms(block);
	out->persistent = !!block->cdev;
	out->poisoned = block->poisoned;
	if (block->pci)
		pga_pci_describe(block->pci, out);
}

static void describe_locked(const struct pga_block *block,
			    struct pgarea_block *out)
{
	const struct pga_block_attr *attr = &block->attr;

	*out = (struct pgarea_block){
		.id = block->id,
		.address = pga_user_phys(pga_block_phys(block)),
		.size = pga_block_nr(block) << PAGE_SHIFT,
		.flags = attr->flags,
		.area = block->area->id,
		.node = pga_user_node(pga_page_nid(pga_block_pfn(block, 0))),
		.kind = attr->kind,
		.cache = attr->caching,
		.access = attr->access,
	};
	describe_lifetime_locked(block, out);
	if (attr->kind == PGAREA_KIND_BLOCK)
		out->mmap_offset = pga_block_mmap_offset(block);
	memcpy(out->name, attr->name, sizeof(out->name));
}

/**
 * pga_block_bulk_entry() - describe a block of a bulk allocation
 * @block: with an id and a range
 * @area: area that owns its pages
 * @out: set to the description
 */
void pga_block_bulk_entry(const struct pga_block *block,
			  const struct pga_area *area,
			  struct pgarea_bulk_block *out)
{
	*out = (struct pgarea_bulk_block){
		.id = block->id,
		.mmap_offset = pga_block_mmap_offset(block),
		.phys = pga_user_phys(pga_block_phys(block)),
		.alloc_size = pga_block_nr(block) << PAGE_SHIFT,
		.area = area->id,
		.node = pga_user_node(pga_page_nid(pga_block_pfn(block, 0))),
	};
}

static bool is_listed_locked(const struct pga_block *block,
			     const struct pga_file *file, u64 flags)
{
	u64 without = block->attr.kind == PGAREA_KIND_BLOCK ?
		      PGAREA_BLOCKS_NO_BLOCKS : PGAREA_BLOCKS_NO_RESERVATIONS;

	return block->state && !(flags & without) &&
	       (flags & PGAREA_BLOCKS_ALL || block->owner == file);
}

/*
 * Find the next block to list, in about PGA_DESCRIBE_SLOTS slots.  NULL when none
 * of them has one; ERR_PTR(-ENOENT) when there are no more.
 */
static struct pga_block *next_listed_locked(const struct pga_file *file,
					    u64 flags, u64 *id)
{
	u64 end = *id + pga_id_of_slot(PGA_DESCRIBE_SLOTS);
	struct pga_block *block;

	do {
		block = pga_id_next_locked(id, PGA_DESCRIBE_SLOTS);
		if (IS_ERR_OR_NULL(block) ||
		    is_listed_locked(block, file, flags))
			return block;
	} while (*id < end);
	return NULL;
}

/**
 * pga_block_describe() - describe the next block or reservation in id order
 * @file: file of the caller
 * @flags: PGAREA_BLOCKS_*
 * @id: lowest id; set to the id to continue at
 * @out: set to the description; NULL: find the block only
 *
 * Each call scans a bounded number of slots, to bound the time with the lock
 * held.
 *
 * Return: 1; 0 when none was found yet; -ENOENT when there are no more.
 */
int pga_block_describe(struct pga_file *file, u64 flags, u64 *id,
		       struct pgarea_block *out)
{
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = next_listed_locked(file, flags, id);
	if (!IS_ERR_OR_NULL(block) && out)
		describe_locked(block, out);
	spin_unlock(&pga_table_lock);
	return IS_ERR(block) ? PTR_ERR(block) : !!block;
}
