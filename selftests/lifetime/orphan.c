// SPDX-License-Identifier: GPL-2.0
/*
 * Orphans: blocks that a file did not free before it was closed stay in
 * quarantine for a time, visible to root, and are free afterwards.
 *
 * orphan_dma.c tests the devices that this protects against.
 */

#include "include/hold.h"

#define PAGES		4

/* Longer than a check takes on a slow machine; and never within a test */
#define ORPHAN_MS	(700U * pga_slow())
#define FOREVER_MS	600000

/* @fd owns a block and a reservation, @watch observes them. */
FIXTURE(orphan)
{
	int fd;
	int watch;
	long parameter;
	__u64 size;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	struct pgarea_reserve hold;
};

FIXTURE_SETUP(orphan)
{
	struct pgarea_alloc place;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, 4 * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->parameter = pga_orphan_ms();
	ASSERT_LE(0, self->parameter);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->size = PAGES * page_size();
	place = (struct pgarea_alloc){ .size = self->size };
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &place));
	self->block = (struct pgarea_alloc){
		.size = self->size,
		.orphan_ms = ORPHAN_MS,
	};
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_free(self->fd, place.id));
	self->hold = (struct pgarea_reserve){
		.address = place.phys,
		.size = self->size,
		.orphan_ms = ORPHAN_MS,
	};
	ASSERT_EQ(0, pga_reserve(self->fd, &self->hold));
}

FIXTURE_TEARDOWN(orphan)
{
	EXPECT_EQ(0, pga_set_orphan_ms(self->parameter));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

static bool is_orphaned(int fd, __u64 address)
{
	struct pgarea_block seen = {};

	return !pga_block_at(fd, PGAREA_BLOCKS_ALL, address, &seen) &&
	       seen.state == PGAREA_STATE_ORPHANED;
}

/* Milliseconds until this is gone; -errno. */
static long ms_until_free(int fd, __u64 address, __u64 size)
{
	__u64 begin = pga_now_ms();
	struct pgarea_alloc again;
	int err = pga_wait_exact(fd, address, size, &again);

	if (err)
		return err;
	pga_free(fd, again.id);
	return pga_now_ms() - begin;
}

TEST_F(orphan, is_listed_for_root)
{
	struct pgarea_block before, seen = {};

	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &before));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, before.state);
	EXPECT_EQ(ORPHAN_MS, before.orphan_ms);
	close(self->fd);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(self->block.id, seen.id);
	EXPECT_EQ(self->size, seen.size);
	EXPECT_EQ(PGAREA_KIND_BLOCK, seen.kind);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, seen.holders);
	EXPECT_EQ(before.uid, seen.uid);
	EXPECT_EQ(before.pid, seen.pid);
	EXPECT_GE(ORPHAN_MS, seen.orphan_ms);
	EXPECT_EQ(-ENOENT, pga_block_at(self->watch, 0, self->block.phys,
					&seen));
}

TEST_F(orphan, of_a_reservation_is_listed_for_root)
{
	struct pgarea_block seen = {};

	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->hold.address, &seen));
	EXPECT_EQ(PGAREA_STATE_RESERVED, seen.state);
	EXPECT_EQ(ORPHAN_MS, seen.orphan_ms);
	close(self->fd);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->hold.address, &seen));
	EXPECT_EQ(self->hold.id, seen.id);
	EXPECT_EQ(PGAREA_KIND_RESERVATION, seen.kind);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, seen.holders);
	EXPECT_GE(ORPHAN_MS, seen.orphan_ms);
}

TEST_F(orphan, is_told_how_long_it_is_one)
{
	struct pgarea_block first = {}, second = {};

	close(self->fd);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &first));
	pga_sleep_ms(100);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &second));
	/* The module reports it in ticks of the kernel's clock. */
	EXPECT_LE(80, first.orphan_ms - second.orphan_ms);
	EXPECT_LT(0, second.orphan_ms);
}

