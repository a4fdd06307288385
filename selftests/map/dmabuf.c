// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks as dma-bufs, as a program uses them: what a dma-buf shows, what it
 * refuses, and that it holds its block.  dmabuf_import.c tests the importer.
 */
#include <signal.h>

#include "include/export.h"

#define PAGES	16

/* @fd owns the block, @watch observes it. */
FIXTURE(dmabuf)
{
	int fd;
	int watch;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(dmabuf)
{
	self->page = page_size();
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_EXPORT);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * self->page;
	self->block.orphan_ms = PGAREA_ORPHAN_NONE;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
}

FIXTURE_TEARDOWN(dmabuf)
{
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

TEST_F(dmabuf, the_whole_block_by_default)
{
	int buf = pga_export_all(self->fd, self->block.id);

	ASSERT_LE(0, buf);
	EXPECT_EQ(self->block.alloc_size, lseek(buf, 0, SEEK_END));
	EXPECT_EQ(0, lseek(buf, 0, SEEK_SET));
	close(buf);
}

TEST_F(dmabuf, a_part_has_its_own_size)
{
	int buf = pga_export_part(self->fd, self->block.id, 3 * self->page,
				  5 * self->page, 0);

	ASSERT_LE(0, buf);
	EXPECT_EQ(5 * self->page, lseek(buf, 0, SEEK_END));
	close(buf);
	buf = pga_export_part(self->fd, self->block.id, 3 * self->page, 0, 0);
	ASSERT_LE(0, buf);
	EXPECT_EQ((PAGES - 3) * self->page, lseek(buf, 0, SEEK_END));
	close(buf);
}

TEST_F(dmabuf, the_last_page_alone)
{
	int buf = pga_export_part(self->fd, self->block.id,
				  (PAGES - 1) * self->page, self->page, 0);
	char *at;

	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, self->page, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(self->block.phys + (PAGES - 1) * self->page, phys_of(at));
	munmap(at, self->page);
	close(buf);
}

TEST_F(dmabuf, its_pages_are_those_of_the_block)
{
	int buf = pga_export_all(self->fd, self->block.id);
	size_t size = self->block.alloc_size;
	char *mapped = pga_map(self->fd, &self->block), *at;

	ASSERT_LE(0, buf);
	ASSERT_NE(MAP_FAILED, mapped);
	at = pga_map_buf(buf, size, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, pga_first_misplaced(at, self->block.phys, size));
	EXPECT_TRUE(pga_is_zero(at, size));
	strcpy(mapped + 2 * self->page, "from the block");
	EXPECT_STREQ("from the block", at + 2 * self->page);
	strcpy(at + size - 32, "from the dma-buf");
	EXPECT_STREQ("from the dma-buf", mapped + size - 32);
	munmap(mapped, size);
	munmap(at, size);
	close(buf);
}

TEST_F(dmabuf, the_pages_of_a_part_are_those_of_the_part)
{
	int buf = pga_export_part(self->fd, self->block.id, 3 * self->page,
				  5 * self->page, 0);
	char *at;

	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, 5 * self->page, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, pga_first_misplaced(at, self->block.phys +
					  3 * self->page, 5 * self->page));
	munmap(at, 5 * self->page);
	at = mmap(NULL, 2 * self->page, PROT_READ, MAP_SHARED, buf,
		  2 * self->page);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, pga_first_misplaced(at, self->block.phys +
					  5 * self->page, 2 * self->page));
	munmap(at, 2 * self->page);
	close(buf);
}

