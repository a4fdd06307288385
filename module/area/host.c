// SPDX-License-Identifier: GPL-2.0
/*
 * The host's page allocator.  Only this file takes pages from it and returns
 * them.
 *
 * The unit is the pageblock.  The host isolates whole pageblocks, and treats
 * pages of an area as unmovable: if a part of a pageblock were returned, it
 * could not be taken again while an area owns the other part.
 *
 * The host comes first.  The module takes no page that would leave the host
 * less than its reserve, over all memory and in each zone: an empty DMA zone
 * stops drivers even if gigabytes are free elsewhere.
 *
 * Locking: a page frame that no area owns may disappear when its memory goes
 * offline.  So such frames are inspected and taken only between
 * pga_host_keep_online() and pga_host_end_online(): no memory goes offline in
 * between.  No two threads ask for a pageblock at once: chunk.c.
 */
#include <linux/ktime.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>
#include <linux/wait.h>

#include "area/batch.h"
#include "area/contig.h"
#include "area/figures.h"
#include "area/host.h"
#include "area/page.h"

/*
 * A try often fails because a page is being migrated or freed at that moment.
 * After a few tries, the page is most likely in use permanently.
 */
#define PGA_ALLOC_TRIES	3

static DECLARE_RWSEM(hotplug_rwsem);
static DECLARE_WAIT_QUEUE_HEAD(hotplug_wait);
static bool going_offline;	/* hotplug_rwsem held for writing to set it */
static u64 host_reserve_bytes;

static void set_going_offline(bool going)
{
	down_write(&hotplug_rwsem);
	WRITE_ONCE(going_offline, going);
	up_write(&hotplug_rwsem);
	wake_up_all(&hotplug_wait);
}

/*
 * The host calls this when memory starts to go offline, and when it has gone
 * offline or stays online.  Set a flag, but hold no lock in between: the host
 * takes locks in between that it also holds when it makes these calls.
 */
static int hotplug_notify(struct notifier_block *nb, unsigned long action,
			  void *arg)
{
	if (action == MEM_GOING_OFFLINE)
		set_going_offline(true);
	else if (action == MEM_OFFLINE || action == MEM_CANCEL_OFFLINE)
		set_going_offline(false);
	return NOTIFY_OK;
}

/**
 * pga_host_keep_online() - let no memory go offline until pga_host_end_online()
 *
 * If memory is going offline now, wait until that has ended.
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR on a fatal signal.
 */
int pga_host_keep_online(void)
{
	for (;;) {
		if (wait_event_killable(hotplug_wait,
					!READ_ONCE(going_offline)))
			return -EINTR;
		down_read(&hotplug_rwsem);
		if (!going_offline)
			return 0;
		up_read(&hotplug_rwsem);
	}
}

void pga_host_end_online(void)
{
	up_read(&hotplug_rwsem);
}

static struct notifier_block hotplug_nb = {
	.notifier_call = hotplug_notify,
};

/**
 * pga_host_init() - register for memory that goes offline, and start workers
 *
 * Context: process; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_host_init(void)
{
	int err = pga_contig_init();

	if (err)
		return err;
	err = register_memory_notifier(&hotplug_nb);
	if (err)
		pga_contig_exit();
	return err;
}

void pga_host_exit(void)
{
	unregister_memory_notifier(&hotplug_nb);
	pga_contig_exit();
}

/**
 * pga_host_set_reserve() - set the memory that always stays with the host
 * @bytes: amount of available memory that the module must leave to the host
 */
void pga_host_set_reserve(u64 bytes)
{
	host_reserve_bytes = bytes;
}

u64 pga_host_reserve(void)
{
	return host_reserve_bytes;
}

/**
 * pga_host_available() - memory that the host could give to programs
 *
 * Return: free memory and memory that is reclaimable without swapping, in
 * bytes.
 */
