// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their owners and states.
 *
 * Every page that an area owns is free in the area's buddy, or belongs to one
 * block here, or is on its way between the two in one thread's hands.  A thread
 * marks the pages as a block's (page.c) before it publishes the block, and takes
 * the marks off before it gives them to the buddy.
 *
 * The life of a block:
 *
 *	new		it has an id and pages; nobody finds it
 *	ALLOCATED	published: its file lists, maps and frees it
 *	DRAINING	freed, or its file was closed; its id does nothing any
 *			more, no new mapping can be made, and when a page is
 *			still held it is in the list of drain.c
 *	gone		nobody holds a page; they are free again
 *
 * A reservation goes from new to RESERVED and from there to gone: nobody can
 * map it, so nobody can hold its pages.
 *
 * Locking: the table lock is a spinlock.  It protects the ids, the files' lists,
 * the states and the ranges.  It nests inside the drain lock, and no other lock
 * is taken inside it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "block.h"
#include "clear.h"
#include "page.h"

/* Slots of the table to pass over with the lock held */
#define PGA_LOOKS	256

/* A block of so few pages is looked at and taken down with the lock held. */
#define PGA_SMALL	8

static struct kmem_cache *block_cache;

/*
 * A block is filled in as a whole when it is made.  With a constructor the
 * allocator leaves it alone, which would otherwise clear it first.
 */
static void construct_block(void *mem)
{
	memset(mem, 0, sizeof(struct pga_block));
}

int __init pga_blocks_init(void)
{
	block_cache = kmem_cache_create("pgarea_block",
					sizeof(struct pga_block), 0, 0,
					construct_block);
	return block_cache ? 0 : -ENOMEM;
}

void pga_blocks_exit(void)
{
	pga_ids_exit();
	kmem_cache_destroy(block_cache);
}

static void fill_in(struct pga_block *block, u8 kind, const char *name,
		    u64 flags)
{
	*block = (struct pga_block){
		.link = LIST_HEAD_INIT(block->link),
		.flags = flags,
		.drain = LIST_HEAD_INIT(block->drain),
		.kind = kind,
	};
	strscpy(block->name, name, sizeof(block->name));
}

/**
 * pga_blocks_new() - make blocks that have ids and no pages yet
 * @blocks: the answer, blocks that nobody else can find
 * @nr: how many, at most PGA_BATCH
 * @kind: PGAREA_KIND_*
 * @name: label of each, shorter than PGAREA_NAME_SIZE
 * @flags: that they are made with, for the listing
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOMEM and there are none.
 */
int pga_blocks_new(struct pga_block **blocks, unsigned int nr, u8 kind,
		   const char *name, u64 flags)
{
	unsigned int i;
	int err;

	if (!kmem_cache_alloc_bulk(block_cache, GFP_KERNEL, nr,
				   (void **)blocks))
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		fill_in(blocks[i], kind, name, flags);
	err = pga_ids_take(blocks, nr);
	if (err)
		kmem_cache_free_bulk(block_cache, nr, (void **)blocks);
	return err;
}

/**
 * pga_block_new() - make one block that has an id and no pages yet
 * @kind: PGAREA_KIND_*
 * @name: label, shorter than PGAREA_NAME_SIZE
 * @flags: that it is made with, for the listing
 *
 * Context: process; sleeps.
 * Return: the block, which nobody else can find, or NULL.
 */
struct pga_block *pga_block_new(u8 kind, const char *name, u64 flags)
{
	struct pga_block *block = kmem_cache_alloc(block_cache, GFP_KERNEL);

	if (!block)
		return NULL;
	fill_in(block, kind, name, flags);
	if (pga_ids_take(&block, 1)) {
		kmem_cache_free(block_cache, block);
		return NULL;
	}
	return block;
}

/**
 * pga_block_set_pages() - say which pages a new block has
 * @block: from pga_block_new()
 * @area: whose pages they are
 * @first: first page frame
 * @nr: number of pages, in the caller's hands; they are the block's from here on
 */
void pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			 u64 first, u64 nr)
{
	block->area = area;
	block->first = first;
	block->last = first + nr - 1;
	pga_pages_mark(block, block->first, block->last);
}

