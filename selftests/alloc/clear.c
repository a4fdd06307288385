// SPDX-License-Identifier: GPL-2.0
/*
 * What the module clears, by the counter of INFO: all that a program gets, each
 * time, and nothing else.
 */
#include "include/exhaust.h"
#include "include/pga_lifetime.h"

#define PAGES	48

FIXTURE(clean) {
	int fd;
	__u64 page;
	__u64 size;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

/* @block was allocated, written to and freed: the module must clear it. */
FIXTURE_SETUP(clean)
{
	void *at;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->size = PAGES * self->page;
	self->block = (struct pgarea_alloc){ .size = self->size };
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0xa5, self->size);
	munmap(at, self->size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
}

FIXTURE_TEARDOWN(clean)
{
	close(self->fd);
}

/* Bytes cleared since the module was loaded */
static __u64 cleared(int fd)
{
	struct pgarea_info info;

	return pga_ioctl(fd, PGAREA_IOC_INFO, &info) ? ~0ULL : info.cleared;
}

/*
 * Allocate the place of the block again; return how much of it the module
 * cleared for that.  No other process allocates during that time.
 */
static __u64 cleared_for(struct __test_metadata *_metadata, int fd,
			 __u64 address, __u64 size)
{
	__u64 before = cleared(fd);
	struct pgarea_alloc again;
	char *at;

	ASSERT_EQ(0, pga_wait_exact(fd, address, size, &again));
	before = cleared(fd) - before;
	at = pga_map(fd, &again);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, size));
	munmap(at, size);
	EXPECT_EQ(0, pga_free(fd, again.id));
	return before;
}

#define CLEARED_FOR(_address, _size) \
	cleared_for(_metadata, self->fd, _address, _size)

TEST_F(clean, what_a_program_wrote_is_cleared)
{
	EXPECT_EQ(self->size, CLEARED_FOR(self->block.phys, self->size));
}

TEST_F(clean, what_nobody_mapped_is_cleared)
{
	struct pgarea_alloc again;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->block.phys, self->size,
				    &again));
	ASSERT_EQ(0, pga_free(self->fd, again.id));
	EXPECT_EQ(self->size, CLEARED_FOR(self->block.phys, self->size));
}

TEST_F(clean, what_was_reserved_is_cleared)
{
	struct pgarea_alloc again;
	__u64 id;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->block.phys, self->size,
				    &again));
	ASSERT_EQ(0, pga_free(self->fd, again.id));
	ASSERT_EQ(0, pga_reserve_at(self->fd, self->block.phys, self->size,
				    &id));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	EXPECT_EQ(self->size, CLEARED_FOR(self->block.phys, self->size));
}

TEST_F(clean, what_was_trimmed_off_is_cleared)
{
	struct pgarea_alloc again;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->block.phys, self->size,
				    &again));
	ASSERT_EQ(0, pga_trim(self->fd, again.id, 5 * self->page));
	EXPECT_EQ(self->size - 5 * self->page,
		  CLEARED_FOR(self->block.phys + 5 * self->page,
			      self->size - 5 * self->page));
}

TEST_F(clean, what_was_split_off_is_cleared)
{
	struct pgarea_bulk_block pieces[2];
	struct pgarea_alloc again;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->block.phys, self->size,
				    &again));
	ASSERT_EQ(2, pga_split(self->fd, again.id, 5 * self->page, 0, pieces,
			       2));
	ASSERT_EQ(0, pga_free(self->fd, pieces[1].id));
	EXPECT_EQ(pieces[1].alloc_size,
		  CLEARED_FOR(pieces[1].phys, pieces[1].alloc_size));
}

TEST_F(clean, what_came_in_bulk_is_cleared)
{
	struct pgarea_bulk_block blocks[4];
	__u64 ids[4], before;
	int i;

	ASSERT_EQ(4, pga_bulk_in(self->fd, self->area.id, self->page, blocks,
				 4));
	for (i = 0; i < 4; i++)
		ids[i] = blocks[i].id;
	ASSERT_EQ(4, pga_free_ids(self->fd, ids, 4));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	before = cleared(self->fd);
	ASSERT_EQ(4, pga_bulk_in(self->fd, self->area.id, self->page, blocks,
				 4));
	EXPECT_EQ(before + 4 * self->page, cleared(self->fd));
}

/* The program named the address, so a device may write there. */
TEST_F(clean, what_could_not_be_answered_is_cleared_again)
{
	struct pgarea_alloc failed = {
		.size = self->size,
		.address = self->block.phys,
		.flags = PGAREA_ALLOC_EXACT,
		.segments = pga_array(NULL, sizeof(struct pgarea_segment), 1),
	};
	__u64 before = cleared(self->fd);

	ASSERT_EQ(-EFAULT, pga_alloc(self->fd, &failed));
	EXPECT_EQ(before + self->size, cleared(self->fd));
	EXPECT_EQ(self->size, CLEARED_FOR(self->block.phys, self->size));
}

/* A program reads and maps its node. */
TEST_F(clean, a_persistent_reservation_is_cleared)
{
	__u64 before = cleared(self->fd);
	struct pgarea_reserve arg;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_persist_at(self->fd, self->block.phys, self->size,
				    "test-clear", &arg));
	EXPECT_EQ(before + self->size, cleared(self->fd));
	ASSERT_EQ(0, pga_remove(self->fd, "test-clear", NULL));
}

/* Trim, split, an ordinary reservation and dry runs clear nothing. */
TEST_F(clean, nothing_is_cleared_for_nothing)
{
	struct pgarea_alloc block = {
		.size = self->size,
		.flags = PGAREA_ALLOC_DRY_RUN,
	};
	struct pgarea_bulk_block pieces[2];
	__u64 before, id;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	before = cleared(self->fd);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_EQ(2, pga_split(self->fd, self->block.id, 5 * self->page, 0,
			       pieces, 2));
	ASSERT_EQ(0, pga_trim(self->fd, pieces[0].id, self->page));
	ASSERT_EQ(0, pga_free(self->fd, pieces[0].id));
	ASSERT_EQ(0, pga_free(self->fd, pieces[1].id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	ASSERT_EQ(0, pga_reserve_at(self->fd, pieces[0].phys, self->page, &id));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	block.flags = 0;
	block.size = 1ULL << 60;
	ASSERT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_EQ(before, cleared(self->fd));
}

/* Also memory that no program has had. */
TEST_F(clean, all_of_an_area_is_zero)
{
	__u64 before = cleared(self->fd), size = 0;
	struct pga_grabbed grabbed;
	unsigned int i;

	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	for (i = 0; i < grabbed.nr; i++) {
		char *at = pga_map(grabbed.fd, &grabbed.blocks[i]);

		ASSERT_NE(MAP_FAILED, at);
		EXPECT_TRUE(pga_is_zero(at, grabbed.blocks[i].alloc_size));
		munmap(at, grabbed.blocks[i].alloc_size);
		size += grabbed.blocks[i].alloc_size;
	}
	EXPECT_EQ(before + size, cleared(grabbed.fd));
	pga_grabbed_free(&grabbed);
}

TEST_HARNESS_MAIN
