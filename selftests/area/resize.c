// SPDX-License-Identifier: GPL-2.0
/* Areas grow and shrink, and nothing that was allocated from them notices it. */
#include "include/export.h"
#include "include/pga_area.h"

#define NAME		"test-resize"
#define PAGEBLOCKS	4

FIXTURE(resize) {
	int fd;
	__u64 pageblock;
	struct pga_snapshot before;
	struct pgarea_create_area area;
	struct pgarea_resize_area arg;
};

FIXTURE_SETUP(resize)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_AREAS_OR_SKIP(self->fd);
	self->pageblock = pga_pageblock(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, PAGEBLOCKS, &self->area));
	self->area.flags = PGAREA_AREA_REQUIRE;
	self->area.minimum = self->pageblock;
	self->area.maximum = 4 * PAGEBLOCKS * self->pageblock;
	if (pga_create_area(self->fd, &self->area) == -ENOSPC)
		SKIP(return, "the host has not enough: shortage %u",
		     self->area.shortage);
	ASSERT_NE(0, self->area.id);
}

FIXTURE_TEARDOWN(resize)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	/* The blocks of the file end first. */
	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

/* Resize the area; the result is in @arg of the fixture. */
#define RESIZE(_pageblocks)						\
	pga_resize_area(self->fd, self->area.id,			\
			(_pageblocks) * self->pageblock, &self->arg)

TEST_F(resize, it_grows_and_shrinks)
{
	static const int sizes[] = { 6, 6, 16, 3, 1, 4 };
	struct pgarea_area area;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, RESIZE(sizes[i]));
		EXPECT_EQ(sizes[i] * self->pageblock, self->arg.owned);
		EXPECT_EQ(PGAREA_SHORTAGE_NONE, self->arg.shortage);
		ASSERT_EQ(0, pga_area_by_name(self->fd, NAME, &area));
		EXPECT_EQ(self->arg.owned, area.owned);
		EXPECT_EQ(self->arg.owned, area.free);
		EXPECT_EQ(self->arg.owned, area.target_size);
		EXPECT_EQ(sizes[i], (int)area.nr_chunks);
	}
}

/* Blocks at both ends of the first chunk; the others are free. */
TEST_F(resize, blocks_notice_nothing)
{
	struct pgarea_alloc block = { .size = 5 * page_size() };
	struct pgarea_block *list;
	unsigned char *at, *shared;
	int dmabuf;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	pga_fill(at, block.alloc_size, 7);
	dmabuf = pga_export_part(self->fd, block.id, 0, 0, 0);
	ASSERT_EQ(0, RESIZE(12));
	ASSERT_EQ(0, RESIZE(1));
	ASSERT_EQ(0, RESIZE(2));
	EXPECT_TRUE(pga_shows(at, block.alloc_size, 7));
	EXPECT_EQ(block.phys, phys_of(at));
	EXPECT_EQ(block.phys, pga_phys_at(self->fd, block.mmap_offset));
	ASSERT_EQ(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(block.id, list[0].id);
	EXPECT_EQ(block.phys, list[0].address);
	EXPECT_EQ(block.mmap_offset, list[0].mmap_offset);
	EXPECT_EQ(self->area.id, list[0].area);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, list[0].state);
	free(list);
	if (dmabuf >= 0) {
		shared = mmap(NULL, block.alloc_size, PROT_READ, MAP_SHARED,
			      dmabuf, 0);
		ASSERT_NE(MAP_FAILED, shared);
		EXPECT_TRUE(pga_shows(shared, block.alloc_size, 7));
		EXPECT_EQ(block.phys, phys_of(shared));
		munmap(shared, block.alloc_size);
		close(dmabuf);
	}
	munmap(at, block.alloc_size);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

/* The highest chunks go, so a block at the top is in the way of any shrinking. */
TEST_F(resize, what_is_held_is_in_the_way)
{
	struct pgarea_alloc top = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_TOP_DOWN,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	struct pgarea_alloc rest = { .orphan_ms = PGAREA_ORPHAN_NONE };
	struct pga_snapshot now;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &top));
	/* The others are free: they go in its place. */
	ASSERT_EQ(0, RESIZE(3));
	ASSERT_EQ(0, RESIZE(4));
	do {
		rest.size = self->pageblock;
	} while (!pga_alloc_in(self->fd, self->area.id, &rest));
	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	EXPECT_EQ(-EBUSY, RESIZE(3));
	EXPECT_NE(0, self->arg.conflict_id);
	EXPECT_NE(0, self->arg.conflict_size);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, self->arg.conflict_state);
	EXPECT_EQ(4 * self->pageblock, self->arg.owned);
	EXPECT_TRUE(pga_is_as(self->fd, &now));
}

