// SPDX-License-Identifier: GPL-2.0
/* The lists agree with each other, and with what a program holds. */
#include <sys/mman.h>

#include "include/pga_state.h"

#define MOST_ORDERS	64

/* @base: a place with free pages all around, where the tests allocate */
FIXTURE(query) {
	int fd;
	__u64 page;
	__u64 base;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(query)
{
	struct pgarea_range run;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 256, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->base = run.address + 64 * self->page;
}

FIXTURE_TEARDOWN(query)
{
	close(self->fd);
}

#define PAGES(_nr)	((_nr) * self->page)

/* Three blocks and two reservations, some of them adjacent. */
static void hold_some(struct __test_metadata *_metadata, int fd, __u64 base)
{
	__u64 page = page_size(), id;
	struct pgarea_alloc block;

	ASSERT_EQ(0, pga_alloc_at(fd, base, 3 * page, &block));
	ASSERT_EQ(0, pga_alloc_at(fd, base + 3 * page, page, &block));
	ASSERT_EQ(0, pga_reserve_at(fd, base + 4 * page, 2 * page, &id));
	ASSERT_EQ(0, pga_reserve_at(fd, base + 6 * page, 5 * page, &id));
	ASSERT_EQ(0, pga_alloc_at(fd, base + 20 * page, 7 * page, &block));
}

static bool is_name(const __u8 *name)
{
	return name[0] && memchr(name, 0, PGAREA_NAME_SIZE);
}

TEST_F(query, areas_are_sound)
{
	int i;

	for (i = 0; i < self->before.nr; i++) {
		const struct pgarea_area *area = &self->before.areas[i];

		EXPECT_NE(0, area->id);
		EXPECT_TRUE(i == 0 || area->id > area[-1].id);
		EXPECT_TRUE(is_name(area->name));
		EXPECT_LT(area->start, area->end);
		EXPECT_EQ(0, area->start % self->page);
		EXPECT_EQ(0, area->end % self->page);
		EXPECT_LE(area->owned, area->target_size);
		EXPECT_LE(area->largest_free, area->free);
		EXPECT_EQ(!area->owned, !area->nr_chunks);
		EXPECT_EQ(area->owned, area->free + area->allocated +
				       area->reserved + area->draining);
	}
}

TEST_F(query, the_sums_are_those_of_the_areas)
{
	__u64 owned = 0, poisoned = 0;
	struct pgarea_info info = {};
	int i;

	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	for (i = 0; i < self->before.nr; i++) {
		owned += self->before.areas[i].owned;
		poisoned += self->before.areas[i].poisoned;
	}
	EXPECT_EQ(self->before.nr, (int)info.nr_areas);
	EXPECT_EQ(owned, info.owned);
	EXPECT_EQ(poisoned, info.poisoned);
}

TEST_F(query, names_of_areas_differ)
{
	int i, j;

	for (i = 0; i < self->before.nr; i++)
		for (j = 0; j < i; j++)
			EXPECT_STRNE((char *)self->before.areas[i].name,
				     (char *)self->before.areas[j].name);
}

/* Ranges are in order, within the bounds, and contiguous. */
static void check_ranges(struct __test_metadata *_metadata, int fd,
			 const struct pgarea_area *area)
{
	__u64 sums[PGAREA_STATE_POISONED + 1] = {}, end = area->start;
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area->id, &list);

	ASSERT_LE(0, nr);
	for (i = 0; i < nr; i++) {
		ASSERT_LE(end, list[i].address);
		ASSERT_LT(0, list[i].size);
		ASSERT_LT(PGAREA_STATE_NOT_OWNED, list[i].state);
		ASSERT_GE(PGAREA_STATE_POISONED, list[i].state);
		EXPECT_EQ(area->id, list[i].area);
		sums[list[i].state] += list[i].size;
		end = list[i].address + list[i].size;
	}
	EXPECT_LE(end, area->end);
	EXPECT_EQ(area->free, sums[PGAREA_STATE_FREE]);
	EXPECT_EQ(area->allocated, sums[PGAREA_STATE_ALLOCATED]);
	EXPECT_EQ(area->reserved, sums[PGAREA_STATE_RESERVED]);
	EXPECT_EQ(area->draining, sums[PGAREA_STATE_DRAINING]);
	free(list);
}

TEST_F(query, ranges_add_up)
{
	struct pga_snapshot now;
	int i;

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	for (i = 0; i < now.nr; i++)
		check_ranges(_metadata, self->fd, &now.areas[i]);
}

