// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptions of blocks, reservations and pages for programs.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/page.h"
#include "area/pages.h"
#include "block/block.h"
#include "block/describe.h"
#include "block/file.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/state.h"
#include "hide.h"

/* Slots of the table to pass over with the lock held */
#define PGA_LOOKS	256

/* The last page of a block in the same state as this one: bad, or not. */
static u64 same_locked(const struct pga_block *block, u64 pfn, u64 last)
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
 * What an owned page that is not free is used for.  A page between the buddy and
 * a block is in the hands of one thread: it counts as allocated.
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
		last = same_locked(block, pfn, last);
	else if (state == PGAREA_STATE_POISONED)
		last = pfn;
	else
		last = pga_page_next_set(pfn, last) - 1;
	spin_unlock(&pga_table_lock);
	*nr = last - pfn + 1;
	return state;
}

/**
 * pga_page_state() - what a page is used for, and how far it goes on
 * @area: whose page it may be
 * @pfn: page frame number
 * @last: highest page frame of interest
 * @nr: number of pages from @pfn on, @last at most, in that same state
 *
 * The pages may be used otherwise as soon as this returns.
 *
 * Return: enum pgarea_state.
 */
u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr)
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

/* Of a live one the time that is asked for, of an orphan what is left of it. */
static u32 orphan_ms(const struct pga_block *block)
{
	unsigned long until = READ_ONCE(block->until);

	/* But for the tick that does not count (drain.c). */
	if (block->state == PGAREA_STATE_ORPHANED)
		return time_after(until, jiffies) ?
			jiffies_to_msecs(until - jiffies - 1) : 0;
	return pga_block_is_live(block) && !block->cdev ?
		pga_block_orphan_ms(block) : 0;
}

static void describe_lifetime_locked(const struct pga_block *block,
				     struct pgarea_block *out)
{
	struct pid *opener = block->owner ? block->owner->opener :
					    block->opener;

	out->state = block->state;
	out->holders = pga_block_holders(block);
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
		.node = pga_page_nid(pga_block_pfn(block, 0)),
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
 * pga_block_bulk_entry() - describe a block as one of many
 * @block: with an id and a range
 * @area: whose pages it has
 * @out: the description
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
		.node = pga_page_nid(pga_block_pfn(block, 0)),
	};
}

/**
 * pga_block_describe() - the next block or reservation in the order of ids
 * @file: that asks
 * @all: also those of other files
 * @id: lowest id; where to go on
 * @out: the description
 *
 * The lock is held for PGA_LOOKS slots of the table at most.
 *
 * Return: 1; 0 when nothing was found yet; -ENOENT when there is none any more.
 */
int pga_block_describe(struct pga_file *file, bool all, u64 *id,
		       struct pgarea_block *out)
{
	struct pga_block *block;
	int found = 0;

	spin_lock(&pga_table_lock);
	block = pga_id_next_locked(id, PGA_LOOKS);
	if (IS_ERR(block))
		found = PTR_ERR(block);
	else if (block && block->state && (all || block->owner == file))
		found = 1;
	if (found > 0)
		describe_locked(block, out);
	spin_unlock(&pga_table_lock);
	return found;
}
