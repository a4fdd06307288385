// SPDX-License-Identifier: GPL-2.0
/*
 * The arrays that pointers name: their entries grow like structs do, and the
 * kernel returns a list that does not fit in pieces.
 */
#include <stddef.h>

#include "include/pga_state.h"

/* A page frame number that no machine has, and other invalid cursors */
static const __u64 wild_cursors[] = {
	1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x100000000,
	0x100000001, 0x180000001, 1ULL << 63, ~0ULL - 1, ~0ULL,
};

union list_arg {
	struct pgarea_areas areas;
	struct pgarea_orders orders;
	struct pgarea_ranges ranges;
	struct pgarea_blocks blocks;
};

/* Each list, with some entries in it. */
FIXTURE(list) {
	int fd;
	struct pgarea_area area;
	union list_arg arg;
	struct pgarea_array *array;
	char *whole;
	int nr;
};

/* @first_size: size of the entry's first version */
FIXTURE_VARIANT(list) {
	unsigned long cmd;
	size_t array;
	size_t entry_size;
	size_t first_size;
};

FIXTURE_VARIANT_ADD(list, areas) {
	.cmd = PGAREA_IOC_AREAS,
	.array = offsetof(struct pgarea_areas, areas),
	.entry_size = sizeof(struct pgarea_area),
	.first_size = 128,
};

FIXTURE_VARIANT_ADD(list, orders) {
	.cmd = PGAREA_IOC_ORDERS,
	.array = offsetof(struct pgarea_orders, orders),
	.entry_size = sizeof(struct pgarea_order),
	.first_size = 16,
};

FIXTURE_VARIANT_ADD(list, ranges) {
	.cmd = PGAREA_IOC_RANGES,
	.array = offsetof(struct pgarea_ranges, ranges),
	.entry_size = sizeof(struct pgarea_range),
	.first_size = 24,
};

FIXTURE_VARIANT_ADD(list, blocks) {
	.cmd = PGAREA_IOC_BLOCKS,
	.array = offsetof(struct pgarea_blocks, blocks),
	.entry_size = sizeof(struct pgarea_block),
	.first_size = 96,
};

/* Blocks, reservations and holes between them, so that each list is long. */
static int make_things(int fd, const struct pgarea_area *area)
{
	__u64 page = page_size(), id;
	struct pgarea_range longest;
	struct pgarea_alloc block;
	int i, err;

	err = pga_longest_free(fd, area->id, &longest);
	for (i = 1; i < 16 && !err; i += 4)
		err = pga_alloc_at(fd, longest.address + i * page, page,
				   &block) ?:
		      pga_reserve_at(fd, longest.address + (i + 2) * page, page,
				     &id);
	return err;
}

FIXTURE_SETUP(list)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 32, &self->area);
	ASSERT_EQ(0, make_things(self->fd, &self->area));
	memset(&self->arg, 0, sizeof(self->arg));
	if (variant->cmd == PGAREA_IOC_ORDERS)
		self->arg.orders.area = self->area.id;
	if (variant->cmd == PGAREA_IOC_RANGES)
		self->arg.ranges.area = self->area.id;
	self->array = (void *)((char *)&self->arg + variant->array);
	self->array->entry_size = variant->entry_size;
	self->nr = pga_whole_list(self->fd, variant->cmd, &self->arg,
				  self->array, (void **)&self->whole);
	ASSERT_LT(0, self->nr);
}

FIXTURE_TEARDOWN(list)
{
	close(self->fd);
}

/* Request the list from the start. */
#define ASK(_entries, _size, _count) ({					\
	*self->array = pga_array(_entries, _size, _count);		\
	pga_ioctl(self->fd, variant->cmd, &self->arg);			\
})

TEST_F(list, whole)
{
	EXPECT_EQ(self->nr, (int)self->array->total);
	EXPECT_EQ(0, self->array->cursor);
	EXPECT_EQ(variant->entry_size, self->array->entry_size);
}

TEST_F(list, no_room_asks_how_many)
{
	EXPECT_EQ(-EMSGSIZE, ASK(NULL, 0, 0));
	EXPECT_EQ(self->nr, (int)self->array->total);
	EXPECT_EQ(0, self->array->count);
	EXPECT_NE(0, self->array->cursor);
}

TEST_F(list, just_enough_room)
{
	char room[self->nr * variant->entry_size];

	EXPECT_EQ(0, ASK(room, variant->entry_size, self->nr));
	EXPECT_EQ(0, self->array->cursor);
	EXPECT_EQ(0, memcmp(room, self->whole, sizeof(room)));
}

TEST_F(list, room_for_all_but_one)
{
	char room[self->nr * variant->entry_size];

	memset(room, 0xa5, sizeof(room));
	EXPECT_EQ(-EMSGSIZE, ASK(room, variant->entry_size, self->nr - 1));
	EXPECT_EQ(self->nr - 1, (int)self->array->count);
	EXPECT_EQ(self->nr, (int)self->array->total);
	EXPECT_EQ((char)0xa5, room[(self->nr - 1) * variant->entry_size]);
}

