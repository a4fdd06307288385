// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their ids, owners and states.
 *
 * Every page that an area owns is free in the area's buddy, or belongs to one
 * block here, or is on its way between the two in one thread's hands.  A thread
 * puts the pages of a block into the tree before it publishes it, and takes them
 * out of the tree before it gives them to the buddy: the tree never has two
 * blocks with the same page.
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
 * Locking: the table lock is a spinlock, the one of the table of ids.  It
 * protects the table, the tree, the files' lists and the states.  It nests
 * inside the drain lock, and no other lock is taken inside it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "block.h"

/* Blocks of others to pass over with the lock held */
#define PGA_LOOKS	256

/* Ids are never 0, and come round after about 2^32 others. */
static DEFINE_XARRAY_FLAGS(table, XA_FLAGS_ALLOC1);
static u32 last_id;
static struct rb_root_cached tree = RB_ROOT_CACHED;	/* [t] */
static struct kmem_cache *block_cache;

int __init pga_blocks_init(void)
{
	block_cache = KMEM_CACHE(pga_block, 0);
	return block_cache ? 0 : -ENOMEM;
}

void pga_blocks_exit(void)
{
	WARN_ON_ONCE(!xa_empty(&table));
	xa_destroy(&table);
	kmem_cache_destroy(block_cache);
}

/**
 * pga_block_new() - make a block that has no pages yet
 * @kind: PGAREA_KIND_*
 * @name: label, shorter than PGAREA_NAME_SIZE
 * @flags: that it is made with, for the listing
 *
 * Context: process; sleeps.
 * Return: the block, which nobody else can find, or NULL.
 */
struct pga_block *pga_block_new(u8 kind, const char *name, u64 flags)
{
	struct pga_block *block = kmem_cache_zalloc(block_cache, GFP_KERNEL);

	if (!block)
		return NULL;
	block->kind = kind;
	block->flags = flags;
	strscpy(block->name, name, sizeof(block->name));
	INIT_LIST_HEAD(&block->link);
	INIT_LIST_HEAD(&block->drain);
	return block;
}

static int take_id_locked(struct pga_block *block)
{
	int err;

	lockdep_assert_held(&table.xa_lock);
	err = __xa_alloc_cyclic(&table, &block->id, block, xa_limit_32b,
				&last_id, GFP_KERNEL);
	if (err < 0)
		block->id = 0;
	return min(err, 0);
}

/**
 * pga_block_set_pages() - say which pages a new block has, and take an id
 * @block: from pga_block_new()
 * @area: whose pages they are
 * @first: first page frame
 * @nr: number of pages, taken from @area by the caller.  They are the block's
 *	from here on; on an error they are free again.
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			u64 first, u64 nr)
{
	int err;

	block->area = area;
	block->pages.start = first;
	block->pages.last = first + nr - 1;
	xa_lock(&table);
	err = take_id_locked(block);
	if (!err)
		interval_tree_insert(&block->pages, &tree);
	xa_unlock(&table);
	if (err)
		pga_area_give(area, first, nr);
	return err;
}

static void table_remove_locked(struct pga_block *block)
{
	__xa_erase(&table, block->id);
	interval_tree_remove(&block->pages, &tree);
	list_del(&block->link);
}

/* Its pages are free behind this.  Nobody may be able to find it any more. */
static void give_pages_and_free(struct pga_block *block)
{
	pga_area_give(block->area, pga_block_first(block), pga_block_nr(block));
	put_pid(block->opener);
	kmem_cache_free(block_cache, block);
}

/**
 * pga_block_discard() - undo pga_block_new() and pga_block_set_pages()
 * @block: a block that was not published; its pages, if any, become free
 */
void pga_block_discard(struct pga_block *block)
{
	if (!block->id) {
		kmem_cache_free(block_cache, block);
		return;
	}
	xa_lock(&table);
	table_remove_locked(block);
	xa_unlock(&table);
	give_pages_and_free(block);
}

static u8 live_state(const struct pga_block *block)
{
	return block->kind == PGAREA_KIND_BLOCK ? PGAREA_STATE_ALLOCATED :
						  PGAREA_STATE_RESERVED;
}

/**
 * pga_block_publish() - let a new block be found
 * @block: complete
 * @file: that owns it.  From here on any thread that has it may free the block.
 */
void pga_block_publish(struct pga_block *block, struct pga_file *file)
{
	xa_lock(&table);
	if (block->kind == PGAREA_KIND_RESERVATION)
		atomic64_add(pga_block_nr(block), &block->area->reserved);
	block->owner = file;
	block->state = live_state(block);
	list_add_tail(&block->link, &file->blocks);
	xa_unlock(&table);
}

/* The live block or reservation of a file that has this id. */
static struct pga_block *find_locked(struct pga_file *file, u64 id, u8 kind)
{
	struct pga_block *block;

	lockdep_assert_held(&table.xa_lock);
	if (id > U32_MAX)
		return NULL;
	block = xa_load(&table, id);
	if (!block || block->owner != file || block->kind != kind ||
	    block->state != live_state(block))
		return NULL;
	return block;
}

