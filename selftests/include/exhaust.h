/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All the free memory of an area: to see which page frames it still gives, and
 * which it does not.
 */
#ifndef EXHAUST_H
#define EXHAUST_H

#include "pga_state.h"

/* Everything that an area could give, owned by a file of its own. */
struct pga_haul {
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
 * Until this very place can be allocated, which is some time after the last
 * holder let go; the last answer of ALLOC.
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

/* What BLOCKS says of the block at @address; 0 or -errno. */
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

static inline bool pga_haul_add(struct pga_haul *haul,
				const struct pgarea_alloc *block)
{
	if (haul->nr == haul->room) {
		unsigned int room = haul->room ? 2 * haul->room : 64;
		void *p = realloc(haul->blocks, room * sizeof(*block));

		if (!p)
			return false;
		haul->blocks = p;
		haul->room = room;
	}
	haul->blocks[haul->nr++] = *block;
	return true;
}

/*
 * Take all that an area can give with a new file, down to the last page; 0 or
 * -errno.  The haul is to be dropped in either case.
 */
static inline int pga_exhaust(struct pga_haul *haul, __u32 area_id)
{
	__u64 page = page_size(), size;
	struct pgarea_area area;
	int err;

	*haul = (struct pga_haul) { .fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC) };
	if (haul->fd < 0)
		return -errno;
	err = pga_area_by_id(haul->fd, area_id, &area);
	if (err)
		return err;
	size = area.largest_free;
	while (size) {
		struct pgarea_alloc block = { .size = size };

		block.flags = PGAREA_ALLOC_NO_GROW;
		err = pga_alloc_in(haul->fd, area_id, &block);
		if (err == -ENOSPC)
			size = size / page / 2 * page;
		else if (err)
			return err;
		else if (!pga_haul_add(haul, &block))
			return -ENOMEM;
	}
	return 0;
}

/* Freed, and not left to become orphans: tests go on with this memory. */
static inline void pga_haul_drop(struct pga_haul *haul)
{
	unsigned int i;

	for (i = 0; i < haul->nr; i++)
		pga_free(haul->fd, haul->blocks[i].id);
	if (haul->fd >= 0)
		close(haul->fd);
	free(haul->blocks);
}

static inline bool pga_haul_has(const struct pga_haul *haul, __u64 phys,
				__u64 size)
{
	unsigned int i;

	for (i = 0; i < haul->nr; i++)
		if (pga_overlap(haul->blocks[i].phys, haul->blocks[i].granted,
				phys, size))
			return true;
	return false;
}

/* Overwrite all of it; 0 or -errno. */
static inline int pga_haul_fill(const struct pga_haul *haul, int byte)
{
	unsigned int i;

	for (i = 0; i < haul->nr; i++) {
		void *at = pga_map(haul->fd, &haul->blocks[i]);

		if (at == MAP_FAILED)
			return -errno;
		memset(at, byte, haul->blocks[i].granted);
		munmap(at, haul->blocks[i].granted);
	}
	return 0;
}

/* Has each page of it this byte, from its first to its last? */
static inline bool pga_haul_keeps(const struct pga_haul *haul, char byte)
{
	bool kept = true;
	unsigned int i;

	for (i = 0; i < haul->nr && kept; i++) {
		size_t size = haul->blocks[i].granted;
		char *at = pga_map(haul->fd, &haul->blocks[i]);

		if (at == MAP_FAILED)
			return false;
		kept = at[0] == byte && !memcmp(at, at + 1, size - 1);
		munmap(at, size);
	}
	return kept;
}

#endif /* EXHAUST_H */