/**
 * pga_block_clear() - clear the pages of a new block
 * @block: not published
 *
 * Context: process; sleeps.
 * Return: 0 or -EINTR.
 */
int pga_block_clear(struct pga_block *block)
{
	int err = pga_clear(block->first, pga_block_nr(block));

	block->cleared = !err;
	return err;
}

static void remove_locked(struct pga_block *block)
{
	pga_id_drop_locked(block);
	list_del(&block->link);
}

/* The memory of a block, when nothing leads to it any more. */
static void free_block(struct pga_block *block)
{
	put_pid(block->opener);
	kmem_cache_free(block_cache, block);
}

static void give_pages_and_free(struct pga_block *block)
{
	pga_area_give(block->area, block->first, pga_block_nr(block));
	free_block(block);
}

/*
 * The same for up to PGA_BATCH blocks that have no opener, in a list through their
 * @drain, with one hold of the lock for all that are in the same area.
 */
static noinline_for_stack void give_pages_and_free_many(struct list_head *blocks)
{
	struct pga_block *block, *freed[PGA_BATCH];
	struct pga_part parts[PGA_BATCH];
	struct pga_area *area = NULL;
	unsigned int nr = 0, given = 0;

	list_for_each_entry(block, blocks, drain) {
		if (area && area != block->area) {
			pga_area_give_many(area, &parts[given], nr - given);
			given = nr;
		}
		area = block->area;
		parts[nr].first = block->first;
		parts[nr].nr = pga_block_nr(block);
		freed[nr++] = block;
	}
	if (area)
		pga_area_give_many(area, &parts[given], nr - given);
	kmem_cache_free_bulk(block_cache, nr, (void **)freed);
}

/**
 * pga_block_dissolve() - the end of a block: its pages are free behind this
 * @block: nobody finds it by its id, and nobody holds a page of it
 */
void pga_block_dissolve(struct pga_block *block)
{
	pga_pages_unmark(block->first, block->last);
	spin_lock(&pga_table_lock);
	remove_locked(block);
	spin_unlock(&pga_table_lock);
	give_pages_and_free(block);
}

/**
 * pga_block_discard() - undo pga_block_new() and pga_block_set_pages()
 * @block: a block that was not published; its pages, if any, become free
 */
void pga_block_discard(struct pga_block *block)
{
	if (block->cleared)
		pga_clear_undo(block->first, pga_block_nr(block));
	if (block->area) {
		pga_block_dissolve(block);
		return;
	}
	spin_lock(&pga_table_lock);
	remove_locked(block);
	spin_unlock(&pga_table_lock);
	free_block(block);
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
		pga_block_discard(block);
		cond_resched();
	}
}

/**
 * pga_block_live_state() - the state of a block that was published
 * @block: a block or reservation
 *
 * Return: enum pgarea_state.
 */
u8 pga_block_live_state(const struct pga_block *block)
{
	return block->kind == PGAREA_KIND_BLOCK ? PGAREA_STATE_ALLOCATED :
						  PGAREA_STATE_RESERVED;
}

static void publish_locked(struct pga_block *block, struct pga_file *file)
{
	if (block->kind == PGAREA_KIND_RESERVATION)
		atomic64_add(pga_block_nr(block), &block->area->reserved);
	block->owner = file;
	block->state = pga_block_live_state(block);
	list_move_tail(&block->link, &file->blocks);
}

/**
 * pga_block_publish() - let a new block be found
 * @block: complete
 * @file: that owns it.  From here on any thread that has it may free the block.
 */
void pga_block_publish(struct pga_block *block, struct pga_file *file)
{
	spin_lock(&pga_table_lock);
	publish_locked(block, file);
	spin_unlock(&pga_table_lock);
}

/**
 * pga_blocks_publish() - let many new blocks be found
 * @blocks: list, through their @link, of complete blocks; empty behind this
 * @file: that owns them
 *
 * Context: process; sleeps.
 */
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file)
{
	unsigned int left;

	while (!list_empty(blocks)) {
		spin_lock(&pga_table_lock);
		for (left = PGA_BATCH; left && !list_empty(blocks); left--)
			publish_locked(list_first_entry(blocks,
							struct pga_block, link),
				       file);
		spin_unlock(&pga_table_lock);
		cond_resched();
	}
}

