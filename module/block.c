// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their owners and states, and how they come to be.
 * free.c has their end.
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

/**
 * pga_block_remove_locked() - nothing leads to a block any more but its marks
 * @block: whose owner has lost it, or which was not published
 */
void pga_block_remove_locked(struct pga_block *block)
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

/**
 * pga_block_bury() - give the pages of a block back, and its memory
 * @block: nothing leads to it
 */
void pga_block_bury(struct pga_block *block)
{
	pga_area_give(block->area, block->first, pga_block_nr(block));
	free_block(block);
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
 * pga_blocks_bury() - the same for blocks that have an owner to the end
 * @blocks: list, through their @drain, of up to PGA_BATCH blocks
 *
 * All that are in the same area go with one hold of its lock, and neighbours as
 * one range: often they were made together.
 */
void pga_blocks_bury(struct list_head *blocks)
{
	struct pga_block *block, *freed[PGA_BATCH];
	struct pga_part parts[PGA_BATCH];
	struct pga_area *area = NULL;
	unsigned int nr = 0, nr_parts = 0;

	list_for_each_entry(block, blocks, drain) {
		freed[nr++] = block;
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
	kmem_cache_free_bulk(block_cache, nr, (void **)freed);
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
	pga_block_remove_locked(block);
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
	block->cutting = false;
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

static struct pga_block *map_locked(struct pga_file *file, u64 first, u64 nr)
{
	struct pga_block *block = pga_page_block_locked(first);

	if (!block || block->owner != file)
		return ERR_PTR(-ENOENT);
	if (block->cutting)
		return ERR_PTR(-EBUSY);
	if (block->state != PGAREA_STATE_ALLOCATED)
		return ERR_PTR(-ENOENT);
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