/* A dma-buf of a part does not show the pages of the block after it. */
TEST_F(dmabuf, nothing_is_mapped_beyond_its_end)
{
	int buf = pga_export_part(self->fd, self->block.id, 0, 2 * self->page,
				  0);

	ASSERT_LE(0, buf);
	EXPECT_EQ(EINVAL, pga_map_errno(buf, 0, 3 * self->page, PROT_READ,
					MAP_SHARED));
	EXPECT_EQ(EINVAL, pga_map_errno(buf, self->page, 2 * self->page,
					PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, pga_map_errno(buf, 2 * self->page, self->page,
					PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, pga_map_errno(buf, 1ULL << 40, self->page, PROT_READ,
					MAP_SHARED));
	close(buf);
}

TEST_F(dmabuf, a_mapping_cannot_grow_and_comes_back)
{
	int buf = pga_export_part(self->fd, self->block.id, 0, 2 * self->page,
				  0);
	char *at;

	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, 2 * self->page, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	close(buf);
	EXPECT_EQ(MAP_FAILED, mremap(at, 2 * self->page, 4 * self->page,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	memset(at, 0x5a, 2 * self->page);
	ASSERT_EQ(0, madvise(at, 2 * self->page, MADV_DONTNEED));
	EXPECT_EQ(NO_PFN, pfn_of(at));
	EXPECT_EQ(0x5a, at[self->page]);
	EXPECT_EQ(self->block.phys + self->page, phys_of(at + self->page));
	munmap(at, 2 * self->page);
}

TEST_F(dmabuf, a_private_or_executable_mapping_is_refused)
{
	int buf = pga_export_all(self->fd, self->block.id);
	void *at;

	ASSERT_LE(0, buf);
	EXPECT_EQ(EINVAL, pga_map_errno(buf, 0, self->page,
					PROT_READ | PROT_WRITE, MAP_PRIVATE));
	EXPECT_EQ(EACCES, pga_map_errno(buf, 0, self->page,
					PROT_READ | PROT_EXEC, MAP_SHARED));
	at = pga_map_buf(buf, self->page, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(EACCES, pga_protect_errno(at, self->page,
					    PROT_READ | PROT_EXEC));
	munmap(at, self->page);
	close(buf);
}

static int sync_errno(int buf, __u64 flags)
{
	struct dma_buf_sync arg = { .flags = flags };

	return ioctl(buf, DMA_BUF_IOCTL_SYNC, &arg) ? errno : 0;
}

TEST_F(dmabuf, the_processor_asks_for_access)
{
	static const __u64 ways[] = {
		DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW,
	};
	int buf = pga_export_all(self->fd, self->block.id);
	unsigned int i;

	ASSERT_LE(0, buf);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, sync_errno(buf, DMA_BUF_SYNC_START | ways[i]));
		EXPECT_EQ(0, sync_errno(buf, DMA_BUF_SYNC_END | ways[i]));
	}
	EXPECT_EQ(EINVAL, sync_errno(buf, DMA_BUF_SYNC_START));
	close(buf);
}

TEST_F(dmabuf, its_descriptor_does_not_survive_exec)
{
	int buf = pga_export_all(self->fd, self->block.id);

	ASSERT_LE(0, buf);
	EXPECT_EQ(FD_CLOEXEC, fcntl(buf, F_GETFD));
	close(buf);
}

TEST_F(dmabuf, two_of_a_block_are_two_holders)
{
	int one = pga_export_all(self->fd, self->block.id);
	int two = pga_export_part(self->fd, self->block.id, self->page,
				  self->page, 0);

	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(one);
	EXPECT_EQ(PGAREA_HOLDER_DMABUF,
		  pga_held_by(self->fd, self->block.id));
	close(two);
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
}

TEST_F(dmabuf, a_live_block_says_that_it_is_exported)
{
	int buf = pga_export_all(self->fd, self->block.id);
	struct pgarea_block seen = {};

	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_OWNER | PGAREA_HOLDER_DMABUF, seen.holders);
	close(buf);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_OWNER, seen.holders);
}

TEST_F(dmabuf, a_freed_block_drains_until_it_is_closed)
{
	int buf = pga_export_all(self->fd, self->block.id);
	struct pgarea_block seen = {};
	struct pgarea_range range = {};
	struct pgarea_wait wait;

	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_DMABUF, seen.holders);
	EXPECT_EQ(-ETIMEDOUT, pga_wait_until(self->fd, self->block.id, 50,
					     &wait));
	EXPECT_EQ(1, wait.left);
	EXPECT_EQ(PGAREA_HOLDER_DMABUF, wait.holders);
	close(buf);
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
	ASSERT_EQ(0, pga_range_at(self->fd, self->area.id, self->block.phys,
				  &range));
	EXPECT_EQ(PGAREA_STATE_FREE, range.state);
}

TEST_F(dmabuf, its_mapping_holds_as_it_does)
{
	int buf = pga_export_all(self->fd, self->block.id);
	char *at;

	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, self->page, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	close(buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_DMABUF, pga_held_by(self->fd, self->block.id) &
		  PGAREA_HOLDER_DMABUF);
	at[0] = 'x';
	munmap(at, self->page);
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
}

TEST_F(dmabuf, its_copies_hold_as_it_does)
{
	int buf = pga_export_all(self->fd, self->block.id), copy;

	ASSERT_LE(0, buf);
	copy = dup(buf);
	ASSERT_LE(0, copy);
	close(buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_DMABUF,
		  pga_held_by(self->fd, self->block.id));
	close(copy);
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
}

