// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Explanation of a refused block: the request, the obstacle, and advice.
 *
 * The kernel returns why each area refused.  Names, bounds and the neighbours of
 * the largest free run are looked up afterwards, so they may be newer than the
 * refusal; without them the text is shorter.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array_size.h"
#include "lib/explain.h"
#include "lib/obstacle.h"
#include "lib/pgarea.h"
#include "lib/text.h"

/* Enough for a command with a size and an address */
#define COMMAND_SIZE 80

/**
 * struct explanation - a refused request, and the state of the areas
 * @text: the explanation so far
 * @fd: the device
 * @block: the request
 * @highest: last address that it allows
 * @areas: all areas, @nr_areas of them
 * @best: bytes of the largest run that would have met the request
 * @lacks_room: an area would fit it with more free memory
 * @on_other_node: an area has memory of another node
 * @misplaced: a free run is long enough, but does not fit the alignment or
 *	boundary
 * @short_of: an area that could be larger after a reload, or NULL
 * @leaving: draining and orphaned bytes in areas that lack room, and in pages
 *	in the way
 * @obstacle: what keeps an area from growing, enum pgarea_obstacle_kind
 * @at_maximum: an area may not grow any further
 * @hidden: the module hides addresses
 */
struct explanation {
	struct pga_text *text;
	int fd;
	const struct pgarea_alloc *block;
	__u64 highest;
	struct pgarea_area *areas;
	size_t nr_areas;
	__u64 best;
	bool lacks_room;
	bool on_other_node;
	bool misplaced;
	const struct pgarea_area *short_of;
	__u64 leaving;
	__u32 obstacle;
	bool at_maximum;
	bool hidden;
};

/**
 * struct free_run - the largest free run within the limits of a request
 * @address: its first byte
 * @size: bytes, 0 when there is none
 * @usable: bytes of it from the first aligned address on
 * @before: the range that ends where the run begins, size 0 without one
 * @after: the range that begins where the run ends, size 0 without one
 */
struct free_run {
	__u64 address;
	__u64 size;
	__u64 usable;
	struct pgarea_range before;
	struct pgarea_range after;
};

static __u64 round_up(__u64 value, __u64 align)
{
	return align > 1 ? (value + align - 1) & ~(align - 1) : value;
}

static bool power_of_two(__u64 value)
{
	return value && !(value & (value - 1));
}

/* ---- The request --------------------------------------------------------- */

static const struct pgarea_area *find_area(const struct explanation *expl,
					   __u32 id)
{
	for (size_t i = 0; i < expl->nr_areas; i++) {
		if (expl->areas[i].id == id)
			return &expl->areas[i];
	}
	return NULL;
}

static void add_area_name(const struct explanation *expl, __u32 id)
{
	const struct pgarea_area *area = find_area(expl, id);

	if (area)
		pga_text_add(expl->text, "%s", (const char *)area->name);
	else
		pga_text_add(expl->text, "area %u", id);
}

static void add_area_set(const struct explanation *expl)
{
	const struct pgarea_array *array = &expl->block->areas;
	const struct pgarea_area_id *ids = (void *)(uintptr_t)array->entries;

	for (__u32 i = 0; i < array->count; i++) {
		pga_text_add(expl->text, "%s", i ? ", " : " in ");
		add_area_name(expl, ids[i].id);
	}
}

