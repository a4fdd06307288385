// SPDX-License-Identifier: GPL-2.0
/*
 * What stands in the way of having a pageblock of the host.
 *
 * The unit is the pageblock, because the host gives away whole ones.  It is
 * counted under one reason: that of the first page in it that cannot be had.
 * Everything is read only, and true of the moment at which it was read.
 *
 * Locking: the memory stays online while a pageblock is looked at; the page
 * frames of the next one may be gone.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/memory_hotplug.h>
#include <linux/nodemask.h>
#include <linux/pgarea.h>

#include "area/chunk.h"
#include "area/host.h"
#include "area/iomem.h"
#include "area/obstacle.h"
#include "area/page_use.h"
#include "compat.h"

static struct page *online_page(u64 pfn)
{
	return pfn == (unsigned long)pfn ? pfn_to_online_page(pfn) : NULL;
}

/* A page that cannot be had decides; else the kind that costs most to move. */
static void add_use(struct pga_obstacle *ob, u64 pfn,
		    const struct pga_page_use *use)
{
	if (use->kind == PGAREA_OBSTACLE_FREE)
		ob->nr_free += use->nr;
	else if (use->obtainable)
		ob->nr_movable += use->nr;
	if (!ob->obtainable || (use->obtainable && use->kind <= ob->kind))
		return;
	ob->obtainable = use->obtainable;
	ob->kind = use->kind;
	ob->page = pfn;
}

static void look_at_page(struct pga_obstacle *ob, u64 pfn,
			 struct pga_page_use *use)
{
	struct page *page = online_page(pfn);

	*use = (struct pga_page_use){ .kind = PGAREA_OBSTACLE_HOLE, .nr = 1 };
	if (!page)
		return;
	if (!ob->zone)
		ob->zone = pga_host_zone_of(page);
	pga_page_use(page, pfn, use);
	/* Reserved pages of a hole may be in any zone. */
	if (!use->obtainable || pga_host_zone_of(page) == ob->zone)
		return;
	*use = (struct pga_page_use){
		.kind = PGAREA_OBSTACLE_TWO_ZONES,
		.nr = 1,
	};
}

static void look_at_pages(struct pga_obstacle *ob)
{
	struct pga_page_use use;
	u64 pfn;

	for (pfn = ob->first; pfn <= ob->last; pfn += use.nr) {
		look_at_page(ob, pfn, &use);
		add_use(ob, pfn, &use);
	}
	/* This takes long, and there may be a pageblock full of them. */
	if (ob->kind == PGAREA_OBSTACLE_KERNEL)
		ob->kind = pga_iomem_reserved_kind(ob->page);
}

static bool has_pages(const struct pga_obstacle *ob)
{
	u64 pfn;

	for (pfn = ob->first; pfn <= ob->last; pfn++)
		if (online_page(pfn))
			return true;
	return false;
}

/* The first page frame after @pfn that may be in a zone */
static u64 next_zone_start(u64 pfn)
{
	u64 next = U64_MAX;
	int node, i;

	for_each_online_node(node) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (zone_end_pfn(zone) <= pfn)
				continue;
			next = min(next, max_t(u64, zone->zone_start_pfn, pfn + 1));
		}
	}
	return next;
}

/**
 * pga_zone_page_upto() - the last page frame up to another that may be in a zone
 * @pfn: the other page frame
 *
 * Return: the page frame, or 0.
 */
u64 pga_zone_page_upto(u64 pfn)
{
	u64 found = 0;
	int node, i;

	for_each_online_node(node) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (zone->zone_start_pfn > pfn || !zone->spanned_pages)
				continue;
			found = max(found, min_t(u64, zone_end_pfn(zone) - 1, pfn));
		}
	}
	return found;
}

/* No page here: find out what is, and how far, up to @last. */
static void look_at_addresses(struct pga_obstacle *ob, u64 last)
{
	u64 next = next_zone_start(ob->last);

	ob->last = max(ob->last,
		       min(last, round_down(next, (u64)pageblock_nr_pages) - 1));
	ob->obtainable = false;
	ob->kind = pga_iomem_absent_kind(ob->first, &ob->last);
}

/* The module does not take what it must not keep, or what the host needs. */
static void apply_policy(struct pga_obstacle *ob)
{
	u32 kind = PGAREA_OBSTACLE_NONE;
	int err;

	if (zone_idx(ob->zone) == ZONE_MOVABLE)
		kind = PGAREA_OBSTACLE_ZONE_MOVABLE;
	else if (pga_pageblock_is_cma(ob->first))
		kind = PGAREA_OBSTACLE_CMA;
	if (!kind && ob->obtainable) {
		err = pga_host_check_reserve(ob->zone, pageblock_nr_pages);
		if (err)
			kind = err == -EDQUOT ? PGAREA_OBSTACLE_HOST_RESERVE :
						PGAREA_OBSTACLE_ZONE_RESERVE;
	}
	if (!kind)
		return;
	ob->kind = kind;
	ob->obtainable = false;
	ob->page = ob->first;
}

/* An area owns all of a pageblock or nothing of it. */
static void look_at_owned(struct pga_obstacle *ob)
{
	ob->kind = PGAREA_OBSTACLE_OWNED;
	ob->zone = pga_host_zone_of(pfn_to_page(ob->first));
}

static void look(struct pga_obstacle *ob, u64 last)
{
	if (pga_page_owned(ob->first)) {
		look_at_owned(ob);
	} else if (!has_pages(ob)) {
		look_at_addresses(ob, last);
	} else {
		look_at_pages(ob);
		apply_policy(ob);
	}
}

/**
 * pga_obstacle_at() - find out what the host does with a pageblock
 * @pfn: a page frame in it
 * @last: highest page frame of interest, the last one of a pageblock
 * @ob: set to the answer; the pageblocks after it up to @last are included if
 *	none of them has memory, and they are alike.  What an area owns is
 *	obtainable: the caller knows whether it is in use there.
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR on a fatal signal.
 */
int pga_obstacle_at(u64 pfn, u64 last, struct pga_obstacle *ob)
{
	int err = pga_chunks_wait(round_down(pfn, (u64)pageblock_nr_pages),
				  pfn | (pageblock_nr_pages - 1)) ?:
		  pga_host_keep_online();

	if (err)
		return err;
	*ob = (struct pga_obstacle){
		.first = round_down(pfn, (u64)pageblock_nr_pages),
		.last = pfn | (pageblock_nr_pages - 1),
		.obtainable = true,
	};
	ob->page = ob->first;
	look(ob, last);
	pga_host_end_online();
	return 0;
}

/**
 * pga_in_way_add() - count pages that were in the way
 * @in_way: the counts
 * @kind: enum pgarea_obstacle_kind
 * @page: first page frame of this kind
 * @nr: number of pages that could not be had because of it
 */
void pga_in_way_add(struct pga_in_way *in_way, u32 kind, u64 page, u64 nr)
{
	if (!in_way->nr[kind])
		in_way->page[kind] = page;
	in_way->nr[kind] += nr;
}

/**
 * pga_in_way_most() - what was in the way of most pages?
 * @in_way: the counts
 *
 * Return: enum pgarea_obstacle_kind, PGAREA_OBSTACLE_NONE if nothing was.
 */
u32 pga_in_way_most(const struct pga_in_way *in_way)
{
	u32 kind, most = PGAREA_OBSTACLE_NONE + 1;

	for (kind = most; kind < PGA_NR_OBSTACLES; kind++)
		if (in_way->nr[kind] > in_way->nr[most])
			most = kind;
	return in_way->nr[most] ? most : PGAREA_OBSTACLE_NONE;
}