/* The areas count it only as orphaned. */
TEST_F(orphan, is_counted)
{
	struct pgarea_area now;

	close(self->fd);
	ASSERT_EQ(0, pga_area_by_id(self->watch, self->area.id, &now));
	EXPECT_EQ(self->area.orphaned + 2 * self->size, now.orphaned);
	EXPECT_EQ(self->area.allocated, now.allocated);
	EXPECT_EQ(self->area.reserved, now.reserved);
	EXPECT_EQ(self->area.draining, now.draining);
	EXPECT_EQ(self->area.free - 2 * self->size, now.free);
	EXPECT_EQ(self->area.owned, now.owned);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(orphan, is_a_range_of_its_own)
{
	struct pgarea_range range;

	close(self->fd);
	ASSERT_EQ(0, pga_range_at(self->watch, self->area.id, self->block.phys,
				  &range));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, range.state);
	EXPECT_EQ(self->block.phys, range.address);
	EXPECT_EQ(self->size, range.size);
}

/* It is not allocated again, and the refusal gives the reason. */
TEST_F(orphan, is_in_the_way)
{
	struct pgarea_refusal refusal = {};
	struct pgarea_alloc exact = {
		.size = page_size(),
		.address = self->block.phys,
		.flags = PGAREA_ALLOC_EXACT,
		.refusals = PGA_ARRAY(&refusal, 1),
	};
	struct pgarea_reserve hold = {
		.address = self->hold.address + page_size(),
		.size = page_size(),
	};

	close(self->fd);
	EXPECT_EQ(-EBUSY, pga_alloc_in(self->watch, self->area.id, &exact));
	EXPECT_EQ(PGAREA_REASON_IN_USE, refusal.reason);
	EXPECT_EQ(self->block.phys, refusal.address);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, refusal.state);
	EXPECT_EQ(-EBUSY, pga_reserve(self->watch, &hold));
	EXPECT_EQ(hold.address, hold.conflict);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, hold.conflict_state);
}

TEST_F(orphan, is_not_handed_out)
{
	struct pga_grabbed grabbed;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	self->block.orphan_ms = 3 * ORPHAN_MS;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	close(self->fd);
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	ASSERT_TRUE(is_orphaned(self->watch, self->block.phys));
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys, self->size));
	pga_grabbed_free(&grabbed);
}

/* Its id is invalid in any file. */
TEST_F(orphan, is_nobodys)
{
	close(self->fd);
	EXPECT_EQ(-ENOENT, pga_free(self->watch, self->block.id));
	EXPECT_EQ(-ENOENT, pga_trim(self->watch, self->block.id, 1));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->watch, self->hold.id));
	EXPECT_EQ(MAP_FAILED, pga_map(self->watch, &self->block));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, pga_wait_gone(self->watch, self->block.id, 0));
	EXPECT_EQ(POLLIN, pga_poll(self->watch, 0));
}

static __u64 held_by_user(int fd)
{
	struct pgarea_info info = {};

	return pga_ioctl(fd, PGAREA_IOC_INFO, &info) ? ~0ULL : info.user_held;
}

/* It counts against its user's limit until it is free. */
TEST_F(orphan, is_charged)
{
	__u64 held = held_by_user(self->watch);

	EXPECT_LE(2 * self->size, held);
	close(self->fd);
	EXPECT_EQ(held, held_by_user(self->watch));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	/* Memory that is free now was charged until a moment ago. */
	pga_sleep_ms(100);
	EXPECT_EQ(held - 2 * self->size, held_by_user(self->watch));
}

TEST_F(orphan, is_waited_for_with_all_there_are)
{
	struct pgarea_wait arg = { .flags = PGAREA_WAIT_ALL };

	close(self->fd);
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->watch, &arg));
	EXPECT_LE(1, arg.left);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, arg.holders);
	arg.timeout_ms = PGA_SETTLE_MS;
	EXPECT_EQ(0, pga_wait(self->watch, &arg));
	EXPECT_EQ(0, arg.left);
	EXPECT_TRUE(pga_is_as(self->watch, &self->before));
}

