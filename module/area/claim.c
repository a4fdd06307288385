// SPDX-License-Identifier: GPL-2.0
/*
 * Claims: exact ranges, whoever has them.
 *
 * The range is taken by its owners.  What areas own is allocated there.  The
 * pageblocks that no area owns are taken from the host, into an area that is the
 * claim's own.  All of the range is had, or nothing.
 *
 * The area of a claim is in the list of areas, but not in the order of
 * preference: only a request for an exact address gets a page of it that the
 * claim does not cover.  It ends when no page of it is in use any more, and what
 * it owns returns to the host.  As that sleeps, a thread in the background does
 * it (idle.c).
 *
 * What is certain not to be had is found before anything is taken.  The rest is
 * known only after the attempt: what is pinned, or on its way from one list to
 * another, may be had a moment later.
 *
 * Two claims for the same pageblocks would only get in each other's way, and
 * neither could say why it failed.  So the later one waits for the earlier.
 *
 * Locking: claims_lock, a spinlock, protects the list of claims in progress.
 * ending_lock, a mutex, is held by who ends areas that are not in use.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/pgarea.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/claim.h"
#include "area/fill.h"
#include "area/idle.h"
#include "area/obstacle.h"
#include "area/pages.h"
#include "area/registry.h"
#include "area/shrink.h"
#include "area/spec.h"
#include "area/take.h"

/*
 * How often memory that should be had is tried again, and that of an area which
 * does not have it yet, or no more; and the pause before that
 */
#define PGA_CLAIM_TRIES		5
#define PGA_CLAIM_OWNER_TRIES	50
#define PGA_CLAIM_PAUSE_MS	10

/**
 * struct pga_claim_part - a part of a claim that has one owner
 * @link: in the list of the claim
 * @range: its pages
 * @area: area in which they are allocated, with a reference; NULL: not yet
 * @host: no area owned them
 */
struct pga_claim_part {
	struct list_head link;
	struct pga_pfn_range range;
	struct pga_area *area;
	bool host;
};

static DEFINE_SPINLOCK(claims_lock);
static LIST_HEAD(claims);
static DECLARE_WAIT_QUEUE_HEAD(claims_wait);

static DEFINE_MUTEX(ending_lock);	/* areas that end by themselves */

/* The range in whole pageblocks: what the host gives */
static struct pga_pfn_range pageblocks_of(const struct pga_pfn_range *range)
{
	u64 first = round_down(range->first, (u64)pageblock_nr_pages);
	u64 last = pga_pfn_range_last(range) | (pageblock_nr_pages - 1);

	return (struct pga_pfn_range){ .first = first, .nr = last - first + 1 };
}

static bool overlap(const struct pga_claim *a, const struct pga_claim *b)
{
	struct pga_pfn_range ra = pageblocks_of(&a->range);
	struct pga_pfn_range rb = pageblocks_of(&b->range);

	return pga_pfn_range_has(&ra, rb.first) ||
	       pga_pfn_range_has(&rb, ra.first);
}

static bool try_enter(struct pga_claim *claim)
{
	struct pga_claim *other;
	bool alone = true;

	spin_lock(&claims_lock);
	list_for_each_entry(other, &claims, link)
		alone = alone && !overlap(claim, other);
	if (alone)
		list_add(&claim->link, &claims);
	spin_unlock(&claims_lock);
	return alone;
}

/* Wait until no other claim of these pageblocks is in progress. */
static int enter(struct pga_claim *claim)
{
	return wait_event_killable(claims_wait, try_enter(claim)) ? -EINTR : 0;
}

static void leave(struct pga_claim *claim)
{
	spin_lock(&claims_lock);
	list_del(&claim->link);
	spin_unlock(&claims_lock);
	wake_up_all(&claims_wait);
}

/* ---- What is in the way -------------------------------------------------- */

static void note_owned(struct pga_claim *claim, u64 pfn)
{
	claim->obstacle = (struct pga_obstacle){
		.first = pfn,
		.last = pfn,
		.page = pfn,
		.kind = PGAREA_OBSTACLE_OWNED,
	};
}