static void add_request(const struct explanation *expl)
{
	const struct pgarea_alloc *block = expl->block;
	struct pga_text *text = expl->text;

	pga_text_add(text, "cannot allocate ");
	pga_text_add_size(text, block->size);
	if (block->align) {
		pga_text_add(text, " aligned to ");
		pga_text_add_size(text, block->align);
	}
	if (block->boundary) {
		pga_text_add(text, " within a boundary of ");
		pga_text_add_size(text, block->boundary);
	}
	if (block->flags & PGAREA_ALLOC_EXACT)
		pga_text_add(text, " at 0x%llx", block->address);
	if (block->flags & PGAREA_ALLOC_NODE)
		pga_text_add(text, " on node %u", block->node);
	if (block->flags & PGAREA_ALLOC_PREFER_NODE)
		pga_text_add(text, " on node %u or another", block->node);
	if (block->highest && ~block->highest) {
		pga_text_add(text, " below ");
		pga_text_add_address(text, block->highest + 1);
	}
	if (block->lowest) {
		pga_text_add(text, " from ");
		pga_text_add_address(text, block->lowest);
		pga_text_add(text, " up");
	}
	add_area_set(expl);
}

/* ---- What is in the way -------------------------------------------------- */

static bool clip(const struct explanation *expl, struct pgarea_range *range)
{
	const struct pgarea_alloc *block = expl->block;
	__u64 last = range->address + range->size - 1;

	if (range->address > expl->highest || last < block->lowest)
		return false;
	if (range->address < block->lowest)
		range->address = block->lowest;
	if (last > expl->highest)
		last = expl->highest;
	range->size = last - range->address + 1;
	return true;
}

static void set_neighbours(struct free_run *run,
			   const struct pgarea_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct pgarea_range *range = &ranges[i];

		if (range->address + range->size == run->address)
			run->before = *range;
		if (range->address == run->address + run->size)
			run->after = *range;
	}
}

static int largest_run(const struct explanation *expl, __u32 area,
		       struct free_run *run)
{
	struct pgarea_range *ranges;
	size_t n;
	int err = pgarea_list_ranges(expl->fd, area, 0, 0, &ranges, &n);

	memset(run, 0, sizeof(*run));
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		struct pgarea_range range = ranges[i];
		__u64 skip;

		if (range.state != PGAREA_STATE_FREE || !clip(expl, &range))
			continue;
		skip = round_up(range.address, expl->block->align) -
		       range.address;
		if (skip < range.size && range.size - skip > run->usable)
			run->usable = range.size - skip;
		if (range.size > run->size) {
			run->address = range.address;
			run->size = range.size;
		}
	}
	set_neighbours(run, ranges, n);
	free(ranges);
	return 0;
}

static void add_neighbour(struct pga_text *text, const char *between,
			  const struct pgarea_range *range)
{
	if (!range->size || range->state == PGAREA_STATE_FREE)
		return;
	pga_text_add(text, "%s", between);
	pga_text_add_size(text, range->size);
	pga_text_add(text, " %s at 0x%llx", pgarea_state_name(range->state),
		     range->address);
}

/*
 * The largest free run within the limits.  With hidden addresses only the size in
 * the refusal is known, not the address or the usable part.
 */
static void find_largest_run(const struct explanation *expl,
			     const struct pgarea_refusal *refusal,
			     struct free_run *run)
{
	bool any_node = !(expl->block->flags & PGAREA_ALLOC_NODE);

	if (!expl->hidden && any_node && !largest_run(expl, refusal->area, run))
		return;
	*run = (struct free_run){
		.address = PGAREA_NO_ADDRESS,
		.size = refusal->largest_free,
		.usable = refusal->largest_free,
	};
}

static void add_largest_run(struct explanation *expl,
			    const struct pgarea_refusal *refusal)
{
	struct free_run run;
	struct pga_text *text = expl->text;

	find_largest_run(expl, refusal, &run);
	if (run.usable > expl->best)
		expl->best = run.usable;
	if (!run.size) {
		pga_text_add(text, ", none of it within the limits");
		return;
	}
	pga_text_add(text, ", largest run ");
	pga_text_add_size(text, run.size);
	if (run.address != PGAREA_NO_ADDRESS)
		pga_text_add(text, " at 0x%llx", run.address);
	add_neighbour(text, run.before.size ? " after " : "", &run.before);
	add_neighbour(text, run.after.size ? " before " : "", &run.after);
	if (run.size < expl->block->size)
		return;
	pga_text_add(text, ", but it misses the alignment or boundary");
	expl->misplaced = true;
}