/* It outlives the open file that it was exported from. */
TEST_F(dmabuf, it_works_when_all_else_is_closed)
{
	int buf = pga_export_all(self->fd, self->block.id);
	struct pgarea_block seen = {};
	struct pgarea_alloc next;
	char *at;

	ASSERT_LE(0, buf);
	close(self->fd);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_DMABUF, seen.holders);
	at = pga_map_buf(buf, self->page, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(self->block.phys, phys_of(at));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys, self->page,
				       &next));
	munmap(at, self->page);
	close(buf);
}

/* The next owner of the pages does not see a late write. */
TEST_F(dmabuf, a_late_write_is_not_seen_by_the_next_owner)
{
	int buf = pga_export_all(self->fd, self->block.id);
	struct pgarea_alloc next;
	char *at;

	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, self->block.alloc_size, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	memset(at, 0xee, self->block.alloc_size);
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys, self->page,
				       &next));
	memset(at, 0xef, self->block.alloc_size);
	munmap(at, self->block.alloc_size);
	close(buf);
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	ASSERT_EQ(0, pga_alloc_at(self->fd, self->block.phys,
				  self->block.alloc_size, &next));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, next.alloc_size));
	munmap(at, next.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, next.id));
}

TEST_F(dmabuf, an_exported_block_is_not_cut)
{
	int buf = pga_export_part(self->fd, self->block.id, 0, self->page, 0);
	struct pgarea_bulk_block pieces[2];

	ASSERT_LE(0, buf);
	EXPECT_EQ(-EBUSY, pga_trim(self->fd, self->block.id, 4 * self->page));
	EXPECT_EQ(-EBUSY, pga_split(self->fd, self->block.id, 4 * self->page,
				    0, pieces, 2));
	close(buf);
	EXPECT_EQ(2, pga_split(self->fd, self->block.id, 4 * self->page, 0,
			       pieces, 2));
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
	EXPECT_EQ(0, pga_free(self->fd, pieces[1].id));
}

TEST_F(dmabuf, what_is_read_only_is_not_mapped_for_writing)
{
	int buf = pga_export_part(self->fd, self->block.id, 0, 0,
				  PGAREA_EXPORT_READ_ONLY);
	char *mapped = pga_map(self->fd, &self->block), *at;

	ASSERT_LE(0, buf);
	ASSERT_NE(MAP_FAILED, mapped);
	EXPECT_EQ(EACCES, pga_map_errno(buf, 0, self->page,
					PROT_READ | PROT_WRITE, MAP_SHARED));
	EXPECT_EQ(EACCES, pga_map_errno(buf, 0, self->page, PROT_WRITE,
					MAP_SHARED));
	at = pga_map_buf(buf, self->page, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	mapped[0] = 'w';
	EXPECT_EQ('w', at[0]);
	EXPECT_EQ(EACCES, pga_protect_errno(at, self->page,
					    PROT_READ | PROT_WRITE));
	munmap(at, self->page);
	munmap(mapped, self->block.alloc_size);
	close(buf);
}

TEST_F(dmabuf, a_read_only_block_makes_no_other)
{
	struct pgarea_alloc block = {
		.size = self->page,
		.access = PGAREA_ACCESS_READ_ONLY,
	};
	void *at;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ACCESS);
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	EXPECT_EQ(EACCES, pga_map_errno(buf, 0, self->page,
					PROT_READ | PROT_WRITE, MAP_SHARED));
	at = pga_map_buf(buf, self->page, PROT_READ);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(EACCES, pga_protect_errno(at, self->page,
					    PROT_READ | PROT_WRITE));
	munmap(at, self->page);
	close(buf);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

TEST_F(dmabuf, a_bad_range_is_refused)
{
	__u64 page = self->page, id = self->block.id;

	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, 1, page, 0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, page / 2, 0, 0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, 0, page + 1, 0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, 0, 1, 0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, 0, (PAGES + 1) * page,
					   0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, page, PAGES * page,
					   0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, PAGES * page, page,
					   0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, PAGES * page, 0, 0));
	EXPECT_EQ(-EINVAL, pga_export_part(self->fd, id, -page, 0, 0));
	EXPECT_EQ(-EOVERFLOW, pga_export_part(self->fd, id, -page, 2 * page,
					      0));
}

