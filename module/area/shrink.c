// SPDX-License-Identifier: GPL-2.0
/*
 * Returning chunks of an area to the host: some of them, or all at its end.
 *
 * Only a chunk that is wholly free is returned.  To shrink, a thread first
 * allocates such chunks, the highest first, so that nobody else gets their
 * pages; if they do not suffice, it frees them again, which cannot fail.
 *
 * An area is destroyed when no page of it is in use, except bad ones that are
 * retired (hwpoison.c).  From then on it owns nothing, so that a thread that
 * still has a reference finds nothing in it.
 *
 * Locking: pga_area.resize, a mutex, protects the chunks of an area.  Pages are
 * returned to the host after it is released.
 */
#include <linux/kernel.h>
#include <linux/list_sort.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/page.h"
#include "area/shrink.h"
#include "core/grow.h"

/**
 * struct pga_shrinking - an area that a thread shrinks
 * @area: the area
 * @left: pages that it owns in excess
 * @partial: what is in use may stay
 * @going: list of struct pga_chunk whose pages the thread has allocated
 * @busy: pages of the smallest chunk that is in use, 0: none found
 * @conflict: page of that chunk that is in use
 */
struct pga_shrinking {
	struct pga_area *area;
	u64 left;
	bool partial;
	struct list_head going;
	u64 busy;
	u64 conflict;
};

static int lies_lower(void *unused, const struct list_head *a,
		      const struct list_head *b)
{
	return list_entry(a, struct pga_chunk, link)->first <
	       list_entry(b, struct pga_chunk, link)->first;
}

/* Allocate a chunk as a whole, or note which page of it is in use. */
static void isolate_chunk(struct pga_shrinking *shrinking,
			  struct pga_chunk *chunk)
{
	struct pga_area *area = shrinking->area;
	u64 conflict;
	int err;

	spin_lock(&area->lock);
	err = pga_buddy_alloc_range(&area->buddy, chunk->first, chunk->nr,
				    &conflict);
	spin_unlock(&area->lock);
	if (!err) {
		list_move_tail(&chunk->link, &shrinking->going);
		shrinking->left -= chunk->nr;
	} else if (!shrinking->busy || chunk->nr < shrinking->busy) {
		shrinking->busy = chunk->nr;
		shrinking->conflict = conflict;
	}
}

/* Allocate chunks, the highest first.  -EBUSY: one that had to go is in use. */
static int isolate_chunks(struct pga_shrinking *shrinking)
{
	struct pga_area *area = shrinking->area;
	struct pga_chunk *chunk, *next;

	lockdep_assert_held(&area->resize);
	list_sort(NULL, &area->chunks, lies_lower);
	list_for_each_entry_safe(chunk, next, &area->chunks, link) {
		if (chunk->nr <= shrinking->left)
			isolate_chunk(shrinking, chunk);
		cond_resched();
	}
	return !shrinking->partial && shrinking->busy &&
	       shrinking->busy <= shrinking->left ? -EBUSY : 0;
}

/* Undo the allocation of the chunks that are still to go. */
static void unisolate_chunks(struct pga_shrinking *shrinking)
{
	struct pga_area *area = shrinking->area;
	struct pga_chunk *chunk;

	list_for_each_entry(chunk, &shrinking->going, link) {
		spin_lock(&area->lock);
		WARN_ON_ONCE(pga_buddy_free(&area->buddy, chunk->first,
					    chunk->nr));
		spin_unlock(&area->lock);
	}
	list_splice_init(&shrinking->going, &area->chunks);
}

/* Remove a chunk that the thread has allocated from what the area owns. */
static int remove_chunk(struct pga_area *area, const struct pga_chunk *chunk)
{
	struct pga_prealloc prealloc = {};
	int err;

	err = pga_prealloc_fill(&prealloc, &area->buddy, chunk->first, chunk->nr);
	if (err)
		return err;
	spin_lock(&area->lock);
	err = pga_buddy_free(&area->buddy, chunk->first, chunk->nr) ?:
	      pga_buddy_remove(&area->buddy, chunk->first, chunk->nr, &prealloc);
	if (!err)
		area->committed -= chunk->nr;
	spin_unlock(&area->lock);
	pga_prealloc_free(&prealloc);
	if (!err)
		WRITE_ONCE(area->nr_chunks, area->nr_chunks - 1);
	return err;
}

/* @gone: list that gets the chunks which are removed */
static int remove_chunks(struct pga_shrinking *shrinking, struct list_head *gone)
{
	struct pga_chunk *chunk, *next;
	int err = 0;

	list_for_each_entry_safe(chunk, next, &shrinking->going, link) {
		err = remove_chunk(shrinking->area, chunk);
		if (err)
			break;
		list_move_tail(&chunk->link, gone);
		cond_resched();
	}
	return err;
}

static int shrink_locked(struct pga_shrinking *shrinking, u64 target,
			 struct list_head *gone)
{
	u64 owned = pga_buddy_nr_owned(&shrinking->area->buddy);
	int err;

	if (shrinking->area->dead)
		return -ENOENT;
	shrinking->left = owned > target ? owned - target : 0;
	err = isolate_chunks(shrinking) ?: remove_chunks(shrinking, gone);
	unisolate_chunks(shrinking);
	return err;
}

