// SPDX-License-Identifier: GPL-2.0
/*
 * The host's page allocator.  This file is the only one that takes pages from
 * it and gives them back.
 *
 * The grain is the pageblock.  The host isolates whole pageblocks, and ours
 * count as unmovable to it: a part of a pageblock that was freed could not
 * be taken again while the other part is ours.
 *
 * The host comes first.  Nothing is taken that would leave it less than its
 * reserve, over all memory and in each zone: an empty DMA zone stops drivers
 * while gigabytes are free elsewhere.
 *
 * Locking: a page frame that is not ours may go away with the memory that it is
 * in.  So such frames are inspected and allocated between hotplug_block() and
 * hotplug_unblock(), and no memory goes offline meanwhile.  The counters are
 * atomic; of two searches at a time alloc_contig_range() decides which gets a
 * pageblock.
 */
#include <linux/atomic.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>
#include <linux/wait.h>

#include "area/clear.h"
#include "area/host.h"
#include "compat.h"

/*
 * A refusal is often a page that is just then being migrated or freed.  More
 * than a few tries find pages that are there to stay.
 */
#define PGA_ALLOC_TRIES	3

static DECLARE_RWSEM(hotplug_rwsem);
static DECLARE_WAIT_QUEUE_HEAD(hotplug_wait);
static bool going_offline;	/* written with @hotplug_rwsem held for writing */
static u64 host_reserve_bytes;
static atomic64_t chunks_taken;
static atomic64_t chunks_returned;

static void set_going_offline(bool going)
{
	down_write(&hotplug_rwsem);
	WRITE_ONCE(going_offline, going);
	up_write(&hotplug_rwsem);
	wake_up_all(&hotplug_wait);
}

/*
 * Memory begins to go offline, and it has gone or stays.  A note is left and no
 * lock is kept in between: the host takes locks there that it also holds when it
 * calls.
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

/* Let no memory go offline until hotplug_unblock().  May wait for some that does. */
static int hotplug_block(void)
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

static void hotplug_unblock(void)
{
	up_read(&hotplug_rwsem);
}

static struct notifier_block hotplug_nb = {
	.notifier_call = hotplug_notify,
};

/**
 * pga_host_init() - watch memory go offline
 *
 * Context: process; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_host_init(void)
{
	return register_memory_notifier(&hotplug_nb);
}

void pga_host_exit(void)
{
	unregister_memory_notifier(&hotplug_nb);
}

/**
 * pga_host_set_reserve() - set what is always left to the host
 * @bytes: amount of available memory below which no chunk is taken
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
 * pga_host_available() - bytes that the host could give to programs
 *
 * Return: free memory, and what reclaim gets without swapping, in bytes.
 */
u64 pga_host_available(void)
{
	return (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;
}

u64 pga_host_chunks_taken(void)
{
	return atomic64_read(&chunks_taken);
}

u64 pga_host_chunks_returned(void)
{
	return atomic64_read(&chunks_returned);
}

/*
 * Long-term pins of movable memory fail by design, and device memory is not
 * the page allocator's.  A zone may be present and have no managed page.
 */
static bool zone_usable(struct zone *zone)
{
	return managed_zone(zone) && zone_idx(zone) != ZONE_MOVABLE &&
	       !zone_is_zone_device(zone);
}

/*
 * Pages that the zone could give: page cache, and free ones but for those of CMA,
 * which are of no use to the drivers that the reserve is for.
 */
static unsigned long zone_available(struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_PAGES) -
	       zone_page_state(zone, NR_FREE_CMA_PAGES) +
	       zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
	       zone_page_state(zone, NR_ZONE_ACTIVE_FILE);
}

/* Pages that must stay in a zone, on top of what its drivers already have. */
static unsigned long zone_reserve(struct zone *zone)
{
	unsigned long margin = zone_managed_pages(zone) / 16;

	return high_wmark_pages(zone) +
	       min_t(unsigned long, margin, SZ_64M >> PAGE_SHIFT);
}

/* -ENOSPC: this zone has nothing to spare, another one may. */
static int check_reserve(struct zone *zone, unsigned long nr)
{
	u64 available = pga_host_available();

	if (available < host_reserve_bytes ||
	    available - host_reserve_bytes < (u64)nr << PAGE_SHIFT)
		return -ENOMEM;
	return zone_available(zone) < zone_reserve(zone) + nr ? -ENOSPC : 0;
}

/* Of a page that no area owns */
static struct zone *zone_of(const struct page *page)
{
	/* Other bits of the word that has it change at any time, these do not. */
	return data_race(page_zone(page));
}

