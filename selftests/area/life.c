// SPDX-License-Identifier: GPL-2.0
/* Areas are created, list what they own, and return it when they are destroyed. */
#include "include/pga_area.h"

#define NAME		"test-life"
#define PAGEBLOCKS	4

FIXTURE(life) {
	int fd;
	struct pgarea_info info;
	struct pga_snapshot before;
	struct pgarea_create_area arg;
	struct pgarea_destroy_area gone;
};

FIXTURE_SETUP(life)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_AREAS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, PAGEBLOCKS, &self->arg));
}

FIXTURE_TEARDOWN(life)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	/* The blocks of the file end first. */
	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

/* Create it; skip if the host does not have the memory now. */
#define CREATE_OR_SKIP() do {						\
	self->arg.flags |= PGAREA_AREA_REQUIRE;				\
	if (pga_create_area(self->fd, &self->arg) == -ENOSPC)		\
		SKIP(return, "the host has not enough: shortage %u",	\
		     self->arg.shortage);				\
	ASSERT_NE(0, self->arg.id);					\
} while (0)

TEST_F(life, it_is_as_it_was_asked_to_be)
{
	struct pgarea_area area;

	self->arg.minimum = self->info.pageblock_size;
	self->arg.maximum = self->arg.size * 2;
	self->arg.flags = PGAREA_AREA_GROW;
	CREATE_OR_SKIP();
	EXPECT_EQ(self->arg.size, self->arg.owned);
	EXPECT_EQ(PGAREA_SHORTAGE_NONE, self->arg.shortage);
	ASSERT_EQ(0, pga_area_by_name(self->fd, NAME, &area));
	EXPECT_EQ(self->arg.id, area.id);
	EXPECT_EQ(PGAREA_NODE_ANY, area.node);
	EXPECT_EQ(self->arg.start, area.start);
	EXPECT_EQ(self->arg.end, area.end);
	EXPECT_EQ(self->arg.size, area.target_size);
	EXPECT_EQ(self->arg.size, area.owned);
	EXPECT_EQ(self->arg.size, area.free);
	EXPECT_EQ(self->arg.minimum, area.minimum);
	EXPECT_EQ(self->arg.maximum, area.maximum);
	EXPECT_EQ(self->arg.chunk_size, area.chunk_size);
	EXPECT_EQ(PAGEBLOCKS, (int)area.nr_chunks);
	EXPECT_EQ(PGAREA_AREA_GROW, area.flags);
}

TEST_F(life, without_limits_it_may_fill_its_bounds)
{
	struct pgarea_area area;

	self->arg.start = 16 * MIB + page_size();
	self->arg.end = self->arg.start + 4 * self->info.pageblock_size;
	self->arg.size = 0;
	self->arg.chunk_size = 0;
	ASSERT_EQ(0, pga_create_area(self->fd, &self->arg));
	ASSERT_EQ(0, pga_area_by_name(self->fd, NAME, &area));
	EXPECT_EQ(0, area.minimum);
	EXPECT_EQ(3 * self->info.pageblock_size, area.maximum);
	EXPECT_EQ(0, area.owned);
	EXPECT_EQ(0, area.flags);
	EXPECT_LE(self->info.pageblock_size, area.chunk_size);
}

TEST_F(life, info_counts_it)
{
	struct pgarea_info now;

	CREATE_OR_SKIP();
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(self->info.nr_areas + 1, now.nr_areas);
	EXPECT_EQ(self->info.owned + self->arg.size, now.owned);
	EXPECT_LE(self->info.chunks_taken + PAGEBLOCKS, now.chunks_taken);
	ASSERT_EQ(0, pga_destroy_area_soon(self->fd, self->arg.id));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(self->info.nr_areas, now.nr_areas);
	EXPECT_EQ(self->info.owned, now.owned);
	EXPECT_EQ(now.chunks_taken - self->info.chunks_taken,
		  now.chunks_returned - self->info.chunks_returned);
}

TEST_F(life, its_memory_lies_within_its_bounds_and_is_usable)
{
	struct pgarea_alloc block = {};
	unsigned char *at;

	CREATE_OR_SKIP();
	block.size = self->info.pageblock_size;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->arg.id, &block));
	EXPECT_LE(self->arg.start, block.phys);
	EXPECT_GE(self->arg.end, block.phys + block.alloc_size);
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero((char *)at, block.alloc_size));
	EXPECT_EQ(block.phys, phys_of(at));
	munmap(at, block.alloc_size);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