/* Why an area can never fit the request, NULL when it only lacks free memory */
static const char *unfit_area(const struct explanation *expl,
			      const struct pgarea_area *area)
{
	bool bounds = area->start != PGAREA_NO_ADDRESS;

	if (bounds && area->start > expl->highest)
		return "lies above the limit";
	if (bounds && area->end && area->end - 1 < expl->block->lowest)
		return "lies below the limit";
	if (!area->owned)
		return "owns nothing";
	return NULL;
}

static void add_node(struct explanation *expl, const struct pgarea_area *area)
{
	if (area && area->node != PGAREA_NODE_ANY)
		pga_text_add(expl->text, "is for node %d", area->node);
	else
		pga_text_add(expl->text, "owns nothing on node %u within the limits",
			     expl->block->node);
	expl->on_other_node = true;
}

static void add_free_memory(struct explanation *expl,
			    const struct pgarea_refusal *refusal)
{
	const struct pgarea_area *area = find_area(expl, refusal->area);
	const char *unfit = area ? unfit_area(expl, area) : NULL;

	if (refusal->reason == PGAREA_REASON_NODE)
		return add_node(expl, area);
	if (!unfit && refusal->reason == PGAREA_REASON_BOUNDS)
		unfit = expl->hidden ? "does not lie within the limits" :
				       "owns nothing within the limits";
	if (unfit) {
		pga_text_add(expl->text, "%s", unfit);
		return;
	}
	pga_text_add_size(expl->text, refusal->free);
	pga_text_add(expl->text, " free");
	if (area) {
		pga_text_add(expl->text, " of ");
		pga_text_add_size(expl->text, area->owned);
	}
	add_largest_run(expl, refusal);
	/* reloading gives no more to an area that the host could not fill */
	if (area && area->owned >= area->target_size && !expl->short_of &&
	    !(area->flags & PGAREA_AREA_GROW))
		expl->short_of = area;
	if (area)
		expl->leaving += area->draining + area->orphaned;
	expl->lacks_room = true;
}

