/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations: ids, owners, states, and what drains. */
#ifndef PGA_BLOCK_H
#define PGA_BLOCK_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "area/area.h"
#include "block/id.h"
#include "hide.h"

struct cred;
struct pci_dev;
struct pga_node;
struct pga_user;
struct pid;

/**
 * struct pga_file - one open file of the device
 * @blocks: blocks and reservations that belong to it	[table lock]
 * @opener: process that opened it			[c]
 * @user: user who opened it				[c]
 * @cut: held while a block or reservation of it is cut, across the copy to the
 *	program: neither mmap nor a fault takes it
 * @nr_draining: how many of @blocks drain		[table lock]
 * @admin: the opener has CAP_SYS_ADMIN			[c]
 * @unlimited: the opener has CAP_SYS_RESOURCE		[c]
 *
 * Both capabilities count in the initial user namespace.
 */
struct pga_file {
	struct list_head blocks;
	struct mutex cut;	/* from preparation to commit */
	struct pid *opener;
	struct pga_user *user;
	unsigned long nr_draining;
	bool admin;
	bool unlimited;
};

/**
 * struct pga_traits - what a block is asked to be; its pieces are the same
 * @name: label
 * @flags: PGAREA_ALLOC_* or PGAREA_RESERVE_*
 * @user: who it is charged to
 * @orphan_ms: as in struct pgarea_alloc
 * @kind: PGAREA_KIND_*
 * @cache: enum pgarea_cache
 * @access: enum pgarea_access
 */
struct pga_traits {
	char name[PGAREA_NAME_SIZE];
	u64 flags;
	struct pga_user *user;
	u32 orphan_ms;
	u8 kind;
	u8 cache;
	u8 access;
};

/**
 * struct pga_block - a block or a reservation
 * @first:	first page frame				[t]
 * @last:	last page frame					[t]
 * @area:	whose pages they are				[c]
 * @owner:	file it belongs to, NULL: none			[t]
 * @link:	in its file's list				[t]
 * @id:		names it; 0: none				[c]
 * @offset:	for mmap(), in pages				[c]
 * @by_offset:	in the tree of offset.c				[t]
 * @traits:	what it was asked to be				[c]
 * @drain:	in the list of draining blocks			[d]
 * @until:	jiffies, when an orphan begins to drain		[d, read anywhere]
 * @opener:	of a closed owner, or who made a persistent one	[t]
 * @node:	of a persistent one, else NULL			[t]
 * @pci:	function that it is bound to, or NULL		[t]
 * @nr_poisoned: of its pages, how many are			[t]
 * @mappings:	mappings of it, in all processes
 * @exports:	dma-bufs of it
 * @opens:	open nodes of it
 * @state:	enum pgarea_state; NOT_OWNED while it is not published	[t]
 * @holders:	PGAREA_HOLDER_REFERENCE and _CACHE as last seen	[d]
 * @charged:	its pages are charged to the user		[c]
 * @cutting:	it is being cut: only who does that may free it, and it gets no
 *		mapping						[t]
 * @cleared:	its pages were cleared for it			[c]
 * @recached:	the kernel's mapping of its pages may not be write-back	[d]
 * @poisoned:	a page of it is bad: it gets no mapping, and its pages are looked
 *		at when they are given back
 *
 * c: constant once published, t: table lock, d: drain lock or the only one who
 * knows the block.  The range of a block is also read by those who have a mapping of
 * it, for it is not cut then.
 */
struct pga_block {
	u64 first;
	u64 last;
	struct pga_area *area;
	struct pga_file *owner;
	struct list_head link;
	u64 id;
	u64 offset;
	struct rb_node by_offset;
	struct pga_traits traits;
	struct list_head drain;
	unsigned long until;
	struct pid *opener;
	struct pga_node *node;
	struct pci_dev *pci;
	u64 nr_poisoned;
	atomic_t mappings;
	atomic_t exports;
	atomic_t opens;
	u8 state;
	u8 holders;
	bool charged;
	bool cutting;
	bool cleared;
	bool recached;
	bool poisoned;
};

/* Is this one not to find out physical addresses? */
static inline bool pga_is_hidden_from(const struct pga_file *file)
{
	return pga_hide_phys && !file->admin;
}

static inline bool pga_traits_persistent(const struct pga_traits *traits)
{
	return traits->flags & (traits->kind == PGAREA_KIND_BLOCK ?
				PGAREA_ALLOC_PERSISTENT :
				PGAREA_RESERVE_PERSISTENT);
}