TEST_F(list, one_by_one)
{
	char entry[variant->entry_size];
	int i, err;

	*self->array = pga_array(entry, variant->entry_size, 1);
	for (i = 0; i < self->nr; i++) {
		self->array->count = 1;
		err = pga_ioctl(self->fd, variant->cmd, &self->arg);
		ASSERT_EQ(i < self->nr - 1 ? -EMSGSIZE : 0, err);
		ASSERT_EQ(1, self->array->count);
		ASSERT_EQ(self->nr - i, (int)self->array->total);
		ASSERT_EQ(0, memcmp(entry, self->whole + i * sizeof(entry),
				    sizeof(entry)));
	}
	EXPECT_EQ(0, self->array->cursor);
}

TEST_F(list, no_room_keeps_the_cursor)
{
	__u64 cursor;

	ASSERT_EQ(-EMSGSIZE, ASK(NULL, 0, 0));
	cursor = self->array->cursor;
	ASSERT_EQ(-EMSGSIZE, pga_ioctl(self->fd, variant->cmd, &self->arg));
	EXPECT_EQ(cursor, self->array->cursor);
	EXPECT_EQ(self->nr, (int)self->array->total);
}

TEST_F(list, short_entries)
{
	char room[self->nr * variant->entry_size];

	EXPECT_EQ(-EINVAL, ASK(room, variant->first_size - 1, self->nr));
	EXPECT_EQ(-EINVAL, ASK(room, 0, self->nr));
}

TEST_F(list, entries_as_they_were_at_first)
{
	size_t size = variant->first_size;
	char room[self->nr * size + 1];
	int i;

	room[self->nr * size] = 0x5a;
	ASSERT_EQ(0, ASK(room, size, self->nr));
	for (i = 0; i < self->nr; i++)
		ASSERT_EQ(0, memcmp(room + i * size,
				    self->whole + i * variant->entry_size,
				    size));
	EXPECT_EQ(0x5a, room[self->nr * size]);
}

TEST_F(list, longer_entries_end_in_zeros)
{
	size_t size = variant->entry_size + 24, i, j;
	char room[self->nr * size];

	memset(room, 0xa5, sizeof(room));
	ASSERT_EQ(0, ASK(room, size, self->nr));
	for (i = 0; i < (size_t)self->nr; i++) {
		ASSERT_EQ(0, memcmp(room + i * size,
				    self->whole + i * variant->entry_size,
				    variant->entry_size));
		for (j = variant->entry_size; j < size; j++)
			ASSERT_EQ(0, room[i * size + j]);
	}
}

TEST_F(list, reserved_not_zero)
{
	char room[self->nr * variant->entry_size];

	*self->array = pga_array(room, variant->entry_size, self->nr);
	self->array->__reserved = 1;
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, variant->cmd, &self->arg));
}

TEST_F(list, null_pointer)
{
	EXPECT_EQ(-EFAULT, ASK(NULL, variant->entry_size, self->nr));
}

TEST_F(list, read_only_memory)
{
	size_t size = self->nr * variant->entry_size;
	void *room = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	ASSERT_NE(MAP_FAILED, room);
	EXPECT_EQ(-EFAULT, ASK(room, variant->entry_size, self->nr));
}

/* A pointer that no program, or no 32-bit program, can have. */
#define ASK_AT(_entries) ({						\
	*self->array = pga_array(NULL, variant->entry_size, self->nr);	\
	self->array->entries = _entries;				\
	pga_ioctl(self->fd, variant->cmd, &self->arg);			\
})

TEST_F(list, around_the_end_of_memory)
{
	EXPECT_EQ(-EOVERFLOW, ASK_AT(~0ULL - 8));
}

TEST_F(list, in_the_kernels_memory)
{
	EXPECT_EQ(-EFAULT, ASK_AT(~0ULL << 24));
	EXPECT_EQ(-EFAULT, ASK_AT(~0ULL << 46));
}

#if __SIZEOF_POINTER__ == 4
/* The kernel does not ignore the upper half of a pointer. */
TEST_F(list, above_4_gib)
{
	char room[self->nr * variant->entry_size];

	EXPECT_EQ(0, ASK_AT((uintptr_t)room));
	EXPECT_EQ(-EFAULT, ASK_AT((uintptr_t)room | 1ULL << 32));
	EXPECT_EQ(-EFAULT, ASK_AT((uintptr_t)room | 1ULL << 46));
}
#endif

/* A cursor is opaque, but a program may pass any value. */
TEST_F(list, wild_cursors)
{
	char room[self->nr * variant->entry_size];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wild_cursors); i++) {
		int err;

		*self->array = pga_array(room, variant->entry_size, self->nr);
		self->array->cursor = wild_cursors[i];
		err = pga_ioctl(self->fd, variant->cmd, &self->arg);
		EXPECT_TRUE(!err || err == -EINVAL)
			TH_LOG("cursor %#llx: %d", wild_cursors[i], err);
	}
}

