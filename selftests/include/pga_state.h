/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of the device, for the tests: whole lists, the counters of all
 * areas at one moment, and areas to work in.
 *
 * This code does not assume how many areas there are, where, or how large they
 * are.
 */
#ifndef PGA_STATE_H
#define PGA_STATE_H

#include <time.h>

#include "pga_test.h"

#define PGA_MOST_AREAS	64

/* Freed memory may drain for a moment: the host's scanners take references. */
#define PGA_SETTLE_MS	(10000 * pga_slow())

/* An array of the program, as the commands take it */
#define PGA_ARRAY(_entries, _count) ({					\
	__auto_type _first = _entries;					\
									\
	pga_array(_first, sizeof(*_first), _count);			\
})

/* The counters of all areas */
struct pga_snapshot {
	int nr;
	struct pgarea_area areas[PGA_MOST_AREAS];
};

/* The smallest area with room for a block of that many pages. */
#define PGA_PICK_OR_SKIP(_fd, _pages, _area) do {			\
	__u64 _wanted = _pages;						\
									\
	if (pga_pick(_fd, _wanted * page_size(), _area))		\
		SKIP(return, "no area has %llu contiguous pages",	\
		     _wanted);						\
} while (0)

/* The kernel shows page frame numbers to root only. */
#define PGA_ROOT_OR_SKIP() do {						\
	if (geteuid())							\
		SKIP(return, "needs root");				\
} while (0)

static inline struct pgarea_array pga_array(const void *entries, __u32 size,
					    __u32 count)
{
	return (struct pgarea_array){
		.entries = (uintptr_t)entries,
		.entry_size = size,
		.count = count,
	};
}

static inline void pga_sleep_ms(unsigned int ms)
{
	struct timespec pause = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&pause, NULL);
}

static inline int pga_snapshot(int fd, struct pga_snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->nr = pga_areas(fd, snapshot->areas, PGA_MOST_AREAS);
	return snapshot->nr < 0 ? snapshot->nr : 0;
}

/* Does @fd report the same for all areas as in @then?  Others must be idle. */
static inline bool pga_is_as(int fd, const struct pga_snapshot *then)
{
	struct pga_snapshot now;

	return !pga_snapshot(fd, &now) && !memcmp(&now, then, sizeof(now));
}

static inline void pga_say(const char *when, const struct pgarea_area *area)
{
	printf("# %s %s: owned %llu, free %llu, allocated %llu, ", when,
	       area->name, area->owned, area->free, area->allocated);
	printf("reserved %llu, draining %llu, orphaned %llu, poisoned %llu, ",
	       area->reserved, area->draining, area->orphaned, area->poisoned);
	printf("largest free %llu\n", area->largest_free);
}

static inline void pga_say_difference(int fd, const struct pga_snapshot *then)
{
	struct pga_snapshot now;
	int i;

	if (pga_snapshot(fd, &now))
		return;
	for (i = 0; i < then->nr; i++) {
		const struct pgarea_area *a = &then->areas[i];
		const struct pgarea_area *b = &now.areas[i];

		if (!memcmp(a, b, sizeof(*a)))
			continue;
		pga_say("area", a);
		pga_say(" now", b);
	}
}

/* The same, after a delay for memory that drains. */
static inline bool pga_returns_to(int fd, const struct pga_snapshot *then)
{
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (pga_is_as(fd, then))
			return true;
		pga_sleep_ms(10);
	}
	pga_say_difference(fd, then);
	return false;
}

/* At any moment, with concurrent users: is each page of an area counted once? */
static inline bool pga_adds_up(int fd)
{
	struct pga_snapshot now;
	int i, err = pga_snapshot(fd, &now);

	if (err)
		printf("# AREAS: %s\n", strerror(-err));
	for (i = 0; i < now.nr; i++) {
		const struct pgarea_area *area = &now.areas[i];

		if (area->owned == area->free + area->allocated +
				   area->reserved + area->draining +
				   area->orphaned + area->poisoned &&
		    area->largest_free <= area->free)
			continue;
		pga_say("does not add up:", area);
		err = -EPROTO;
	}
	return !err;
}

