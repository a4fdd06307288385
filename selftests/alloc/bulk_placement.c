// SPDX-License-Identifier: GPL-2.0
/*
 * Where the blocks of ALLOC_BULK lie: at the places where as many single ALLOCs
 * would put them, in an area that has holes of all lengths.
 *
 * The positions of the holes are random.  The test prints the seed, and
 * PGA_SEED sets it.
 */
#include "include/pga_state.h"

#define NR	40
#define HOLES	80

FIXTURE(bulk_place) {
	int fd;
	int watch;
	__u64 low;
	struct pgarea_area area;
	struct pga_snapshot before;
};

/* In pages; @lowest is relative to the longest free run. */
FIXTURE_VARIANT(bulk_place) {
	__u64 size;
	__u64 align;
	__u64 boundary;
	__u64 lowest;
	__u64 flags;
};

#define PLACE(_name, ...) \
FIXTURE_VARIANT_ADD(bulk_place, _name) { __VA_ARGS__ }

PLACE(pages, .size = 1);
PLACE(odd_sizes, .size = 5);
PLACE(long_ones, .size = 37);
PLACE(aligned, .size = 3, .align = 8);
PLACE(bounded, .size = 5, .boundary = 8);
PLACE(limited, .size = 3, .lowest = 300);
PLACE(top_down, .size = 5, .flags = PGAREA_ALLOC_TOP_DOWN);
PLACE(top_down_aligned, .size = 3, .align = 16, .flags = PGAREA_ALLOC_TOP_DOWN);

/* @watch makes holes in the area, @fd allocates what is compared. */
FIXTURE_SETUP(bulk_place)
{
	struct pgarea_range run;
	struct pgarea_alloc hole;
	__u64 seed;
	int i;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, 1024, &self->area);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, pga_longest_free(self->watch, self->area.id, &run));
	self->low = run.address;
	seed = pga_seed();
	for (i = 0; i < HOLES; i++) {
		__u64 page = pga_random(&seed) % (run.size / page_size());
		int err = pga_alloc_at(self->watch,
				       run.address + page * page_size(),
				       page_size(), &hole);

		ASSERT_TRUE(!err || err == -EBUSY);
	}
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
}

FIXTURE_TEARDOWN(bulk_place)
{
	close(self->watch);
}

/* The same request, single and in bulk; the number of blocks, or -errno. */
static int alloc_singly(int fd, __u32 area, struct pgarea_alloc *arg,
			__u64 *places)
{
	int i, err;

	for (i = 0; i < NR; i++) {
		err = pga_alloc_in(fd, area, arg);
		if (err == -ENOSPC)
			break;
		if (err)
			return err;
		places[i] = arg->phys;
	}
	return i;
}

static int alloc_in_bulk(int fd, __u32 area, const struct pgarea_alloc *arg,
			 struct pgarea_bulk_block *blocks)
{
	struct pgarea_area_id set = { .id = area };
	struct pgarea_alloc_bulk bulk = {
		.size = arg->size,
		.align = arg->align,
		.boundary = arg->boundary,
		.lowest = arg->lowest,
		.flags = arg->flags,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, NR),
	};

	return pga_alloc_bulk(fd, &bulk) ?: (int)bulk.done;
}

TEST_F(bulk_place, as_that_many_single_ones)
{
	struct pgarea_alloc arg = {
		.size = variant->size * page_size(),
		.align = variant->align * page_size(),
		.boundary = variant->boundary * page_size(),
		.lowest = variant->lowest ?
			  self->low + variant->lowest * page_size() : 0,
		.flags = variant->flags,
	};
	struct pgarea_bulk_block blocks[NR];
	__u64 places[NR];
	int i, nr;

	nr = alloc_singly(self->fd, self->area.id, &arg, places);
	ASSERT_LT(1, nr);
	close(self->fd);
	ASSERT_TRUE(pga_returns_to(self->watch, &self->before));

	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(nr, alloc_in_bulk(self->fd, self->area.id, &arg, blocks));
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(places[i], blocks[i].phys);
		EXPECT_EQ(arg.size, blocks[i].alloc_size);
		EXPECT_EQ(self->area.id, blocks[i].area);
	}
}

TEST_HARNESS_MAIN