/**
 * pga_block_find_locked() - the live block or reservation that has an id
 * @file: whose it is
 * @id: any number
 * @kind: PGAREA_KIND_*
 *
 * Return: the block, or NULL.
 */
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind)
{
	struct pga_block *block = pga_id_find_locked(id);

	if (!block || block->owner != file || block->kind != kind ||
	    block->state != pga_block_live_state(block))
		return NULL;
	return block;
}

/**
 * pga_block_retire() - the end of a block that drained
 * @block: DRAINING, and nobody holds a page of it
 */
void pga_block_retire(struct pga_block *block)
{
	atomic64_sub(pga_block_nr(block), &block->area->draining);
	pga_block_dissolve(block);
}

/**
 * pga_block_start_draining_locked() - a block has no owner's wish to be any more
 * @block: live, or not published
 */
void pga_block_start_draining_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	block->state = PGAREA_STATE_DRAINING;
	atomic64_add(pga_block_nr(block), &block->area->draining);
}

/**
 * pga_block_retire_or_drain() - let a block go, now or when its holders do
 * @block: DRAINING, and the caller is the one who made it so
 *
 * Context: process; sleeps.
 */
void pga_block_retire_or_drain(struct pga_block *block)
{
	if (pga_block_is_held(block))
		pga_drain_add(block);
	else
		pga_block_retire(block);
}

/*
 * Nearly all blocks that are freed are small and not held: they need not drain.
 * Without a mapping there is nowhere a new holder could come from.
 */
static bool take_down_locked(struct pga_block *block)
{
	u64 pfn;

	if (pga_block_nr(block) > PGA_SMALL || atomic_read(&block->mappings))
		return false;
	for (pfn = block->first; pfn <= block->last; pfn++)
		if (page_ref_count(pfn_to_page(pfn)) != 1)
			return false;
	pga_pages_unmark(block->first, block->last);
	remove_locked(block);
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
		pga_block_start_draining_locked(block);
		list_add_tail(&block->drain, &freed->draining);
	}
	return 0;
}

static void finish_free(struct pga_freed *freed)
{
	struct pga_block *block, *next;

	if (list_is_singular(&freed->down))
		give_pages_and_free(list_first_entry(&freed->down,
						     struct pga_block, drain));
	else if (!list_empty(&freed->down))
		give_pages_and_free_many(&freed->down);
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
		spin_lock(&pga_table_lock);
		while (i < nr && !err) {
			err = free_locked(file, ids[i].id, &freed);
			i += !err;
		}
		spin_unlock(&pga_table_lock);
		finish_free(&freed);
		if (err == -EAGAIN)
			err = wait_for_cut(file) ?: -EAGAIN;
	} while (err == -EAGAIN);
	*done += i;
	return err;
}

static struct pga_block *map_locked(struct pga_file *file, u64 first, u64 nr)
{
	struct pga_block *block = pga_page_block_locked(first);

	if (!block || block->owner != file ||
	    block->state != PGAREA_STATE_ALLOCATED)
		return ERR_PTR(-ENOENT);
	if (block->cutting)
		return ERR_PTR(-EBUSY);
	if (nr > block->last - first + 1)
		return ERR_PTR(-EINVAL);
	atomic_inc(&block->mappings);
	return block;
}

/**
 * pga_block_map() - the block that a mapping asks for
 * @file: that is mapped
 * @first: first page frame of the mapping
 * @nr: number of pages
 *
 * Return: the live block of this file that has these pages, which the caller now
 * holds as one mapping of it (pga_block_unmap()); ERR_PTR(-ENOENT) when @first
 * is in none, ERR_PTR(-EINVAL) when it ends before the mapping does,
 * ERR_PTR(-EBUSY) while it is being cut.
 */
struct pga_block *pga_block_map(struct pga_file *file, u64 first, u64 nr)
{
	struct pga_block *found;