u64 pga_host_available(void)
{
	return (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;
}

/*
 * The page allocator does not manage device memory.  A zone may be present and
 * have no managed page.
 */
static bool zone_has_memory(struct zone *zone)
{
	return managed_zone(zone) && !zone_is_zone_device(zone);
}

/*
 * Pages that the zone could provide: page cache, and free pages except those of
 * CMA, which are useless to the drivers that the reserve is for.
 */
static unsigned long zone_available(struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_PAGES) -
	       zone_page_state(zone, NR_FREE_CMA_PAGES) +
	       zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
	       zone_page_state(zone, NR_ZONE_ACTIVE_FILE);
}

/* Pages that must stay in a zone, in addition to those that drivers use now. */
static unsigned long zone_reserve(struct zone *zone)
{
	unsigned long margin = zone_managed_pages(zone) / 16;

	return high_wmark_pages(zone) +
	       min_t(unsigned long, margin, SZ_64M >> PAGE_SHIFT);
}

/**
 * pga_host_check_reserve() - could pages be taken without touching a reserve?
 * @zone: the zone that they are in
 * @nr: number of pages
 *
 * Return: 0; -ENOSPC if the zone would have less than its reserve; -EDQUOT if the
 * whole host would.
 */
int pga_host_check_reserve(struct zone *zone, u64 nr)
{
	u64 available = pga_host_available();

	if (available < host_reserve_bytes ||
	    available - host_reserve_bytes < nr << PAGE_SHIFT)
		return -EDQUOT;
	return zone_available(zone) < zone_reserve(zone) + nr ? -ENOSPC : 0;
}

/**
 * pga_host_zone_of() - find the zone of a page that may have other holders
 * @page: the page, online
 *
 * Return: the zone.
 */
struct zone *pga_host_zone_of(const struct page *page)
{
	/* Other bits of the flags change at any time; the zone's do not. */
	return data_race(page_zone(page));
}

/* Some of the checks of alloc_contig_range(), but cheap. */
static bool chunk_promising(struct zone *zone, unsigned long first,
			    unsigned long nr)
{
	unsigned long pfn;

	for (pfn = first; pfn < first + nr; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || PageReserved(page) || pga_host_zone_of(page) != zone)
			return false;
	}
	return true;
}

static struct zone *zone_of_node(int node, const struct zone *after)
{
	struct pglist_data *pgdat = NODE_DATA(node);
	int i = after ? zone_idx(after) + 1 : 0;

	for (; i < MAX_NR_ZONES; i++)
		if (zone_has_memory(&pgdat->node_zones[i]))
			return &pgdat->node_zones[i];
	return NULL;
}

/* The zone after @after: the zones of a node, then the next node. */
static struct zone *zone_after(const struct zone *after, int wanted_node)
{
	int from = after ? zone_to_nid((struct zone *)after) : first_online_node;
	int node;

	for (node = from; node < MAX_NUMNODES; node = next_online_node(node)) {
		struct zone *zone;

		if (wanted_node != NUMA_NO_NODE && node != wanted_node)
			continue;
		zone = zone_of_node(node, node == from ? after : NULL);
		if (zone)
			return zone;
	}
	return NULL;
}

static bool next_in_zone(struct pga_host_walk *walk, unsigned long *first)
{
	unsigned long end = min(zone_end_pfn(walk->zone), walk->last + 1);
	unsigned long pfn = max3(walk->next, walk->first,
				 walk->zone->zone_start_pfn);

	/*
	 * Use multiples of the chunk size, so that neighbouring chunks join to
	 * larger aligned runs.  Skip 0: address 0 means "none" to programs.
	 */
	pfn = roundup(max(pfn, 1UL), walk->nr);
	if (pfn >= end || end - pfn < walk->nr)
		return false;
	walk->next = pfn + walk->nr;
	*first = pfn;
	return true;
}

/**
 * pga_host_next() - find the next possible place of a chunk
 * @walk: the search; its private members are 0 at the start
 * @first: set to the first page frame of the place
 *
 * Context: any; nodes and zones never go away.
 * Return: false if no place is left.
 */
bool pga_host_next(struct pga_host_walk *walk, unsigned long *first)
{
	if (!walk->zone)
		walk->zone = zone_after(NULL, walk->node);
	while (walk->zone) {
		if (next_in_zone(walk, first))
			return true;
		walk->zone = zone_after(walk->zone, walk->node);
		walk->next = 0;
	}
	return false;
}

