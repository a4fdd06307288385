// SPDX-License-Identifier: GPL-2.0
/*
 * PROBE of memory that an area owns, lists in parts, and searches for a place.
 */
#include "probe.h"

FIXTURE(owned)
{
	int fd;
	__u64 block;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(owned)
{
	PGA_ROOT_OR_SKIP();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PROBE);
	PGA_PICK_OR_SKIP(self->fd, 1024ULL, &self->area);
	self->block = pageblock_size(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(owned)
{
	close(self->fd);
}

/* Nothing but the answer is the effect of a PROBE. */
TEST_F(owned, a_block_is_named)
{
	struct pgarea_alloc block = { .size = page_size() };
	struct pgarea_obstacle entry;

	block.align = self->block;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, probe_at(self->fd, block.phys, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_OWNED, entry.kind);
	EXPECT_EQ(0, entry.flags);
	EXPECT_EQ(self->area.id, entry.area);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, entry.state);
	EXPECT_EQ(block.id, entry.block);
	EXPECT_EQ(block.phys, entry.page);
	EXPECT_EQ(0, entry.free);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(owned, a_reservation_after_free_pages_is_named)
{
	struct pgarea_alloc block = { .size = self->block };
	struct pgarea_obstacle entry;
	__u64 id;

	block.align = self->block;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, pga_reserve_at(self->fd, block.phys + 3 * page_size(),
				    page_size(), &id));
	ASSERT_EQ(0, probe_at(self->fd, block.phys, &entry));
	EXPECT_EQ(PGAREA_STATE_RESERVED, entry.state);
	EXPECT_EQ(block.phys + 3 * page_size(), entry.page);
	EXPECT_EQ(id, entry.block);
	EXPECT_EQ(0, entry.flags);
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	ASSERT_EQ(0, probe_at(self->fd, block.phys, &entry));
	EXPECT_EQ(OBTAINABLE, entry.flags);
	EXPECT_EQ(PGAREA_STATE_FREE, entry.state);
	EXPECT_EQ(0, entry.block);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* A list that is read one entry at a time is the list that is read at once. */
TEST_F(owned, a_list_in_parts)
{
	struct pgarea_probe whole = { .size = GIB }, parts = whole;
	struct pgarea_obstacle *list, entry;
	int i, nr = probe(self->fd, &whole, &list), err = -EMSGSIZE, same = 0;

	ASSERT_LT(2, nr);
	for (i = 0; err == -EMSGSIZE && i < 10 * nr; i++) {
		parts.obstacles.entries = (uintptr_t)&entry;
		parts.obstacles.entry_size = sizeof(entry);
		parts.obstacles.count = 1;
		err = pga_ioctl(self->fd, PGAREA_IOC_PROBE, &parts);
		ASSERT_EQ(1, parts.obstacles.count);
		same += i < nr && entry.address == list[i].address;
		EXPECT_EQ(whole.kind, parts.kind);
		EXPECT_EQ(0, parts.place);
	}
	EXPECT_EQ(0, err);
	/* Others use the memory in between. */
	EXPECT_LE(nr * 3 / 4, same);
	free(list);
}

static bool is_place(const struct pgarea_probe *arg)
{
	__u64 last = arg->place + arg->size - 1;

	return arg->place != PGAREA_NO_ADDRESS && !(arg->place % arg->align) &&
	       arg->place >= arg->lowest &&
	       (!arg->highest || last <= arg->highest) &&
	       (!arg->boundary || arg->place / arg->boundary == last / arg->boundary);
}

TEST_F(owned, a_search_keeps_all_limits)
{
	struct pgarea_probe arg = {
		.flags = PGAREA_PROBE_SEARCH,
		.size = 3 * self->block,
		.align = 2 * self->block,
		.boundary = 4 * self->block,
		.lowest = 64 * MIB + 1,
		.highest = 4 * GIB - 1,
	};
	struct pgarea_obstacle *list;
	int i, nr = probe(self->fd, &arg, &list);

	ASSERT_LT(0, nr);
	ASSERT_TRUE(is_place(&arg)) TH_LOG("place %#llx", arg.place);
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, arg.kind);
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.conflict);
	EXPECT_EQ(arg.place, list[0].address);
	EXPECT_EQ(arg.place + arg.size,
		  list[nr - 1].address + list[nr - 1].size);
	for (i = 0; i < nr; i++)
		EXPECT_EQ(OBTAINABLE, list[i].flags);
	free(list);
}

TEST_F(owned, a_search_without_result_lists_what_is_in_the_way)
{
	struct pgarea_probe arg = {
		.flags = PGAREA_PROBE_SEARCH,
		.size = 64 * MIB,
		.highest = 16 * MIB - 1,
	};
	struct pgarea_obstacle *list;
	int nr = probe(self->fd, &arg, &list);

	ASSERT_LT(0, nr);
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.place);
	EXPECT_NE(PGAREA_OBSTACLE_NONE, arg.kind);
	EXPECT_EQ(0, list[0].address);
	EXPECT_EQ(16 * MIB, list[nr - 1].address + list[nr - 1].size);
	free(list);
}

TEST_F(owned, a_search_on_a_node)
{
	struct pgarea_probe arg = {
		.flags = PGAREA_PROBE_SEARCH | PGAREA_PROBE_NODE,
		.size = self->block,
		.align = self->block,
	};
	struct pgarea_obstacle *list;

	ASSERT_LT(0, probe(self->fd, &arg, &list));
	EXPECT_TRUE(is_place(&arg));
	free(list);
	arg.node = 99999;
	EXPECT_EQ(-EINVAL, probe(self->fd, &arg, &list));
}

TEST_F(owned, the_capability_is_needed)
{
	int fd = pga_open_as(0, PGA_ALL_CAPS & ~PGA_CAP(CAP_SYS_ADMIN),
			     PGA_DEVICE, O_RDWR);
	struct pgarea_obstacle entry;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, probe_at(fd, 64 * MIB, &entry));
	close(fd);
	fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(0, probe_at(fd, 64 * MIB, &entry));
	close(fd);
}

TEST_HARNESS_MAIN