	/* Only pages that an area owns have marks. */
	if (!pga_area_of(first))
		return ERR_PTR(-ENOENT);
	spin_lock(&pga_table_lock);
	found = map_locked(file, first, nr);
	spin_unlock(&pga_table_lock);
	return found;
}

/**
 * pga_block_unmap() - a mapping of a block is gone
 * @block: that was mapped; may not be used any more by the caller
 */
void pga_block_unmap(struct pga_block *block)
{
	if (atomic_dec_and_test(&block->mappings))
		pga_drain_kick();
}

/*
 * What an owned page that is not free is used for.  A page between the buddy and
 * a block is in somebody's hands: it counts as allocated.
 */
static u32 used_state(u64 pfn, u64 last, u64 *nr)
{
	u32 state = PGAREA_STATE_ALLOCATED;
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = pga_page_block_locked(pfn);
	if (block) {
		state = block->state ?: pga_block_live_state(block);
		last = min(last, block->last);
	} else {
		last = pga_page_next_mark(pfn, last) - 1;
	}
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

static void describe_locked(const struct pga_block *block,
			    struct pgarea_block *out)
{
	struct pid *opener = block->owner ? block->owner->opener :
					    block->opener;

	*out = (struct pgarea_block){
		.id = block->id,
		.address = block->first << PAGE_SHIFT,
		.size = pga_block_nr(block) << PAGE_SHIFT,
		.flags = block->flags,
		.area = block->area->id,
		.node = page_to_nid(pfn_to_page(block->first)),
		.kind = block->kind,
		.state = block->state,
		.holders = block->holders,
		.pid = pid_vnr(opener),
	};
	if (block->kind == PGAREA_KIND_BLOCK)
		out->mmap_offset = pga_block_mmap_offset(block);
	if (block->state == pga_block_live_state(block))
		out->holders |= PGAREA_HOLDER_OWNER;
	if (atomic_read(&block->mappings))
		out->holders |= PGAREA_HOLDER_MAPPING;
	memcpy(out->name, block->name, sizeof(out->name));
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
		.phys = block->first << PAGE_SHIFT,
		.granted = pga_block_nr(block) << PAGE_SHIFT,
		.area = area->id,
		.node = page_to_nid(pfn_to_page(block->first)),
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

/**
 * pga_file_init() - a file was opened
 * @file: the memory for it
 */
void pga_file_init(struct pga_file *file)
{
	INIT_LIST_HEAD(&file->blocks);
	mutex_init(&file->cut);
	file->opener = get_pid(task_tgid(current));
}

/* What drains already goes on without an owner. */
static bool disown_locked(struct pga_block *block)
{
	bool live = block->state == pga_block_live_state(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	block->owner = NULL;
	if (live)
		pga_block_start_draining_locked(block);
	return live;
}

/**
 * pga_block_withdraw_locked() - nobody is to find a reservation any more
 * @block: a live reservation; it is dissolved next
 */
void pga_block_withdraw_locked(struct pga_block *block)
{
	list_del_init(&block->link);
	block->state = PGAREA_STATE_NOT_OWNED;
	atomic64_sub(pga_block_nr(block), &block->area->reserved);
}

/* Take one block or reservation from a file.  False: it has none any more. */
static bool release_one(struct pga_file *file)
{
	struct pga_block *block;
	bool live = false, reservation = false;

	spin_lock(&pga_table_lock);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
	if (block) {
		reservation = block->kind == PGAREA_KIND_RESERVATION;
		if (reservation)
			pga_block_withdraw_locked(block);
		else
			live = disown_locked(block);
	}
	spin_unlock(&pga_table_lock);
	if (reservation)
		pga_block_dissolve(block);
	else if (live)
		pga_block_retire_or_drain(block);
	return block;
}

/**
 * pga_file_release() - the last descriptor and mapping of a file is gone
 * @file: no other thread uses it any more
 *
 * What it owns is freed.
 *
 * Context: process; sleeps.
 */
void pga_file_release(struct pga_file *file)
{
	while (release_one(file))
		cond_resched();
	put_pid(file->opener);
	mutex_destroy(&file->cut);
}
