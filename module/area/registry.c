// SPDX-License-Identifier: GPL-2.0
/*
 * All areas: named pools of pages with address bounds.
 *
 * An area owns chunks that it took from the host, all within its bounds.  It
 * keeps their free pages in one buddy, so that free memory joins across
 * adjacent chunks.
 *
 * An area is counted: by the trees here while it is in them, and by each thread
 * that got it from a walk or a search.  A walk may continue from an area that
 * was destroyed meanwhile, because it searches for the next area in the order:
 * an area that exists throughout is visited exactly once.
 *
 * Locking: areas_lock, a spinlock, protects the trees, for one step of a walk
 * at a time.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/fill.h"
#include "area/pages.h"
#include "area/registry.h"
#include "area/shrink.h"
#include "core/grow.h"

/* Parameter: maximum number of areas */
unsigned int pga_max_areas = PGA_AREAS_DEFAULT;

static DEFINE_SPINLOCK(areas_lock);
static struct rb_root areas_by_id = RB_ROOT;
static struct rb_root areas_by_preference = RB_ROOT;
static unsigned int nr_areas;	/* also those that are not visible yet */
static unsigned int nr_visible;
static u32 last_area_id;

/* Is @a visited before @b in the order of preference? */
static bool is_preferred(const struct pga_area *a, const struct pga_area *b)
{
	if (a->spec.end != b->spec.end)
		return a->spec.end > b->spec.end;
	if (a->spec.start != b->spec.start)
		return a->spec.start > b->spec.start;
	return a->id < b->id;
}

static bool node_has_lower_id(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct pga_area, by_id)->id <
	       rb_entry(b, struct pga_area, by_id)->id;
}

static bool node_is_preferred(struct rb_node *a, const struct rb_node *b)
{
	return is_preferred(rb_entry(a, struct pga_area, by_preference),
			    rb_entry(b, struct pga_area, by_preference));
}

static struct pga_area *next_by_id(struct pga_area *area)
{
	struct rb_node *node = rb_next(&area->by_id);

	return node ? rb_entry(node, struct pga_area, by_id) : NULL;
}

/* The visible area with the lowest id from @id on */
static struct pga_area *first_from_locked(u32 id)
{
	struct rb_node *node = areas_by_id.rb_node;
	struct pga_area *found = NULL;

	lockdep_assert_held(&areas_lock);
	while (node) {
		struct pga_area *area = rb_entry(node, struct pga_area, by_id);

		if (area->id < id) {
			node = node->rb_right;
		} else {
			found = area;
			node = node->rb_left;
		}
	}
	while (found && !found->visible)
		found = next_by_id(found);
	return found;
}

/* The most preferred area of those after @after; NULL: of all */
static struct pga_area *next_preferred_locked(const struct pga_area *after)
{
	struct rb_node *node = areas_by_preference.rb_node;
	struct pga_area *found = NULL;

	lockdep_assert_held(&areas_lock);
	while (node) {
		struct pga_area *area = rb_entry(node, struct pga_area,
						 by_preference);

		if (after && !is_preferred(after, area)) {
			node = node->rb_right;
		} else {
			found = area;
			node = node->rb_left;
		}
	}
	return found;
}

static bool name_exists_locked(const char *name)
{
	struct rb_node *node;

	for (node = rb_first(&areas_by_id); node; node = rb_next(node))
		if (!strcmp(rb_entry(node, struct pga_area, by_id)->spec.name,
			    name))
			return true;
	return false;
}

/**
 * pga_area_new() - create an area that is empty and not added
 * @spec: valid
 *
 * Context: process; sleeps.
 * Return: the area, with one reference of the caller, or NULL.
 */
struct pga_area *pga_area_new(const struct pga_area_spec *spec)
{
	struct pga_area *area = kzalloc(sizeof(*area), GFP_KERNEL);

	if (!area)
		return NULL;
	area->spec = *spec;
	area->target = spec->size >> PAGE_SHIFT;
	area->chunk_pages = max_t(unsigned long, pageblock_nr_pages,
				  (spec->chunk ?: PGA_CHUNK_BYTES) >>
				  PAGE_SHIFT);
	refcount_set(&area->refs, 1);
	mutex_init(&area->resize);
	INIT_LIST_HEAD(&area->chunks);
	spin_lock_init(&area->lock);
	pga_buddy_init(&area->buddy);
	return area;
}

static int add_locked(struct pga_area *area)
{
	if (name_exists_locked(area->spec.name))
		return -EEXIST;
	if (nr_areas >= pga_max_areas || last_area_id == U32_MAX)
		return -ENOSPC;
	area->id = ++last_area_id;
	refcount_inc(&area->refs);
	rb_add(&area->by_id, &areas_by_id, node_has_lower_id);
	nr_areas++;
	return 0;
}

