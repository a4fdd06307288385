// SPDX-License-Identifier: GPL-2.0
/* Which area a block comes from, and why each of the others refused. */
#include "include/pga_state.h"

FIXTURE(areas) {
	int fd;
	__u64 page;
	struct pga_snapshot before;
	struct pgarea_refusal refusals[PGA_MOST_AREAS];
	int with_memory[PGA_MOST_AREAS];
	int nr;
};

/* @with_memory: indices of the areas that have a free page, @nr of them */
FIXTURE_SETUP(areas)
{
	int i;

	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	for (i = 0; i < self->before.nr; i++)
		if (self->before.areas[i].free)
			self->with_memory[self->nr++] = i;
	if (!self->nr)
		SKIP(return, "no area has memory");
}

FIXTURE_TEARDOWN(areas)
{
	close(self->fd);
}

static bool has_free_below(int fd, __u32 area, __u64 highest)
{
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area, &list);
	bool found = false;

	for (i = 0; i < nr; i++)
		if (list[i].state == PGAREA_STATE_FREE &&
		    list[i].address + page_size() - 1 <= highest)
			found = true;
	if (nr >= 0)
		free(list);
	return found;
}

TEST_F(areas, the_least_precious_first)
{
	struct pgarea_alloc block = { .size = 1 };
	int last = self->with_memory[self->nr - 1];

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(self->before.areas[last].id, block.area);
}

/*
 * With each area's upper bound as the limit, that area or one before it serves.
 */
TEST_F(areas, the_least_precious_that_has_memory_there)
{
	int i, j;

	for (i = 0; i < self->nr; i++) {
		const struct pgarea_area *areas = self->before.areas;
		struct pgarea_alloc block = {
			.size = 1,
			.highest = areas[self->with_memory[i]].end - 1,
		};

		for (j = self->before.nr - 1; j > 0; j--)
			if (has_free_below(self->fd, areas[j].id,
					   block.highest))
				break;
		ASSERT_EQ(0, pga_alloc(self->fd, &block));
		EXPECT_EQ(areas[j].id, block.area);
		EXPECT_GE(block.highest, block.phys + self->page - 1);
	}
}

TEST_F(areas, in_the_order_of_the_set)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_area_id set[2] = {};
	int first = 0, second = self->nr - 1;

	if (self->nr < 2)
		SKIP(return, "needs two areas with memory");
	set[0].id = self->before.areas[self->with_memory[first]].id;
	set[1].id = self->before.areas[self->with_memory[second]].id;
	block.areas = PGA_ARRAY(set, 2);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(set[0].id, block.area);
	set[1].id = set[0].id;
	set[0].id = self->before.areas[self->with_memory[second]].id;
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(set[0].id, block.area);
}

/* The first area of the set is too small. */
TEST_F(areas, the_next_of_the_set_when_it_does_not_fit)
{
	const struct pgarea_area *small, *large, *other;
	struct pgarea_area_id set[2] = {};
	struct pgarea_alloc block = {};
	int i;

	small = &self->before.areas[self->with_memory[0]];
	large = small;
	for (i = 1; i < self->nr; i++) {
		other = &self->before.areas[self->with_memory[i]];
		if (other->largest_free < small->largest_free)
			small = other;
		if (other->largest_free > large->largest_free)
			large = other;
	}
	if (small->largest_free == large->largest_free)
		SKIP(return, "all areas are equally large");
	set[0].id = small->id;
	set[1].id = large->id;
	block.size = small->largest_free + 1;
	block.areas = PGA_ARRAY(set, 2);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(large->id, block.area);
	block.areas.count = 1;
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
}

/* As many refusals as possible, in the order of the attempts, and correct. */
TEST_F(areas, refusals_of_all_areas)
{
	int i, nr = self->before.nr;
	struct pgarea_alloc block = {
		.size = 1ULL << 62,
		.refusals = PGA_ARRAY(self->refusals, PGA_MOST_AREAS),
	};

	ASSERT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	ASSERT_EQ(nr, (int)block.refusals.count);
	EXPECT_EQ(nr, (int)block.refusals.total);
	for (i = 0; i < nr; i++) {
		const struct pgarea_area *area = &self->before.areas[nr - 1 - i];
		const struct pgarea_refusal *refusal = &self->refusals[i];

		EXPECT_EQ(area->id, refusal->area);
		EXPECT_EQ(PGAREA_REASON_FULL, refusal->reason);
		EXPECT_EQ(PGAREA_NO_ADDRESS, refusal->address);
		EXPECT_EQ(area->free, refusal->free);
		EXPECT_EQ(area->largest_free, refusal->largest_free);
		EXPECT_EQ(0, refusal->state);
		EXPECT_EQ(0, refusal->__reserved);
	}
}

TEST_F(areas, refusals_that_do_not_fit_are_counted)
{
	struct pgarea_alloc block = {
		.size = 1ULL << 62,
		.refusals = PGA_ARRAY(self->refusals, 1),
	};

	memset(self->refusals, 0xa5, sizeof(self->refusals));
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_EQ(1, block.refusals.count);
	EXPECT_EQ(self->before.nr, (int)block.refusals.total);
	EXPECT_EQ(0xa5a5a5a5, self->refusals[1].area);
}

TEST_F(areas, refusals_nobody_wants)
{
	struct pgarea_alloc block = { .size = 1ULL << 62 };

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_EQ(0, block.refusals.count);
}

