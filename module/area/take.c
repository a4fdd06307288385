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
#include <linux/slab.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/host.h"
#include "area/take.h"

/**
 * pga_take_chunk() - take one chunk from the host
 * @area: the area that it is taken for
 * @zone: the zone that its first page must be in; NULL: any
 * @first: first page frame
 * @nr: number of pages, whole pageblocks
 * @chunks: list that gets the chunk, at its end
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: -EEXIST if an area owns a page of it; else as pga_host_alloc().
 */
int pga_take_chunk(struct pga_area *area, const struct zone *zone,
		   unsigned long first, unsigned long nr,
		   struct list_head *chunks)
{
	struct pga_chunk *chunk;
	int err;

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->area = area;
	chunk->first = first;
	chunk->nr = nr;
	err = pga_chunk_begin(chunk);
	if (!err) {
		err = pga_host_alloc(zone, first, nr);
		pga_chunk_end(chunk, !err);
	}
	if (err)
		kfree(chunk);
	else
		list_add_tail(&chunk->link, chunks);
	return err;
}

/* The largest chunk that ends before @end, and lies at a multiple of its size */
static u64 highest_piece(u64 first, u64 end, u64 coarse)
{
	u64 nr = min(coarse, 1ULL << __ffs64(end));

	while (nr > end - first)
		nr /= 2;
	return nr;
}

static int take_piece(struct pga_area *area, u64 first, u64 nr,
		      struct list_head *chunks)
{
	int err;

	if (fatal_signal_pending(current))
		return -EINTR;
	err = pga_take_chunk(area, NULL, first, nr, chunks);
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
 * multiples of their size.  A chunk that cannot be had is halved, down to a
 * pageblock.  So after an error, all that lies above @in_way up to the end of
 * the range has been taken, and nothing below.
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
	u64 end = first + nr, largest = coarse;
	int err;

	while (end > first) {
		u64 piece = highest_piece(first, end, largest);

		err = take_piece(area, end - piece, piece, chunks);
		if (!err) {
			end -= piece;
			/* Its place keeps the next from being tried again. */
			largest = coarse;
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