static inline int pga_area_by_id(int fd, __u32 id, struct pgarea_area *area)
{
	struct pga_snapshot now;
	int i, err = pga_snapshot(fd, &now);

	for (i = 0; i < now.nr; i++) {
		if (now.areas[i].id == id) {
			*area = now.areas[i];
			return 0;
		}
	}
	return err ?: -ENOENT;
}

/* The smallest area with that many contiguous free bytes; -ENOSPC: none. */
static inline int pga_pick(int fd, __u64 bytes, struct pgarea_area *area)
{
	struct pga_snapshot now;
	int i, best = -1, err = pga_snapshot(fd, &now);

	for (i = 0; i < now.nr; i++)
		if (now.areas[i].largest_free >= bytes &&
		    (best < 0 || now.areas[i].owned < now.areas[best].owned))
			best = i;
	if (best < 0)
		return err ?: -ENOSPC;
	*area = now.areas[best];
	return 0;
}

/* ALLOC from this area only.  @arg has every value that is not the default. */
static inline int pga_alloc_in(int fd, __u32 area, struct pgarea_alloc *arg)
{
	struct pgarea_area_id set = { .id = area };
	int err;

	arg->areas = PGA_ARRAY(&set, 1);
	err = pga_alloc(fd, arg);
	memset(&arg->areas, 0, sizeof(arg->areas));
	return err;
}

/* ALLOC of exactly these pages. */
static inline int pga_alloc_at(int fd, __u64 address, __u64 size,
			       struct pgarea_alloc *arg)
{
	*arg = (struct pgarea_alloc){
		.size = size,
		.address = address,
		.flags = PGAREA_ALLOC_EXACT,
	};
	return pga_alloc(fd, arg);
}

/*
 * Allocate @nr blocks of @size bytes from this area only; return how many were
 * allocated, or -errno.
 */
static inline int pga_bulk_in(int fd, __u32 area, __u64 size,
			      struct pgarea_bulk_block *blocks, __u32 nr)
{
	struct pgarea_area_id set = { .id = area };
	struct pgarea_alloc_bulk arg = {
		.size = size,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, nr),
	};

	return pga_alloc_bulk(fd, &arg) ?: (int)arg.done;
}

/* FREE_BULK of these ids; how many were freed, or -errno. */
static inline int pga_free_ids(int fd, const __u64 *ids, __u32 nr)
{
	struct pgarea_free_bulk arg = { .ids = PGA_ARRAY(ids, nr) };

	return pga_free_bulk(fd, &arg) ?: (int)arg.done;
}

/* SPLIT; the number of pieces, or -errno. */
static inline int pga_split(int fd, __u64 id, __u64 first, __u64 size,
			    struct pgarea_bulk_block *pieces, __u32 room)
{
	struct pgarea_split arg = {
		.id = id,
		.first = first,
		.size = size,
		.pieces = PGA_ARRAY(pieces, room),
	};

	return pga_ioctl(fd, PGAREA_IOC_SPLIT, &arg) ?: (int)arg.pieces.count;
}

static inline int pga_reserve_at(int fd, __u64 address, __u64 size,
				 __u64 *id)
{
	struct pgarea_reserve arg = { .address = address, .size = size };
	int err = pga_reserve(fd, &arg);

	*id = arg.id;
	return err;
}

/*
 * Run a command until its list fits, which is nearly always at once: a probe of all
 * memory takes seconds on a slow kernel.  @list: the list, to be freed by the caller,
 * NULL after an error; @array: the description of it, in @arg.  The number of
 * entries, or -errno.
 */
static inline int pga_whole_list(int fd, unsigned long cmd, void *arg,
				 struct pgarea_array *array, void **list)
{
	__u32 room = 2048;
	int err;