/* " (64 KiB)": how much is held together with the page at an address */
static void add_extent(const struct explanation *expl, __u32 area,
		       __u64 address)
{
	struct pgarea_range *ranges;
	size_t n;

	if (expl->hidden ||
	    pgarea_list_ranges(expl->fd, area, 0, 0, &ranges, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (address - ranges[i].address >= ranges[i].size)
			continue;
		pga_text_add(expl->text, " (");
		pga_text_add_size(expl->text, ranges[i].size);
		pga_text_add(expl->text, ")");
	}
	free(ranges);
}

static void add_conflict(struct explanation *expl,
			 const struct pgarea_refusal *refusal)
{
	__u64 address = refusal->address;

	if (pga_becomes_free(refusal->state))
		expl->leaving += sysconf(_SC_PAGESIZE);
	if (refusal->state == PGAREA_STATE_NOT_OWNED ||
	    refusal->reason == PGAREA_REASON_NOT_OWNED) {
		pga_text_add(expl->text, "does not own ");
		if (address == PGAREA_NO_ADDRESS)
			pga_text_add(expl->text, "the range");
		else
			pga_text_add(expl->text, "0x%llx", address);
	} else if (address == PGAREA_NO_ADDRESS) {
		pga_text_add(expl->text, "a page of the range is in use");
	} else {
		pga_text_add(expl->text, "0x%llx is %s", address,
			     pgarea_state_name(refusal->state));
		add_extent(expl, refusal->area, address);
	}
}

/* Why an area that may grow did not; nothing if it did not try to. */
static void add_growth(struct explanation *expl,
		       const struct pgarea_refusal *refusal)
{
	const struct pgarea_area *area = find_area(expl, refusal->area);
	struct pga_text *text = expl->text;

	if (refusal->reason == PGAREA_REASON_MAXIMUM) {
		pga_text_add(text, ", and may not grow beyond its maximum");
		if (area) {
			pga_text_add(text, " of ");
			pga_text_add_size(text, area->maximum);
		}
		expl->at_maximum = true;
	} else if (refusal->reason == PGAREA_REASON_TIMEOUT) {
		pga_text_add(text,
			     ", and could not grow in the time that the parameter grow_ms= allows");
	} else if (refusal->obstacle && refusal->obstacle_address != PGAREA_NO_ADDRESS) {
		pga_text_add(text, ", and cannot grow: 0x%llx is %s",
			     refusal->obstacle_address,
			     pgarea_obstacle_text(refusal->obstacle));
	} else if (refusal->obstacle) {
		pga_text_add(text, ", and cannot grow: most memory is %s",
			     pgarea_obstacle_text(refusal->obstacle));
	}
	if (refusal->obstacle && !expl->obstacle)
		expl->obstacle = refusal->obstacle;
}

static void add_refusal(struct explanation *expl,
			const struct pgarea_refusal *refusal)
{
	pga_text_add(expl->text, " ");
	add_area_name(expl, refusal->area);
	pga_text_add(expl->text, ": ");
	if (refusal->reason < PGAREA_REASON_BOUNDS ||
	    refusal->reason > PGAREA_REASON_NODE)
		pga_text_add(expl->text, "refused for reason %u", refusal->reason);
	else if (expl->block->flags & PGAREA_ALLOC_EXACT)
		add_conflict(expl, refusal);
	else
		add_free_memory(expl, refusal);
	add_growth(expl, refusal);
}

/* If no area owns the first page that is missing, the host's use of it counts. */
static bool add_host(struct explanation *expl)
{
	const struct pgarea_array *array = &expl->block->refusals;
	const struct pgarea_refusal *list = (void *)(uintptr_t)array->entries;
	__u32 n = list ? array->count : 0;
	char command[COMMAND_SIZE];

	for (__u32 i = 0; i < n; i++) {
		if (list[i].reason != PGAREA_REASON_NOT_OWNED ||
		    list[i].state != PGAREA_STATE_NOT_OWNED ||
		    list[i].address != list[0].address)
			return false;
	}
	snprintf(command, sizeof(command),
		 "pgarea alloc 0x%llx --at 0x%llx --claim", expl->block->size,
		 expl->block->address);
	return n && list->address != PGAREA_NO_ADDRESS &&
	       pga_text_add_host(expl->text, expl->fd, list->address, command);
}

/* A claim has one refusal, which names what is in the way. */
static bool add_claim(struct explanation *expl)
{
	const struct pgarea_array *array = &expl->block->refusals;
	const struct pgarea_refusal *list = (void *)(uintptr_t)array->entries;

	if (!(expl->block->flags & PGAREA_ALLOC_CLAIM) || !list || !array->count)
		return false;
	pga_text_add_claim(expl->text,
			   list->obstacle == PGAREA_OBSTACLE_MAX_AREAS ?
				expl->block->address : list->obstacle_address,
			   list->obstacle, list->state);
	return true;
}

static void add_refusals(struct explanation *expl)
{
	const struct pgarea_array *array = &expl->block->refusals;
	const struct pgarea_refusal *list = (void *)(uintptr_t)array->entries;
	__u32 n = list ? array->count : 0;

	for (__u32 i = 0; i < n; i++) {
		pga_text_add(expl->text, i ? ";" : ":");
		add_refusal(expl, &list[i]);
	}
	if (!n)
		pga_text_add(expl->text, "%s",
			     expl->nr_areas ? ": it fits in no area" :
					      ": there is no area");
	pga_text_add(expl->text, ".");
}

/* ---- Advice -------------------------------------------------------------- */

/* More memory for an area at the next load, when its bounds hold that much */
static void add_reload(const struct explanation *expl)
{
	const struct pgarea_area *area = expl->short_of;
	__u64 size;

	if (!area)
		return;
	size = round_up(area->target_size + expl->block->size, 1 << 20);
	if (area->target_size + expl->block->size < area->target_size ||
	    size > area->end - area->start)
		return;
	pga_text_add(expl->text,
		     ", or reload the module with more in areas= (%s=%lluM)",
		     area->name, size >> 20);
}

/* Advice other than less or more memory, NULL when there is none */
static const char *other_advice(const struct explanation *expl, __u64 best)
{
	if (expl->block->flags & PGAREA_ALLOC_EXACT)
		return " `pgarea map` shows which addresses are free.";
	if (!expl->lacks_room && expl->on_other_node)
		return " `pgarea create --node` makes an area on a node.";
	if (!expl->lacks_room)
		return " `pgarea areas` shows what they own, and where.";
	if (expl->misplaced && (!best || best >= expl->block->size))
		return " Try a smaller alignment or a larger boundary.";
	return NULL;
}

/* What makes room for an area that could not grow */
static void add_growth_advice(const struct explanation *expl)
{
	const char *advice = pgarea_obstacle_advice(expl->obstacle);

	if (expl->at_maximum)
		pga_text_add(expl->text,
			     " An area with a larger maximum (`pgarea create --max`) could grow.");
	/* "-" and "never" are no advice */
	if (expl->obstacle && strchr(advice, ' '))
		pga_text_add(expl->text, " So that it can grow: %s.", advice);
}

static void add_advice(const struct explanation *expl)
{
	__u64 best = expl->best & ~((__u64)sysconf(_SC_PAGESIZE) - 1);
	const char *advice = other_advice(expl, best);
	struct pga_text *text = expl->text;

	if (advice) {
		pga_text_add(text, "%s", advice);
		return;
	}
	if (expl->highest - expl->block->lowest < expl->block->size - 1)
		pga_text_add(text, " The limits allow less than that.");
	if (best && best < expl->block->size) {
		pga_text_add(text, " Try at most ");
		pga_text_add_size(text, best);
		pga_text_add(text, "%s",
			     expl->misplaced ? " or a smaller alignment" : "");
		pga_text_add(text,
			     ", or free something (`pgarea blocks --all`)");
	} else {
		pga_text_add(text, " Free something (`pgarea blocks --all`)");
	}
	add_reload(expl);
	pga_text_add(text, ".");
}

/* Suggest to wait for memory that becomes free by itself */
static void add_wait_advice(const struct explanation *expl)
{
	if (!expl->leaving)
		return;
	if (expl->block->flags & PGAREA_ALLOC_EXACT) {
		pga_text_add(expl->text,
			     " `pgarea wait` waits until it is free.");
		return;
	}
	pga_text_add(expl->text, " ");
	pga_text_add_size(expl->text, expl->leaving);
	pga_text_add(expl->text,
		     " are draining or orphaned; `pgarea wait` waits for them.");
}

/* ---- Errors that are not about room -------------------------------------- */

static const __u64 nodes = PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE;

static const char *bad_value(const struct pgarea_alloc *block)
{
	if (!block->size)
		return "the size is zero";
	if (block->align && !power_of_two(block->align))
		return "the alignment is not a power of two";
	if (block->boundary && !power_of_two(block->boundary))
		return "the boundary is not a power of two";
	if (block->boundary && block->boundary < block->size)
		return "the boundary is smaller than the size";
	if (block->highest && block->lowest > block->highest)
		return "the lowest address is above the highest";
	if (block->access == PGAREA_ACCESS_EXECUTE && block->cache)
		return "only write-back memory can be executed";
	if (block->flags & PGAREA_ALLOC_PERSISTENT && !*block->name)
		return "a persistent block needs a name";
	if (block->flags & PGAREA_ALLOC_PERSISTENT && block->orphan_ms)
		return "a persistent block has no owner and is never an orphan";
	if (block->flags & PGAREA_ALLOC_NODE &&
	    block->flags & PGAREA_ALLOC_PREFER_NODE)
		return "a node cannot be both required and preferred";
	if (block->flags & PGAREA_ALLOC_EXACT && block->flags & nodes)
		return "memory at an exact address has the node that it has";
	if (block->node && !(block->flags & nodes))
		return "the node has no meaning without a flag for it";
	if (block->flags & PGAREA_ALLOC_EXACT)
		return "the address is not a multiple of the page size and the alignment";
	return "the kernel rejected a value";
}

/* The features that the request needs */
static __u64 needed_features(const struct pgarea_alloc *block)
{
	static const struct {
		__u64 flag;
		__u64 feature;
	} flags[] = {
		{ PGAREA_ALLOC_EXACT, PGAREA_FEATURE_EXACT },
		{ PGAREA_ALLOC_DRY_RUN, PGAREA_FEATURE_DRY_RUN },
		{ PGAREA_ALLOC_TOP_DOWN, PGAREA_FEATURE_TOP_DOWN },
		{ PGAREA_ALLOC_NO_GROW, PGAREA_FEATURE_GROW },
		{ PGAREA_ALLOC_PERSISTENT, PGAREA_FEATURE_PERSISTENT },
		{ PGAREA_ALLOC_CLAIM, PGAREA_FEATURE_CLAIM },
		{ PGAREA_ALLOC_NODE, PGAREA_FEATURE_NODE },
		{ PGAREA_ALLOC_PREFER_NODE, PGAREA_FEATURE_NODE },
	};
	__u64 features = PGAREA_FEATURE_ALLOC;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (block->flags & flags[i].flag)
			features |= flags[i].feature;
	}
	if (block->cache == PGAREA_CACHE_WC)
		features |= PGAREA_FEATURE_WC;
	if (block->cache == PGAREA_CACHE_UC)
		features |= PGAREA_FEATURE_UC;
	if (block->access)
		features |= PGAREA_FEATURE_ACCESS;
	if (block->orphan_ms)
		features |= PGAREA_FEATURE_ORPHAN;
	return features;
}

