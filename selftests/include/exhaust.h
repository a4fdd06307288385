/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All the free memory of an area: to check which page frames it still
 * allocates, and which it does not.
 */
#ifndef EXHAUST_H
#define EXHAUST_H

#include "pga_state.h"

/* Everything that an area can allocate, owned by a file of its own. */
struct pga_grabbed {
	int fd;
	unsigned int nr;
	unsigned int room;
	struct pgarea_alloc *blocks;
};

static inline bool pga_overlap(__u64 a, __u64 a_size, __u64 b,
			       __u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/*
 * Wait until this exact place can be allocated, which is some time after the
 * last holder ends; return the last result of ALLOC.
 */
static inline int pga_wait_exact(int fd, __u64 address, __u64 size,
				 struct pgarea_alloc *arg)
{
	int ms, err = -EBUSY;

	for (ms = 0; ms < PGA_SETTLE_MS && err == -EBUSY; ms += 10) {
		err = pga_alloc_at(fd, address, size, arg);
		if (err == -EBUSY)
			pga_sleep_ms(10);
	}
	return err;
}

/* The entry of the block at @address in BLOCKS; 0 or -errno. */
static inline int pga_block_at(int fd, __u64 flags, __u64 address,
			       struct pgarea_block *out)
{
	struct pgarea_block *list;
	int i, nr = pga_blocks(fd, flags, &list), err = nr < 0 ? nr : -ENOENT;

	for (i = 0; i < nr && err; i++) {
		if (list[i].address != address)
			continue;
		*out = list[i];
		err = 0;
	}
	if (nr >= 0)
		free(list);
	return err;
}

static inline bool pga_grabbed_add(struct pga_grabbed *grabbed,
				   const struct pgarea_alloc *block)
{
	if (grabbed->nr == grabbed->room) {
		unsigned int room = grabbed->room ? 2 * grabbed->room : 64;
		void *p = realloc(grabbed->blocks, room * sizeof(*block));

		if (!p)
			return false;
		grabbed->blocks = p;
		grabbed->room = room;
	}
	grabbed->blocks[grabbed->nr++] = *block;
	return true;
}

/*
 * Allocate all of an area with a new file, down to the last page; 0 or -errno.
 * The caller must free @grabbed in either case.
 */
static inline int pga_exhaust(struct pga_grabbed *grabbed, __u32 area_id)
{
	__u64 page = page_size(), size;
	struct pgarea_area area;
	int err;

	memset(grabbed, 0, sizeof(*grabbed));
	grabbed->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (grabbed->fd < 0)
		return -errno;
	err = pga_area_by_id(grabbed->fd, area_id, &area);
	if (err)
		return err;
	size = area.largest_free;
	while (size) {
		struct pgarea_alloc block = { .size = size };

		block.flags = PGAREA_ALLOC_NO_GROW;
		err = pga_alloc_in(grabbed->fd, area_id, &block);
		if (err == -ENOSPC)
			size = size / page / 2 * page;
		else if (err)
			return err;
		else if (!pga_grabbed_add(grabbed, &block))
			return -ENOMEM;
	}
	return 0;
}

/* Free it all now: orphaned blocks would be missing in the same test. */
static inline void pga_grabbed_free(struct pga_grabbed *grabbed)
{
	unsigned int i;

	for (i = 0; i < grabbed->nr; i++)
		pga_free(grabbed->fd, grabbed->blocks[i].id);
	if (grabbed->fd >= 0)
		close(grabbed->fd);
	free(grabbed->blocks);
}

static inline bool pga_grabbed_has(const struct pga_grabbed *grabbed,
				   __u64 phys, __u64 size)
{
	unsigned int i;

	for (i = 0; i < grabbed->nr; i++)
		if (pga_overlap(grabbed->blocks[i].phys,
				grabbed->blocks[i].alloc_size, phys, size))
			return true;
	return false;
}

/* Overwrite all of it; 0 or -errno. */
static inline int pga_grabbed_fill(const struct pga_grabbed *grabbed, int byte)
{
	unsigned int i;

	for (i = 0; i < grabbed->nr; i++) {
		void *at = pga_map(grabbed->fd, &grabbed->blocks[i]);

		if (at == MAP_FAILED)
			return -errno;
		memset(at, byte, grabbed->blocks[i].alloc_size);
		munmap(at, grabbed->blocks[i].alloc_size);
	}
	return 0;
}

/* Does each page of it have this byte, from its first to its last? */
static inline bool pga_grabbed_keeps(const struct pga_grabbed *grabbed,
				     char byte)
{
	bool kept = true;
	unsigned int i;

	for (i = 0; i < grabbed->nr && kept; i++) {
		size_t size = grabbed->blocks[i].alloc_size;
		char *at = pga_map(grabbed->fd, &grabbed->blocks[i]);

		if (at == MAP_FAILED)
			return false;
		kept = at[0] == byte && !memcmp(at, at + 1, size - 1);
		munmap(at, size);
	}
	return kept;
}

#endif /* EXHAUST_H */