static bool overlaps(const struct pgarea_range *a, const struct pgarea_range *b)
{
	return a->address < b->address + b->size &&
	       b->address < a->address + a->size;
}

/* Is any page of @area owned by another area as well? */
static bool shares_pages(int fd, __u32 area, const struct pga_snapshot *all)
{
	struct pgarea_range *ours, *theirs;
	int i, j, k, nr, others;
	bool shares = false;

	nr = pga_ranges(fd, area, &ours);
	for (i = 0; i < all->nr && nr > 0; i++) {
		if (all->areas[i].id == area)
			continue;
		others = pga_ranges(fd, all->areas[i].id, &theirs);
		for (j = 0; j < nr; j++)
			for (k = 0; k < others; k++)
				shares |= overlaps(&ours[j], &theirs[k]);
		if (others >= 0)
			free(theirs);
	}
	if (nr >= 0)
		free(ours);
	return shares || nr <= 0;
}

TEST_F(life, areas_with_the_same_bounds_share_no_page)
{
	struct pgarea_create_area other = self->arg;
	struct pga_snapshot now;

	CREATE_OR_SKIP();
	strcpy((char *)other.name, NAME "2");
	other.flags = PGAREA_AREA_REQUIRE;
	if (pga_create_area(self->fd, &other) == -ENOSPC)
		SKIP(return, "the host has not enough");
	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	EXPECT_EQ(self->before.nr + 2, now.nr);
	EXPECT_FALSE(shares_pages(self->fd, self->arg.id, &now));
	EXPECT_FALSE(shares_pages(self->fd, other.id, &now));
}

/* All of its bounds are owned by another area: the reason says so. */
TEST_F(life, what_another_area_owns_is_not_taken)
{
	struct pgarea_create_area other = self->arg;
	struct pgarea_range *list;

	CREATE_OR_SKIP();
	ASSERT_LT(0, pga_ranges(self->fd, self->arg.id, &list));
	strcpy((char *)other.name, NAME "2");
	other.start = list[0].address;
	other.end = list[0].address + self->info.pageblock_size;
	other.size = self->info.pageblock_size;
	free(list);
	ASSERT_EQ(0, pga_create_area(self->fd, &other));
	EXPECT_EQ(0, other.owned);
	EXPECT_EQ(PGAREA_SHORTAGE_OTHER_AREA, other.shortage);
	ASSERT_EQ(0, pga_destroy_area(self->fd, other.id, &self->gone));
	other.minimum = other.size;
	EXPECT_EQ(-ENOSPC, pga_create_area(self->fd, &other));
	EXPECT_EQ(0, other.id);
	EXPECT_EQ(PGAREA_SHORTAGE_OTHER_AREA, other.shortage);
}

/* What one area has returned, another one can take. */
TEST_F(life, returned_memory_is_the_hosts_again)
{
	struct pgarea_range *list;
	int i;

	CREATE_OR_SKIP();
	ASSERT_LT(0, pga_ranges(self->fd, self->arg.id, &list));
	self->arg.start = list[0].address;
	self->arg.end = list[0].address + self->info.pageblock_size;
	self->arg.size = self->info.pageblock_size;
	free(list);
	/* Something in the host may hold a page of it for a moment. */
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, pga_destroy_area_soon(self->fd, self->arg.id));
		if (!pga_create_area(self->fd, &self->arg))
			break;
		self->arg.id = 0;
		pga_sleep_ms(10);
	}
	EXPECT_GT(100, i);
	EXPECT_EQ(self->arg.size, self->arg.owned);
}

TEST_F(life, no_memory_is_within_its_bounds)
{
	self->arg.start = (1ULL << 44) - GIB;
	self->arg.end = 1ULL << 44;
	ASSERT_EQ(0, pga_create_area(self->fd, &self->arg));
	EXPECT_EQ(0, self->arg.owned);
	EXPECT_EQ(PGAREA_SHORTAGE_NO_MEMORY, self->arg.shortage);
}

TEST_F(life, ids_are_never_reused)
{
	__u32 last = 0;
	int i;

	self->arg.size = 0;
	for (i = 0; i < self->before.nr; i++)
		last = self->before.areas[i].id;
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, pga_create_area(self->fd, &self->arg));
		ASSERT_LT(last, self->arg.id);
		last = self->arg.id;
		ASSERT_EQ(0, pga_destroy_area(self->fd, last, &self->gone));
	}
	EXPECT_EQ(-ENOENT, pga_destroy_area(self->fd, last, &self->gone));
}