TEST_F(dmabuf, unknown_flags_and_padding_are_refused)
{
	struct pgarea_export arg = { .id = self->block.id, .__reserved = 1 };

	EXPECT_EQ(-EOPNOTSUPP, pga_export_part(self->fd, self->block.id, 0, 0,
					       1ULL << 1));
	EXPECT_EQ(-EOPNOTSUPP, pga_export_part(self->fd, self->block.id, 0, 0,
					       1ULL << 63));
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_EXPORT, &arg));
}

TEST_F(dmabuf, what_is_no_block_of_this_file_is_refused)
{
	__u64 id;

	EXPECT_EQ(-ENOENT, pga_export_all(self->fd, 0));
	EXPECT_EQ(-ENOENT, pga_export_all(self->fd, ~0ULL));
	EXPECT_EQ(-ENOENT, pga_export_all(self->watch, self->block.id));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, pga_export_all(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve_at(self->fd, self->block.phys, self->page,
				    &id));
	EXPECT_EQ(-ENOENT, pga_export_all(self->fd, id));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
}

TEST_F(dmabuf, a_file_open_for_reading_exports_nothing)
{
	int ro = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, ro);
	EXPECT_EQ(-EACCES, pga_export_all(ro, self->block.id));
	close(ro);
}

/* The lowest free descriptor: the one that the next open returns. */
static int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

TEST_F(dmabuf, without_a_descriptor_nothing_is_left)
{
	int next = next_descriptor();
	struct rlimit old, limit;

	ASSERT_LE(0, next);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	limit = (struct rlimit){ next, old.rlim_max };
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, pga_export_all(self->fd, self->block.id));
	EXPECT_EQ(-EMFILE, pga_export_all(self->fd, self->block.id));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
}

TEST_F(dmabuf, without_an_answer_nothing_is_left)
{
	struct pgarea_export *arg = mmap(NULL, self->page,
					 PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int next = next_descriptor();

	ASSERT_NE(MAP_FAILED, arg);
	arg->id = self->block.id;
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_EXPORT, arg));
	EXPECT_EQ(next, next_descriptor());
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_EXPORT, NULL));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
	munmap(arg, self->page);
}

/* Export and map in an endless loop. */
static void hoard(const struct pgarea_alloc *like, __u32 area, int ready)
{
	struct pgarea_alloc block = *like;
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), i, buf;

	if (pga_alloc_in(fd, area, &block))
		_exit(1);
	for (i = 0; i < 32; i++) {
		buf = pga_export_all(fd, block.id);
		if (buf < 0 || pga_map_buf(buf, block.alloc_size, PROT_READ |
					   PROT_WRITE) == MAP_FAILED)
			_exit(1);
	}
	if (write(ready, "r", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

TEST_F(dmabuf, a_process_that_is_killed_leaves_none)
{
	struct pgarea_alloc like = {
		.size = self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	int ready[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_TRUE(pga_returns_to(self->watch, &self->before));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(ready[0]);
		hoard(&like, self->area.id, ready[1]);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(ready[0]);
}

/*
 * The owner frees and exits; the process that received the descriptor
 * continues.
 */
TEST_F(dmabuf, another_process_keeps_it)
{
	int buf = pga_export_all(self->fd, self->block.id), go[2];
	char *mapped = pga_map(self->fd, &self->block), byte;
	pid_t pid;

	ASSERT_LE(0, buf);
	ASSERT_NE(MAP_FAILED, mapped);
	ASSERT_EQ(0, pipe(go));
	strcpy(mapped, "for the child");
	munmap(mapped, self->block.alloc_size);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		char *at;

		close(self->fd);
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		at = pga_map_buf(buf, self->page, PROT_READ);
		_exit(at == MAP_FAILED || strcmp(at, "for the child") ||
		      phys_of(at) != self->block.phys);
	}
	close(buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_DMABUF,
		  pga_held_by(self->fd, self->block.id));
	ASSERT_EQ(1, write(go[1], "g", 1));
	EXPECT_TRUE(pga_child_went_well(pid));
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
	close(go[0]);
	close(go[1]);
}

/* The module cannot be unloaded, though no file that owns a block is open. */
TEST_F(dmabuf, it_holds_the_module)
{
	int with_file = pga_module_users(), without = with_file - 1, buf, ms;

	if (with_file < 0)
		SKIP(return, "pgarea is not a module");
	buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, buf);
	close(self->fd);
	EXPECT_LT(without, pga_module_users());
	close(buf);
	for (ms = 0; ms < PGA_GONE_MS && pga_module_users() > without; ms += 10)
		pga_sleep_ms(10);
	EXPECT_EQ(without, pga_module_users());
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
}

TEST_HARNESS_MAIN