/**
 * pga_area_shrink() - return chunks of an area to the host
 * @area: with a reference of the caller
 * @size: bytes that it should own in the end, at least
 * @conflict: on -EBUSY, set to a page frame that is in use
 *
 * Chunks are returned as a whole, so the area may own more than @size in the
 * end, but less than one of its chunks more.
 *
 * Context: process; sleeps.
 * Return: 0; -EBUSY (a chunk that would have to go is in use; nothing has
 * changed), -ENOENT (the area was destroyed), -EINTR on a fatal signal, or
 * -ENOMEM (a part may have been returned).
 */
int pga_area_shrink(struct pga_area *area, u64 size, u64 *conflict)
{
	struct pga_shrinking shrinking = {
		.area = area,
		.going = LIST_HEAD_INIT(shrinking.going),
	};
	LIST_HEAD(gone);
	int err;

	if (mutex_lock_killable(&area->resize))
		return -EINTR;
	err = shrink_locked(&shrinking, size >> PAGE_SHIFT, &gone);
	mutex_unlock(&area->resize);
	pga_chunks_return(&gone);
	*conflict = shrinking.conflict;
	return err;
}

/**
 * pga_area_trim() - take chunks away from an area that are not in use
 * @area: with a reference of the caller
 * @size: bytes that it keeps, at least; it also keeps its minimum
 * @chunks: list that gets the chunks, also after an error; pga_chunks_return()
 *	returns them to the host
 * @nr: set to the number of their pages
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT (the area was destroyed), -EINTR on a fatal signal, or
 * -ENOMEM.
 */
int pga_area_trim(struct pga_area *area, u64 size, struct list_head *chunks,
		  u64 *nr)
{
	struct pga_shrinking shrinking = {
		.area = area,
		.partial = true,
		.going = LIST_HEAD_INIT(shrinking.going),
	};
	const struct pga_chunk *chunk;
	LIST_HEAD(gone);
	u64 sum = 0;
	int err;

	*nr = 0;
	if (mutex_lock_killable(&area->resize))
		return -EINTR;
	err = shrink_locked(&shrinking,
			    max(size, area->spec.minimum) >> PAGE_SHIFT, &gone);
	mutex_unlock(&area->resize);
	list_for_each_entry(chunk, &gone, link)
		sum += chunk->nr;
	list_splice_tail(&gone, chunks);
	*nr = sum;
	return err;
}

/* Is a used page in no block, and never to be allocated again? */
static bool is_retired(u64 pfn)
{
	return pga_page_word(pfn) == PGA_PAGE_HWPOISON;
}

/*
 * Find a page in use.  The first page of a block has a mark, and pages between
 * the buddy and a block have none: neither looks as if it were retired, unless
 * all of it is bad, and then the thread that frees it has a reference.
 */
static bool find_used_locked(struct pga_area *area, u64 *used)
{
	u64 pfn = 0, first, nr;

	lockdep_assert_held(&area->lock);
	while (pga_buddy_next_owned(&area->buddy, pfn, &pfn, &nr)) {
		if (pga_buddy_next_free(&area->buddy, pfn, &first, &nr) &&
		    first == pfn) {
			pfn += nr;
			continue;
		}
		if (!is_retired(pfn)) {
			*used = pfn;
			return true;
		}
		pfn++;
	}
	return false;
}

/* Take everything that an area owns away from it. */
static void disown_all(struct pga_area *area, struct pga_buddy *buddy,
		       struct list_head *chunks)
{
	lockdep_assert_held(&area->resize);
	lockdep_assert_held(&area->lock);
	area->dead = true;
	*buddy = area->buddy;
	pga_buddy_init(&area->buddy);
	list_splice_tail_init(&area->chunks, chunks);
	WRITE_ONCE(area->nr_chunks, 0);
}

static int disown_if_free(struct pga_area *area, struct pga_buddy *buddy,
			  struct list_head *chunks, u64 *conflict)
{
	int err = 0;

	spin_lock(&area->lock);
	if (area->dead)
		err = -ENOENT;
	else if (find_used_locked(area, conflict))
		err = -EBUSY;
	else
		disown_all(area, buddy, chunks);
	spin_unlock(&area->lock);
	return err;
}

/**
 * pga_area_end() - take everything away from an area, unless it is in use
 * @area: with a reference of the caller
 * @chunks: list that gets its chunks
 * @conflict: on -EBUSY, set to a page frame that is in use
 *
 * Context: process; sleeps.
 * Return: 0, -EBUSY, -ENOENT (another thread has done it), or -EINTR on a fatal
 * signal.  After an error nothing has changed.
 */
int pga_area_end(struct pga_area *area, struct list_head *chunks, u64 *conflict)
{
	struct pga_buddy buddy;
	int err;

	if (mutex_lock_killable(&area->resize))
		return -EINTR;
	err = disown_if_free(area, &buddy, chunks, conflict);
	mutex_unlock(&area->resize);
	if (!err)
		pga_buddy_destroy(&buddy);
	return err;
}

/**
 * pga_area_give_up() - take everything that an area owns away from it
 * @area: no thread uses it
 * @chunks: list that gets its chunks
 *
 * Context: process; sleeps.
 */
void pga_area_give_up(struct pga_area *area, struct list_head *chunks)
{
	struct pga_buddy buddy;

	mutex_lock(&area->resize);
	spin_lock(&area->lock);
	disown_all(area, &buddy, chunks);
	spin_unlock(&area->lock);
	mutex_unlock(&area->resize);
	pga_buddy_destroy(&buddy);
}