static void add_alloc_reason(struct pga_text *text, int fd,
			     const struct pgarea_alloc *block, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = needed_features(block),
		.name = (const char *)block->name,
		.persistent = block->flags & PGAREA_ALLOC_PERSISTENT,
		.exact = block->flags & PGAREA_ALLOC_EXACT,
		.claim = block->flags & PGAREA_ALLOC_CLAIM,
		.limits = block->align || block->boundary || block->cache ||
			  block->flags & nodes,
		.orphan_ms = block->orphan_ms,
		.invalid = bad_value(block),
	};

	pga_text_add(text, ": ");
	if (err == -ENODEV)
		pga_explain_node(text, block->node);
	else
		pga_explain_errno(text, &failure, err);
}

char *pgarea_explain_alloc(int fd, const struct pgarea_alloc *block, int err)
{
	struct pga_text text;
	struct explanation expl = {
		.text = &text,
		.fd = fd,
		.block = block,
		.highest = block->highest ? block->highest : ~0ULL,
	};
	struct pgarea_info info = { 0 };

	pga_text_begin(&text);
	pgarea_get_info(fd, &info);
	expl.hidden = info.flags & PGAREA_INFO_HIDE_PHYS;
	pgarea_list_areas(fd, &expl.areas, &expl.nr_areas);
	add_request(&expl);
	if (err != -ENOSPC && err != -EBUSY) {
		add_alloc_reason(&text, fd, block, err);
	} else if (!add_claim(&expl) && !add_host(&expl)) {
		add_refusals(&expl);
		add_advice(&expl);
		add_growth_advice(&expl);
		add_wait_advice(&expl);
	}
	free(expl.areas);
	return pga_text_end(&text);
}
