/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations: ids, owners, states, and what drains. */
#ifndef PGA_BLOCK_H
#define PGA_BLOCK_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "area.h"
#include "ids.h"

struct pid;

/**
 * struct pga_file - one open file of the device
 * @blocks: blocks and reservations that belong to it	[table lock]
 * @opener: process that opened it			[c]
 * @cut: held while a block or reservation of it is cut, across the copy to the
 *	program: neither mmap nor a fault takes it
 */
struct pga_file {
	struct list_head blocks;
	struct mutex cut;	/* from preparation to commit */
	struct pid *opener;
};

/**
 * struct pga_block - a block or a reservation
 * @first:	first page frame				[t]
 * @last:	last page frame					[t]
 * @area:	whose pages they are				[c]
 * @owner:	file it belongs to, NULL when closed		[t]
 * @link:	in its file's list				[t]
 * @id:		names it; 0: none				[c]
 * @flags:	PGAREA_ALLOC_* or PGAREA_RESERVE_*		[c]
 * @drain:	in the list of draining blocks			[d]
 * @opener:	of a closed owner, for the listing		[t]
 * @mappings:	mappings of it, in all processes
 * @kind:	PGAREA_KIND_*					[c]
 * @state:	enum pgarea_state; NOT_OWNED while it is not published	[t]
 * @holders:	PGAREA_HOLDER_REFERENCE as last seen		[d]
 * @cutting:	it is being cut: only who does that may free it, and it gets no
 *		mapping						[t]
 * @cleared:	its pages were cleared for it			[c]
 * @name:	label						[c]
 *
 * c: constant once published, t: table lock, d: drain lock.  The range of a block
 * is also read by those who have a mapping of it, for it is not cut then.
 */
struct pga_block {
	u64 first;
	u64 last;
	struct pga_area *area;
	struct pga_file *owner;
	struct list_head link;
	u64 id;
	u64 flags;
	struct list_head drain;
	struct pid *opener;
	atomic_t mappings;
	u8 kind;
	u8 state;
	u8 holders;
	bool cutting:1;
	bool cleared:1;
	char name[PGAREA_NAME_SIZE];
};

static inline u64 pga_block_nr(const struct pga_block *block)
{
	return block->last - block->first + 1;
}

/*
 * Offsets for mmap() must be unique among all blocks at a time, and below 2^44.
 * The address is both; a program must not rely on it.
 */
static inline u64 pga_block_mmap_offset(const struct pga_block *block)
{
	return block->first << PAGE_SHIFT;
}

/* Blocks that a bulk command works on at a time, under one hold of a lock */
#define PGA_BATCH	32

/* block.c */
int __init pga_blocks_init(void);
void pga_blocks_exit(void);

void pga_file_init(struct pga_file *file);

struct pga_block *pga_block_new(u8 kind, const char *name, u64 flags);
int __must_check pga_blocks_new(struct pga_block **blocks, unsigned int nr,
				u8 kind, const char *name, u64 flags);
void pga_block_discard(struct pga_block *block);
void pga_blocks_discard(struct list_head *blocks);
void pga_block_set_pages(struct pga_block *block, struct pga_area *area,
			 u64 first, u64 nr);
int __must_check pga_block_clear(struct pga_block *block);
void pga_block_publish(struct pga_block *block, struct pga_file *file);
void pga_blocks_publish(struct list_head *blocks, struct pga_file *file);

u8 pga_block_live_state(const struct pga_block *block);
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind);
struct pga_block *pga_block_map(struct pga_file *file, u64 first, u64 nr);
void pga_block_unmap(struct pga_block *block);

void pga_block_remove_locked(struct pga_block *block);
void pga_block_bury(struct pga_block *block);
void pga_blocks_bury(struct list_head *blocks);

/* free.c */
void pga_file_release(struct pga_file *file);

int __must_check pga_blocks_free(struct pga_file *file,
				 const struct pgarea_block_id *ids,
				 unsigned int nr, u32 *done);
void pga_block_start_draining_locked(struct pga_block *block);
void pga_block_retire_or_drain(struct pga_block *block);
void pga_block_retire(struct pga_block *block);
void pga_block_withdraw_locked(struct pga_block *block);
void pga_block_dissolve(struct pga_block *block);

/* state.c */
u32 pga_page_state(struct pga_area *area, u64 pfn, u64 last, u64 *nr);
int pga_block_describe(struct pga_file *file, bool all, u64 *id,
		       struct pgarea_block *out);
void pga_block_bulk_entry(const struct pga_block *block,
			  const struct pga_area *area,
			  struct pgarea_bulk_block *out);

/* cut.c */
int __must_check pga_unreserve_prepare(struct pga_file *file, u64 id,
				       struct pga_part *part,
				       struct pga_block **rest);
void pga_unreserve(struct pga_file *file, u64 id, const struct pga_part *part,
		   struct pga_block *rest);
struct pga_block *pga_cut_begin(struct pga_file *file, u64 id);
void pga_cut_end(struct pga_block *block);
void pga_trim(struct pga_block *block, u64 nr, struct pga_block *tail);
void pga_split(struct pga_block *block, u64 nr, struct list_head *pieces);

/* drain.c */
void pga_drain_exit(void);
bool pga_block_is_held(struct pga_block *block);
void pga_drain_add(struct pga_block *block);
void pga_drain_poll(void);
void pga_drain_kick(void);

#endif /* PGA_BLOCK_H */