/* Is it no memory that the module could take, whatever its users do? */
static bool is_lasting(u32 kind)
{
	switch (kind) {
	case PGAREA_OBSTACLE_ZONE_MOVABLE:
	case PGAREA_OBSTACLE_CMA:
	case PGAREA_OBSTACLE_POISONED:
	case PGAREA_OBSTACLE_KERNEL:
	case PGAREA_OBSTACLE_FIRMWARE:
	case PGAREA_OBSTACLE_HOLE:
	case PGAREA_OBSTACLE_NO_RAM:
	case PGAREA_OBSTACLE_OFFLINE:
	case PGAREA_OBSTACLE_DEVICE:
	case PGAREA_OBSTACLE_ZONE_RESERVE:
	case PGAREA_OBSTACLE_HOST_RESERVE:
	case PGAREA_OBSTACLE_TWO_ZONES:
	case PGAREA_OBSTACLE_MAX_AREAS:
		return true;
	default:
		return false;
	}
}

static int errno_of(const struct pga_obstacle *ob)
{
	return is_lasting(ob->kind) ? -ENOSPC : -EBUSY;
}

/* Is there something in pageblocks of the host that is certain to stay? */
static int look_at_host(struct pga_claim *claim,
			const struct pga_pfn_range *range)
{
	struct pga_pfn_range whole = pageblocks_of(range);
	u64 pfn = whole.first, last = pga_pfn_range_last(&whole);
	struct pga_obstacle *ob = &claim->obstacle;
	int err;

	while (pfn <= last) {
		err = pga_obstacle_at(pfn, last, ob);
		if (err)
			return err;
		if (!ob->obtainable && is_lasting(ob->kind))
			return -ENOSPC;
		if (fatal_signal_pending(current))
			return -EINTR;
		pfn = ob->last + 1;
		cond_resched();
	}
	return 0;
}

/*
 * The host did not give a pageblock.  -EAGAIN: try again; -EEXIST: an area owns
 * it now.
 */
static int look_at_refused(struct pga_claim *claim, u64 pfn, int refusal)
{
	struct pga_obstacle *ob = &claim->obstacle;
	int err;

	if (refusal == -EINTR || refusal == -ENOMEM)
		return refusal;
	err = pga_obstacle_at(pfn, pfn | (pageblock_nr_pages - 1), ob);
	if (err)
		return err;
	if (refusal == -EEXIST || ob->kind == PGAREA_OBSTACLE_OWNED)
		return -EEXIST;
	if (refusal == -EDQUOT || refusal == -ENOSPC) {
		ob->page = ob->first;
		ob->kind = refusal == -EDQUOT ? PGAREA_OBSTACLE_HOST_RESERVE :
						PGAREA_OBSTACLE_ZONE_RESERVE;
		return -ENOSPC;
	}
	return ob->obtainable || ob->kind == PGAREA_OBSTACLE_PINNED ?
	       -EAGAIN : errno_of(ob);
}

/* ---- Taking -------------------------------------------------------------- */

static int add_part(struct pga_claim *claim, const struct pga_part *owned)
{
	struct pga_claim_part *part = kzalloc(sizeof(*part), GFP_KERNEL);

	if (!part)
		return -ENOMEM;
	part->range = owned->range;
	part->host = !owned->area;
	list_add_tail(&part->link, &claim->parts);
	return 0;
}

/* List the parts of the range by owner, as far as they could be had. */
static int list_parts(struct pga_claim *claim)
{
	u64 pfn = claim->range.first, last = pga_pfn_range_last(&claim->range);
	struct pga_part part;
	int err = 0;

	for (; !err && pfn <= last; pfn += part.range.nr) {
		pga_part_at(pfn, last, &part);
		if (!part.area)
			err = look_at_host(claim, &part.range);
		err = err ?: add_part(claim, &part);
		cond_resched();
	}
	return err;
}

/* -EEXIST: the area does not own it any more. */
static int alloc_part(struct pga_claim *claim, struct pga_claim_part *part,
		      struct pga_area *area)
{
	u64 conflict = part->range.first;
	int err = -ENOENT;

	if (area)
		err = pga_area_alloc_range(area, part->range.first,
					   part->range.nr, &conflict);
	if (!err) {
		part->area = pga_area_get(area);
		return 0;
	}
	note_owned(claim, conflict);
	return err == -ENOENT ? -EEXIST : err;
}

static int alloc_owned(struct pga_claim *claim)
{
	struct pga_claim_part *part;
	int err = 0;

	list_for_each_entry(part, &claim->parts, link) {
		struct pga_area *area;

		if (part->host)
			continue;
		area = pga_area_of(part->range.first);
		err = alloc_part(claim, part, area);
		pga_area_put(area);
		if (err)
			break;
	}
	return err;
}

