// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of all chunks: which area owns a page.
 *
 * The bounds of areas may overlap, so they do not tell who owns a page.  A
 * chunk is in the tree from when its pages are taken from the host until they
 * are about to be returned.
 *
 * The word of a page (page.h) belongs to the module only while an area owns the
 * page.  Between the removal of a chunk from the tree and the return of its
 * pages an RCU grace period passes.  So a thread that finds a page owned, in
 * the tree or in the buddy of an area, may use its word until it leaves the RCU
 * read section in which it found that.
 *
 * Before, it is in a list while its thread asks the host for it, so that no other
 * thread asks for a page of it at the same time.  After, a second tree has it until
 * the host has its pages, so that nobody takes them for memory that the host uses.
 *
 * Locking: chunks_lock, a spinlock, protects the trees and the list.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/host.h"

static DEFINE_SPINLOCK(chunks_lock);
static struct rb_root chunks = RB_ROOT;
/* Chunks that threads ask the host for just now, through their @link */
static LIST_HEAD(wanted);
static DECLARE_WAIT_QUEUE_HEAD(wanted_wait);

/* Chunks that return to the host just now, and threads that wait for that */
static struct rb_root leaving = RB_ROOT;
static DECLARE_WAIT_QUEUE_HEAD(left);

static bool lies_lower(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct pga_chunk, node)->first <
	       rb_entry(b, struct pga_chunk, node)->first;
}

/* The lowest chunk of a tree with a page at or after @pfn */
static struct pga_chunk *chunk_of_tree(const struct rb_root *tree, u64 pfn)
{
	struct rb_node *node = tree->rb_node;
	struct pga_chunk *found = NULL;

	lockdep_assert_held(&chunks_lock);
	while (node) {
		struct pga_chunk *chunk = rb_entry(node, struct pga_chunk, node);

		if (chunk->first + (chunk->nr - 1) < pfn) {
			node = node->rb_right;
		} else {
			found = chunk;
			node = node->rb_left;
		}
	}
	return found;
}

static struct pga_chunk *chunk_at_or_after(u64 pfn)
{
	return chunk_of_tree(&chunks, pfn);
}

static bool overlap(const struct pga_chunk *a, const struct pga_chunk *b)
{
	return a->first < b->first + b->nr && b->first < a->first + a->nr;
}

/* -EAGAIN: another thread asks the host for a page of it. */
static int begin_locked(struct pga_chunk *chunk)
{
	const struct pga_chunk *other;

	lockdep_assert_held(&chunks_lock);
	list_for_each_entry(other, &wanted, link)
		if (overlap(chunk, other))
			return -EAGAIN;
	other = chunk_at_or_after(chunk->first);
	if (other && overlap(chunk, other))
		return -EEXIST;
	list_add(&chunk->link, &wanted);
	return 0;
}

/* False: it must wait.  Otherwise @err is set, and with 0 the chunk is listed. */
static bool try_begin(struct pga_chunk *chunk, int *err)
{
	spin_lock(&chunks_lock);
	*err = begin_locked(chunk);
	spin_unlock(&chunks_lock);
	return *err != -EAGAIN;
}

/**
 * pga_chunk_begin() - begin to ask the host for a chunk
 * @chunk: with its area and range
 *
 * While another thread asks the host for a page of it, wait for the outcome.
 * alloc_contig_range() must not be called twice at once for a pageblock: when it
 * fails, it ends the isolation of all pageblocks of its range, also of one that
 * another call has isolated and relies on.
 *
 * Context: process; sleeps.
 * Return: 0, and the caller must call pga_chunk_end(); -EEXIST if an area owns a
 * page of it; -EINTR on a fatal signal.
 */
int pga_chunk_begin(struct pga_chunk *chunk)
{
	int err;

	if (wait_event_killable(wanted_wait, try_begin(chunk, &err)))
		return -EINTR;
	return err;
}

/**
 * pga_chunk_end() - record the outcome of asking the host for a chunk
 * @whole: from pga_chunk_begin()
 * @taken: list, through @link, of the chunks that it is divided into: the host
 *	gave it, and its area owns them now.  NULL: the host did not.
 *
 * Context: process.
 */
void pga_chunk_end(struct pga_chunk *whole, const struct list_head *taken)
{
	struct pga_chunk *chunk;

	spin_lock(&chunks_lock);
	list_del(&whole->link);
	if (taken)
		list_for_each_entry(chunk, taken, link)
			rb_add(&chunk->node, &chunks, lies_lower);
	spin_unlock(&chunks_lock);
	wake_up_all(&wanted_wait);
}

/* The host has its pages. */
static void end_of_chunk(struct pga_chunk *chunk)
{
	spin_lock(&chunks_lock);
	rb_erase(&chunk->node, &leaving);
	spin_unlock(&chunks_lock);
	kfree(chunk);
	if (wq_has_sleeper(&left))
		wake_up_all(&left);
}

/**
 * pga_chunks_return() - return chunks to the host
 * @chunks_of: list, through @link, of chunks in the tree, whose pages are in no
 *	buddy; empty afterwards, and the chunks are freed
 *
 * Context: process; sleeps.  The caller holds no lock that ALLOC or FREE need.
 */
