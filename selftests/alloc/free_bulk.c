// SPDX-License-Identifier: GPL-2.0
/*
 * FREE_BULK: the kernel frees blocks in the order of the list, up to the first
 * that it cannot free, and returns how many it freed.
 */
#include "include/exhaust.h"

#define NR	32
#define NO_SUCH_ID	0xfffffffe
#define WIDE	65537

FIXTURE(free_bulk) {
	int fd;
	__u64 page;
	__u64 ids[NR + 1];
	struct pgarea_area area;
	struct pga_snapshot before;	/* without the blocks */
	struct pga_snapshot with;
	struct pgarea_bulk_block blocks[NR];
	struct pgarea_free_bulk arg;
};

FIXTURE_SETUP(free_bulk)
{
	int i;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2 * NR, &self->area);
	self->page = page_size();
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(NR, pga_bulk_in(self->fd, self->area.id, 2 * self->page,
				  self->blocks, NR));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->with));
	for (i = 0; i < NR; i++)
		self->ids[i] = self->blocks[i].id;
	self->ids[NR] = 0;
	self->arg = (struct pgarea_free_bulk){
		.ids = PGA_ARRAY(self->ids, NR),
		.done = 99,
		.error = 99,
	};
}

FIXTURE_TEARDOWN(free_bulk)
{
	close(self->fd);
}

/* Nothing is freed, and the struct is unchanged. */
static void expect_refusal(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_free_bulk *arg,
			   const struct pga_snapshot *with)
{
	struct pgarea_free_bulk as_before = *arg;

	EXPECT_EQ(err, pga_free_bulk(fd, arg));
	EXPECT_EQ(0, memcmp(&as_before, arg, sizeof(*arg)));
	EXPECT_TRUE(pga_is_as(fd, with));
}

#define EXPECT_REFUSAL(_err) \
	expect_refusal(_metadata, self->fd, _err, &self->arg, &self->with)

/* The first @nr are freed; the next one fails with @error. */
static void expect_part(struct __test_metadata *_metadata, int fd, __u32 nr,
			int error, struct pgarea_free_bulk *arg)
{
	struct pgarea_block *list;
	int left;

	ASSERT_EQ(0, pga_free_bulk(fd, arg));
	EXPECT_EQ(nr, arg->done);
	EXPECT_EQ(error, (int)arg->error);
	left = pga_blocks(fd, 0, &list);
	EXPECT_EQ(NR - (int)nr, left);
	free(list);
}

#define EXPECT_PART(_nr, _error) \
	expect_part(_metadata, self->fd, _nr, _error, &self->arg)

TEST_F(free_bulk, all)
{
	EXPECT_PART(NR, 0);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(free_bulk, in_any_order)
{
	__u64 seed = pga_seed();
	int i;

	for (i = NR - 1; i > 0; i--) {
		int j = pga_random(&seed) % (i + 1);
		__u64 id = self->ids[i];

		self->ids[i] = self->ids[j];
		self->ids[j] = id;
	}
	EXPECT_PART(NR, 0);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(free_bulk, one_and_the_rest)
{
	self->arg.ids.count = 1;
	EXPECT_PART(1, 0);
	EXPECT_EQ(NR - 1, pga_free_ids(self->fd, &self->ids[1], NR - 1));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* Exactly as FREE: any kind of block. */
TEST_F(free_bulk, blocks_that_came_one_by_one)
{
	struct pgarea_alloc block = { .size = 1 };

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	self->ids[NR] = block.id;
	self->arg.ids.count = NR + 1;
	ASSERT_EQ(0, pga_free_bulk(self->fd, &self->arg));
	EXPECT_EQ(NR + 1, self->arg.done);
	EXPECT_EQ(-ENOENT, pga_free(self->fd, block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(free_bulk, an_id_twice)
{
	self->ids[9] = self->ids[3];
	EXPECT_PART(9, ENOENT);
}

TEST_F(free_bulk, an_id_twice_in_a_row)
{
	self->ids[1] = self->ids[0];
	EXPECT_PART(1, ENOENT);
}

TEST_F(free_bulk, an_unknown_id_in_the_middle)
{
	self->ids[NR / 2] = NO_SUCH_ID;
	EXPECT_PART(NR / 2, ENOENT);
}

TEST_F(free_bulk, an_unknown_id_at_the_end)
{
	self->arg.ids.count = NR + 1;
	EXPECT_PART(NR, ENOENT);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(free_bulk, unknown_ids)
{
	self->ids[0] = 0;
	EXPECT_REFUSAL(-ENOENT);
	self->ids[0] = NO_SUCH_ID;
	EXPECT_REFUSAL(-ENOENT);
	self->ids[0] = ~0ULL;
	EXPECT_REFUSAL(-ENOENT);
	self->ids[0] = self->blocks[0].id + (1ULL << 32);
	EXPECT_REFUSAL(-ENOENT);
}

TEST_F(free_bulk, a_reservation)
{
	struct pgarea_range run;
	__u64 id;

	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_reserve_at(self->fd, run.address, self->page, &id));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->with));
	self->ids[0] = id;
	EXPECT_REFUSAL(-ENOENT);
}

TEST_F(free_bulk, blocks_of_another_file)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, pga_free_bulk(fd, &self->arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->with));
}

TEST_F(free_bulk, one_of_another_file_in_the_middle)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block = { .size = 1 };

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_alloc(fd, &block));
	self->ids[5] = block.id;
	EXPECT_PART(5, ENOENT);
	EXPECT_EQ(0, pga_free(fd, block.id));
}

