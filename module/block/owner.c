// SPDX-License-Identifier: GPL-2.0
/*
 * Which areas own the pages of a block.
 *
 * Nearly always one area does.  A block that was claimed may begin in one area
 * and end in another.  It has a pointer to the first of them only; the others are
 * found in the tree of chunks, where they remain while a page of them is in use.
 *
 * Locking: none here; chunks_lock is taken, also inside the table lock.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/owner.h"

/**
 * pga_block_area_at() - find the area that owns a page of a block
 * @block: with pages
 * @pfn: page frame number
 *
 * Return: the area, which remains while the page is in use.
 */
struct pga_area *pga_block_area_at(const struct pga_block *block, u64 pfn)
{
	return block->several ? pga_chunk_owner(pfn) : block->area;
}

/**
 * pga_block_is_in_area() - does an area own a page of a block?
 * @block: with pages
 * @id: id of the area
 *
 * Return: true if it does.
 */
bool pga_block_is_in_area(const struct pga_block *block, u32 id)
{
	u64 pfn = pga_block_pfn(block, 0), end = pfn + pga_block_nr(block);
	struct pga_part part;

	if (!block->several)
		return block->area->id == id;
	for (; pfn < end; pfn += part.range.nr) {
		pga_part_at(pfn, end - 1, &part);
		if (part.area->id == id)
			return true;
	}
	return false;
}

/**
 * pga_block_update_area() - note which areas own a block, after it was shortened
 * @block: its pages are in use.  If one area owned it before, one does now.
 *
 * Context: table lock held, unless no other thread finds the block.
 */
void pga_block_update_area(struct pga_block *block)
{
	struct pga_pfn_range range = pga_block_range(block);
	struct pga_part part;

	if (!block->several)
		return;
	pga_part_at(range.first, pga_pfn_range_last(&range), &part);
	block->area = part.area;
	block->several = part.range.nr < range.nr;
}

/**
 * pga_parts_free_good() - free the good pages of a range that areas own
 * @first: first page frame
 * @nr: number of pages; all of them are in use, and in no block any more
 *
 * Context: process; sleeps.
 */
void pga_parts_free_good(u64 first, u64 nr)
{
	u64 last = first + nr - 1;
	struct pga_area *area;
	struct pga_part part;

	for (; first <= last; first += part.range.nr) {
		pga_part_at(first, last, &part);
		area = pga_area_of(first);
		if (area)
			pga_area_free_good(area, first, part.range.nr);
		pga_area_put(area);
	}
}
