// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and reservations: their owners and states, and how they come to be.
 * free.c ends them, and release.c has what comes of that.
 *
 * Every page that an area owns is free in the area's buddy, or belongs to one
 * block here, or is on its way between the two in one thread's hands.  A thread
 * marks the pages as a block's (lookup.c) before it publishes the block, and takes
 * the marks off before it gives them to the buddy.
 *
 * The life of a block:
 *
 *	new		it has an id and pages; nobody finds it
 *	ALLOCATED	published: its file lists, maps and frees it
 *	ORPHANED	its file was closed and it was not freed: a device may still
 *			write to it, so it waits for a time in the list of drain.c
 *	DRAINING	freed, or an orphan no longer; its id does nothing any more,
 *			no new mapping can be made, and when a page is still held
 *			it is in the list of drain.c
 *	gone		nobody holds a page; they are free again
 *
 * A reservation is RESERVED instead of ALLOCATED.  Nobody can map it and hold its
 * pages, so when it is given back it is gone at once, unless it is persistent
 * (cdev.c).
 *
 * Locking: the table lock is a spinlock.  It protects the ids, the files' lists,
 * the states, the ranges and the offsets.  It nests inside the drain lock, and no
 * other lock is taken inside it.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/clear.h"
#include "area/hwpoison.h"
#include "area/page.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/id.h"
#include "block/offset.h"
#include "block/pci.h"
#include "block/quota.h"
#include "hide.h"
#include "map/cdev.h"

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

/**
 * pga_blocks_drop() - the memory of blocks that nothing leads to
 * @blocks: without ids and pages
 * @nr: how many, at most PGA_BATCH
 *
 * Context: process; sleeps.
 */
void pga_blocks_drop(struct pga_block **blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		put_pid(blocks[i]->opener);
		pga_pci_put(blocks[i]->pci);
		pga_user_put(blocks[i]->traits.user);
	}
	kmem_cache_free_bulk(block_cache, nr, (void **)blocks);
}

static void fill_in(struct pga_block *block, const struct pga_traits *traits)
{
	*block = (struct pga_block){
		.link = LIST_HEAD_INIT(block->link),
		.traits = *traits,
		.drain = LIST_HEAD_INIT(block->drain),
	};
	RB_CLEAR_NODE(&block->by_offset);
	pga_user_get(traits->user);
}

/**
 * pga_blocks_new() - make blocks that have ids and no pages yet
 * @blocks: the answer, blocks that nobody else can find
 * @nr: how many, at most PGA_BATCH
 * @traits: what each is to be
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOMEM and there are none.
 */
int pga_blocks_new(struct pga_block **blocks, unsigned int nr,
		   const struct pga_traits *traits)
{
	unsigned int i;
	int err;

	if (!kmem_cache_alloc_bulk(block_cache, GFP_KERNEL, nr,
				   (void **)blocks))
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		fill_in(blocks[i], traits);
	err = pga_ids_take(blocks, nr);
	if (err)
		pga_blocks_drop(blocks, nr);
	return err;
}

/**
 * pga_block_new() - make one block that has an id and no pages yet
 * @traits: what it is to be
 *
 * Context: process; sleeps.
 * Return: the block, which nobody else can find, or NULL.
 */
struct pga_block *pga_block_new(const struct pga_traits *traits)
{
	struct pga_block *block;