static bool host_has_part(const struct pga_claim *claim)
{
	const struct pga_claim_part *part;

	list_for_each_entry(part, &claim->parts, link)
		if (part->host)
			return true;
	return false;
}

static void fill_spec(const struct pga_claim *claim, struct pga_area_spec *spec)
{
	const struct pga_claim_part *part;
	struct pga_pfn_range whole;
	u64 size = 0;

	*spec = (struct pga_area_spec){ .node = NUMA_NO_NODE, .claim = true };
	list_for_each_entry(part, &claim->parts, link) {
		if (!part->host)
			continue;
		whole = pageblocks_of(&part->range);
		if (!size)
			spec->start = whole.first << PAGE_SHIFT;
		spec->end = (whole.first + whole.nr) << PAGE_SHIFT;
		size += whole.nr << PAGE_SHIFT;
	}
	spec->size = size;
	spec->minimum = size;
	spec->maximum = size;
	spec->chunk = min_t(u64, pga_take_at_once(pageblock_nr_pages),
			    rounddown_pow_of_two(size >> PAGE_SHIFT)) <<
		      PAGE_SHIFT;
}

/* Users may have given the name to another area. */
static int add_own(struct pga_area *area)
{
	char *name = area->spec.name;
	unsigned int nr = 1;
	int err;

	snprintf(name, PGAREA_NAME_SIZE, "claim-%llx", area->spec.start);
	while ((err = pga_area_add(area)) == -EEXIST)
		snprintf(name, PGAREA_NAME_SIZE, "claim-%llx-%u",
			 area->spec.start, ++nr);
	return err;
}

/* Create the area of the claim; nobody finds it yet. */
static int create_own(struct pga_claim *claim)
{
	struct pga_area_spec spec;
	char why[PGA_WHY_SIZE];
	struct pga_area *area;
	int err;

	fill_spec(claim, &spec);
	if (!pga_spec_valid(&spec, why))
		return -EINVAL;
	area = pga_area_new(&spec);
	if (!area)
		return -ENOMEM;
	area->committed = spec.size >> PAGE_SHIFT;
	err = add_own(area);
	if (!err) {
		claim->own = area;
		return 0;
	}
	pga_area_put(area);
	claim->obstacle = (struct pga_obstacle){
		.page = PGA_NO_PAGE,
		.kind = PGAREA_OBSTACLE_MAX_AREAS,
	};
	return -ENOSPC;
}

static void pause_a_moment(void)
{
	schedule_timeout_killable(msecs_to_jiffies(PGA_CLAIM_PAUSE_MS));
}

/* What was taken before a failure stays taken, for the next attempt. */
static int take_part(struct pga_claim *claim,
		     const struct pga_claim_part *part)
{
	struct pga_pfn_range left = pageblocks_of(&part->range);
	unsigned int tries = 0;
	u64 in_way;
	int err;

	for (;;) {
		err = pga_take_range(claim->own, left.first, left.nr,
				     claim->own->chunk_pages, &claim->chunks,
				     &in_way);
		if (!err)
			return 0;
		err = look_at_refused(claim, in_way, err);
		if (err != -EAGAIN)
			return err;
		if (++tries == PGA_CLAIM_TRIES)
			return -EBUSY;
		pause_a_moment();
		left.nr = in_way + pageblock_nr_pages - left.first;
	}
}

static int take_from_host(struct pga_claim *claim)
{
	struct pga_claim_part *part;
	int err = create_own(claim);

	list_for_each_entry(part, &claim->parts, link)
		if (!err && part->host)
			err = take_part(claim, part);
	err = err ?: pga_area_add_chunks(claim->own, &claim->chunks);
	list_for_each_entry(part, &claim->parts, link)
		if (!err && part->host)
			err = alloc_part(claim, part, claim->own);
	return err;
}

static int take_once(struct pga_claim *claim)
{
	int err = list_parts(claim) ?: alloc_owned(claim);

	if (!err && host_has_part(claim))
		err = take_from_host(claim);
	return err;
}

/* ---- Giving back --------------------------------------------------------- */

