// SPDX-License-Identifier: GPL-2.0
/*
 * Invalid input of ALLOC_BULK, and arrays that the kernel cannot write after it
 * created the blocks: no block may remain that the program does not know.
 */
#include "include/pga_state.h"

#define LABEL_TOO_LONG	"a label of 32 bytes, and no NUL."
#define NO_SUCH_AREA	0xfffffffe

/* More than the kernel creates before it reschedules */
#define MANY	1000

/* A request that would succeed, except for one field */
FIXTURE(request) {
	int fd;
	struct pga_snapshot before;
	struct pgarea_bulk_block blocks[2];
};

FIXTURE_VARIANT(request) {
	struct pgarea_alloc_bulk arg;
	int err;
};

FIXTURE_SETUP(request)
{
	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(request)
{
	close(self->fd);
}

#define BAD_BULK(_name, _err, ...) \
FIXTURE_VARIANT_ADD(request, _name) { \
	.arg = { __VA_ARGS__ }, \
	.err = _err, \
}

BAD_BULK(size_0, EINVAL, .size = 0);
BAD_BULK(size_that_overflows, EOVERFLOW, .size = ~0ULL);
BAD_BULK(align_3, EINVAL, .size = 1, .align = 3);
BAD_BULK(boundary_3, EINVAL, .size = 1, .boundary = 3);
BAD_BULK(boundary_below_size, EINVAL, .size = 129, .boundary = 128);
BAD_BULK(lowest_above_highest, EINVAL, .size = 1, .lowest = 2 * GIB, .highest = GIB);
BAD_BULK(node_without_flag, EINVAL, .size = 1, .node = 1);
BAD_BULK(unknown_flag, EOPNOTSUPP, .size = 1, .flags = 1ULL << 63);
BAD_BULK(flag_exact, EINVAL, .size = 1, .flags = PGAREA_ALLOC_EXACT);
BAD_BULK(flag_dry_run, EINVAL, .size = 1, .flags = PGAREA_ALLOC_DRY_RUN);
BAD_BULK(node_that_is_none, ENODEV, .size = 1, .flags = PGAREA_ALLOC_NODE, .node = ~0U);
BAD_BULK(node_twice, EINVAL, .size = 1, .flags = PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE);
BAD_BULK(flag_fresh, EOPNOTSUPP, .size = 1, .flags = PGAREA_ALLOC_FRESH);
BAD_BULK(flag_persistent, EINVAL, .size = 1, .name = "name",
	 .flags = PGAREA_ALLOC_PERSISTENT);
BAD_BULK(cache_unknown, EOPNOTSUPP, .size = 1, .cache = 99);
BAD_BULK(layout_scattered, EOPNOTSUPP, .size = 1, .layout = PGAREA_LAYOUT_SCATTERED);
BAD_BULK(layout_unknown, EOPNOTSUPP, .size = 1, .layout = 99);
BAD_BULK(access_unknown, EOPNOTSUPP, .size = 1, .access = 99);
BAD_BULK(reserved, EINVAL, .size = 1, .__reserved = 1);
BAD_BULK(reserved2, EINVAL, .size = 1, .__reserved2 = 1);
BAD_BULK(orphan_too_long, EINVAL, .size = 1, .orphan_ms = PGAREA_ORPHAN_MAX_MS + 1);
BAD_BULK(label_too_long, EINVAL, .size = 1, .name = LABEL_TOO_LONG);
BAD_BULK(label_unprintable, EINVAL, .size = 1, .name = "tab\there");
BAD_BULK(areas_reserved, EINVAL, .size = 1, .areas.__reserved = 1);
BAD_BULK(blocks_reserved, EINVAL, .size = 1, .blocks.__reserved = 1);
BAD_BULK(refusals_reserved, EINVAL, .size = 1, .refusals.__reserved = 1);

TEST_F(request, is_refused)
{
	struct pgarea_alloc_bulk arg = variant->arg, as_before;

	arg.blocks.entries = (uintptr_t)self->blocks;
	arg.blocks.entry_size = sizeof(*self->blocks);
	arg.blocks.count = 2;
	as_before = arg;
	EXPECT_EQ(-variant->err, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(0, memcmp(&as_before, &arg, sizeof(arg)));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

FIXTURE(arrays) {
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_bulk_block blocks[2];
	struct pgarea_area_id set[2];
	struct pgarea_alloc_bulk arg;
};

FIXTURE_SETUP(arrays)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2 * MANY, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	memset(self->set, 0, sizeof(self->set));
	self->set[0].id = self->area.id;
	self->arg = (struct pgarea_alloc_bulk){
		.size = 1,
		.areas = PGA_ARRAY(self->set, 1),
		.blocks = PGA_ARRAY(self->blocks, 2),
	};
}

FIXTURE_TEARDOWN(arrays)
{
	close(self->fd);
}

/* How many blocks this file has; -errno when BLOCKS fails. */
static int count_blocks(int fd)
{
	struct pgarea_block *list;
	int nr = pga_blocks(fd, 0, &list);

	free(list);
	return nr;
}

static void expect_refusal(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_alloc_bulk *arg,
			   const struct pga_snapshot *before)
{
	EXPECT_EQ(err, pga_alloc_bulk(fd, arg));
	EXPECT_EQ(0, count_blocks(fd));
	EXPECT_TRUE(pga_returns_to(fd, before));
}

#define EXPECT_REFUSAL(_err) \
	expect_refusal(_metadata, self->fd, _err, &self->arg, &self->before)

/* Room for @nr entries, with no memory mapped after it. */
static void *room_at_the_end(size_t size)
{
	size_t whole = (size + page_size() - 1) & -page_size();
	char *at = mmap(NULL, whole + page_size(), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + whole, page_size()))
		return NULL;
	return at + whole - size;
}

TEST_F(arrays, no_blocks)
{
	self->arg.blocks.count = 0;
	EXPECT_REFUSAL(-EINVAL);
	memset(&self->arg.blocks, 0, sizeof(self->arg.blocks));
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(arrays, short_blocks)
{
	self->arg.blocks.entry_size--;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.blocks.entry_size = 0;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(arrays, entries_beyond_all_measure)
{
	self->arg.blocks.entry_size = 4097;
	EXPECT_REFUSAL(-E2BIG);
}

TEST_F(arrays, longer_blocks_end_in_zeros)
{
	struct { struct pgarea_bulk_block now; __u64 later[3]; } blocks[3];
	int i;

	memset(blocks, 0xa5, sizeof(blocks));
	self->arg.blocks = PGA_ARRAY(blocks, 2);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &self->arg));
	EXPECT_EQ(sizeof(blocks[0]), self->arg.blocks.entry_size);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(page_size(), blocks[i].now.alloc_size);
		EXPECT_EQ(0, blocks[i].later[0]);
		EXPECT_EQ(0, blocks[i].later[2]);
	}
	EXPECT_NE(blocks[0].now.id, blocks[1].now.id);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, blocks[2].now.id);
}