TEST_F(orphan, lasts_as_long_as_it_was_told_to)
{
	__u64 begin = pga_now_ms();
	long ms;

	close(self->fd);
	ms = ms_until_free(self->watch, self->block.phys, self->size);
	EXPECT_LE(0, ms);
	EXPECT_LE(ORPHAN_MS, pga_now_ms() - begin);
	EXPECT_GT(ORPHAN_MS + 5000, pga_now_ms() - begin);
}

TEST_F(orphan, is_zero_for_the_next_owner)
{
	char *at = pga_map(self->fd, &self->block);
	struct pgarea_alloc again;

	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0xa5, self->size);
	munmap(at, self->size);
	close(self->fd);
	ASSERT_EQ(0, pga_wait_exact(self->watch, self->block.phys, self->size,
				    &again));
	at = pga_map(self->watch, &again);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->size));
	munmap(at, self->size);
	EXPECT_EQ(0, pga_free(self->watch, again.id));
}

/* A mapping keeps the file, and so the file's blocks. */
TEST_F(orphan, is_none_while_a_mapping_is_left)
{
	char *at = pga_map(self->fd, &self->block);
	struct pgarea_block seen = {};

	ASSERT_NE(MAP_FAILED, at);
	close(self->fd);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_OWNER | PGAREA_HOLDER_MAPPING, seen.holders);
	munmap(at, self->size);
	EXPECT_TRUE(is_orphaned(self->watch, self->block.phys));
	EXPECT_TRUE(is_orphaned(self->watch, self->hold.address));
}

/* An expired orphan drains like any other block. */
TEST_F(orphan, drains_then_for_a_pipe)
{
	char *at = pga_map(self->fd, &self->block);
	int pipe;

	ASSERT_NE(MAP_FAILED, at);
	pipe = pga_pipe_of(at, page_size());
	ASSERT_LE(0, pipe);
	munmap(at, self->size);
	close(self->fd);
	EXPECT_TRUE(is_orphaned(self->watch, self->block.phys));
	EXPECT_TRUE(pga_is_held(self->watch, self->block.phys,
				PGAREA_STATE_DRAINING,
				PGAREA_HOLDER_REFERENCE));
	close(pipe);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* A block that was freed before does not become an orphan. */
TEST_F(orphan, is_not_what_was_freed)
{
	struct pgarea_alloc other = {
		.size = page_size(),
		.orphan_ms = FOREVER_MS,
	};
	struct pgarea_bulk_block pieces[2];

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &other));
	ASSERT_EQ(0, pga_free(self->fd, other.id));
	ASSERT_EQ(2, pga_split(self->fd, self->block.id, page_size(), 0,
			       pieces, 2));
	ASSERT_EQ(0, pga_free(self->fd, pieces[1].id));
	close(self->fd);
	EXPECT_NE(PGAREA_STATE_ORPHANED, pga_state_of(self->watch, &other));
	EXPECT_TRUE(is_orphaned(self->watch, pieces[0].phys));
	EXPECT_FALSE(is_orphaned(self->watch, pieces[1].phys));
}

TEST_F(orphan, is_each_piece_and_each_of_many)
{
	struct pgarea_area_id set = { .id = self->area.id };
	struct pgarea_bulk_block pieces[PAGES], many[PAGES];
	struct pgarea_alloc_bulk bulk = {
		.size = page_size(),
		.orphan_ms = ORPHAN_MS,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(many, PAGES),
	};
	struct pgarea_unreserve middle = {
		.id = self->hold.id,
		.address = self->hold.address + page_size(),
		.size = page_size(),
	};
	int i;

	ASSERT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, page_size(),
				   pieces, PAGES));
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &bulk));
	ASSERT_EQ(PAGES, bulk.done);
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, &middle));
	close(self->fd);
	for (i = 0; i < PAGES; i++) {
		EXPECT_TRUE(is_orphaned(self->watch, pieces[i].phys));
		EXPECT_TRUE(is_orphaned(self->watch, many[i].phys));
	}
	EXPECT_TRUE(is_orphaned(self->watch, self->hold.address));
	EXPECT_TRUE(is_orphaned(self->watch, self->hold.address +
				2 * page_size()));
}

TEST_HARNESS_MAIN