/* @undo: free the pages; else they are the caller's */
static void drop_parts(struct pga_claim *claim, bool undo)
{
	struct pga_claim_part *part, *next;

	list_for_each_entry_safe(part, next, &claim->parts, link) {
		if (undo && part->area)
			pga_area_free_good(part->area, part->range.first,
					   part->range.nr);
		pga_area_put(part->area);
		list_del(&part->link);
		kfree(part);
	}
}

/* If a page of the area is in use, it lives on until that is free. */
static void drop_own(struct pga_claim *claim)
{
	struct pga_area *own = claim->own;
	LIST_HEAD(chunks);
	u64 used;

	if (!own)
		return;
	if (pga_area_end(own, &chunks, &used)) {
		pga_area_publish(own);
		pga_idle_note(own);
	} else {
		pga_area_remove(own);
		pga_chunks_return(&chunks);
	}
	pga_area_put(own);
	claim->own = NULL;
}

static void give_back(struct pga_claim *claim)
{
	pga_chunks_return(&claim->chunks);
	drop_parts(claim, true);
	drop_own(claim);
}

/*
 * An area may get what it takes now, or return what it had: the memory is its
 * own meanwhile, and neither free nor in use.
 */
static int take(struct pga_claim *claim)
{
	unsigned int tries = 0;
	int err;

	for (;;) {
		err = take_once(claim);
		if (!err)
			return 0;
		give_back(claim);
		if (err != -EEXIST)
			return err;
		if (++tries == PGA_CLAIM_OWNER_TRIES)
			return -EBUSY;
		pga_claims_end_idle();
		pause_a_moment();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

static void complete_claim(struct pga_claim *claim)
{
	struct pga_claim_part *first;

	first = list_first_entry(&claim->parts, struct pga_claim_part, link);
	claim->area = pga_area_get(first->area);
	claim->several = !list_is_singular(&claim->parts);
	drop_parts(claim, false);
}

/**
 * pga_claim_begin() - take an exact range, whoever has it
 * @claim: filled in
 * @range: the pages
 *
 * Afterwards the pages are in use in the areas that own them, for the caller.
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0, and the caller must call pga_claim_end(); or an error, and all is as
 * it was: -EBUSY (@claim->obstacle is in use), -ENOSPC (it is no memory that may
 * be taken), -EINVAL (beyond the addresses that an area may have), -ENOMEM, or
 * -EINTR on a fatal signal.
 */
int pga_claim_begin(struct pga_claim *claim, const struct pga_pfn_range *range)
{
	int err;

	*claim = (struct pga_claim){
		.range = *range,
		.parts = LIST_HEAD_INIT(claim->parts),
		.chunks = LIST_HEAD_INIT(claim->chunks),
	};
	err = enter(claim);
	if (err)
		return err;
	err = take(claim);
	if (err)
		leave(claim);
	else
		complete_claim(claim);
	return err;
}

/**
 * pga_claim_keep() - nothing of a claim can fail any more
 * @claim: its pages are in use; when they are not, its own area ends by itself
 */
void pga_claim_keep(struct pga_claim *claim)
{
	claim->kept = true;
	if (claim->own)
		pga_area_publish(claim->own);
}

/**
 * pga_claim_end() - end a claim, and let others have these pageblocks
 * @claim: kept, or its pages are free again
 *
 * Context: process; sleeps.
 */
void pga_claim_end(struct pga_claim *claim)
{
	pga_area_put(claim->area);
	if (claim->kept)
		pga_area_put(claim->own);
	else
		drop_own(claim);
	leave(claim);
}

/* ---- The end ------------------------------------------------------------- */

static void end_if_idle(struct pga_area *area, struct list_head *chunks)
{
	u64 used;
	int err;

	if (!pga_idle_take(area))
		return;
	err = pga_area_end(area, chunks, &used);
	if (!err)
		pga_area_remove(area);
	else if (err == -EINTR)
		pga_idle_note(area);
}

/**
 * pga_claims_end_idle() - end the areas of claims that are not in use any more
 *
 * Their memory is the host's after this, whichever thread ended them.
 *
 * Context: process; sleeps, but not after a fatal signal.
 */
void pga_claims_end_idle(void)
{
	struct pga_area *area = NULL;
	LIST_HEAD(chunks);

	if (mutex_lock_killable(&ending_lock))
		return;
	if (pga_idle_begin())
		while ((area = pga_area_next(area)) != NULL)
			end_if_idle(area, &chunks);
	pga_chunks_return(&chunks);
	mutex_unlock(&ending_lock);
}