	do {
		room *= 2;
		*list = calloc(room, array->entry_size);
		if (!*list)
			return -ENOMEM;
		array->entries = (uintptr_t)*list;
		array->cursor = 0;
		array->count = room;
		err = pga_ioctl(fd, cmd, arg);
		if (err) {
			free(*list);
			*list = NULL;
		}
	} while (err == -EMSGSIZE);
	return err ?: (int)array->count;
}

static inline int pga_ranges(int fd, __u32 area, struct pgarea_range **list)
{
	struct pgarea_ranges arg = {
		.area = area,
		.ranges.entry_size = sizeof(**list),
	};

	return pga_whole_list(fd, PGAREA_IOC_RANGES, &arg, &arg.ranges,
			      (void **)list);
}

static inline int pga_blocks(int fd, __u64 flags, struct pgarea_block **list)
{
	struct pgarea_blocks arg = {
		.flags = flags,
		.blocks.entry_size = sizeof(**list),
	};

	return pga_whole_list(fd, PGAREA_IOC_BLOCKS, &arg, &arg.blocks,
			      (void **)list);
}

static inline int pga_orders(int fd, __u32 area, struct pgarea_order *list,
			     int room)
{
	struct pgarea_orders arg = {
		.area = area,
		.orders = PGA_ARRAY(list, room),
	};
	int err = pga_ioctl(fd, PGAREA_IOC_ORDERS, &arg);

	return err ?: (int)arg.orders.count;
}

/* The longest run of free memory of an area; 0 or -errno. */
static inline int pga_longest_free(int fd, __u32 area,
				   struct pgarea_range *longest)
{
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area, &list);

	if (nr < 0)
		return nr;
	memset(longest, 0, sizeof(*longest));
	for (i = 0; i < nr; i++)
		if (list[i].state == PGAREA_STATE_FREE &&
		    list[i].size > longest->size)
			*longest = list[i];
	free(list);
	return longest->size ? 0 : -ENOSPC;
}

/* The range that has this address; 0 or -errno. */
static inline int pga_range_at(int fd, __u32 area, __u64 address,
			       struct pgarea_range *range)
{
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area, &list), err = nr < 0 ? nr : -ENOENT;

	for (i = 0; i < nr && err; i++) {
		if (address - list[i].address >= list[i].size)
			continue;
		*range = list[i];
		err = 0;
	}
	if (nr >= 0)
		free(list);
	return err;
}

/* State of a block's first page, as any file reads it; or -errno. */
static inline int pga_state_of(int fd, const struct pgarea_alloc *block)
{
	struct pgarea_range range;
	int err = pga_range_at(fd, block->area, block->phys, &range);

	return err ?: (int)range.state;
}

/* Is its first page free, now or soon? */
static inline bool pga_becomes_free(int fd, const struct pgarea_alloc *block)
{
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (pga_state_of(fd, block) == PGAREA_STATE_FREE)
			return true;
		pga_sleep_ms(10);
	}
	return false;
}

/* Random numbers that are the same for the same seed (xorshift64*). */
static inline __u64 pga_random(__u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* True in that many of a hundred cases. */
static inline bool pga_chance(__u64 *state, unsigned int percent)
{
	return pga_random(state) % 100 < percent;
}

/* The module's use count, as lsmod shows it; -1: not a module. */
static inline int pga_module_users(void)
{
	FILE *file = fopen("/sys/module/pgarea/refcnt", "re");
	int users = -1;

	if (file && fscanf(file, "%d", &users) != 1)
		users = -1;
	if (file)
		fclose(file);
	return users;
}

static inline __u64 pga_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* A seed, printed for use as PGA_SEED. */
static inline __u64 pga_seed(void)
{
	const char *wanted = getenv("PGA_SEED");
	struct timespec now;
	__u64 seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = wanted ? strtoull(wanted, NULL, 0) :
			((__u64)now.tv_sec << 30) ^ now.tv_nsec;
	seed = seed ?: 1;
	printf("# PGA_SEED=%#llx\n", (unsigned long long)seed);
	return seed;
}

#endif /* PGA_STATE_H */
