// SPDX-License-Identifier: GPL-2.0
/* TRIM: the end of a block is freed, the rest keeps its contents and place. */
#include <sys/wait.h>

#include "include/hold.h"

#define PAGES		64
#define NO_SUCH_ID	0xfffffffe

FIXTURE(trim) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pgarea_alloc block;
	struct pga_snapshot without;
	struct pga_snapshot before;
};

FIXTURE_SETUP(trim)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2 * PAGES, &self->area);
	self->page = page_size();
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->without));
	self->block = (struct pgarea_alloc){
		.size = PAGES * self->page,
		.name = "ring",
	};
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(trim)
{
	close(self->fd);
}

/* Each page contains its number, counted from @seed. */
static void number_pages(char *at, size_t size, unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i += page_size())
		memset(at + i, seed + i / page_size(), page_size());
}

static bool are_numbered(const char *at, size_t size, unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (at[i] != (char)(seed + i / page_size()))
			return false;
	return true;
}

/* Number the pages of the block and unmap it again. */
static int number_block(int fd, const struct pgarea_alloc *block,
			unsigned int seed)
{
	char *at = pga_map(fd, block);

	if (at == MAP_FAILED)
		return -errno;
	number_pages(at, block->alloc_size, seed);
	return munmap(at, block->alloc_size);
}

TEST_F(trim, answer)
{
	struct pgarea_trim arg = {
		.id = self->block.id,
		.size = 5 * self->page - 7,
		.alloc_size = ~0ULL,
	};

	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_TRIM, &arg));
	EXPECT_EQ(5 * self->page, arg.alloc_size);
	EXPECT_EQ(self->block.id, arg.id);
	EXPECT_EQ(5 * self->page - 7, arg.size);
}

TEST_F(trim, keeps_the_rest_what_it_was)
{
	struct pgarea_block *list;

	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	ASSERT_LE(1, pga_blocks(self->fd, 0, &list));
	EXPECT_EQ(self->block.id, list->id);
	EXPECT_EQ(self->block.phys, list->address);
	EXPECT_EQ(self->block.mmap_offset, list->mmap_offset);
	EXPECT_EQ(5 * self->page, list->size);
	EXPECT_EQ(self->block.area, list->area);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, list->state);
	EXPECT_EQ(PGAREA_HOLDER_OWNER, list->holders);
	EXPECT_STREQ("ring", (char *)list->name);
}

/* Wait until the counters of the area are these; false when they never are. */
static bool area_gets(int fd, __u32 id, __u64 free, __u64 allocated)
{
	struct pgarea_area now;
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (pga_area_by_id(fd, id, &now))
			return false;
		if (now.free == free && now.allocated == allocated &&
		    now.owned == now.free + now.allocated + now.reserved +
				 now.draining)
			return true;
		pga_sleep_ms(10);
	}
	pga_say("area", &now);
	return false;
}

/* To every length, one page less at a time. */
TEST_F(trim, page_by_page)
{
	__u64 left;

	for (left = PAGES - 1; left > 0; left--) {
		ASSERT_EQ(0, pga_trim(self->fd, self->block.id,
				      left * self->page));
		ASSERT_TRUE(area_gets(self->fd, self->area.id,
				      self->area.free - left * self->page,
				      self->area.allocated +
				      left * self->page));
	}
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
}

TEST_F(trim, to_a_byte_is_to_a_page)
{
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 1));
	EXPECT_TRUE(area_gets(self->fd, self->area.id,
			      self->area.free - self->page,
			      self->area.allocated + self->page));
}

TEST_F(trim, to_the_present_size_changes_nothing)
{
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, PAGES * self->page));
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id,
			      (PAGES - 1) * self->page + 1));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(trim, contents_of_what_stays)
{
	char *at;

	ASSERT_EQ(0, number_block(self->fd, &self->block, 1));
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 37 * self->page));
	self->block.alloc_size = 37 * self->page;
	at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(are_numbered(at, 37 * self->page, 1));
}

TEST_F(trim, what_went_is_zero_for_the_next)
{
	struct pgarea_alloc next;
	char *at;

	ASSERT_EQ(0, number_block(self->fd, &self->block, 1));
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	ASSERT_EQ(0, pga_wait_exact(self->fd,
				    self->block.phys + 5 * self->page,
				    (PAGES - 5) * self->page, &next));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, next.alloc_size));
}

