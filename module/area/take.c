// SPDX-License-Identifier: GPL-2.0
/*
 * Taking chunks from the host for an area, at exact places.
 *
 * What is taken is recorded as the area's at once, so that nobody else asks the
 * host for it, but it is in no buddy: it stays in a list of the thread, which
 * adds it to the area or returns it.
 *
 * Locking: none is held while the host allocates.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/host.h"
#include "area/take.h"

/* Each call of alloc_contig_range() costs as much as clearing a few megabytes. */
#define PGA_TAKE_PAGES		(SZ_64M >> PAGE_SHIFT)

/**
 * pga_take_at_once() - get how many pages to ask the host for at once
 * @size: pages of a chunk, a power of two
 *
 * Return: number of pages, a power of two, at least @size.
 */
u64 pga_take_at_once(u64 size)
{
	return max_t(u64, size, PGA_TAKE_PAGES);
}

static void free_chunks(struct list_head *chunks)
{
	struct pga_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, chunks, link)
		kfree(chunk);
}

static int new_chunks(struct pga_area *area, const struct pga_pfn_range *range,
		      u64 size, struct list_head *chunks)
{
	struct pga_chunk *chunk;
	u64 i;

	for (i = 0; i < range->nr; i += size) {
		chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
		if (!chunk)
			return -ENOMEM;
		chunk->area = area;
		chunk->first = range->first + i;
		chunk->nr = size;
		list_add_tail(&chunk->link, chunks);
	}
	return 0;
}

/* Ask the host for a range that is divided into these chunks. */
static int take_as(struct pga_area *area, const struct zone *zone,
		   const struct pga_pfn_range *range, u64 size,
		   struct list_head *chunks)
{
	struct pga_chunk whole = {
		.area = area,
		.first = range->first,
		.nr = range->nr,
	};
	int err = pga_chunk_begin(&whole);

	if (err)
		return err;
	err = pga_host_alloc(zone, range->first, range->nr,
			     range->nr / size);
	pga_chunk_end(&whole, err ? NULL : chunks);
	return err;
}

/**
 * pga_take_chunks() - take neighbouring chunks from the host, all or none
 * @area: the area that they are taken for
 * @zone: the zone that their first page must be in; NULL: any
 * @range: their pages
 * @size: pages of each, whole pageblocks; divides the range
 * @chunks: list that gets the chunks, at its end
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: -EEXIST if an area owns a page of them; else as pga_host_alloc().
 */
int pga_take_chunks(struct pga_area *area, const struct zone *zone,
		    const struct pga_pfn_range *range, u64 size,
		    struct list_head *chunks)
{
	LIST_HEAD(taken);
	int err;

	err = new_chunks(area, range, size, &taken) ?:
	      take_as(area, zone, range, size, &taken);
	if (err)
		free_chunks(&taken);
	else
		list_splice_tail(&taken, chunks);
	return err;
}

/* The largest piece that ends before @end, and lies at a multiple of its size */
static u64 highest_piece(u64 first, u64 end, u64 largest)
{
	u64 nr = min(largest, 1ULL << __ffs64(end));

	while (nr > end - first)
		nr /= 2;
	return nr;
}

static int take_piece(struct pga_area *area, u64 first, u64 nr, u64 coarse,
		      struct list_head *chunks)
{
	struct pga_pfn_range range = { .first = first, .nr = nr };
	int err;

	if (fatal_signal_pending(current))
		return -EINTR;
	err = pga_take_chunks(area, NULL, &range, min(nr, coarse), chunks);
	return err && fatal_signal_pending(current) ? -EINTR : err;
}

/* Could a part of a piece be had, although all of it could not? */
static bool may_be_parted(int err)
{
	return err != -EINTR && err != -ENOSPC && err != -EDQUOT;
}

/**
 * pga_take_range() - take an exact range from the host
 * @area: the area that it is taken for
 * @first: first page frame, of a pageblock
 * @nr: number of pages, whole pageblocks
 * @coarse: preferred size of a chunk in pages: a power of two, and at least a
 *	pageblock
 * @chunks: list that gets the chunks, also after an error
 * @in_way: after an error, set to the first page frame of the pageblock that
 *	could not be had
 *
 * The range is taken from its end down, in chunks of a power of two pages at
 * multiples of their size, many at once.  Chunks that cannot be had at once are
 * taken one by one, and one that cannot be had is halved, down to a pageblock.
 * So after an error, all that lies above @in_way up to the end of the range has
 * been taken, and nothing below.
 *
 * Who gives the chunks back calls pga_chunks_return().  They are not counted in
 * what the area has committed itself to.
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0; -EEXIST if an area owns @in_way; -EINTR on a fatal signal; else as
 * pga_host_alloc().
 */
int pga_take_range(struct pga_area *area, u64 first, u64 nr, u64 coarse,
		   struct list_head *chunks, u64 *in_way)
{
	u64 end = first + nr, largest = pga_take_at_once(coarse);
	u64 apart = end; /* above this, chunks are taken one by one */
	int err;

	while (end > first) {
		u64 piece = highest_piece(first, end, largest);

		err = take_piece(area, end - piece, piece, coarse, chunks);
		if (!err) {
			end -= piece;
			/* Its place keeps the next from being tried again. */
			largest = end > apart ? coarse : pga_take_at_once(coarse);
		} else if (piece > coarse && may_be_parted(err)) {
			largest = coarse;
			apart = end - piece;
		} else if (piece > pageblock_nr_pages && may_be_parted(err)) {
			largest = piece / 2;
		} else {
			*in_way = end - pageblock_nr_pages;
			return err;
		}
		cond_resched();
	}
	return 0;
}