/**
 * pga_block_retire() - the end of a block
 * @block: DRAINING, and nobody holds a page of it
 */
void pga_block_retire(struct pga_block *block)
{
	xa_lock(&table);
	table_remove_locked(block);
	atomic64_sub(pga_block_nr(block), &block->area->draining);
	xa_unlock(&table);
	give_pages_and_free(block);
}

static void start_draining_locked(struct pga_block *block)
{
	lockdep_assert_held(&table.xa_lock);
	block->state = PGAREA_STATE_DRAINING;
	atomic64_add(pga_block_nr(block), &block->area->draining);
}

static void retire_or_drain(struct pga_block *block)
{
	if (pga_block_is_held(block))
		pga_drain_add(block);
	else
		pga_block_retire(block);
}

/**
 * pga_block_free() - the owner frees a block
 * @file: the owner
 * @id: of the block
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOENT.
 */
int pga_block_free(struct pga_file *file, u64 id)
{
	struct pga_block *block;

	xa_lock(&table);
	block = find_locked(file, id, PGAREA_KIND_BLOCK);
	if (block)
		start_draining_locked(block);
	xa_unlock(&table);
	if (!block)
		return -ENOENT;
	retire_or_drain(block);
	return 0;
}

static bool covers(const struct pga_block *block, u64 first, u64 last)
{
	return first >= block->pages.start && last <= block->pages.last;
}

/* Does [first, last] lie inside the block and touch neither of its ends? */
static bool leaves_two(const struct pga_block *block, u64 first, u64 last)
{
	return first > block->pages.start && last < block->pages.last;
}

/**
 * pga_block_unreserve_prepare() - get ready to give a part back
 * @file: the owner; its @unreserve lock is held from here to the commit, so that
 *	nothing changes in between
 * @id: of the reservation
 * @part: page frames to give back; when @part->nr is 0, filled in with all
 * @rest: a new reservation for what lies above, when something does and
 *	something else lies below; otherwise NULL
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT, -EINVAL (not inside the reservation), or -ENOMEM.
 */
int pga_block_unreserve_prepare(struct pga_file *file, u64 id,
				struct pga_part *part, struct pga_block **rest)
{
	struct pga_block *block, *spare;
	bool two = false;
	int err = 0;

	lockdep_assert_held(&file->unreserve);
	*rest = NULL;
	xa_lock(&table);
	block = find_locked(file, id, PGAREA_KIND_RESERVATION);
	if (!block) {
		err = -ENOENT;
	} else if (!part->nr) {
		part->first = pga_block_first(block);
		part->nr = pga_block_nr(block);
	} else if (!covers(block, part->first, pga_part_last(part))) {
		err = -EINVAL;
	} else {
		two = leaves_two(block, part->first, pga_part_last(part));
	}
	xa_unlock(&table);
	if (err || !two)
		return err;

	spare = pga_block_new(PGAREA_KIND_RESERVATION, block->name,
			      block->flags);
	if (!spare)
		return -ENOMEM;
	spare->area = block->area;
	xa_lock(&table);
	err = take_id_locked(spare);
	xa_unlock(&table);
	if (err)
		kmem_cache_free(block_cache, spare);
	else
		*rest = spare;
	return err;
}

/**
 * pga_block_unreserve_cancel() - undo pga_block_unreserve_prepare()
 * @rest: as it was answered, may be NULL
 */
void pga_block_unreserve_cancel(struct pga_block *rest)
{
	if (!rest)
		return;
	xa_erase(&table, rest->id);
	kmem_cache_free(block_cache, rest);
}

static void set_range_locked(struct pga_block *block, unsigned long first,
			     unsigned long last)
{
	interval_tree_remove(&block->pages, &tree);
	block->pages.start = first;
	block->pages.last = last;
	interval_tree_insert(&block->pages, &tree);
}

/* What lies below the part keeps the block, what lies above gets @rest. */
static void cut_in_two_locked(struct pga_block *block,
			      const struct pga_part *part,
			      struct pga_block *rest)
{
	rest->pages.start = pga_part_last(part) + 1;
	rest->pages.last = block->pages.last;
	rest->owner = block->owner;
	rest->state = PGAREA_STATE_RESERVED;
	list_add(&rest->link, &block->link);
	set_range_locked(block, block->pages.start, part->first - 1);
	interval_tree_insert(&rest->pages, &tree);
}

static void remove_reservation_locked(struct pga_block *block)
{
	table_remove_locked(block);
	atomic64_sub(pga_block_nr(block), &block->area->reserved);
}

/**
 * pga_block_unreserve() - give a reservation back, whole or in part
 * @file: the owner, as for the preparation
 * @id: of the reservation
 * @part: as pga_block_unreserve_prepare() answered it
 * @rest: as pga_block_unreserve_prepare() answered it
 *
 * Cannot fail.
 */