/* After the new end there is no block of this file. */
TEST_F(trim, mappings_end_where_the_block_does)
{
	__u64 size = 5 * self->page;
	void *at;

	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, size));
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd,
		  self->block.mmap_offset);
	EXPECT_NE(MAP_FAILED, at);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size + 1, PROT_READ, MAP_SHARED,
				   self->fd, self->block.mmap_offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED,
				   self->fd, self->block.mmap_offset + size));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(trim, what_went_belongs_to_whoever_takes_it)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc next;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
	ASSERT_EQ(0, pga_wait_exact(fd, self->block.phys + self->page,
				    (PAGES - 1) * self->page, &next));
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, pga_free(fd, next.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
}

static void expect_busy(struct __test_metadata *_metadata, int fd, __u64 id,
			const struct pga_snapshot *before)
{
	EXPECT_EQ(-EBUSY, pga_trim(fd, id, page_size()));
	EXPECT_TRUE(pga_is_as(fd, before));
}

#define EXPECT_BUSY() \
	expect_busy(_metadata, self->fd, self->block.id, &self->before)

TEST_F(trim, a_mapped_block_is_busy)
{
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	number_pages(at, self->block.alloc_size, 1);
	EXPECT_BUSY();
	EXPECT_TRUE(are_numbered(at, self->block.alloc_size, 1));
	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
}

/* Even if the mapping shows only the part that would stay. */
TEST_F(trim, a_block_is_busy_with_its_first_page_mapped)
{
	void *at = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
			self->block.mmap_offset);

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_BUSY();
	munmap(at, self->page);
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
}

TEST_F(trim, a_block_is_busy_with_a_mapping_cut_in_two)
{
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	munmap(at + 5 * self->page, self->page);
	EXPECT_BUSY();
	munmap(at, 5 * self->page);
	EXPECT_BUSY();
	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
}

TEST_F(trim, a_block_is_busy_with_a_mapping_in_a_child)
{
	void *at = pga_map(self->fd, &self->block);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, at);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pause());
	munmap(at, self->block.alloc_size);
	EXPECT_BUSY();
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
}

/* The read end of a pipe that holds page @nr of the block, unmapped; or -1. */
static int pipe_of_page(int fd, const struct pgarea_alloc *block,
			unsigned int nr)
{
	char *at = pga_map(fd, block);
	int pipe;

	if (at == MAP_FAILED)
		return -1;
	number_pages(at, block->alloc_size, 1);
	pipe = pga_pipe_of(at + nr * page_size(), page_size());
	return munmap(at, block->alloc_size) ? -1 : pipe;
}

/* A page of the tail is in a pipe: it is not reused until the pipe is read. */
TEST_F(trim, what_a_pipe_holds_drains)
{
	__u64 tail = self->block.phys + 5 * self->page;
	int pipe = pipe_of_page(self->fd, &self->block, 9);
	struct pgarea_alloc next;
	struct pga_grabbed grabbed;
	char copy[self->page];

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, tail + 4 * self->page,
				       self->page, &next));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_FALSE(pga_grabbed_has(&grabbed, tail + 4 * self->page,
				     self->page));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	pga_grabbed_free(&grabbed);

	ASSERT_EQ(sizeof(copy), read(pipe, copy, sizeof(copy)));
	EXPECT_TRUE(are_numbered(copy, sizeof(copy), 10));
	EXPECT_EQ(0, pga_wait_exact(self->fd, tail, (PAGES - 5) * self->page,
				    &next));
	close(pipe);
}

TEST_F(trim, what_drains_is_seen_to)
{
	int pipe = pipe_of_page(self->fd, &self->block, 9);
	__u64 tail = self->block.phys + 4 * self->page;
	struct pgarea_range range;
	struct pgarea_block seen;
	struct pgarea_area now;

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 4 * self->page));
	ASSERT_EQ(0, pga_range_at(self->fd, self->area.id, tail, &range));
	EXPECT_EQ(PGAREA_STATE_DRAINING, range.state);
	EXPECT_EQ(tail, range.address);
	EXPECT_EQ((PAGES - 4) * self->page, range.size);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.allocated + 4 * self->page, now.allocated);
	EXPECT_EQ(self->area.draining + (PAGES - 4) * self->page,
		  now.draining);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, tail, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
	EXPECT_EQ((PAGES - 4) * self->page, seen.size);
	EXPECT_NE(self->block.id, seen.id);
	EXPECT_EQ(-ENOENT, pga_free(self->fd, seen.id));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
	close(pipe);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
}

