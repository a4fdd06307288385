// SPDX-License-Identifier: GPL-2.0
/*
 * Reservations: exact ranges, all or nothing, that the module allocates to no
 * caller.
 */
#include "include/pga_state.h"

/* @run: the longest run of free memory; @base: an address well inside it */
FIXTURE(reserve) {
	int fd;
	__u64 page;
	__u64 base;
	struct pgarea_area area;
	struct pgarea_range run;
	struct pga_snapshot before;
};

FIXTURE_SETUP(reserve)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 256, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->base = self->run.address + 64 * self->page;
}

FIXTURE_TEARDOWN(reserve)
{
	close(self->fd);
}

#define PAGES(_nr)	((_nr) * self->page)

/* The state of the page with this address. */
static __u32 state_at(int fd, __u32 area, __u64 address)
{
	struct pgarea_range range;

	return pga_range_at(fd, area, address, &range) ?
		PGAREA_STATE_NOT_OWNED : range.state;
}

#define STATE_AT(_address)	state_at(self->fd, self->area.id, _address)

TEST_F(reserve, a_range)
{
	struct pgarea_reserve arg = {
		.address = self->base,
		.size = PAGES(7),
		.conflict = 1,
		.conflict_size = 1,
		.conflict_state = 1,
	};
	struct pgarea_area now;

	ASSERT_EQ(0, pga_reserve(self->fd, &arg));
	EXPECT_NE(0, arg.id);
	EXPECT_EQ(self->area.id, arg.area);
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.conflict);
	EXPECT_EQ(0, arg.conflict_size);
	EXPECT_EQ(0, arg.conflict_state);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.reserved + PAGES(7), now.reserved);
	EXPECT_EQ(self->area.free - PAGES(7), now.free);
	EXPECT_EQ(self->area.allocated, now.allocated);
}

TEST_F(reserve, just_that_range)
{
	struct pgarea_range range;
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base, PAGES(7), &id));
	ASSERT_EQ(0, pga_range_at(self->fd, self->area.id, self->base, &range));
	EXPECT_EQ(self->base, range.address);
	EXPECT_EQ(PAGES(7), range.size);
	EXPECT_EQ(PGAREA_STATE_RESERVED, range.state);
}

TEST_F(reserve, a_whole_free_run)
{
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->run.address,
				    self->run.size, &id));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(reserve, dry_run)
{
	struct pgarea_reserve arg = {
		.address = self->base,
		.size = PAGES(7),
		.flags = PGAREA_RESERVE_DRY_RUN,
		.id = 1,
	};

	EXPECT_EQ(0, pga_reserve(self->fd, &arg));
	EXPECT_EQ(0, arg.id);
	EXPECT_EQ(self->area.id, arg.area);
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.conflict);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(reserve, dry_run_of_what_is_in_use)
{
	struct pgarea_reserve arg = {
		.address = self->base,
		.size = PAGES(7),
		.flags = PGAREA_RESERVE_DRY_RUN,
	};
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base + PAGES(2), PAGES(1),
				    &id));
	EXPECT_EQ(-EBUSY, pga_reserve(self->fd, &arg));
	EXPECT_EQ(self->base + PAGES(2), arg.conflict);
}

TEST_F(reserve, name_is_listed)
{
	struct pgarea_reserve arg = {
		.address = self->base,
		.size = PAGES(3),
		.name = "for the test \"reserve\", 31 char",
	};
	struct pgarea_block *list;

	ASSERT_EQ(PGAREA_NAME_SIZE - 1, strlen((char *)arg.name));
	ASSERT_EQ(0, pga_reserve(self->fd, &arg));
	ASSERT_EQ(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(arg.id, list->id);
	EXPECT_EQ(PGAREA_KIND_RESERVATION, list->kind);
	EXPECT_EQ(PGAREA_STATE_RESERVED, list->state);
	EXPECT_EQ(self->base, list->address);
	EXPECT_EQ(PAGES(3), list->size);
	EXPECT_EQ(0, list->mmap_offset);
	EXPECT_STREQ((char *)arg.name, (char *)list->name);
}

/*
 * A refusal names the first conflicting page, the size of the conflict, and its
 * state; and none of the free pages in the range stay reserved.
 */
static void check_conflict(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_reserve arg, struct pgarea_range way)
{
	struct pga_snapshot before;

	ASSERT_EQ(0, pga_snapshot(fd, &before));
	arg.id = 1;
	EXPECT_EQ(err, pga_reserve(fd, &arg));
	EXPECT_EQ(0, arg.id);
	EXPECT_EQ(way.address, arg.conflict);
	EXPECT_EQ(way.size, arg.conflict_size);
	EXPECT_EQ(way.state, arg.conflict_state);
	EXPECT_EQ(way.area, arg.area);
	EXPECT_TRUE(pga_is_as(fd, &before));
}

#define CHECK_CONFLICT(_err, _address, _pages, _way, _way_pages, _state, _area)\
	check_conflict(_metadata, self->fd, _err, (struct pgarea_reserve){	\
		.address = _address,						\
		.size = PAGES(_pages),						\
	}, (struct pgarea_range){						\
		.address = _way,						\
		.size = PAGES(_way_pages),					\
		.state = _state,						\
		.area = _area,							\
	})

TEST_F(reserve, conflict_with_a_block)
{
	struct pgarea_alloc block;

	ASSERT_EQ(0, pga_alloc_at(self->fd, self->base + PAGES(4), PAGES(2),
				  &block));
	CHECK_CONFLICT(-EBUSY, self->base, 16, self->base + PAGES(4), 2,
		       PGAREA_STATE_ALLOCATED, self->area.id);
}

TEST_F(reserve, conflict_with_a_reservation)
{
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base + PAGES(4), PAGES(2),
				    &id));
	CHECK_CONFLICT(-EBUSY, self->base, 16, self->base + PAGES(4), 2,
		       PGAREA_STATE_RESERVED, self->area.id);
}

