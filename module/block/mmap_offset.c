// SPDX-License-Identifier: GPL-2.0
/*
 * Offsets of blocks for mmap().
 *
 * An offset is a number of pages, unique among all blocks that exist, and below
 * 2^44 bytes, the largest offset of a 32-bit program.  Usually it is the first
 * page frame of the block, which has these properties at no cost.  If physical
 * addresses are hidden, the offset is random, from a space so large that nearly
 * every draw is free; a tree holds these offsets.
 *
 * Locking: the table lock protects the tree.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rbtree.h>

#include "block/block.h"
#include "block/id.h"
#include "block/lookup.h"
#include "block/mmap_offset.h"
#include "hide.h"

#define PGA_OFFSET_END	BIT_ULL(44 - PAGE_SHIFT)
#define PGA_DRAWS	64

static struct rb_root offsets = RB_ROOT;

static struct pga_block *block_of(struct rb_node *node)
{
	return rb_entry(node, struct pga_block, offset_node);
}

/* Find a block that has a page at [@first, @last]; not always the lowest. */
static struct pga_block *overlap_locked(u64 first, u64 last)
{
	struct rb_node *node = offsets.rb_node;

	lockdep_assert_held(&pga_table_lock);
	while (node) {
		struct pga_block *block = block_of(node);

		if (last < block->offset)
			node = node->rb_left;
		else if (first > block->offset + pga_block_nr(block) - 1)
			node = node->rb_right;
		else
			return block;
	}
	return NULL;
}

static bool is_below(struct rb_node *node, const struct rb_node *other)
{
	return block_of(node)->offset <
	       rb_entry(other, struct pga_block, offset_node)->offset;
}

static int alloc_random_locked(struct pga_block *block)
{
	u64 nr = pga_block_nr(block), first;
	int draws;

	/* Offset 0 means "none" to programs. */
	for (draws = 0; draws < PGA_DRAWS && nr < PGA_OFFSET_END; draws++) {
		first = 1 + mul_u64_u32_shr(PGA_OFFSET_END - nr,
					    get_random_u32(), 32);
		if (overlap_locked(first, first + nr - 1))
			continue;
		block->offset = first;
		rb_add(&block->offset_node, &offsets, is_below);
		return 0;
	}
	return -ENOMEM;
}

/**
 * pga_offset_alloc() - allocate an offset for a block
 * @block: not published, with pages
 *
 * Return: 0, or -ENOMEM when no free offset was found.
 */
int pga_offset_alloc(struct pga_block *block)
{
	int err;

	if (!pga_hide_phys) {
		block->offset = pga_block_pfn(block, 0);
		return 0;
	}
	spin_lock(&pga_table_lock);
	err = alloc_random_locked(block);
	spin_unlock(&pga_table_lock);
	return err;
}

/**
 * pga_offset_add_locked() - let a piece of a block keep its part of the offsets
 * @piece: its offset is inside the range of the block.  Until the block is made
 *	shorter, a lookup may find either of them, and both are being split.
 */
void pga_offset_add_locked(struct pga_block *piece)
{
	lockdep_assert_held(&pga_table_lock);
	if (pga_hide_phys)
		rb_add(&piece->offset_node, &offsets, is_below);
}

/**
 * pga_offset_free_locked() - free the offset of a block
 * @block: with or without an offset; no lookup finds it there afterwards
 */
void pga_offset_free_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	if (RB_EMPTY_NODE(&block->offset_node))
		return;
	rb_erase(&block->offset_node, &offsets);
	RB_CLEAR_NODE(&block->offset_node);
}

/**
 * pga_offset_find_locked() - find the block that has a page at an offset
 * @offset: in pages
 *
 * Return: the block, in any state, or NULL.
 */
struct pga_block *pga_offset_find_locked(u64 offset)
{
	if (pga_hide_phys)
		return overlap_locked(offset, offset);
	return pga_page_block_locked(offset);
}