/* Two chunks would have to go, and one can: nothing changes. */
TEST_F(resize, all_that_must_go_or_nothing)
{
	struct pgarea_alloc blocks[3] = {};
	struct pga_snapshot now;
	int i;

	for (i = 0; i < 3; i++) {
		blocks[i].size = self->pageblock;
		blocks[i].orphan_ms = PGAREA_ORPHAN_NONE;
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &blocks[i]));
	}
	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	EXPECT_EQ(-EBUSY, RESIZE(2));
	EXPECT_TRUE(pga_is_as(self->fd, &now));
	EXPECT_EQ(0, RESIZE(3));
	EXPECT_EQ(0, pga_free(self->fd, blocks[1].id));
	EXPECT_EQ(0, RESIZE(2));
}

TEST_F(resize, limits_of_the_area)
{
	EXPECT_EQ(-EINVAL, RESIZE(0));
	EXPECT_EQ(-ENOSPC, RESIZE(4 * PAGEBLOCKS + 1));
	EXPECT_EQ(PGAREA_SHORTAGE_MAXIMUM, self->arg.shortage);
	EXPECT_EQ(self->area.size, self->arg.owned);
	EXPECT_EQ(-EINVAL, pga_resize_area(self->fd, self->area.id,
					   self->pageblock + page_size(),
					   &self->arg));
	EXPECT_EQ(-EINVAL, pga_resize_area(self->fd, self->area.id,
					   self->pageblock + 1, &self->arg));
	EXPECT_EQ(-ENOENT, pga_resize_area(self->fd, 0, 0, &self->arg));
}

/* Its bounds are what it owns: it cannot grow, and the reason is true. */
TEST_F(resize, all_or_what_there_is)
{
	struct pgarea_create_area small = self->area;
	struct pgarea_resize_area arg;
	struct pgarea_range *list;

	ASSERT_LT(0, pga_ranges(self->fd, self->area.id, &list));
	strcpy((char *)small.name, NAME "2");
	small.flags = 0;
	small.start = list[0].address;
	small.end = list[0].address + self->pageblock;
	small.size = 0;
	small.minimum = 0;
	small.maximum = 0;
	free(list);
	ASSERT_EQ(0, pga_create_area(self->fd, &small));
	ASSERT_EQ(0, pga_resize_area(self->fd, small.id, self->pageblock, &arg));
	EXPECT_EQ(0, arg.owned);
	EXPECT_EQ(PGAREA_SHORTAGE_OTHER_AREA, arg.shortage);
	arg.flags = PGAREA_AREA_REQUIRE;
	EXPECT_EQ(-ENOSPC, pga_ioctl(self->fd, PGAREA_IOC_RESIZE_AREA, &arg));
	EXPECT_EQ(0, arg.owned);
	EXPECT_EQ(PGAREA_SHORTAGE_OTHER_AREA, arg.shortage);
}

/* A chunk of two pageblocks goes as a whole or not at all. */
TEST_F(resize, chunks_are_returned_whole)
{
	struct pgarea_create_area pairs = self->area;
	struct pgarea_resize_area arg;
	struct pgarea_area area;

	strcpy((char *)pairs.name, NAME "2");
	pairs.chunk_size = 2 * self->pageblock;
	pairs.minimum = 0;
	if (pga_create_area(self->fd, &pairs))
		SKIP(return, "the host has not enough");
	ASSERT_EQ(0, pga_area_by_name(self->fd, NAME "2", &area));
	if (area.nr_chunks != PAGEBLOCKS / 2)
		SKIP(return, "the host has no large chunks");
	ASSERT_EQ(0, pga_resize_area(self->fd, pairs.id, 3 * self->pageblock,
				     &arg));
	EXPECT_EQ(4 * self->pageblock, arg.owned);
	ASSERT_EQ(0, pga_resize_area(self->fd, pairs.id, 2 * self->pageblock,
				     &arg));
	EXPECT_EQ(2 * self->pageblock, arg.owned);
	ASSERT_EQ(0, pga_resize_area(self->fd, pairs.id, 3 * self->pageblock,
				     &arg));
	EXPECT_EQ(3 * self->pageblock, arg.owned);
	ASSERT_EQ(0, pga_resize_area(self->fd, pairs.id, 0, &arg));
	EXPECT_EQ(0, arg.owned);
}

TEST_HARNESS_MAIN