TEST_F(arrays, blocks_at_no_place)
{
	self->arg.blocks.entries = 0;
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, blocks_in_the_kernels_memory)
{
	self->arg.blocks.entries = ~0UL << 24;
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, blocks_around_the_end_of_memory)
{
	self->arg.blocks.entries = ~0ULL - 8;
	EXPECT_REFUSAL(-EOVERFLOW);
}

TEST_F(arrays, blocks_of_all_the_memory_there_is)
{
	self->arg.blocks.entry_size = 4096;
	self->arg.blocks.count = ~0U;
	self->arg.blocks.entries = ~0ULL << 32;
	EXPECT_REFUSAL(-EOVERFLOW);
}

TEST_F(arrays, blocks_in_read_only_memory)
{
	void *room = mmap(NULL, page_size(), PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, room);
	self->arg.blocks.entries = (uintptr_t)room;
	EXPECT_REFUSAL(-EFAULT);
}

/* The fault comes when all blocks but the last are created and reported. */
TEST_F(arrays, the_last_block_out_of_memory)
{
	struct pgarea_bulk_block *blocks;

	blocks = room_at_the_end((MANY - 1) * sizeof(*blocks));
	ASSERT_NE(NULL, blocks);
	self->arg.blocks = PGA_ARRAY(blocks, MANY);
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, half_of_a_block_out_of_memory)
{
	struct pgarea_bulk_block *blocks;

	blocks = room_at_the_end(7 * sizeof(*blocks) + 12);
	ASSERT_NE(NULL, blocks);
	self->arg.blocks = PGA_ARRAY(blocks, 8);
	EXPECT_REFUSAL(-EFAULT);
}

/* Room that the kernel does not need may be anywhere. */
TEST_F(arrays, blocks_just_in_memory)
{
	struct pgarea_bulk_block *blocks;

	blocks = room_at_the_end(MANY * sizeof(*blocks));
	ASSERT_NE(NULL, blocks);
	self->arg.blocks = PGA_ARRAY(blocks, MANY);
	EXPECT_EQ(0, pga_alloc_bulk(self->fd, &self->arg));
	EXPECT_EQ(MANY, self->arg.done);
}

/* Some fit; the kernel cannot write the reason why the others do not. */
TEST_F(arrays, refusals_out_of_memory_when_some_fit)
{
	self->arg.size = self->area.largest_free;
	self->arg.refusals = pga_array(NULL, sizeof(struct pgarea_refusal), 1);
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, refusals_out_of_memory_when_none_fits)
{
	self->arg.size = 1ULL << 60;
	self->arg.refusals = pga_array(NULL, sizeof(struct pgarea_refusal), 1);
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, short_refusals)
{
	const size_t first_size = offsetof(struct pgarea_refusal, obstacle);
	struct pgarea_refusal refusal;

	self->arg.refusals = pga_array(&refusal, first_size - 1, 1);
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(arrays, areas_out_of_memory)
{
	self->arg.areas.entries = 0;
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(arrays, short_areas)
{
	self->arg.areas.entry_size--;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(arrays, unknown_area)
{
	self->set[0].id = NO_SUCH_AREA;
	EXPECT_REFUSAL(-ENOENT);
}

TEST_F(arrays, area_twice)
{
	self->set[1] = self->set[0];
	self->arg.areas.count = 2;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(arrays, area_with_padding)
{
	self->set[0].__reserved = 1;
	EXPECT_REFUSAL(-EINVAL);
}

/* No room for refusals is not an error: the kernel still counts them. */
TEST_F(arrays, refusals_without_room)
{
	self->arg.size = self->area.largest_free;
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &self->arg));
	EXPECT_EQ(1, self->arg.done);
	EXPECT_EQ(ENOSPC, self->arg.error);
	EXPECT_EQ(0, self->arg.refusals.count);
	EXPECT_EQ(1, self->arg.refusals.total);
}

TEST_HARNESS_MAIN