/* The arrays of ALLOC: the kernel reads one and writes two. */
FIXTURE(alloc) {
	int fd;
	struct pga_snapshot before;
	struct pgarea_alloc arg;
};

FIXTURE_SETUP(alloc)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 1, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->arg = (struct pgarea_alloc){ .size = 1 };
}

FIXTURE_TEARDOWN(alloc)
{
	close(self->fd);
}

/* Longer than the kernel's entry, as a newer program may pass it */
struct later_area_id {
	struct pgarea_area_id now;
	__u64 later;
};

static struct later_area_id later_id(struct __test_metadata *_metadata, int fd,
				     __u64 later)
{
	struct pgarea_area area = {};

	ASSERT_EQ(0, pga_pick(fd, page_size(), &area));
	return (struct later_area_id){ .now.id = area.id, .later = later };
}

TEST_F(alloc, longer_ids_that_end_in_zeros)
{
	struct later_area_id set = later_id(_metadata, self->fd, 0);

	self->arg.areas = PGA_ARRAY(&set, 1);
	EXPECT_EQ(0, pga_alloc(self->fd, &self->arg));
	EXPECT_EQ(set.now.id, self->arg.area);
}

TEST_F(alloc, longer_ids_that_do_not)
{
	struct later_area_id set = later_id(_metadata, self->fd, 1ULL << 63);

	self->arg.areas = PGA_ARRAY(&set, 1);
	EXPECT_EQ(-E2BIG, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, short_ids)
{
	struct later_area_id set = later_id(_metadata, self->fd, 0);

	self->arg.areas = pga_array(&set, sizeof(set.now) - 1, 1);
	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, ids_out_of_memory)
{
	self->arg.areas = pga_array(NULL, sizeof(struct pgarea_area_id), 1);
	EXPECT_EQ(-EFAULT, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, segments)
{
	struct pgarea_segment segments[2] = {};

	self->arg.segments = PGA_ARRAY(segments, 2);
	ASSERT_EQ(0, pga_alloc(self->fd, &self->arg));
	EXPECT_EQ(1, self->arg.segments.count);
	EXPECT_EQ(1, self->arg.segments.total);
	EXPECT_EQ(0, self->arg.segments.cursor);
	EXPECT_EQ(self->arg.phys, segments[0].address);
	EXPECT_EQ(self->arg.alloc_size, segments[0].size);
	EXPECT_EQ(0, segments[1].size);
}

TEST_F(alloc, longer_segments_end_in_zeros)
{
	struct { struct pgarea_segment now; __u64 later; } segment;

	memset(&segment, 0xff, sizeof(segment));
	self->arg.segments = PGA_ARRAY(&segment, 1);
	ASSERT_EQ(0, pga_alloc(self->fd, &self->arg));
	EXPECT_EQ(self->arg.phys, segment.now.address);
	EXPECT_EQ(0, segment.later);
}

TEST_F(alloc, short_segments)
{
	struct pgarea_segment segment;

	self->arg.segments = pga_array(&segment, sizeof(segment) - 1, 1);
	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* At this point the block exists.  It must not stay. */
TEST_F(alloc, segments_out_of_memory)
{
	self->arg.segments = pga_array(NULL, sizeof(struct pgarea_segment), 1);
	EXPECT_EQ(-EFAULT, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, short_refusals)
{
	const size_t first_size = offsetof(struct pgarea_refusal, obstacle);
	struct pgarea_refusal refusal;

	self->arg.refusals = pga_array(&refusal, first_size - 1, 1);
	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, longer_refusals_end_in_zeros)
{
	struct { struct pgarea_refusal now; __u64 later; } refusal;

	memset(&refusal, 0xff, sizeof(refusal));
	self->arg.size = 1ULL << 60;
	self->arg.refusals = PGA_ARRAY(&refusal, 1);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &self->arg));
	EXPECT_EQ(PGAREA_REASON_FULL, refusal.now.reason);
	EXPECT_EQ(0, refusal.later);
}

TEST_F(alloc, refusals_out_of_memory)
{
	self->arg.size = 1ULL << 60;
	self->arg.refusals = pga_array(NULL, sizeof(struct pgarea_refusal), 1);
	EXPECT_EQ(-EFAULT, pga_alloc(self->fd, &self->arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, refusals_are_not_touched_on_success)
{
	struct pgarea_refusal refusal, as_before;

	memset(&refusal, 0xa5, sizeof(refusal));
	as_before = refusal;
	self->arg.refusals = PGA_ARRAY(&refusal, 1);
	ASSERT_EQ(0, pga_alloc(self->fd, &self->arg));
	EXPECT_EQ(0, self->arg.refusals.count);
	EXPECT_EQ(0, self->arg.refusals.total);
	EXPECT_EQ(0, memcmp(&as_before, &refusal, sizeof(refusal)));
}

TEST_HARNESS_MAIN
