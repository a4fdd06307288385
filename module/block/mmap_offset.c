// SPDX-License-Identifier: GPL-2.0
/*
 * Where blocks are for mmap().
 *
 * An offset is a number of pages, unique among all blocks at a time, and below
 * 2^44 bytes, which the offset of a 32-bit program reaches.  As a rule it is
 * the block's first page frame, which is all that, and costs nothing.  Where
 * physical addresses are hidden it is drawn by lot, from a space so large that
 * there is room nearly wherever one looks; those offsets are kept in a tree.
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

/* The block that has a page at [@first, @last], of the lowest such offset or not. */
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
 * pga_offset_alloc() - give a block an offset
 * @block: not published, with pages
 *
 * Return: 0, or -ENOMEM when no room was found for it.
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
 * pga_offset_add_locked() - a piece of a block keeps its part of the offsets
 * @piece: with an offset inside what the block has.  Until the block is made
 *	shorter either may be found there, and both are being split.
 */
void pga_offset_add_locked(struct pga_block *piece)
{
	lockdep_assert_held(&pga_table_lock);
	if (pga_hide_phys)
		rb_add(&piece->offset_node, &offsets, is_below);
}

/**
 * pga_offset_free_locked() - a block is not found by its offset any more
 * @block: with an offset or without one
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
 * pga_offset_find_locked() - the block that has a page at an offset
 * @offset: in pages
 *
 * Return: the block, whatever its state is, or NULL.
 */
struct pga_block *pga_offset_find_locked(u64 offset)
{
	if (pga_hide_phys)
		return overlap_locked(offset, offset);
	return pga_page_block_locked(offset);
}