TEST_F(free_bulk, a_mapped_block_drains)
{
	struct pgarea_area now;
	char *at = pga_map_one(self->fd, &self->blocks[7]);

	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x7e, 2 * self->page);
	ASSERT_EQ(0, pga_free_bulk(self->fd, &self->arg));
	EXPECT_EQ(NR, self->arg.done);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_LE(self->area.draining + 2 * self->page, now.draining);
	EXPECT_EQ(0x7e, at[2 * self->page - 1]);
	munmap(at, 2 * self->page);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(free_bulk, no_ids)
{
	self->arg.ids.count = 0;
	EXPECT_REFUSAL(-EINVAL);
	memset(&self->arg.ids, 0, sizeof(self->arg.ids));
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(free_bulk, with_a_flag)
{
	self->arg.flags = 1;
	EXPECT_REFUSAL(-EOPNOTSUPP);
	self->arg.flags = 1ULL << 63;
	EXPECT_REFUSAL(-EOPNOTSUPP);
}

TEST_F(free_bulk, reserved_not_zero)
{
	self->arg.ids.__reserved = 1;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(free_bulk, short_ids)
{
	self->arg.ids.entry_size = 7;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.ids.entry_size = 0;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(free_bulk, ids_beyond_all_measure)
{
	self->arg.ids.entry_size = 4097;
	EXPECT_REFUSAL(-E2BIG);
}

TEST_F(free_bulk, longer_ids_that_end_in_zeros)
{
	struct { __u64 id, later; } ids[NR] = {};
	int i;

	for (i = 0; i < NR; i++)
		ids[i].id = self->ids[i];
	self->arg.ids = PGA_ARRAY(ids, NR);
	EXPECT_PART(NR, 0);
}

TEST_F(free_bulk, longer_ids_that_do_not)
{
	struct { __u64 id, later; } ids[NR] = {};
	int i;

	for (i = 0; i < NR; i++)
		ids[i].id = self->ids[i];
	ids[0].later = 1;
	self->arg.ids = PGA_ARRAY(ids, NR);
	EXPECT_REFUSAL(-E2BIG);
	ids[0].later = 0;
	ids[6].later = 1ULL << 63;
	EXPECT_PART(6, E2BIG);
}

TEST_F(free_bulk, ids_out_of_memory)
{
	self->arg.ids.entries = 0;
	EXPECT_REFUSAL(-EFAULT);
	self->arg.ids.entries = ~0UL << 24;
	EXPECT_REFUSAL(-EFAULT);
}

TEST_F(free_bulk, ids_around_the_end_of_memory)
{
	self->arg.ids.entries = ~0ULL - 8;
	EXPECT_REFUSAL(-EOVERFLOW);
	self->arg.ids.entries = ~0ULL << 32;
	self->arg.ids.entry_size = 4096;
	self->arg.ids.count = ~0U;
	EXPECT_REFUSAL(-EOVERFLOW);
}

/* The list continues into unmapped memory. */
TEST_F(free_bulk, ids_that_end_out_of_memory)
{
	char *room = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, room);
	munmap(room + self->page, self->page);
	room += self->page - 5 * sizeof(__u64);
	memcpy(room, self->ids, 5 * sizeof(__u64));
	self->arg.ids.entries = (uintptr_t)room;
	EXPECT_PART(5, EFAULT);
}

/* The kernel cannot write the number, so it frees nothing. */
TEST_F(free_bulk, answer_into_read_only_memory)
{
	struct pgarea_free_bulk *arg;

	arg = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	*arg = self->arg;
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, pga_free_bulk(self->fd, arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->with));
}

/* More than fit into 16 bits, from the last to the first. */
TEST_F_TIMEOUT(free_bulk, many, 90)
{
	struct pgarea_bulk_block *blocks = calloc(WIDE, sizeof(*blocks));
	__u64 *ids = calloc(WIDE, sizeof(*ids));
	struct pgarea_alloc_bulk arg = {
		.size = 1,
		.blocks = PGA_ARRAY(blocks, WIDE),
	};
	__u32 i;

	ASSERT_NE(NULL, blocks);
	ASSERT_NE(NULL, ids);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	for (i = 0; i < arg.done; i++)
		ids[i] = blocks[arg.done - 1 - i].id;
	ASSERT_EQ((int)arg.done, pga_free_ids(self->fd, ids, arg.done));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->with));
	if (arg.done < WIDE)
		SKIP(return, "there are no %d pages", WIDE);
}

TEST_HARNESS_MAIN
