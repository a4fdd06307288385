/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations: ids, owners, states, and what drains. */
#ifndef PGA_BLOCK_H
#define PGA_BLOCK_H

#include <linux/atomic.h>
#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "area.h"

struct pid;

/**
 * struct pga_file - one open file of the device
 * @blocks: blocks and reservations that belong to it	[table lock]
 * @opener: process that opened it			[c]
 * @unreserve: held from the preparation of UNRESERVE to its commit, across the
 *	copy to the program: neither mmap nor a fault takes it
 */
struct pga_file {
	struct list_head blocks;
	struct mutex unreserve;	/* from preparation to commit */
	struct pid *opener;
};

/**
 * struct pga_block - a block or a reservation
 * @pages:	page frames, in the tree of all blocks	[c; node: t]
 * @area:	whose pages they are			[c]
 * @link:	in its file's list			[t]
 * @drain:	in the list of draining blocks		[d]
 * @owner:	file it belongs to, NULL when closed	[t]
 * @opener:	of a closed owner, for the listing	[t]
 * @flags:	PGAREA_ALLOC_* or PGAREA_RESERVE_*	[c]
 * @mappings:	mappings of it, in all processes
 * @id:		key in the table			[c]
 * @kind:	PGAREA_KIND_*				[c]
 * @state:	enum pgarea_state; NOT_OWNED while it is not published	[t]
 * @holders:	PGAREA_HOLDER_REFERENCE as last seen	[d]
 * @name:	label					[c]
 *
 * c: constant once published, t: table lock, d: drain lock.
 */
struct pga_block {
	struct interval_tree_node pages;
	struct pga_area *area;
	struct list_head link;
	struct list_head drain;
	struct pga_file *owner;
	struct pid *opener;
	u64 flags;
	atomic_t mappings;
	u32 id;
	u8 kind;
	u8 state;
	u8 holders;
	char name[PGAREA_NAME_SIZE];
};

/* A range of page frames. */
struct pga_part {
	u64 first;
	u64 nr;
};

static inline u64 pga_part_last(const struct pga_part *part)
{
	return part->first + part->nr - 1;
}

static inline u64 pga_block_first(const struct pga_block *block)
{
	return block->pages.start;
}

static inline u64 pga_block_nr(const struct pga_block *block)
{
	return (u64)block->pages.last - block->pages.start + 1;
}

/*
 * Offsets for mmap() must be unique among all blocks at a time, and below 2^44.
 * The address is both; a program must not rely on it.
 */
static inline u64 pga_block_mmap_offset(const struct pga_block *block)
{
	return pga_block_first(block) << PAGE_SHIFT;
}

/* block.c */
int __init pga_blocks_init(void);
void pga_blocks_exit(void);

void pga_file_init(struct pga_file *file);
void pga_file_release(struct pga_file *file);

struct pga_block *pga_block_new(u8 kind, const char *name, u64 flags);
void pga_block_discard(struct pga_block *block);
int __must_check pga_block_set_pages(struct pga_block *block,
				     struct pga_area *area, u64 first, u64 nr);
void pga_block_publish(struct pga_block *block, struct pga_file *file);

int __must_check pga_block_free(struct pga_file *file, u64 id);
int __must_check pga_block_unreserve_prepare(struct pga_file *file, u64 id,
					     struct pga_part *part,
					     struct pga_block **rest);
void pga_block_unreserve_cancel(struct pga_block *rest);
void pga_block_unreserve(struct pga_file *file, u64 id,
			 const struct pga_part *part, struct pga_block *rest);
struct pga_block *pga_block_map(struct pga_file *file, u64 first, u64 nr);
void pga_block_unmap(struct pga_block *block);

u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr);
int pga_block_describe(struct pga_file *file, bool all, u32 *id,
		       struct pgarea_block *out);

void pga_block_retire(struct pga_block *block);

/* drain.c */
void pga_drain_exit(void);
bool pga_block_is_held(struct pga_block *block);
void pga_drain_add(struct pga_block *block);
void pga_drain_poll(void);
void pga_drain_kick(void);

#endif /* PGA_BLOCK_H */
