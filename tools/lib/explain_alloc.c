// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Refused blocks as text: what was asked, what stood in the way, what to try.
 *
 * The kernel answers why each area refused.  Names, bounds and the neighbours of
 * the largest free run are looked up afterwards, so they may be newer than the
 * refusal; nothing here fails when they cannot be had, the text is only shorter.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/internal.h"

/**
 * struct story - a refused request and what is known around it
 * @out: where the text goes
 * @fd: the device
 * @block: the request
 * @highest: last address that it allows
 * @areas: all areas, @nr_areas of them
 * @best: bytes of the largest run that would have met the request
 * @lacks_room: an area could do it if it had more free memory
 * @misplaced: a free run is long enough, but misses alignment or boundary
 * @short_of: an area that would have it after a reload, or NULL
 * @leaving: bytes that drain or are orphaned in areas that lack room, or a page
 *	in the way does
 * @hidden: the module hides addresses
 */
struct story {
	FILE *out;
	int fd;
	const struct pgarea_alloc *block;
	__u64 highest;
	struct pgarea_area *areas;
	size_t nr_areas;
	__u64 best;
	bool lacks_room;
	bool misplaced;
	const struct pgarea_area *short_of;
	__u64 leaving;
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

/* An address as a person would write it: 16 MiB, or hex where that is odd */
static void put_address(FILE *out, __u64 address)
{
	if (address && !(address & 0xfffff))
		put_size(out, address);
	else
		fprintf(out, "0x%llx", address);
}

static __u64 round_up(__u64 value, __u64 align)
{
	return align > 1 ? (value + align - 1) & ~(align - 1) : value;
}

static bool power_of_two(__u64 value)
{
	return value && !(value & (value - 1));
}

/* ---- What was asked ------------------------------------------------------ */

static const struct pgarea_area *find_area(const struct story *story, __u32 id)
{
	for (size_t i = 0; i < story->nr_areas; i++) {
		if (story->areas[i].id == id)
			return &story->areas[i];
	}
	return NULL;
}

static void put_area_name(const struct story *story, __u32 id)
{
	const struct pgarea_area *area = find_area(story, id);

	if (area)
		fputs((const char *)area->name, story->out);
	else
		fprintf(story->out, "area %u", id);
}

static void put_area_set(const struct story *story)
{
	const struct pgarea_array *array = &story->block->areas;
	const struct pgarea_area_id *ids = (void *)(uintptr_t)array->entries;

	for (__u32 i = 0; i < array->count; i++) {
		fputs(i ? ", " : " in ", story->out);
		put_area_name(story, ids[i].id);
	}
}

static void put_request(const struct story *story)
{
	const struct pgarea_alloc *block = story->block;
	FILE *out = story->out;

	fputs("cannot allocate ", out);
	put_size(out, block->size);
	if (block->align) {
		fputs(" aligned to ", out);
		put_size(out, block->align);
	}
	if (block->boundary) {
		fputs(" within a boundary of ", out);
		put_size(out, block->boundary);
	}
	if (block->flags & PGAREA_ALLOC_EXACT)
		fprintf(out, " at 0x%llx", block->address);
	if (block->highest && ~block->highest) {
		fputs(" below ", out);
		put_address(out, block->highest + 1);
	}
	if (block->lowest) {
		fputs(" from ", out);
		put_address(out, block->lowest);
		fputs(" up", out);
	}
	put_area_set(story);
}

/* ---- What stood in the way ----------------------------------------------- */

static bool clip(const struct story *story, struct pgarea_range *range)
{
	const struct pgarea_alloc *block = story->block;
	__u64 last = range->address + range->size - 1;

	if (range->address > story->highest || last < block->lowest)
		return false;
	if (range->address < block->lowest)
		range->address = block->lowest;
	if (last > story->highest)
		last = story->highest;
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

static int largest_run(const struct story *story, __u32 area,
		       struct free_run *run)
{
	struct pgarea_range *ranges;
	size_t n;
	int err = pgarea_list_ranges(story->fd, area, 0, 0, &ranges, &n);

	memset(run, 0, sizeof(*run));
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		struct pgarea_range range = ranges[i];
		__u64 skip;

		if (range.state != PGAREA_STATE_FREE || !clip(story, &range))
			continue;
		skip = round_up(range.address, story->block->align) -
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

static void put_holder(FILE *out, const char *between,
		       const struct pgarea_range *range)
{
	if (!range->size || range->state == PGAREA_STATE_FREE)
		return;
	fputs(between, out);
	put_size(out, range->size);
	fprintf(out, " %s at 0x%llx", pgarea_state_name(range->state),
		range->address);
}

/*
 * The largest free run within the limits.  Where addresses are hidden, as far as
 * the refusal tells it: neither its place nor what is usable of it.
 */
static void find_run(const struct story *story,
		     const struct pgarea_refusal *refusal, struct free_run *run)
{
	if (!story->hidden && !largest_run(story, refusal->area, run))
		return;
	*run = (struct free_run){
		.address = PGAREA_NO_ADDRESS,
		.size = refusal->largest_free,
		.usable = refusal->largest_free,
	};
}

static void put_run(struct story *story, const struct pgarea_refusal *refusal)
{
	struct free_run run;
	FILE *out = story->out;

	find_run(story, refusal, &run);
	if (run.usable > story->best)
		story->best = run.usable;
	if (!run.size) {
		fputs(", none of it within the limits", out);
		return;
	}
	fputs(", largest run ", out);
	put_size(out, run.size);
	if (run.address != PGAREA_NO_ADDRESS)
		fprintf(out, " at 0x%llx", run.address);
	put_holder(out, run.before.size ? " behind " : "", &run.before);
	put_holder(out, run.after.size ? " in front of " : "", &run.after);
	if (run.size < story->block->size)
		return;
	fputs(", but not at the alignment and boundary", out);
	story->misplaced = true;
}

/* What is wrong with an area as such, NULL when it only lacks free memory */
static const char *unfit_area(const struct story *story,
			      const struct pgarea_area *area)
{
	bool bounds = area->start != PGAREA_NO_ADDRESS;

	if (bounds && area->start > story->highest)
		return "lies above the limit";
	if (bounds && area->end && area->end - 1 < story->block->lowest)
		return "lies below the limit";
	if (!area->owned)
		return "owns nothing";
	return NULL;
}

static void put_room(struct story *story, const struct pgarea_refusal *refusal)
{
	const struct pgarea_area *area = find_area(story, refusal->area);
	const char *unfit = area ? unfit_area(story, area) : NULL;

	if (!unfit && refusal->why == PGAREA_WHY_BOUNDS)
		unfit = "owns nothing within the limits";
	if (unfit) {
		fputs(unfit, story->out);
		return;
	}
	put_size(story->out, refusal->free);
	fputs(" free", story->out);
	if (area) {
		fputs(" of ", story->out);
		put_size(story->out, area->owned);
	}
	put_run(story, refusal);
	/* an area that the host could not fill would get no more next time */
	if (area && area->owned >= area->wanted && !story->short_of)
		story->short_of = area;
	if (area)
		story->leaving += area->draining + area->orphaned;
	story->lacks_room = true;
}

/* " (64 KiB)": how much is held together with the page at an address */
static void put_extent(const struct story *story, __u32 area, __u64 address)
{
	struct pgarea_range *ranges;
	size_t n;

	if (story->hidden ||
	    pgarea_list_ranges(story->fd, area, 0, 0, &ranges, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (address - ranges[i].address >= ranges[i].size)
			continue;
		fputs(" (", story->out);
		put_size(story->out, ranges[i].size);
		fputs(")", story->out);
	}
	free(ranges);
}

static void put_in_the_way(struct story *story,
			   const struct pgarea_refusal *refusal)
{
	__u64 address = refusal->address;

	if (is_leaving(refusal->state))
		story->leaving += sysconf(_SC_PAGESIZE);
	if (refusal->why == PGAREA_WHY_NOT_OWNED) {
		fputs("does not own ", story->out);
		if (address == PGAREA_NO_ADDRESS)
			fputs("the range", story->out);
		else
			fprintf(story->out, "0x%llx", address);
	} else if (address == PGAREA_NO_ADDRESS) {
		fputs("a page of the range is in use", story->out);
	} else {
		fprintf(story->out, "0x%llx is %s", address,
			pgarea_state_name(refusal->state));
		put_extent(story, refusal->area, address);
	}
}

static void put_refusal(struct story *story,
			const struct pgarea_refusal *refusal)
{
	fputs(" ", story->out);
	put_area_name(story, refusal->area);
	fputs(": ", story->out);
	switch (refusal->why) {
	case PGAREA_WHY_BOUNDS:
	case PGAREA_WHY_FULL:
	case PGAREA_WHY_FRAGMENTED:
		put_room(story, refusal);
		break;
	case PGAREA_WHY_IN_USE:
	case PGAREA_WHY_NOT_OWNED:
		put_in_the_way(story, refusal);
		break;
	default:
		fprintf(story->out, "refused for reason %u", refusal->why);
	}
}

static void put_refusals(struct story *story)
{
	const struct pgarea_array *array = &story->block->refusals;
	const struct pgarea_refusal *list = (void *)(uintptr_t)array->entries;
	__u32 told = list ? array->count : 0;

	for (__u32 i = 0; i < told; i++) {
		fputs(i ? ";" : ":", story->out);
		put_refusal(story, &list[i]);
	}
	if (!told)
		fputs(story->nr_areas ? ": it fits in no area" :
					": there is no area", story->out);
	fputs(".", story->out);
}

/* ---- What to try --------------------------------------------------------- */

/* More memory for an area at the next load, when its bounds hold that much */
static void put_reload(const struct story *story)
{
	const struct pgarea_area *area = story->short_of;
	__u64 size;

	if (!area)
		return;
	size = round_up(area->wanted + story->block->size, 1 << 20);
	if (area->wanted + story->block->size < area->wanted ||
	    size > area->end - area->start)
		return;
	fprintf(story->out, ", or reload the module with more in areas= (%s=%lluM)",
		area->name, size >> 20);
}

/* Advice other than less or more memory, NULL when there is none */
static const char *other_way(const struct story *story, __u64 best)
{
	if (story->block->flags & PGAREA_ALLOC_EXACT)
		return " `pgarea map` shows which addresses are free.";
	if (!story->lacks_room)
		return " `pgarea areas` shows what they own, and where.";
	if (story->misplaced && (!best || best >= story->block->size))
		return " Try a smaller alignment or a larger boundary.";
	return NULL;
}

static void put_advice(const struct story *story)
{
	__u64 best = story->best & ~((__u64)sysconf(_SC_PAGESIZE) - 1);
	const char *way = other_way(story, best);
	FILE *out = story->out;

	if (way) {
		fputs(way, out);
		return;
	}
	if (story->highest - story->block->lowest < story->block->size - 1)
		fputs(" The limits leave less room than that.", out);
	if (best && best < story->block->size) {
		fputs(" Try at most ", out);
		put_size(out, best);
		fputs(story->misplaced ? " or a smaller alignment" : "", out);
		fputs(", or free something (`pgarea blocks --all`)", out);
	} else {
		fputs(" Free something (`pgarea blocks --all`)", out);
	}
	put_reload(story);
	fputs(".", out);
}

/* Who only waits a little has it without asking anybody */
static void put_patience(const struct story *story)
{
	if (!story->leaving)
		return;
	if (story->block->flags & PGAREA_ALLOC_EXACT) {
		fputs(" `pgarea wait` waits until it is free.", story->out);
		return;
	}
	fputs(" There ", story->out);
	put_size(story->out, story->leaving);
	fputs(" drain or are orphaned; `pgarea wait` waits for them.", story->out);
}

/* ---- Errors that are not about room -------------------------------------- */

static const char *bad_value(const struct pgarea_alloc *block)
{
	if (!block->size)
		return "the size is zero";
	if (block->align && !power_of_two(block->align))
		return "the alignment is no power of two";
	if (block->boundary && !power_of_two(block->boundary))
		return "the boundary is no power of two";
	if (block->boundary && block->boundary < block->size)
		return "the boundary is smaller than the size";
	if (block->highest && block->lowest > block->highest)
		return "the lowest address is above the highest";
	if (block->access == PGAREA_ACCESS_EXECUTE && block->cache)
		return "only write-back memory can be executed";
	if (block->flags & PGAREA_ALLOC_PERSISTENT && !*block->name)
		return "what is persistent needs a name";
	if (block->flags & PGAREA_ALLOC_PERSISTENT && block->orphan_ms)
		return "what is persistent has no owner whose death makes it an orphan";
	if (block->flags & PGAREA_ALLOC_EXACT)
		return "the address is no multiple of the page size and the alignment";
	return "the kernel found a bad value";
}

/* The features without which the request makes no sense */
static __u64 needed_features(const struct pgarea_alloc *block)
{
	static const struct {
		__u64 flag;
		__u64 feature;
	} flags[] = {
		{ PGAREA_ALLOC_EXACT, PGAREA_FEATURE_EXACT },
		{ PGAREA_ALLOC_DRY_RUN, PGAREA_FEATURE_DRY_RUN },
		{ PGAREA_ALLOC_TOP_DOWN, PGAREA_FEATURE_TOP_DOWN },
		{ PGAREA_ALLOC_PERSISTENT, PGAREA_FEATURE_PERSISTENT },
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

static void put_alloc_reason(FILE *out, int fd,
			     const struct pgarea_alloc *block, int err)
{
	struct reason reason = {
		.fd = fd,
		.features = needed_features(block),
		.name = (const char *)block->name,
		.persistent = block->flags & PGAREA_ALLOC_PERSISTENT,
		.exact = block->flags & PGAREA_ALLOC_EXACT,
		.limits = block->lowest || block->highest || block->align ||
			  block->boundary,
		.invalid = bad_value(block),
	};

	fputs(": ", out);
	put_reason(out, &reason, err);
}

char *pgarea_explain_alloc(int fd, const struct pgarea_alloc *block, int err)
{
	struct story story = {
		.fd = fd,
		.block = block,
		.highest = block->highest ? block->highest : ~0ULL,
	};
	struct pgarea_info info = { 0 };
	size_t length;
	char *text;

	story.out = open_memstream(&text, &length);
	if (!story.out)
		return NULL;
	pgarea_get_info(fd, &info);
	story.hidden = info.flags & PGAREA_INFO_HIDE_PHYS;
	pgarea_list_areas(fd, &story.areas, &story.nr_areas);
	put_request(&story);
	if (err == -ENOSPC || err == -EBUSY) {
		put_refusals(&story);
		put_advice(&story);
		put_patience(&story);
	} else {
		put_alloc_reason(story.out, fd, block, err);
	}
	free(story.areas);
	return finish_text(story.out, &text);
}