/**
 * pga_area_add() - give an area its id, and reserve its name
 * @area: from pga_area_new(); gets another reference until pga_area_remove()
 *
 * Nobody finds the area before pga_area_publish().
 *
 * Return: 0, -EEXIST (the name is used), or -ENOSPC (there are as many areas as
 * there may be).
 */
int pga_area_add(struct pga_area *area)
{
	int err;

	spin_lock(&areas_lock);
	err = add_locked(area);
	spin_unlock(&areas_lock);
	return err;
}

/**
 * pga_area_publish() - make an area visible to walks and searches
 * @area: added
 */
void pga_area_publish(struct pga_area *area)
{
	spin_lock(&areas_lock);
	area->visible = true;
	if (!area->spec.claim)
		rb_add(&area->by_preference, &areas_by_preference,
		       node_is_preferred);
	nr_visible++;
	spin_unlock(&areas_lock);
}

/**
 * pga_area_remove() - make an area invisible, and free its name
 * @area: added, published or not; only the caller removes it
 *
 * Context: process; sleeps.
 */
void pga_area_remove(struct pga_area *area)
{
	spin_lock(&areas_lock);
	rb_erase(&area->by_id, &areas_by_id);
	nr_areas--;
	if (area->visible && !area->spec.claim)
		rb_erase(&area->by_preference, &areas_by_preference);
	nr_visible -= area->visible;
	spin_unlock(&areas_lock);
	pga_area_put(area);
}

/**
 * pga_area_destroy() - return all memory of an area, and make it invisible
 * @area: published, with a reference of the caller
 * @conflict: on -EBUSY, set to a page frame that is in use
 *
 * Context: process; sleeps.
 * Return: 0, -EBUSY, -ENOENT (another thread has destroyed it), or -EINTR on a
 * fatal signal.  After an error nothing has changed.
 */
int pga_area_destroy(struct pga_area *area, u64 *conflict)
{
	LIST_HEAD(chunks);
	int err = pga_area_end(area, &chunks, conflict);

	if (err)
		return err;
	pga_area_remove(area);
	pga_chunks_return(&chunks);
	return 0;
}

/**
 * pga_area_get() - get another reference
 * @area: with a reference, or with a page in use
 *
 * Return: @area
 */
struct pga_area *pga_area_get(struct pga_area *area)
{
	refcount_inc(&area->refs);
	return area;
}

/**
 * pga_area_put() - drop a reference
 * @area: may be NULL
 *
 * Context: process; may sleep.
 */
void pga_area_put(struct pga_area *area)
{
	LIST_HEAD(chunks);

	if (!area || !refcount_dec_and_test(&area->refs))
		return;
	pga_area_give_up(area, &chunks);
	pga_chunks_return(&chunks);
	mutex_destroy(&area->resize);
	/* The thread that freed the last page may not have left its lock yet. */
	kfree_rcu(area, rcu);
}

/* Fill the areas that must have their size, or the others. */
static int fill_areas(bool required)
{
	struct pga_area *area = NULL;
	int err = 0;

	while (!err && (area = pga_area_next(area)) != NULL)
		if (!!area->spec.minimum == required)
			err = pga_area_fill(area);
	pga_area_put(area);
	return err;
}

static int create_area(const struct pga_area_spec *spec)
{
	struct pga_area *area = pga_area_new(spec);
	int err;

	if (!area)
		return -ENOMEM;
	err = pga_area_add(area);
	if (!err)
		pga_area_publish(area);
	pga_area_put(area);
	return err;
}

/**
 * pga_areas_create() - create areas and fill them from the host
 * @specs: their names, bounds and sizes
 * @nr: number of areas, at most pga_max_areas
 *
 * If the host cannot provide the size of an area, the area is smaller, or
 * empty, and a message in the log gives the reason.  Those that are required in
 * full come first: they get what the host can spare.
 *
 * Context: process, at load; sleeps.
 * Return: 0, -ENOMEM, -EINTR, or -ENOSPC (the host has less than a required
 * area needs); no area exists after an error, and the host has its pages again.
 */
int pga_areas_create(const struct pga_area_spec *specs, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = create_area(&specs[i]);
	err = err ?: fill_areas(true) ?: fill_areas(false);
	if (err)
		pga_areas_destroy();
	return err;
}

/**
 * pga_areas_destroy() - return all pages to the host and free the areas
 *
 * Each holder of a page holds the module: there are no holders now.
 *
 * Context: process, at unload; sleeps.
 */
void pga_areas_destroy(void)
{
	struct pga_area *area = NULL;
	LIST_HEAD(chunks);

	while ((area = pga_area_next(area)) != NULL) {
		WARN_ON_ONCE(pga_buddy_nr_free(&area->buddy) +
			     atomic64_read(&area->poisoned) !=
			     pga_buddy_nr_owned(&area->buddy));
		pga_area_give_up(area, &chunks);
		pga_area_remove(area);
	}
	pga_chunks_return(&chunks);
}

