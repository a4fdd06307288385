/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations: the types. */
#ifndef PGA_BLOCK_BLOCK_H
#define PGA_BLOCK_BLOCK_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "area/area.h"

struct pga_cdev;
struct pga_function;
struct pga_quota;
struct pid;

/**
 * enum pga_place - where place.c has a block
 * @PGA_PLACE_NONE: nowhere, or a thread that no other can find has it
 * @PGA_PLACE_ORPHANS: in the tree of orphans
 * @PGA_PLACE_COUNTED: in no list: the last of its counted holders queues it
 * @PGA_PLACE_QUEUED: in the list of blocks to check as soon as possible
 * @PGA_PLACE_POLLED: in the list of blocks to check now and then
 * @PGA_PLACE_BUSY: in the list of blocks that a thread checks
 */
enum pga_place {
	PGA_PLACE_NONE,
	PGA_PLACE_ORPHANS,
	PGA_PLACE_COUNTED,
	PGA_PLACE_QUEUED,
	PGA_PLACE_POLLED,
	PGA_PLACE_BUSY,
};

/**
 * struct pga_block_attr - the requested attributes of a block and of its pieces
 * @name: label
 * @flags: PGAREA_ALLOC_* or PGAREA_RESERVE_*
 * @quota: of the user that the block is charged to
 * @orphan_ms: as in struct pgarea_alloc
 * @kind: PGAREA_KIND_*
 * @caching: enum pgarea_cache
 * @access: enum pgarea_access
 */
struct pga_block_attr {
	char name[PGAREA_NAME_SIZE];
	u64 flags;
	struct pga_quota *quota;
	u32 orphan_ms;
	u8 kind;
	u8 caching;
	u8 access;
};

/**
 * struct pga_block - a block or a reservation
 * @range:	its pages; use only the accessors below			[t]
 * @area:	area that owns the first page; all of them, unless @several	[c]
 * @owner:	open file that the block belongs to, or NULL		[t]
 * @link:	in the list of its file					[t]
 * @id:		identifies the block; 0: none				[c]
 * @offset:	offset for mmap(), in pages				[c]
 * @offset_node: in the tree of mmap_offset.c				[t]
 * @attr:	requested attributes					[c]
 * @drain:	in a list of draining blocks; or of the orphans that wait for
 *		their function, under the lock of pci.c		[t]
 * @orphan_node: in the tree of orphans					[t]
 * @until:	jiffies when an orphan begins to drain			[t]
 * @ticket:	number of the check in progress				[t]
 * @nr_checked:	number of its pages that were seen without a reference	[d]
 * @opener:	opener of the closed owner, or of the file that created a
 *		persistent block					[t]
 * @cdev:	device node of a persistent block, else NULL		[t]
 * @pci:	function that the block is bound to, or NULL		[t]
 * @nr_poisoned: number of its pages counted as poisoned		[t]
 * @nr_mappings: number of its mappings, in all processes
 * @nr_exports:	number of its dma-bufs
 * @nr_opens:	number of open files of its device node
 * @tallied:	what the tallies count for it (state.c)			[t]
 * @place:	enum pga_place						[t]
 * @state:	enum pgarea_state; NOT_OWNED until published		[t]
 * @holders:	PGAREA_HOLDER_REFERENCE and _CACHE at the last check	[d]
 * @charged:	its pages are charged to the user			[c]
 * @several:	several areas own its pages: it was claimed		[t]
 * @splitting:	it is being split: only the splitting thread may free it, and
 *		it gets no mapping					[t]
 * @attr_changed: the kernel's mapping of its pages may not be write-back [d]
 * @pinned:	it holds a reference to the module			[d]
 * @poisoned:	a page is bad: the block gets no mapping, and its pages are
 *		checked when they are freed
 *
 * c: constant once published, except that @area also has [t] while @several is
 * set; t: table lock; d: the thread that checks the block
 * (drain.c), or the only one that knows it.  A thread that has a mapping of a
 * block also reads the range without a lock, because a mapped block is not split.
 */
struct pga_block {
	struct pga_pfn_range range;
	struct pga_area *area;
	struct pga_file *owner;
	struct list_head link;
	u64 id;
	u64 offset;
	struct rb_node offset_node;
	struct pga_block_attr attr;
	struct list_head drain;
	struct rb_node orphan_node;
	unsigned long until;
	u64 ticket;
	u64 nr_checked;
	struct pid *opener;
	struct pga_cdev *cdev;
	struct pga_function *pci;
	u64 nr_poisoned;
	atomic_t nr_mappings;
	atomic_t nr_exports;
	atomic_t nr_opens;
	u16 tallied;
	u8 place;
	u8 state;
	u8 holders;
	bool charged;
	bool several;
	bool splitting;
	bool attr_changed;
	bool pinned;
	bool poisoned;
};

static inline bool pga_attr_is_persistent(const struct pga_block_attr *attr)
{
	return attr->flags & (attr->kind == PGAREA_KIND_BLOCK ?
				PGAREA_ALLOC_PERSISTENT :
				PGAREA_RESERVE_PERSISTENT);
}

/* The pages of a block; currently always one contiguous range. */
static inline struct pga_pfn_range pga_block_range(const struct pga_block *block)
{
	return block->range;
}

static inline void pga_block_set_range(struct pga_block *block, u64 first,
				       u64 nr)
{
	block->range = (struct pga_pfn_range){ .first = first, .nr = nr };
}

static inline u64 pga_block_nr(const struct pga_block *block)
{
	return block->range.nr;
}

/* The page frame number of the page at an index of a block. */
static inline u64 pga_block_pfn(const struct pga_block *block, u64 index)
{
	return block->range.first + index;
}

static inline struct page *pga_block_page(const struct pga_block *block,
					  u64 index)
{
	return pfn_to_page(pga_block_pfn(block, index));
}

static inline bool pga_block_has_pfn(const struct pga_block *block, u64 pfn)
{
	return pga_pfn_range_has(&block->range, pfn);
}

/* The index of a page in its block. */
static inline u64 pga_block_index(const struct pga_block *block, u64 pfn)
{
	return pfn - block->range.first;
}

static inline u64 pga_block_phys(const struct pga_block *block)
{
	return pga_block_pfn(block, 0) << PAGE_SHIFT;
}

/* The state of a block or reservation that is published and not freed. */
static inline u8 pga_block_live_state(const struct pga_block *block)
{
	return block->attr.kind == PGAREA_KIND_BLOCK ?
		PGAREA_STATE_ALLOCATED : PGAREA_STATE_RESERVED;
}

static inline bool pga_block_is_live(const struct pga_block *block)
{
	return block->state == pga_block_live_state(block);
}

/* Does a mapping, a dma-buf or an open device node hold it? */
static inline bool pga_block_has_counted(const struct pga_block *block)
{
	return atomic_read(&block->nr_mappings) ||
	       atomic_read(&block->nr_exports) ||
	       atomic_read(&block->nr_opens);
}

static inline u64 pga_block_mmap_offset(const struct pga_block *block)
{
	return block->offset << PAGE_SHIFT;
}

/* Number of blocks that a bulk command handles under one hold of a lock */
#define PGA_BATCH	32

#endif /* PGA_BLOCK_BLOCK_H */