	return pga_blocks_new(&block, 1, traits) ? NULL : block;
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
 * pga_block_admit() - a new block has its pages for good
 * @block: not published, with pages
 * @unlimited: the limit for a user does not count
 *
 * What the user's blocks still hold is looked at again before it is too much.
 *
 * Context: process; sleeps.
 * Return: 0, -EDQUOT, or -ENOMEM.
 */
int pga_block_admit(struct pga_block *block, bool unlimited)
{
	struct pga_user *user = block->traits.user;
	u64 nr = pga_block_nr(block);
	int err = pga_user_charge(user, nr, unlimited);

	if (err) {
		pga_drain_poll();
		err = pga_user_charge(user, nr, unlimited);
	}
	block->charged = !err;
	return err ?: pga_offset_take(block);
}

/**
 * pga_block_prepare() - make the pages of a new block what was asked for
 * @block: not published
 *
 * Context: process; sleeps.
 * Return: 0, -ENOMEM, or -EINTR.
 */
int pga_block_prepare(struct pga_block *block)
{
	int err = pga_clear(block->first, pga_block_nr(block));

	block->cleared = !err;
	if (err || block->traits.cache == PGAREA_CACHE_WB)
		return err;
	block->recached = true;
	return pga_cache_set(block->traits.cache, block->first,
			     pga_block_nr(block));
}

/**
 * pga_block_inherit() - a new block is a piece of another one
 * @piece: its range is a part of that of @block, and it has no area yet
 * @block: that is being cut
 *
 * Its pages become its own when @block is made shorter.
 *
 * Context: process; sleeps.
 */
void pga_block_inherit(struct pga_block *piece, const struct pga_block *block)
{
	piece->owner = block->owner;
	piece->offset = block->offset + (piece->first - block->first);
	piece->charged = block->charged;
	piece->recached = block->recached;
	if (block->nr_poisoned)
		piece->nr_poisoned = pga_poison_count(piece->first, piece->last);
	piece->poisoned = piece->nr_poisoned;
	pga_block_set_pages(piece, block->area, piece->first,
			    pga_block_nr(piece));
	spin_lock(&pga_table_lock);
	piece->pci = pga_pci_get(block->pci);
	pga_offset_add_locked(piece);
	spin_unlock(&pga_table_lock);
}

/**
 * pga_block_live_state() - the state of a block that was published
 * @block: a block or reservation
 *
 * Return: enum pgarea_state.
 */
u8 pga_block_live_state(const struct pga_block *block)
{
	return block->traits.kind == PGAREA_KIND_BLOCK ?
		PGAREA_STATE_ALLOCATED : PGAREA_STATE_RESERVED;
}

/* Was it published, and nobody has ended it? */
bool pga_block_is_live(const struct pga_block *block)
{
	return block->state == pga_block_live_state(block);
}

static void publish_locked(struct pga_block *block, struct pga_file *file)
{
	block->owner = file;
	block->cutting = false;
	pga_block_set_state_locked(block, pga_block_live_state(block));
	list_move_tail(&block->link, &file->blocks);
}

/**
 * pga_block_publish() - let a new block be found
 * @block: complete
 * @file: that owns it, unless it is persistent.  From here on any thread that has
 *	it may free the block.
 */
void pga_block_publish(struct pga_block *block, struct pga_file *file)
{
	if (block->node) {
		pga_node_publish(block, file);
		return;
	}
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

	if (!block || block->owner != file || block->traits.kind != kind ||
	    !pga_block_is_live(block))
		return NULL;
	return block;
}

/*
 * May this file map and export a block?  Persistent ones belong to no file: they are
 * for all whose opener may make them.
 */
static bool may_use_locked(const struct pga_file *file,
			   const struct pga_block *block)
{
	return block->node ? file->admin : block->owner == file;
}

static int check_use_locked(const struct pga_file *file,
			    const struct pga_block *block)
{
	if (!block || !may_use_locked(file, block))
		return -ENOENT;
	if (block->cutting)
		return -EBUSY;
	/* Of reservations only persistent ones are for use. */
	if (!pga_block_is_live(block) ||
	    (block->traits.kind == PGAREA_KIND_RESERVATION && !block->node))
		return -ENOENT;
	return READ_ONCE(block->poisoned) ? -EHWPOISON : 0;
}

static struct pga_block *map_locked(struct pga_file *file, u64 offset, u64 nr)
{
	struct pga_block *block = pga_offset_find_locked(offset);
	int err = check_use_locked(file, block);

	if (err)
		return ERR_PTR(err);
	if (nr > block->offset + pga_block_nr(block) - offset)
		return ERR_PTR(-EINVAL);
	atomic_inc(&block->mappings);
	return block;
}

/**
 * pga_block_map() - the block that a mapping asks for
 * @file: that is mapped
 * @offset: of the mapping, in pages
 * @nr: number of pages
 *
 * Return: the live block of this file that has these pages, which the caller now
 * holds as one mapping of it (pga_block_unmap()); ERR_PTR(-ENOENT) when @offset
 * is in none, ERR_PTR(-EINVAL) when it ends before the mapping does,
 * ERR_PTR(-EBUSY) while it is being cut, ERR_PTR(-EHWPOISON).
 */
struct pga_block *pga_block_map(struct pga_file *file, u64 offset, u64 nr)
{
	struct pga_block *found;

	/* Only pages that an area owns have marks. */
	if (!pga_hide_phys && !pga_area_of(offset))
		return ERR_PTR(-ENOENT);
	spin_lock(&pga_table_lock);
	found = map_locked(file, offset, nr);
	spin_unlock(&pga_table_lock);
	return found;
}

/**
 * pga_block_export() - the block that a dma-buf is to be made of
 * @file: that asks
 * @id: of the block
 *
 * Return: the block, which the caller now holds as one of its exports;
 * ERR_PTR(-ENOENT), ERR_PTR(-EBUSY) while it is being cut, ERR_PTR(-EHWPOISON).
 */
struct pga_block *pga_block_export(struct pga_file *file, u64 id)
{
	struct pga_block *block;
	int err;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	err = check_use_locked(file, block);
	if (!err)
		atomic_inc(&block->exports);
	spin_unlock(&pga_table_lock);
	return err ? ERR_PTR(err) : block;
}

/**
 * pga_block_unexport() - a dma-buf of a block is gone
 * @block: that was exported; may not be used any more by the caller
 */
void pga_block_unexport(struct pga_block *block)
{
	if (atomic_dec_and_test(&block->exports))
		pga_drain_kick();
}

/**
 * pga_block_bind() - bind a block to a PCI function
 * @file: the owner
 * @id: of a block or reservation
 * @pci: the function, a reference to which the block now has; NULL: none
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOENT.
 */
int pga_block_bind(struct pga_file *file, u64 id, struct pci_dev *pci)
{
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	if (block && block->owner == file && pga_block_is_live(block))
		swap(block->pci, pci);
	else
		block = NULL;
	spin_unlock(&pga_table_lock);
	if (!block)
		return -ENOENT;
	pga_pci_put(pci);
	return 0;
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
 * @file: the memory for it, zeroed
 * @cred: of who opened it
 * @admin: they have CAP_SYS_ADMIN in the initial user namespace
 * @unlimited: they have CAP_SYS_RESOURCE there
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int pga_file_init(struct pga_file *file, const struct cred *cred, bool admin,
		  bool unlimited)
{
	file->user = pga_user_find(cred->uid);
	if (!file->user)
		return -ENOMEM;
	INIT_LIST_HEAD(&file->blocks);
	mutex_init(&file->cut);
	file->opener = get_pid(task_tgid(current));
	file->admin = admin;
	file->unlimited = unlimited;
	return 0;
}
