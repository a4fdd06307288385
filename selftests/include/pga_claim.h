/* SPDX-License-Identifier: GPL-2.0 */
/* Claims, and memory of the host that can be claimed. */
#ifndef PGA_CLAIM_H
#define PGA_CLAIM_H

#include "pga_area.h"
#include "probe/probe.h"

/* Skip if nothing can be claimed: the file must be that of an administrator. */
#define PGA_CLAIMS_OR_SKIP(_fd) do {					\
	PGA_FEATURE_OR_SKIP(_fd, PGAREA_FEATURE_CLAIM);			\
	PGA_ROOT_OR_SKIP();						\
} while (0)

/* The host has a place of so many pageblocks that could be had now. */
#define PGA_PLACE_OR_SKIP(_fd, _nr, _place) do {			\
	*(_place) = pga_host_place(_fd, _nr);				\
	if (!*(_place))							\
		SKIP(return, "the host has no such place now");		\
} while (0)

/* A block that is claimed, and why it is refused */
struct pga_claimed {
	struct pgarea_alloc block;
	struct pgarea_refusal refusal;
};

/* ALLOC with CLAIM; @arg has every value that is not the default. */
static inline int pga_claim_with(int fd, __u64 address, __u64 size,
				 struct pga_claimed *arg)
{
	memset(&arg->refusal, 0xff, sizeof(arg->refusal));
	arg->block.address = address;
	arg->block.size = size;
	arg->block.flags |= PGAREA_ALLOC_EXACT | PGAREA_ALLOC_CLAIM;
	arg->block.refusals = PGA_ARRAY(&arg->refusal, 1);
	return pga_alloc(fd, &arg->block);
}

static inline int pga_claim(int fd, __u64 address, __u64 size,
			    struct pga_claimed *arg)
{
	memset(arg, 0, sizeof(*arg));
	return pga_claim_with(fd, address, size, arg);
}

static inline int pga_claim_reserve(int fd, __u64 address, __u64 size,
				    struct pgarea_reserve *arg)
{
	*arg = (struct pgarea_reserve){
		.address = address,
		.size = size,
		.flags = PGAREA_RESERVE_CLAIM,
	};
	return pga_reserve(fd, arg);
}

static inline bool pga_is_hosts(const struct pgarea_obstacle *run, bool free)
{
	return run->flags & OBTAINABLE && !run->area &&
	       (!free || run->kind == PGAREA_OBSTACLE_FREE);
}

/* A run of so many bytes of the host's that could be had; its address, or 0. */
static inline __u64 pga_longest_place(const struct pgarea_obstacle *list, int nr,
				      __u64 size, bool free)
{
	__u64 run = 0;
	int i;

	for (i = nr - 1; i >= 0; i--) {
		run = pga_is_hosts(&list[i], free) ? run + list[i].size : 0;
		/* Not the lowest megabytes, which drivers need. */
		if (run >= size && list[i].address >= 16 * MIB)
			return list[i].address;
		if (run >= size && list[i].address + run >= 16 * MIB + size)
			return list[i].address + run - size;
	}
	return 0;
}

/* A place of the host's that could be had, free memory if there is such; or 0 */
static inline __u64 pga_host_place(int fd, __u64 pageblocks)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	__u64 size = pageblocks * pageblock_size(fd), place;
	struct pgarea_obstacle *list;
	int nr = probe(fd, &arg, &list);

	if (nr <= 0)
		return 0;
	place = pga_longest_place(list, nr, size, true) ?:
		pga_longest_place(list, nr, size, false);
	free(list);
	return place;
}

/* The area that owns an address; 0, or -errno: -ENOENT if there is none. */
static inline int pga_area_at(int fd, __u64 address, struct pgarea_area *area)
{
	struct pgarea_obstacle entry;
	int err = probe_at(fd, address, &entry);

	if (err || !entry.area)
		return err ?: -ENOENT;
	return pga_area_by_id(fd, entry.area, area);
}

/* The number of areas of claims, or -errno */
static inline int pga_nr_claims(int fd)
{
	struct pga_snapshot now;
	int i, nr = 0, err = pga_snapshot(fd, &now);

	for (i = 0; i < now.nr; i++)
		nr += !!(now.areas[i].flags & PGAREA_AREA_CLAIM);
	return err ?: nr;
}

/* Did all areas of claims end, now or soon?  The host has their memory then. */
static inline bool pga_claims_end(int fd)
{
	struct pgarea_wait nothing = {};
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (!pga_nr_claims(fd))
			return !pga_wait(fd, &nothing);
		pga_sleep_ms(10);
	}
	return false;
}

/* Does each page of a mapped block lie where it should? */
static inline bool pga_lies_at(const char *at, __u64 phys, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page_size())
		if (phys_of(at + i) != phys + i)
			return false;
	return true;
}

#endif /* PGA_CLAIM_H */