static inline u64 pga_block_nr(const struct pga_block *block)
{
	return block->last - block->first + 1;
}

static inline u64 pga_block_mmap_offset(const struct pga_block *block)
{
	return block->offset << PAGE_SHIFT;
}

/* Blocks that a bulk command works on at a time, under one hold of a lock */
#define PGA_BATCH	32

/* block.c */
void pga_blocks_drop(struct pga_block **blocks, unsigned int nr);
int __init pga_blocks_init(void);
void pga_blocks_exit(void);

int __must_check pga_file_init(struct pga_file *file, const struct cred *cred,
			       bool admin, bool unlimited);

struct pga_block *pga_block_new(const struct pga_traits *traits);
int __must_check pga_blocks_new(struct pga_block **blocks, unsigned int nr,
				const struct pga_traits *traits);
void pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			 u64 first, u64 nr);
int __must_check pga_block_admit(struct pga_block *block, bool unlimited);
int __must_check pga_block_prepare(struct pga_block *block);
void pga_block_publish(struct pga_block *block, struct pga_file *file);
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file);
void pga_block_inherit(struct pga_block *piece, const struct pga_block *block);

u8 pga_block_live_state(const struct pga_block *block);
bool pga_block_is_live(const struct pga_block *block);
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind);
struct pga_block *pga_block_map(struct pga_file *file, u64 offset, u64 nr);
struct pga_block *pga_block_export(struct pga_file *file, u64 id);
void pga_block_unexport(struct pga_block *block);
int __must_check pga_block_bind(struct pga_file *file, u64 id,
				struct pci_dev *pci);
void pga_block_unmap(struct pga_block *block);

/* release.c */
void pga_burial_begin(void);
void pga_burial_end(void);
void pga_burial_wait(void);
void pga_block_remove_locked(struct pga_block *block);
void pga_block_bury(struct pga_block *block);
void pga_blocks_bury(struct list_head *blocks);
void pga_block_dissolve(struct pga_block *block);
void pga_block_discard(struct pga_block *block);
void pga_blocks_discard(struct list_head *blocks);
void pga_block_retire_or_drain(struct pga_block *block);
void pga_block_end_reservation(struct pga_block *block);

/* free.c */
void pga_file_release(struct pga_file *file);
int __must_check pga_blocks_free(struct pga_file *file,
				 const struct pgarea_block_id *ids,
				 unsigned int nr, u32 *done);

/* state.c */
extern unsigned int pga_orphan_ms;
void pga_block_set_state_locked(struct pga_block *block, u8 state);
void pga_block_start_draining(struct pga_block *block);
void pga_block_poison_locked(struct pga_block *block, u64 pfn);
u32 pga_default_orphan_ms(void);
u32 pga_block_orphan_ms(const struct pga_block *block);
u32 pga_block_holders(const struct pga_block *block);

/* describe.c */
u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr);
int pga_block_describe(struct pga_file *file, bool all, u64 *id,
		       struct pgarea_block *out);
void pga_block_bulk_entry(const struct pga_block *block,
			  const struct pga_area *area,
			  struct pgarea_bulk_block *out);

/* split.c */
int __must_check pga_unreserve_prepare(struct pga_file *file, u64 id,
				       struct pga_part *part,
				       struct pga_block **rest);
void pga_unreserve(struct pga_file *file, u64 id, const struct pga_part *part,
		   struct pga_block *rest);
struct pga_block *pga_cut_begin(struct pga_file *file, u64 id);
void pga_cut_end(struct pga_block *block);
void pga_trim(struct pga_block *block, u64 nr, struct pga_block *tail);
void pga_split(struct pga_block *block, u64 nr, struct list_head *pieces);

/**
 * struct pga_left - what is left of what was freed
 * @file: of whom; NULL: of everybody, with orphans
 * @id: of which block; 0: all
 * @nr: how many blocks
 * @holders: PGAREA_HOLDER_* of all of them
 */
struct pga_left {
	const struct pga_file *file;
	u64 id;
	u32 nr;
	u32 holders;
};

/* drain.c */
void pga_drain_exit(void);
bool pga_drain_is_empty(void);
void pga_drain_tell(struct pga_left *left);
bool pga_block_is_held(struct pga_block *block);
bool pga_block_restore_cache(struct pga_block *block);
void pga_drain_add(struct pga_block *block);
void pga_drain_add_orphan(struct pga_block *block, u32 ms);
void pga_drain_poll(void);
void pga_drain_kick(void);

#endif /* PGA_BLOCK_H */