TEST_F(life, a_name_is_used_once)
{
	struct pgarea_create_area other;

	self->arg.size = 0;
	ASSERT_EQ(0, pga_create_area(self->fd, &self->arg));
	other = self->arg;
	EXPECT_EQ(-EEXIST, pga_create_area(self->fd, &other));
	ASSERT_EQ(0, pga_destroy_area(self->fd, self->arg.id, &self->gone));
	EXPECT_EQ(0, pga_create_area(self->fd, &other));
}

/* There may be more than a snapshot has room for. */
TEST_F(life, there_is_a_limit)
{
	struct pgarea_create_area more = self->arg;
	__u32 i, first = 0, last = 0;

	more.size = 0;
	for (i = self->info.nr_areas; i < self->info.max_areas; i++) {
		snprintf((char *)more.name, sizeof(more.name), NAME "%u", i);
		ASSERT_EQ(0, pga_create_area(self->fd, &more));
		last = more.id;
		first = first ?: last;
	}
	snprintf((char *)more.name, sizeof(more.name), NAME "%u", i);
	EXPECT_EQ(-ENOSPC, pga_create_area(self->fd, &more));
	EXPECT_EQ(PGAREA_SHORTAGE_MAX_AREAS, more.shortage);
	EXPECT_EQ(0, more.id);
	for (; first && first <= last; first++)
		EXPECT_EQ(0, pga_destroy_area(self->fd, first, &self->gone));
}

/* A block's id, offset, contents and mapping; and which one is in the way. */
TEST_F(life, in_use_by_a_block_it_is_not_destroyed)
{
	struct pgarea_alloc block = { .size = 3 * page_size() };
	struct pgarea_destroy_area arg;
	unsigned char *at;

	CREATE_OR_SKIP();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->arg.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	pga_fill(at, block.alloc_size, 1);
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->arg.id, &arg));
	EXPECT_EQ(block.phys, arg.conflict);
	EXPECT_EQ(block.alloc_size, arg.conflict_size);
	EXPECT_EQ(block.id, arg.conflict_id);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, arg.conflict_state);
	EXPECT_TRUE(pga_shows(at, block.alloc_size, 1));
	/* Freed and mapped, it drains. */
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->arg.id, &arg));
	EXPECT_EQ(block.id, arg.conflict_id);
	EXPECT_EQ(PGAREA_STATE_DRAINING, arg.conflict_state);
	munmap(at, block.alloc_size);
	EXPECT_EQ(0, pga_destroy_area_soon(self->fd, self->arg.id));
}

TEST_F(life, in_use_by_a_reservation_it_is_not_destroyed)
{
	struct pgarea_destroy_area arg;
	struct pgarea_range *list;
	__u64 id, address;

	CREATE_OR_SKIP();
	ASSERT_LT(0, pga_ranges(self->fd, self->arg.id, &list));
	address = list[0].address + page_size();
	free(list);
	ASSERT_EQ(0, pga_reserve_at(self->fd, address, page_size(), &id));
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->arg.id, &arg));
	EXPECT_EQ(address, arg.conflict);
	EXPECT_EQ(id, arg.conflict_id);
	EXPECT_EQ(PGAREA_STATE_RESERVED, arg.conflict_state);
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	EXPECT_EQ(0, pga_destroy_area(self->fd, self->arg.id, &arg));
}

/* A block that only seems to be in use is checked first. */
TEST_F(life, a_drained_block_is_no_obstacle)
{
	struct pgarea_alloc block = { .size = 64 * page_size() };
	struct pgarea_destroy_area arg;
	unsigned char *at;

	CREATE_OR_SKIP();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->arg.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	munmap(at, block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_EQ(0, pga_destroy_area(self->fd, self->arg.id, &arg));
}

TEST_F(life, requests_find_it_gone)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_range *list;
	struct pgarea_order orders[1];

	self->arg.size = 0;
	ASSERT_EQ(0, pga_create_area(self->fd, &self->arg));
	EXPECT_EQ(-ENOSPC, pga_alloc_in(self->fd, self->arg.id, &block));
	ASSERT_EQ(0, pga_destroy_area(self->fd, self->arg.id, &self->gone));
	EXPECT_EQ(-ENOENT, pga_alloc_in(self->fd, self->arg.id, &block));
	EXPECT_EQ(-ENOENT, pga_ranges(self->fd, self->arg.id, &list));
	EXPECT_EQ(-ENOENT, pga_orders(self->fd, self->arg.id, orders, 1));
}

TEST_HARNESS_MAIN
