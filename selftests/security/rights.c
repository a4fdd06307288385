// SPDX-License-Identifier: GPL-2.0
/*
 * Rights: files that are open for reading only, other files' blocks,
 * and CAP_SYS_ADMIN, which the opener must have had.
 */
#include "include/hold.h"

FIXTURE(rights) {
	int fd;
	__u64 page;
	struct pgarea_alloc block;
	struct pgarea_reserve reservation;
	struct pga_snapshot before;
};

/* A block and a reservation of @fd */
FIXTURE_SETUP(rights)
{
	struct pgarea_range run;
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 32, &area);
	ASSERT_EQ(0, pga_longest_free(self->fd, area.id, &run));
	self->page = page_size();
	self->block = (struct pgarea_alloc){ .size = 1 };
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	self->reservation = (struct pgarea_reserve){
		.address = run.address + 16 * self->page,
		.size = self->page,
	};
	ASSERT_EQ(0, pga_reserve(self->fd, &self->reservation));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(rights)
{
	close(self->fd);
}

TEST_F(rights, reading_only_and_commands_that_change)
{
	struct pgarea_reserve place = {
		.address = self->reservation.address + self->page,
		.size = self->page,
	};
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_bulk_block bulk[2];
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, pga_alloc(fd, &block));
	EXPECT_EQ(-EACCES, pga_free(fd, self->block.id));
	EXPECT_EQ(-EACCES, pga_bulk_in(fd, self->block.area, 1, bulk, 2));
	EXPECT_EQ(-EACCES, pga_free_ids(fd, &self->block.id, 1));
	EXPECT_EQ(-EACCES, pga_trim(fd, self->block.id, self->page));
	EXPECT_EQ(-EACCES, pga_split(fd, self->block.id, 0, self->page, bulk,
				     2));
	EXPECT_EQ(-EACCES, pga_reserve(fd, &place));
	EXPECT_EQ(-EACCES, pga_unreserve(fd, self->reservation.id));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* Even if it would have no effect. */
TEST_F(rights, reading_only_and_dry_runs)
{
	struct pgarea_alloc block = {
		.size = 1,
		.flags = PGAREA_ALLOC_DRY_RUN,
	};
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, pga_alloc(fd, &block));
}

TEST_F(rights, reading_only_and_queries)
{
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);
	struct pgarea_order orders[64];
	struct pgarea_range *ranges;
	struct pgarea_block *blocks;
	struct pgarea_info info;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, pga_ioctl(fd, PGAREA_IOC_INFO, &info));
	EXPECT_TRUE(pga_is_as(fd, &self->before));
	EXPECT_LE(0, pga_ranges(fd, self->block.area, &ranges));
	EXPECT_LE(0, pga_orders(fd, self->block.area, orders, 64));
	EXPECT_EQ(0, pga_blocks(fd, 0, &blocks));
}

TEST_F(rights, writing_only)
{
	int fd = open(PGA_DEVICE, O_WRONLY | O_CLOEXEC);
	struct pgarea_alloc block = { .size = 2 * self->page };
	struct pgarea_bulk_block bulk[2];

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, pga_alloc(fd, &block));
	EXPECT_EQ(2, pga_split(fd, block.id, 0, self->page, bulk, 2));
	EXPECT_EQ(0, pga_trim(fd, block.id, self->page));
	EXPECT_EQ(0, pga_free(fd, block.id));
	EXPECT_EQ(2, pga_bulk_in(fd, block.area, 1, bulk, 2));
	EXPECT_EQ(1, pga_free_ids(fd, &bulk[0].id, 1));
}

TEST_F(rights, blocks_of_another_file)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_bulk_block pieces[2];

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, pga_free(fd, self->block.id));
	EXPECT_EQ(-ENOENT, pga_free_ids(fd, &self->block.id, 1));
	EXPECT_EQ(-ENOENT, pga_trim(fd, self->block.id, self->page));
	EXPECT_EQ(-ENOENT, pga_split(fd, self->block.id, self->page, 0, pieces,
				     2));
	EXPECT_EQ(-ENOENT, pga_unreserve(fd, self->reservation.id));
	EXPECT_EQ(MAP_FAILED, pga_map(fd, &self->block));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(rights, blocks_of_another_file_in_the_same_place)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block;
	__u64 id;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBUSY, pga_alloc_at(fd, self->block.phys, self->page,
				       &block));
	EXPECT_EQ(-EBUSY, pga_reserve_at(fd, self->reservation.address,
					 self->page, &id));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/*
 * Does the list of all files' blocks have this one?  -errno when listing fails.
 */
static int lists(int fd, __u64 id)
{
	struct pgarea_block *list;
	int i, nr = pga_blocks(fd, PGAREA_BLOCKS_ALL, &list), found = 0;

	for (i = 0; i < nr; i++)
		found |= list[i].id == id;
	return nr < 0 ? nr : found;
}

TEST_F(rights, blocks_of_all_as_root)
{
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	PGA_ROOT_OR_SKIP();
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, lists(fd, self->block.id));
	EXPECT_EQ(1, lists(fd, self->reservation.id));
}

TEST_F(rights, blocks_of_all_without_the_capability)
{
	int fd;

	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_limit_caps(~PGA_CAP(CAP_SYS_ADMIN)));
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, lists(fd, self->block.id));
}

/* The file keeps the rights of its opener. */
TEST_F(rights, blocks_of_all_when_the_opener_had_the_capability)
{
	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_limit_caps(~PGA_CAP(CAP_SYS_ADMIN)));
	EXPECT_EQ(1, lists(self->fd, self->block.id));
}

TEST_F(rights, own_blocks_need_no_capability)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_block *list;
	int fd;

	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_limit_caps(~PGA_CAP(CAP_SYS_ADMIN)));
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_alloc(fd, &block));
	ASSERT_EQ(1, pga_blocks(fd, 0, &list));
	EXPECT_EQ(block.id, list->id);
	EXPECT_EQ(getpid(), list->pid);
}

TEST_HARNESS_MAIN