/* The refusal of the one area of @arg; the errno in @err. */
static struct pgarea_refusal refusal_of(int fd, __u32 area,
					struct pgarea_alloc arg, int *err)
{
	struct pgarea_refusal refusal = {};

	arg.refusals = PGA_ARRAY(&refusal, 1);
	*err = pga_alloc_in(fd, area, &arg);
	return refusal;
}

TEST_F(areas, out_of_bounds)
{
	struct pgarea_alloc above = { .size = 1, .lowest = 1ULL << 62 };
	struct pgarea_refusal refusal;
	int i, err;

	for (i = 0; i < self->nr; i++) {
		__u32 id = self->before.areas[self->with_memory[i]].id;

		refusal = refusal_of(self->fd, id, above, &err);
		EXPECT_EQ(-ENOSPC, err);
		EXPECT_EQ(id, refusal.area);
		EXPECT_EQ(PGAREA_REASON_BOUNDS, refusal.reason);
	}
}

TEST_F(areas, out_of_bounds_in_the_first_page)
{
	struct pgarea_alloc below = { .size = 1, .highest = 100 };
	__u32 id = self->before.areas[self->with_memory[0]].id;
	int err;

	EXPECT_EQ(PGAREA_REASON_BOUNDS,
		  refusal_of(self->fd, id, below, &err).reason);
	EXPECT_EQ(-ENOSPC, err);
}

FIXTURE(why) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pgarea_range run;
};

FIXTURE_SETUP(why)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 64, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	self->page = page_size();
}

FIXTURE_TEARDOWN(why)
{
	close(self->fd);
}

TEST_F(why, full)
{
	struct pgarea_alloc block = { .size = self->area.free + 1 };
	int err;

	EXPECT_EQ(PGAREA_REASON_FULL, refusal_of(self->fd, self->area.id, block,
						 &err).reason);
	EXPECT_EQ(-ENOSPC, err);
}

/* A page in the middle is allocated: the free memory is no longer contiguous. */
TEST_F(why, fragmented)
{
	__u64 middle = self->run.address + self->run.size / 2 / self->page *
		       self->page;
	struct pgarea_alloc taken, block = {
		.size = self->area.free - self->page,
	};
	struct pgarea_refusal refusal;
	int err;

	ASSERT_EQ(0, pga_alloc_at(self->fd, middle, self->page, &taken));
	refusal = refusal_of(self->fd, self->area.id, block, &err);
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(PGAREA_REASON_FRAGMENTED, refusal.reason);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.address);
	EXPECT_EQ(self->area.free - self->page, refusal.free);
	EXPECT_GT(refusal.free, refusal.largest_free);
}

TEST_F(why, no_place_with_that_alignment)
{
	struct pgarea_alloc block = { .size = 1, .align = 1ULL << 62 };
	int err;

	EXPECT_EQ(PGAREA_REASON_FRAGMENTED,
		  refusal_of(self->fd, self->area.id, block, &err).reason);
	EXPECT_EQ(-ENOSPC, err);
}

/* @size bytes of exact memory from @address on, and the refusal */
static struct pgarea_refusal refusal_at(int fd, __u32 area, __u64 address,
					__u64 size, int *err)
{
	struct pgarea_alloc block = {
		.size = size,
		.address = address,
		.flags = PGAREA_ALLOC_EXACT,
	};

	return refusal_of(fd, area, block, err);
}

TEST_F(why, exact_and_allocated)
{
	__u64 taken = self->run.address + 8 * self->page;
	struct pgarea_refusal refusal;
	struct pgarea_alloc block;
	int err;

	ASSERT_EQ(0, pga_alloc_at(self->fd, taken, 2 * self->page, &block));
	refusal = refusal_at(self->fd, self->area.id, self->run.address,
			     16 * self->page, &err);
	EXPECT_EQ(-EBUSY, err);
	EXPECT_EQ(PGAREA_REASON_IN_USE, refusal.reason);
	EXPECT_EQ(taken, refusal.address);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, refusal.state);
}

TEST_F(why, exact_and_reserved)
{
	__u64 taken = self->run.address + 8 * self->page, id;
	struct pgarea_refusal refusal;
	int err;

	ASSERT_EQ(0, pga_reserve_at(self->fd, taken, self->page, &id));
	refusal = refusal_at(self->fd, self->area.id, taken, self->page, &err);
	EXPECT_EQ(-EBUSY, err);
	EXPECT_EQ(PGAREA_REASON_IN_USE, refusal.reason);
	EXPECT_EQ(taken, refusal.address);
	EXPECT_EQ(PGAREA_STATE_RESERVED, refusal.state);
}

TEST_F(why, exact_and_not_owned)
{
	struct pgarea_refusal refusal;
	int err;

	refusal = refusal_at(self->fd, self->area.id, 1ULL << 62, self->page,
			     &err);
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(PGAREA_REASON_NOT_OWNED, refusal.reason);
	EXPECT_EQ(1ULL << 62, refusal.address);
	EXPECT_EQ(PGAREA_STATE_NOT_OWNED, refusal.state);
}

/* Page 0 is never in an area, and 0 is an address like any other. */
TEST_F(why, exact_at_address_0)
{
	struct pgarea_refusal refusal;
	int err;

	refusal = refusal_at(self->fd, self->area.id, 0, self->page, &err);
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(PGAREA_REASON_NOT_OWNED, refusal.reason);
	EXPECT_EQ(0, refusal.address);
}

TEST_HARNESS_MAIN