/* A page of the remaining part is in a pipe: it does not hold the tail. */
TEST_F(trim, what_a_pipe_holds_of_the_rest_keeps_nothing)
{
	int pipe = pipe_of_page(self->fd, &self->block, 2);
	struct pgarea_alloc next;

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	EXPECT_EQ(0, pga_wait_exact(self->fd,
				    self->block.phys + 5 * self->page,
				    (PAGES - 5) * self->page, &next));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys, self->page,
				       &next));
	close(pipe);
	EXPECT_EQ(0, pga_wait_exact(self->fd, self->block.phys, self->page,
				    &next));
}

TEST_F(trim, what_drains_goes_on_without_its_file)
{
	int pipe = pipe_of_page(self->fd, &self->block, 9);
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, pipe);
	ASSERT_LE(0, watch);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	close(self->fd);
	EXPECT_FALSE(pga_is_as(watch, &self->without));
	close(pipe);
	EXPECT_TRUE(pga_returns_to(watch, &self->without));
	self->fd = watch;
}

static void expect_refusal(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_trim arg,
			   const struct pga_snapshot *before)
{
	struct pgarea_trim as_before = arg;

	EXPECT_EQ(err, pga_ioctl(fd, PGAREA_IOC_TRIM, &arg))
		TH_LOG("id %llu, size %#llx, flags %#llx", arg.id, arg.size,
		       arg.flags);
	EXPECT_EQ(0, memcmp(&as_before, &arg, sizeof(arg)));
	EXPECT_TRUE(pga_is_as(fd, before));
}

#define EXPECT_REFUSAL(_err, ...) \
	expect_refusal(_metadata, self->fd, _err, \
		       (struct pgarea_trim){ __VA_ARGS__ }, &self->before)

TEST_F(trim, bad_sizes)
{
	__u64 id = self->block.id;

	EXPECT_REFUSAL(-EINVAL, .id = id, .size = 0);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = PAGES * self->page + 1);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = 1ULL << 63);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = -self->page);
	EXPECT_REFUSAL(-EOVERFLOW, .id = id, .size = 1 - self->page);
	EXPECT_REFUSAL(-EOVERFLOW, .id = id, .size = ~0ULL);
}

/* The part that was trimmed off never becomes accessible again. */
TEST_F(trim, does_not_grow)
{
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, 5 * self->page));
	ASSERT_TRUE(area_gets(self->fd, self->area.id,
			      self->area.free - 5 * self->page,
			      self->area.allocated + 5 * self->page));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	EXPECT_REFUSAL(-EINVAL, .id = self->block.id, .size = 6 * self->page);
}

TEST_F(trim, flags)
{
	EXPECT_REFUSAL(-EOPNOTSUPP, .id = self->block.id, .size = 1,
		       .flags = 1);
	EXPECT_REFUSAL(-EOPNOTSUPP, .id = self->block.id, .size = 1,
		       .flags = 1ULL << 63);
}

TEST_F(trim, unknown_ids)
{
	EXPECT_REFUSAL(-ENOENT, .id = 0, .size = 1);
	EXPECT_REFUSAL(-ENOENT, .id = NO_SUCH_ID, .size = 1);
	EXPECT_REFUSAL(-ENOENT, .id = ~0ULL, .size = 1);
	EXPECT_REFUSAL(-ENOENT, .id = self->block.id + (1ULL << 32), .size = 1);
}

TEST_F(trim, a_reservation)
{
	struct pgarea_range run;
	__u64 id;

	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_reserve_at(self->fd, run.address, 2 * self->page,
				    &id));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	EXPECT_REFUSAL(-ENOENT, .id = id, .size = 1);
}

/* Freed, but still draining: the id is invalid. */
TEST_F(trim, a_block_that_drains)
{
	int pipe = pipe_of_page(self->fd, &self->block, 0);

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	EXPECT_REFUSAL(-ENOENT, .id = self->block.id, .size = 1);
	close(pipe);
}

TEST_HARNESS_MAIN