unsigned int pga_areas_count(void)
{
	return READ_ONCE(nr_visible);
}

/**
 * pga_area_next() - walk the areas in the order of their ids
 * @area: NULL to begin; its reference is dropped.  To leave the walk early, drop
 *	it with pga_area_put().
 *
 * Context: process; may sleep.
 * Return: the next area, with a reference; NULL after the last.
 */
struct pga_area *pga_area_next(struct pga_area *area)
{
	struct pga_area *next;
	u32 id = area ? area->id : 0;

	spin_lock(&areas_lock);
	next = id == U32_MAX ? NULL : first_from_locked(id + 1);
	if (next)
		refcount_inc(&next->refs);
	spin_unlock(&areas_lock);
	pga_area_put(area);
	return next;
}

/**
 * pga_area_next_by_preference() - walk the areas, the least precious first
 * @area: NULL to begin; its reference is dropped, as in pga_area_next()
 *
 * Fewer devices reach higher memory, so it is less precious.  The order is from
 * the highest end down, for equal ends from the highest start down, and for
 * equal bounds from the oldest on.  This is the default order of allocation.
 * Areas of claims are not in it.
 *
 * Context: process; may sleep.
 * Return: the next area, with a reference; NULL after the last.
 */
struct pga_area *pga_area_next_by_preference(struct pga_area *area)
{
	struct pga_area *next;

	spin_lock(&areas_lock);
	next = next_preferred_locked(area);
	if (next)
		refcount_inc(&next->refs);
	spin_unlock(&areas_lock);
	pga_area_put(area);
	return next;
}

/**
 * pga_area_find() - find an area by its id
 * @id: any
 *
 * Return: the area, with a reference (pga_area_put()), or NULL.
 */
struct pga_area *pga_area_find(u32 id)
{
	struct pga_area *area;

	spin_lock(&areas_lock);
	area = first_from_locked(id);
	if (area && area->id == id)
		refcount_inc(&area->refs);
	else
		area = NULL;
	spin_unlock(&areas_lock);
	return area;
}

bool pga_area_exists(u32 id)
{
	struct pga_area *area = pga_area_find(id);

	pga_area_put(area);
	return area;
}

/**
 * pga_area_may_own() - do the bounds of an area overlap a range?
 * @area: the area
 * @first: lowest page frame
 * @last: highest page frame
 *
 * Return: true if they have a page in common.
 */
bool pga_area_may_own(const struct pga_area *area, u64 first, u64 last)
{
	return first <= pga_area_last_pfn(area) &&
	       last >= pga_area_first_pfn(area);
}

/*
 * Pages that an area could do without for now.  One that does not grow would not
 * get them back.
 */
static u64 spare_pages(const struct pga_area *area)
{
	u64 minimum = area->spec.minimum >> PAGE_SHIFT;
	/* Without its lock: it is an estimate. */
	u64 owned = data_race(pga_buddy_nr_owned(&area->buddy));
	/* Likewise */
	u64 free = data_race(pga_buddy_nr_free(&area->buddy));

	if (!area->spec.grow || owned <= minimum)
		return 0;
	return min(free, owned - minimum);
}

/**
 * pga_areas_spare() - count the pages that areas could return for now
 *
 * Context: any in which the caller holds no spinlock of the module.  It waits for no
 * lock.
 * Return: number of free pages, of areas that grow, beyond the minimum of each; 0 if
 * the list of areas is just changing.
 */
u64 pga_areas_spare(void)
{
	struct rb_node *node;
	u64 nr = 0;

	if (!spin_trylock(&areas_lock))
		return 0;
	for (node = rb_first(&areas_by_id); node; node = rb_next(node)) {
		struct pga_area *area = rb_entry(node, struct pga_area, by_id);

		if (area->visible)
			nr += spare_pages(area);
	}
	spin_unlock(&areas_lock);
	return nr;
}

/* Bytes in pages with a hardware error */
u64 pga_areas_hwpoison_bytes(void)
{
	struct pga_area *area = NULL;
	u64 pages = 0;

	while ((area = pga_area_next(area)) != NULL)
		pages += atomic64_read(&area->poisoned);
	return pages << PAGE_SHIFT;
}

/* Bytes that all areas have taken from the host */
u64 pga_areas_owned_bytes(void)
{
	struct pga_area_usage usage;
	struct pga_area *area = NULL;
	u64 bytes = 0;

	while ((area = pga_area_next(area)) != NULL) {
		pga_area_usage(area, &usage);
		bytes += usage.owned << PAGE_SHIFT;
	}
	return bytes;
}