TEST_F(query, free_ranges_that_touch_are_one)
{
	struct pgarea_range *list;
	int i, nr;

	hold_some(_metadata, self->fd, self->base);
	nr = pga_ranges(self->fd, self->area.id, &list);
	ASSERT_LT(0, nr);
	for (i = 1; i < nr; i++)
		EXPECT_FALSE(list[i].state == PGAREA_STATE_FREE &&
			     list[i - 1].state == PGAREA_STATE_FREE &&
			     list[i - 1].address + list[i - 1].size ==
			     list[i].address);
}

TEST_F(query, largest_free_is_the_longest_range)
{
	struct pgarea_range longest;
	struct pgarea_area now;

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &longest));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(now.largest_free, longest.size);
}

/* Allocated memory is listed block by block, even where blocks touch. */
TEST_F(query, ranges_tell_what_is_held)
{
	static const struct {
		int first;
		int nr;
		__u32 state;
	} held[] = {
		{ 0, 3, PGAREA_STATE_ALLOCATED },
		{ 3, 1, PGAREA_STATE_ALLOCATED },
		{ 4, 2, PGAREA_STATE_RESERVED },
		{ 6, 5, PGAREA_STATE_RESERVED },
		{ 11, 9, PGAREA_STATE_FREE },
		{ 20, 7, PGAREA_STATE_ALLOCATED },
	};
	struct pgarea_range range;
	size_t i;

	hold_some(_metadata, self->fd, self->base);
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		ASSERT_EQ(0, pga_range_at(self->fd, self->area.id, self->base +
					  PAGES(held[i].first), &range));
		EXPECT_EQ(self->base + PAGES(held[i].first), range.address);
		EXPECT_EQ(PAGES(held[i].nr), range.size);
		EXPECT_EQ(held[i].state, range.state);
	}
}

TEST_F(query, ranges_are_cut_at_the_limits)
{
	struct pgarea_range list[8] = {};
	struct pgarea_ranges arg = {
		.area = self->area.id,
		.lowest = self->base + PAGES(1) + 1,
		.highest = self->base + PAGES(4),
		.ranges = PGA_ARRAY(list, 8),
	};

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &arg));
	ASSERT_EQ(3, arg.ranges.count);
	EXPECT_EQ(self->base + PAGES(1), list[0].address);
	EXPECT_EQ(PAGES(2), list[0].size);
	EXPECT_EQ(self->base + PAGES(3), list[1].address);
	EXPECT_EQ(self->base + PAGES(4), list[2].address);
	EXPECT_EQ(PAGES(1), list[2].size);
}

TEST_F(query, ranges_where_there_is_nothing)
{
	struct pgarea_range entry;
	struct pgarea_ranges arg = {
		.area = self->area.id,
		.lowest = 1ULL << 62,
		.ranges = PGA_ARRAY(&entry, 1),
	};

	EXPECT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &arg));
	EXPECT_EQ(0, arg.ranges.count);
	EXPECT_EQ(0, arg.ranges.total);
}

/* Split a run of free memory into the largest blocks that fit. */
static void count_orders(__u64 first, __u64 nr, __u64 *counts)
{
	while (nr) {
		int order = first ? __builtin_ctzll(first) : 63;

		while (1ULL << order > nr)
			order--;
		counts[order]++;
		first += 1ULL << order;
		nr -= 1ULL << order;
	}
}

TEST_F(query, orders_are_those_of_the_free_ranges)
{
	struct pgarea_order orders[MOST_ORDERS];
	__u64 counts[MOST_ORDERS] = {};
	struct pgarea_range *list;
	int i, nr;

	hold_some(_metadata, self->fd, self->base);
	nr = pga_ranges(self->fd, self->area.id, &list);
	ASSERT_LT(0, nr);
	for (i = 0; i < nr; i++)
		if (list[i].state == PGAREA_STATE_FREE)
			count_orders(list[i].address / self->page,
				     list[i].size / self->page, counts);
	nr = pga_orders(self->fd, self->area.id, orders, MOST_ORDERS);
	ASSERT_LT(0, nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(i, (int)orders[i].order);
		EXPECT_EQ(counts[i], orders[i].free_blocks);
		EXPECT_EQ(0, orders[i].__reserved);
	}
	EXPECT_NE(0, orders[nr - 1].free_blocks);
	for (; i < MOST_ORDERS; i++)
		EXPECT_EQ(0, counts[i]);
}

TEST_F(query, nothing_held_nothing_listed)
{
	struct pgarea_block *list;

	EXPECT_EQ(0, pga_blocks(self->fd, 0, &list));
}