void pga_block_unreserve(struct pga_file *file, u64 id,
			 const struct pga_part *part, struct pga_block *rest)
{
	struct pga_block *block;
	struct pga_area *area;

	lockdep_assert_held(&file->unreserve);
	xa_lock(&table);
	block = find_locked(file, id, PGAREA_KIND_RESERVATION);
	area = block->area;
	if (part->nr == pga_block_nr(block)) {
		remove_reservation_locked(block);
		xa_unlock(&table);
		give_pages_and_free(block);
		return;
	}
	if (rest)
		cut_in_two_locked(block, part, rest);
	else if (part->first == block->pages.start)
		set_range_locked(block, pga_part_last(part) + 1,
				 block->pages.last);
	else
		set_range_locked(block, block->pages.start, part->first - 1);
	atomic64_sub(part->nr, &area->reserved);
	xa_unlock(&table);
	pga_area_give(area, part->first, part->nr);
}

/**
 * pga_block_map() - the block that a mapping asks for
 * @file: that is mapped
 * @first: first page frame of the mapping
 * @nr: number of pages
 *
 * Return: the live block of this file that has these pages, which the caller now
 * holds as one mapping of it (pga_block_unmap()); ERR_PTR(-ENOENT) when @first
 * is in none, ERR_PTR(-EINVAL) when it ends before the mapping does.
 */
struct pga_block *pga_block_map(struct pga_file *file, u64 first, u64 nr)
{
	struct pga_block *found = ERR_PTR(-ENOENT);
	struct interval_tree_node *node = NULL;
	struct pga_block *block;

	xa_lock(&table);
	if (first <= ULONG_MAX)
		node = interval_tree_iter_first(&tree, first, first);
	block = node ? container_of(node, struct pga_block, pages) : NULL;
	if (block && block->owner == file &&
	    block->state == PGAREA_STATE_ALLOCATED) {
		found = ERR_PTR(-EINVAL);
		if (covers(block, first, first + nr - 1)) {
			atomic_inc(&block->mappings);
			found = block;
		}
	}
	xa_unlock(&table);
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
	struct interval_tree_node *node;
	struct pga_block *block;

	xa_lock(&table);
	node = interval_tree_iter_first(&tree, pfn, last);
	if (node && node->start <= pfn) {
		block = container_of(node, struct pga_block, pages);
		if (block->state)
			state = block->state;
		last = min_t(u64, last, node->last);
	} else if (node) {
		last = node->start - 1;
	}
	xa_unlock(&table);
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
		.address = pga_block_first(block) << PAGE_SHIFT,
		.size = pga_block_nr(block) << PAGE_SHIFT,
		.flags = block->flags,
		.area = block->area->id,
		.node = page_to_nid(pfn_to_page(block->pages.start)),
		.kind = block->kind,
		.state = block->state,
		.holders = block->holders,
		.pid = pid_vnr(opener),
	};
	if (block->kind == PGAREA_KIND_BLOCK)
		out->mmap_offset = pga_block_mmap_offset(block);
	if (block->state == live_state(block))
		out->holders |= PGAREA_HOLDER_OWNER;
	if (atomic_read(&block->mappings))
		out->holders |= PGAREA_HOLDER_MAPPING;
	memcpy(out->name, block->name, sizeof(out->name));
}

/**
 * pga_block_describe() - the next block or reservation in the order of ids
 * @file: that asks
 * @all: also those of other files
 * @id: lowest id; the id of what was found, or where to go on
 * @out: the description
 *
 * The lock is held for PGA_LOOKS blocks of others at most.
 *
 * Return: 1; 0 when nothing was found yet; -ENOENT when there is none any more.
 */
int pga_block_describe(struct pga_file *file, bool all, u32 *id,
		       struct pgarea_block *out)
{
	unsigned long index = *id;
	struct pga_block *block;
	int found = -ENOENT, looks = 0;

	xa_lock(&table);
	xa_for_each_start(&table, index, block, *id) {
		*id = index;
		if (block->state && (all || block->owner == file)) {
			describe_locked(block, out);
			found = 1;
			break;
		}
		if (++looks == PGA_LOOKS) {
			found = 0;
			break;
		}
	}
	xa_unlock(&table);
	return found;
}

/**
 * pga_file_init() - a file was opened
 * @file: the memory for it
 */
void pga_file_init(struct pga_file *file)
{
	INIT_LIST_HEAD(&file->blocks);
	mutex_init(&file->unreserve);
	file->opener = get_pid(task_tgid(current));
}

/* What drains already goes on without an owner. */
static bool disown_locked(struct pga_block *block)
{
	bool live = block->state == live_state(block);

	list_del_init(&block->link);
	block->opener = get_pid(block->owner->opener);
	block->owner = NULL;
	if (live)
		start_draining_locked(block);
	return live;
}

/* Take one block or reservation from a file.  False: it has none any more. */
static bool release_one(struct pga_file *file)
{
	struct pga_block *block;
	bool live = false, reservation = false;

	xa_lock(&table);
	block = list_first_entry_or_null(&file->blocks, struct pga_block, link);
	if (block) {
		reservation = block->kind == PGAREA_KIND_RESERVATION;
		if (reservation)
			remove_reservation_locked(block);
		else
			live = disown_locked(block);
	}
	xa_unlock(&table);
	if (reservation)
		give_pages_and_free(block);
	else if (live)
		retire_or_drain(block);
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
	mutex_destroy(&file->unreserve);
}
