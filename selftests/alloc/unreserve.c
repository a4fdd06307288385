// SPDX-License-Identifier: GPL-2.0
/* Returning a reservation, whole or in part. */
#include "include/pga_state.h"

#define NR_PAGES	10

/* A reservation of ten pages, with free pages on both sides. */
FIXTURE(unreserve) {
	int fd;
	__u64 page;
	__u64 base;
	__u64 id;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pga_snapshot reserved;
};

FIXTURE_SETUP(unreserve)
{
	struct pgarea_range run;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 64, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->base = run.address + 16 * self->page;
	ASSERT_EQ(0, pga_reserve_at(self->fd, self->base,
				    NR_PAGES * self->page, &self->id));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->reserved));
}

FIXTURE_TEARDOWN(unreserve)
{
	close(self->fd);
}

/* Return @nr pages from the @first one on. */
static int give_back(int fd, __u64 base, struct pgarea_unreserve *arg,
		     int first, int nr)
{
	arg->address = base + first * page_size();
	arg->size = nr * page_size();
	return pga_ioctl(fd, PGAREA_IOC_UNRESERVE, arg);
}

#define GIVE_BACK(_arg, _first, _nr) \
	give_back(self->fd, self->base, _arg, _first, _nr)

/* One character for each page: "r" reserved, "." free, "?" anything else */
static const char *picture(int fd, __u32 area, __u64 base)
{
	static char text[NR_PAGES + 1];
	struct pgarea_range range;
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		text[i] = '?';
		if (pga_range_at(fd, area, base + i * page_size(), &range))
			continue;
		if (range.state == PGAREA_STATE_RESERVED)
			text[i] = 'r';
		if (range.state == PGAREA_STATE_FREE)
			text[i] = '.';
	}
	return text;
}

#define PICTURE()	picture(self->fd, self->area.id, self->base)

TEST_F(unreserve, whole)
{
	struct pgarea_unreserve arg = { .id = self->id, .rest_id = 1 };

	EXPECT_STREQ("rrrrrrrrrr", PICTURE());
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, &arg));
	EXPECT_EQ(0, arg.rest_id);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, self->id));
}

TEST_F(unreserve, whole_by_its_range)
{
	struct pgarea_unreserve arg = { .id = self->id, .rest_id = 1 };

	ASSERT_EQ(0, GIVE_BACK(&arg, 0, NR_PAGES));
	EXPECT_EQ(0, arg.rest_id);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, self->id));
}

TEST_F(unreserve, head)
{
	struct pgarea_unreserve arg = { .id = self->id, .rest_id = 1 };

	ASSERT_EQ(0, GIVE_BACK(&arg, 0, 3));
	EXPECT_EQ(0, arg.rest_id);
	EXPECT_STREQ("...rrrrrrr", PICTURE());
	EXPECT_EQ(0, pga_unreserve(self->fd, self->id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(unreserve, tail)
{
	struct pgarea_unreserve arg = { .id = self->id, .rest_id = 1 };

	ASSERT_EQ(0, GIVE_BACK(&arg, 8, 2));
	EXPECT_EQ(0, arg.rest_id);
	EXPECT_STREQ("rrrrrrrr..", PICTURE());
	EXPECT_EQ(0, pga_unreserve(self->fd, self->id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(unreserve, middle)
{
	struct pgarea_unreserve arg = { .id = self->id };

	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	EXPECT_NE(0, arg.rest_id);
	EXPECT_NE(self->id, arg.rest_id);
	EXPECT_STREQ("rrrr..rrrr", PICTURE());
	EXPECT_EQ(0, pga_unreserve(self->fd, self->id));
	EXPECT_STREQ("......rrrr", PICTURE());
	EXPECT_EQ(0, pga_unreserve(self->fd, arg.rest_id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(unreserve, the_rest_first)
{
	struct pgarea_unreserve arg = { .id = self->id };

	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	EXPECT_EQ(0, pga_unreserve(self->fd, arg.rest_id));
	EXPECT_STREQ("rrrr......", PICTURE());
	EXPECT_EQ(0, pga_unreserve(self->fd, self->id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* Each remaining part is a reservation like any other. */
TEST_F(unreserve, again_and_again_in_the_middle)
{
	struct pgarea_unreserve arg = { .id = self->id };

	ASSERT_EQ(0, GIVE_BACK(&arg, 1, 1));
	arg.id = arg.rest_id;
	ASSERT_EQ(0, GIVE_BACK(&arg, 3, 1));
	arg.id = arg.rest_id;
	ASSERT_EQ(0, GIVE_BACK(&arg, 5, 1));
	arg.id = arg.rest_id;
	ASSERT_EQ(0, GIVE_BACK(&arg, 7, 1));
	EXPECT_STREQ("r.r.r.r.rr", PICTURE());
}

TEST_F(unreserve, the_rest_is_listed_with_the_name)
{
	struct pgarea_reserve named = {
		.address = self->base,
		.size = NR_PAGES * self->page,
		.name = "name",
	};
	struct pgarea_block *list;
	struct pgarea_unreserve arg = {};

	ASSERT_EQ(0, pga_unreserve(self->fd, self->id));
	ASSERT_EQ(0, pga_reserve(self->fd, &named));
	arg.id = named.id;
	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	ASSERT_EQ(2, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(named.id, list[0].id);
	EXPECT_EQ(self->base, list[0].address);
	EXPECT_EQ(4 * self->page, list[0].size);
	EXPECT_EQ(arg.rest_id, list[1].id);
	EXPECT_EQ(self->base + 6 * self->page, list[1].address);
	EXPECT_EQ(4 * self->page, list[1].size);
	EXPECT_STREQ("name", (char *)list[1].name);
}

TEST_F(unreserve, a_part_can_be_had_again)
{
	struct pgarea_unreserve arg = { .id = self->id };
	struct pgarea_alloc block;

	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, arg.address,
				       3 * self->page, &block));
	EXPECT_EQ(0, pga_alloc_at(self->fd, arg.address, arg.size, &block));
}

TEST_F(unreserve, a_part_that_was_given_back_already)
{
	struct pgarea_unreserve arg = { .id = self->id };

	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, 4, 1));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, 3, 2));
	EXPECT_STREQ("rrrr..rrrr", PICTURE());
}

TEST_F(unreserve, a_part_that_is_not_inside)
{
	struct pgarea_unreserve arg = { .id = self->id };

	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, -1, 1));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, -1, 3));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, NR_PAGES, 1));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, NR_PAGES - 1, 2));
	EXPECT_EQ(-EINVAL, GIVE_BACK(&arg, 0, NR_PAGES + 1));
	EXPECT_TRUE(pga_is_as(self->fd, &self->reserved));
}

/* The program could not learn the id of the rest: nothing is returned. */
TEST_F(unreserve, a_part_whose_result_cannot_be_written)
{
	struct pgarea_unreserve *arg = mmap(NULL, self->page,
					    PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	arg->id = self->id;
	arg->address = self->base + 4 * self->page;
	arg->size = 2 * self->page;
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, arg));
	EXPECT_STREQ("rrrrrrrrrr", PICTURE());
	EXPECT_TRUE(pga_is_as(self->fd, &self->reserved));
	EXPECT_EQ(0, pga_unreserve(self->fd, self->id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(unreserve, closing_gives_all_the_parts_back)
{
	struct pgarea_unreserve arg = { .id = self->id };
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, GIVE_BACK(&arg, 4, 2));
	close(self->fd);
	self->fd = other;
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_HARNESS_MAIN