/* The cheap half of what alloc_contig_range() would find out at some cost. */
static bool chunk_promising(struct zone *zone, unsigned long first,
			    unsigned long nr)
{
	unsigned long pfn;

	for (pfn = first; pfn < first + nr; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || PageReserved(page) || zone_of(page) != zone)
			return false;
	}
	return true;
}

static struct zone *usable_zone_of_node(int node, const struct zone *after)
{
	struct pglist_data *pgdat = NODE_DATA(node);
	int i = after ? zone_idx(after) + 1 : 0;

	for (; i < MAX_NR_ZONES; i++)
		if (zone_usable(&pgdat->node_zones[i]))
			return &pgdat->node_zones[i];
	return NULL;
}

/* The usable zone after @after; zones of a node, then those of the next one. */
static struct zone *next_usable_zone(const struct zone *after, int wanted_node)
{
	int from = after ? zone_to_nid((struct zone *)after) : first_online_node;
	int node;

	for (node = from; node < MAX_NUMNODES; node = next_online_node(node)) {
		struct zone *zone;

		if (wanted_node != NUMA_NO_NODE && node != wanted_node)
			continue;
		zone = usable_zone_of_node(node, node == from ? after : NULL);
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
	 * Multiples of the chunk: neighbours then join to larger alignments.
	 * And never the first one: address 0 means "none" to programs.
	 */
	pfn = roundup(max(pfn, 1UL), walk->nr);
	if (pfn >= end || end - pfn < walk->nr)
		return false;
	walk->next = pfn + walk->nr;
	*first = pfn;
	return true;
}

/**
 * pga_host_next() - the next place where a chunk may be
 * @walk: the search; its private members are 0 at the start
 * @first: first page frame of the place
 *
 * Context: may be called anywhere; nodes and zones never go away.
 * Return: false when there is none left.
 */
bool pga_host_next(struct pga_host_walk *walk, unsigned long *first)
{
	if (!walk->zone)
		walk->zone = next_usable_zone(NULL, walk->node);
	while (walk->zone) {
		if (next_in_zone(walk, first))
			return true;
		walk->zone = next_usable_zone(walk->zone, walk->node);
		walk->next = 0;
	}
	return false;
}

/* -EAGAIN: a page was in use, which may be over in a moment. */
static int alloc_once(unsigned long first, unsigned long nr)
{
	int err = alloc_contig_range(first, first + nr, PGA_ACR_ARG,
				     GFP_KERNEL | __GFP_NOWARN);

	return err == -EBUSY ? -EAGAIN : err;
}

/* The zone is that of the page: the spans of two zones may overlap. */
static int alloc_chunk(unsigned long first, unsigned long nr)
{
	struct page *page = pfn_to_online_page(first);
	struct zone *zone = page ? zone_of(page) : NULL;
	int tries, err;

	if (!zone || !zone_usable(zone))
		return -EBUSY;
	err = check_reserve(zone, nr);
	if (err)
		return err;
	err = chunk_promising(zone, first, nr) ? -EAGAIN : -EBUSY;
	for (tries = 0; tries < PGA_ALLOC_TRIES && err == -EAGAIN; tries++)
		err = alloc_once(first, nr);
	return err && err != -ENOMEM ? -EBUSY : err;
}

/**
 * pga_host_alloc() - take a chunk from the host
 * @first: first page frame, a multiple of pageblock_nr_pages
 * @nr: number of pages, a multiple of pageblock_nr_pages
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0; -EBUSY when the host uses a page permanently or it is not usable
 * memory; -ENOSPC when the zone would be left with less than its reserve;
 * -ENOMEM when the whole host would; -EINTR when the caller is being killed.
 */
int pga_host_alloc(unsigned long first, unsigned long nr)
{
	int err = hotplug_block();

	if (err)
		return err;
	err = alloc_chunk(first, nr);
	hotplug_unblock();
	if (err)
		return err;
	pga_clear_init(first, nr);
	atomic64_inc(&chunks_taken);
	return 0;
}

/**
 * pga_host_free() - give a chunk back
 * @first: as it was taken
 * @nr: as it was taken
 *
 * Page by page: free_contig_range() warns about a page that something in the
 * kernel looks at just then, while a page that is put goes back with the last
 * reference, whoever drops it.
 *
 * Context: process; sleeps.
 */
void pga_host_free(unsigned long first, unsigned long nr)
{
	unsigned long pfn;

	for (pfn = first; pfn < first + nr; pfn++) {
		pga_clear_reset(pfn);
		__free_page(pfn_to_page(pfn));
		if (!(pfn % pageblock_nr_pages))
			cond_resched();
	}
	atomic64_inc(&chunks_returned);
}