TEST_F(query, a_block_is_listed_as_alloc_answered)
{
	struct pgarea_alloc block = { .size = PAGES(3), .name = "a label" };
	struct pgarea_block *list;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(block.id, list->id);
	EXPECT_EQ(block.phys, list->address);
	EXPECT_EQ(block.alloc_size, list->size);
	EXPECT_EQ(block.mmap_offset, list->mmap_offset);
	EXPECT_EQ(block.flags, list->flags);
	EXPECT_EQ(block.area, list->area);
	EXPECT_EQ(block.alloc_node, list->node);
	EXPECT_EQ(PGAREA_KIND_BLOCK, list->kind);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, list->state);
	EXPECT_EQ(PGAREA_HOLDER_OWNER, list->holders);
	EXPECT_EQ(getpid(), list->pid);
	EXPECT_STREQ("a label", (char *)list->name);
}

TEST_F(query, a_freed_block_is_not_listed)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_block *list;

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(0, pga_blocks(self->fd, 0, &list));
}

TEST_F(query, the_list_is_in_the_order_of_ids)
{
	struct pgarea_block *list;
	int i;

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(5, pga_blocks(self->fd, 0, &list));
	for (i = 1; i < 5; i++)
		EXPECT_LT(list[i - 1].id, list[i].id);
}

TEST_F(query, a_kind_can_be_left_out)
{
	struct pgarea_block *list;

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(2, pga_blocks(self->fd, PGAREA_BLOCKS_NO_BLOCKS, &list));
	EXPECT_EQ(PGAREA_KIND_RESERVATION, list[0].kind);
	EXPECT_EQ(PGAREA_KIND_RESERVATION, list[1].kind);
	ASSERT_EQ(3, pga_blocks(self->fd, PGAREA_BLOCKS_NO_RESERVATIONS,
				&list));
	EXPECT_EQ(PGAREA_KIND_BLOCK, list[2].kind);
	EXPECT_EQ(0, pga_blocks(self->fd, PGAREA_BLOCKS_NO_BLOCKS |
				PGAREA_BLOCKS_NO_RESERVATIONS, &list));
}

TEST_F(query, blocks_of_other_files_only_when_asked_for)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), i, nr;
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_block *list;
	bool found = false;

	PGA_ROOT_OR_SKIP();
	ASSERT_LE(0, other);
	ASSERT_EQ(0, pga_alloc(other, &block));
	EXPECT_EQ(0, pga_blocks(self->fd, 0, &list));
	nr = pga_blocks(self->fd, PGAREA_BLOCKS_ALL, &list);
	for (i = 0; i < nr; i++)
		found |= list[i].id == block.id;
	EXPECT_TRUE(found);
}

TEST_F(query, a_mapping_is_a_holder)
{
	struct pgarea_alloc block = { .size = PAGES(2) };
	struct pgarea_block *list;

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_NE(MAP_FAILED, pga_map(self->fd, &block));
	ASSERT_EQ(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(PGAREA_HOLDER_OWNER | PGAREA_HOLDER_MAPPING, list->holders);
}

/* A mapped block that was freed drains: it is listed, and not free. */
TEST_F(query, a_draining_block_is_listed)
{
	struct pgarea_alloc block = { .size = PAGES(2) };
	struct pgarea_block *list;
	struct pgarea_range range;
	void *at;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(block.id, list->id);
	EXPECT_EQ(PGAREA_STATE_DRAINING, list->state);
	EXPECT_EQ(PGAREA_HOLDER_MAPPING, list->holders);
	ASSERT_EQ(0, pga_range_at(self->fd, self->area.id, block.phys, &range));
	EXPECT_EQ(PGAREA_STATE_DRAINING, range.state);
	EXPECT_EQ(PAGES(2), range.size);
	munmap(at, PAGES(2));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(0, pga_blocks(self->fd, 0, &list));
}

TEST_F(query, asking_changes_nothing)
{
	struct pgarea_order orders[MOST_ORDERS];
	struct pgarea_range *ranges;
	struct pgarea_block *blocks;
	struct pga_snapshot held;
	struct pgarea_info info;

	hold_some(_metadata, self->fd, self->base);
	ASSERT_EQ(0, pga_snapshot(self->fd, &held));
	ASSERT_LE(0, pga_ranges(self->fd, self->area.id, &ranges));
	ASSERT_LE(0, pga_blocks(self->fd, 0, &blocks));
	ASSERT_LE(0, pga_orders(self->fd, self->area.id, orders, MOST_ORDERS));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	EXPECT_TRUE(pga_is_as(self->fd, &held));
}

TEST_HARNESS_MAIN