void pga_chunks_return(struct list_head *chunks_of)
{
	struct pga_chunk *chunk, *next;

	if (list_empty(chunks_of))
		return;
	list_for_each_entry(chunk, chunks_of, link) {
		spin_lock(&chunks_lock);
		rb_erase(&chunk->node, &chunks);
		rb_add(&chunk->node, &leaving, lies_lower);
		spin_unlock(&chunks_lock);
	}
	/* No thread looks at the words of the pages any more after this. */
	synchronize_rcu();
	list_for_each_entry_safe(chunk, next, chunks_of, link) {
		pga_host_free(chunk->first, chunk->nr);
		list_del(&chunk->link);
		end_of_chunk(chunk);
		cond_resched();
	}
}

static bool is_leaving(u64 first, u64 last)
{
	struct pga_chunk *chunk;
	bool found;

	spin_lock(&chunks_lock);
	chunk = chunk_of_tree(&leaving, first);
	found = chunk && chunk->first <= last;
	spin_unlock(&chunks_lock);
	return found;
}

/**
 * pga_chunks_wait() - wait until the host has what is about to return to it
 * @first: first page frame
 * @last: last page frame
 *
 * Context: process; sleeps.
 * Return: 0; or -EINTR on a fatal signal.
 */
int pga_chunks_wait(u64 first, u64 last)
{
	return wait_event_killable(left, !is_leaving(first, last)) ? -EINTR : 0;
}

static struct pga_area *owner_locked(u64 pfn)
{
	struct pga_chunk *chunk = chunk_at_or_after(pfn);

	return chunk && chunk->first <= pfn ? chunk->area : NULL;
}

/**
 * pga_chunk_owner() - which area owns a page?
 * @pfn: page frame number
 *
 * Return: the area, only to be compared, since it may end at any time; or NULL
 * if no area owns the page.
 */
struct pga_area *pga_chunk_owner(u64 pfn)
{
	struct pga_area *area;

	spin_lock(&chunks_lock);
	area = owner_locked(pfn);
	spin_unlock(&chunks_lock);
	return area;
}

/**
 * pga_area_of() - find the area that owns a page
 * @pfn: page frame number
 *
 * Return: the area, with a reference for the caller (pga_area_put()); or NULL
 * if no area owns the page.
 */
struct pga_area *pga_area_of(u64 pfn)
{
	struct pga_area *area;

	spin_lock(&chunks_lock);
	area = owner_locked(pfn);
	/* Its chunks are in the tree until its very end. */
	if (area && !refcount_inc_not_zero(&area->refs))
		area = NULL;
	spin_unlock(&chunks_lock);
	return area;
}

/* The last page, up to @last, of the run of chunks of one area from @chunk on. */
static u64 last_of_run_locked(const struct pga_chunk *chunk, u64 last)
{
	struct pga_area *area = chunk->area;
	u64 end = chunk->first;

	lockdep_assert_held(&chunks_lock);
	while (chunk && chunk->area == area && chunk->first == end &&
	       end <= last) {
		end += chunk->nr;
		chunk = rb_entry_safe(rb_next(&chunk->node), struct pga_chunk,
				      node);
	}
	return min(end - 1, last);
}

/**
 * pga_part_at() - find the part of a range that one area owns, or none
 * @first: first page frame of the range
 * @last: last page frame of the range
 * @part: set to the part that begins at @first: as many pages as have the same
 *	owner, up to @last
 *
 * To walk a range, call this for what follows each part.  Where the caller has
 * the pages in use, the owner remains, and the answer as well.  Otherwise the
 * area is only to be compared, since it may end at any time.
 */
void pga_part_at(u64 first, u64 last, struct pga_part *part)
{
	struct pga_chunk *chunk;

	spin_lock(&chunks_lock);
	chunk = chunk_at_or_after(first);
	*part = (struct pga_part){ .range.first = first };
	if (chunk && chunk->first <= first) {
		part->area = chunk->area;
		last = last_of_run_locked(chunk, last);
	} else if (chunk && chunk->first <= last) {
		last = chunk->first - 1;
	}
	spin_unlock(&chunks_lock);
	part->range.nr = last - first + 1;
}

/**
 * pga_page_owned() - does any area own a page?
 * @pfn: page frame number
 *
 * In an RCU read section the word of the page remains the module's, until its
 * end, if the answer is true.
 *
 * Return: true if one does.
 */
bool pga_page_owned(u64 pfn)
{
	return pga_chunk_owner(pfn);
}

/**
 * pga_pages_not_owned() - length of a gap between owned pages
 * @pfn: a page that no area owns
 * @last: highest page frame of interest
 *
 * Return: number of pages from @pfn to the next owned page, or up to @last.
 */
u64 pga_pages_not_owned(u64 pfn, u64 last)
{
	struct pga_chunk *chunk;

	spin_lock(&chunks_lock);
	chunk = chunk_at_or_after(pfn);
	if (chunk && chunk->first > pfn && chunk->first <= last)
		last = chunk->first - 1;
	spin_unlock(&chunks_lock);
	return last - pfn + 1;
}