TEST_F(reserve, conflict_from_the_first_page_on)
{
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base - PAGES(2), PAGES(5),
				    &id));
	CHECK_CONFLICT(-EBUSY, self->base, 16, self->base, 3,
		       PGAREA_STATE_RESERVED, self->area.id);
}

TEST_F(reserve, conflict_is_cut_at_the_end)
{
	struct pgarea_alloc block;

	ASSERT_EQ(0, pga_alloc_at(self->fd, self->base + PAGES(14), PAGES(9),
				  &block));
	CHECK_CONFLICT(-EBUSY, self->base, 16, self->base + PAGES(14), 2,
		       PGAREA_STATE_ALLOCATED, self->area.id);
}

TEST_F(reserve, conflict_with_the_first_of_two)
{
	struct pgarea_alloc block;
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base + PAGES(6), PAGES(1),
				    &id));
	ASSERT_EQ(0, pga_alloc_at(self->fd, self->base + PAGES(3), PAGES(1),
				  &block));
	CHECK_CONFLICT(-EBUSY, self->base, 16, self->base + PAGES(3), 1,
		       PGAREA_STATE_ALLOCATED, self->area.id);
}

TEST_F(reserve, twice_the_same)
{
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base, PAGES(4), &id));
	CHECK_CONFLICT(-EBUSY, self->base, 4, self->base, 4,
		       PGAREA_STATE_RESERVED, self->area.id);
}

TEST_F(reserve, what_nobody_owns)
{
	CHECK_CONFLICT(-ENOSPC, 1ULL << 62, 16, 1ULL << 62, 16,
		       PGAREA_STATE_NOT_OWNED, 0);
}

/* The range ends where addresses end, and is none that overflows. */
TEST_F(reserve, up_to_the_last_address)
{
	CHECK_CONFLICT(-ENOSPC, 0 - PAGES(2), 2, 0 - PAGES(2), 2,
		       PGAREA_STATE_NOT_OWNED, 0);
}

TEST_F(reserve, address_0)
{
	CHECK_CONFLICT(-ENOSPC, 0, 1, 0, 1, PGAREA_STATE_NOT_OWNED, 0);
}

/* The longest run of free memory ends where its area ends. */
static bool edges(struct __test_metadata *_metadata, int fd, __u32 area,
		  __u64 *first, __u64 *end)
{
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area, &list);

	ASSERT_LT(0, nr);
	*first = list[0].address;
	*end = list[nr - 1].address + list[nr - 1].size;
	if (list[0].state != PGAREA_STATE_FREE ||
	    list[nr - 1].state != PGAREA_STATE_FREE)
		return false;
	/* Another area may follow directly. */
	for (i = 0; i < 2; i++) {
		struct pgarea_reserve arg = {
			.address = i ? *end : *first - page_size(),
			.size = page_size(),
			.flags = PGAREA_RESERVE_DRY_RUN,
		};

		if (pga_reserve(fd, &arg) != -ENOSPC || arg.area)
			return false;
	}
	free(list);
	return true;
}

TEST_F(reserve, beyond_the_end_of_an_area)
{
	__u64 first, end;

	if (!edges(_metadata, self->fd, self->area.id, &first, &end))
		SKIP(return, "the area's ends are in use, or other areas'");
	CHECK_CONFLICT(-ENOSPC, end - PAGES(3), 4, end, 1,
		       PGAREA_STATE_NOT_OWNED, self->area.id);
}

TEST_F(reserve, from_before_the_start_of_an_area)
{
	__u64 first, end;

	if (!edges(_metadata, self->fd, self->area.id, &first, &end))
		SKIP(return, "the area's ends are in use, or other areas'");
	CHECK_CONFLICT(-ENOSPC, first - PAGES(1), 4, first - PAGES(1), 1,
		       PGAREA_STATE_NOT_OWNED, 0);
}

/* All of an area except its reserved pages can be allocated. */
TEST_F(reserve, never_handed_out)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_area now;
	__u64 id, nr = 0;
	int i;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, pga_reserve_at(self->fd, self->base + PAGES(5 * i),
					    PAGES(2), &id));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	while (!pga_alloc_in(self->fd, self->area.id, &block)) {
		__u64 offset = (block.phys - self->base) / self->page;

		ASSERT_FALSE(block.phys >= self->base && offset < 40 &&
			     offset % 5 < 2);
		nr++;
	}
	EXPECT_EQ(now.free / self->page, nr);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.reserved + PAGES(16), now.reserved);
	EXPECT_EQ(0, now.free);
}

TEST_F(reserve, closing_gives_back)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	__u64 id;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, pga_reserve_at(other, self->base, PAGES(5), &id));
	EXPECT_EQ(PGAREA_STATE_RESERVED, STATE_AT(self->base));
	close(other);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(reserve, ids_of_blocks_and_reservations_differ)
{
	struct pgarea_alloc block = { .size = 1 };
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base, PAGES(1), &id));
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_NE(id, block.id);
}

TEST_HARNESS_MAIN