/* -EAGAIN: a page was in use, perhaps only for a moment. */
static int alloc_once(unsigned long first, unsigned long nr)
{
	int err = pga_contig_alloc(first, nr);

	return err == -EBUSY ? -EAGAIN : err;
}

/*
 * The spans of two zones may overlap, so a place counts for the zone of its
 * first page only.  Long-term pins of movable memory fail by design.
 */
static int alloc_chunk(const struct zone *wanted, unsigned long first,
		       unsigned long nr)
{
	struct page *page = pfn_to_online_page(first);
	struct zone *zone;
	int tries, err;

	if (!page || (wanted && pga_host_zone_of(page) != wanted))
		return -ENXIO;
	zone = pga_host_zone_of(page);
	if (zone_idx(zone) == ZONE_MOVABLE)
		return -EPERM;
	if (!chunk_promising(zone, first, nr))
		return -EBUSY;
	err = pga_host_check_reserve(zone, nr);
	if (err)
		return err;
	err = -EAGAIN;
	for (tries = 0; tries < PGA_ALLOC_TRIES && err == -EAGAIN; tries++) {
		err = alloc_once(first, nr);
		if (err == -EAGAIN && pga_batches_hold(first, nr))
			pga_batches_empty();
	}
	return err && err != -ENOMEM ? -EBUSY : err;
}

/*
 * alloc_contig_range() returns pages with one reference.  An owned page has no
 * mark and no block at first, whatever the host left in its word.
 */
static void init_pages(unsigned long first, unsigned long nr)
{
	unsigned long pfn;

	for (pfn = first; pfn < first + nr; pfn++) {
		page_ref_add(pfn_to_page(pfn), PGA_PAGE_REFS - 1);
		pga_page_set_word(pfn, 0);
	}
}

/*
 * Drop the references of the area, except those that were dropped already.  The
 * host has a page without any back.
 */
static void drop_refs(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	int refs = min(page_ref_count(page), PGA_PAGE_REFS);

	if (refs)
		pga_page_set_word(pfn, 0);
	while (refs--)
		__free_page(page);
}

/**
 * pga_host_alloc() - take neighbouring chunks from the host, all or none
 * @zone: the zone that its first page must be in; NULL: any
 * @first: first page frame of the place
 * @nr: number of pages, whole pageblocks
 * @chunks: number of chunks
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0; -ENXIO if the place does not begin with memory, or not of the zone;
 * -EPERM if it is in ZONE_MOVABLE; -EBUSY if the host uses a page permanently or
 * the chunk is not all memory; -ENOSPC if the zone would have less than its
 * reserve; -EDQUOT if the whole host would; -ENOMEM if the kernel could not
 * allocate memory; -EINTR on a fatal signal.
 */
int pga_host_alloc(const struct zone *zone, unsigned long first,
		   unsigned long nr, unsigned long chunks)
{
	u64 begin = ktime_get_ns();
	int err = pga_host_keep_online();

	if (err)
		return err;
	err = alloc_chunk(zone, first, nr);
	pga_host_end_online();
	if (!err)
		init_pages(first, nr);
	pga_figures_taken(err, nr, chunks, ktime_get_ns() - begin);
	return err;
}

/**
 * pga_host_free() - return a chunk to the host
 * @first: first page frame
 * @nr: number of pages
 *
 * Free each page on its own.  free_contig_range() warns about a page to which
 * the kernel has a short reference at that moment; __free_page() only drops one
 * reference, and the page is free when the last one is dropped.  The host takes
 * no page with a hardware error back into use.
 *
 * Context: process; sleeps.
 */
void pga_host_free(unsigned long first, unsigned long nr)
{
	u64 begin = ktime_get_ns();
	unsigned long pfn;

	for (pfn = first; pfn < first + nr; pfn++) {
		drop_refs(pfn);
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	pga_figures_returned(nr, ktime_get_ns() - begin);
}
