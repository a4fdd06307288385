// SPDX-License-Identifier: GPL-2.0
/*
 * The node of a persistent block or reservation, for programs that know nothing
 * of this module: they open, read, write, seek and map.
 */
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "include/pga_lifetime.h"
#include "include/pga_rights.h"

#define PAGES	4

/* @node: open for both */
FIXTURE(node)
{
	int fd;
	int node;
	off_t size;
	size_t page;
	__u64 phys;
	__u32 area;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	char path[PGA_NODE_ROOM];
};

FIXTURE_VARIANT(node)
{
	bool reservation;
};

FIXTURE_VARIANT_ADD(node, block) {};
FIXTURE_VARIANT_ADD(node, reservation) { .reservation = true };

static int make(int fd, const char *name, __u64 size, bool reservation,
		__u64 *phys)
{
	struct pgarea_alloc block = { .size = size };
	struct pgarea_reserve arg;
	struct pgarea_range run;
	struct pgarea_area area;
	int err = pga_pick(fd, size, &area) ?:
		  pga_longest_free(fd, area.id, &run);

	if (err)
		return err;
	if (!reservation) {
		err = pga_persist(fd, area.id, name, &block);
		*phys = block.phys;
		return err;
	}
	*phys = run.address;
	return pga_persist_at(fd, run.address, size, name, &arg);
}

FIXTURE_SETUP(node)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->size = PAGES * self->page;
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	pga_node_of(self->name, self->path);
	ASSERT_EQ(0, make(self->fd, self->name, self->size,
			  variant->reservation, &self->phys));
	self->node = pga_open_node(self->name, O_RDWR);
	ASSERT_LE(0, self->node);
}

FIXTURE_TEARDOWN(node)
{
	close(self->node);
	EXPECT_EQ(0, pga_remove(self->fd, self->name, NULL));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

TEST_F(node, is_a_device_of_root)
{
	struct stat node;

	ASSERT_EQ(0, stat(self->path, &node));
	EXPECT_EQ(S_IFCHR | 0600, node.st_mode);
	EXPECT_EQ(0, node.st_uid);
	EXPECT_EQ(0, node.st_gid);
}

TEST_F(node, nobody_else_opens_it)
{
	EXPECT_EQ(-EACCES, pga_open_as(PGA_USER, 0, self->path, O_RDONLY));
	EXPECT_EQ(-EACCES, pga_open_as(PGA_USER, 0, self->path, O_RDWR));
}

/* The node's mode decides who may open it; no capability is needed. */
TEST_F(node, everybody_opens_it_when_its_mode_says_so)
{
	char byte = 7;
	int node;

	ASSERT_EQ(0, chmod(self->path, 0666));
	node = pga_open_as(PGA_USER, 0, self->path, O_RDWR);
	ASSERT_LE(0, node);
	EXPECT_EQ(1, pwrite(node, &byte, 1, 0));
	EXPECT_EQ(1, pread(self->node, &byte, 1, 0));
	EXPECT_EQ(7, byte);
	close(node);
}

TEST_F(node, reads_up_to_its_end)
{
	char all[self->size + 1];

	EXPECT_EQ(self->size, read(self->node, all, self->size + 1));
	EXPECT_TRUE(pga_is_zero(all, self->size));
	EXPECT_EQ(0, read(self->node, all, 1));
	EXPECT_EQ(0, pread(self->node, all, 1, self->size));
	EXPECT_EQ(0, pread(self->node, all, 1, self->size + self->page));
	EXPECT_EQ(3, pread(self->node, all, 100, self->size - 3));
	EXPECT_EQ(0, read(self->node, all, 0));
}

TEST_F(node, writes_up_to_its_end)
{
	char all[self->size + 1];

	memset(all, 0x11, sizeof(all));
	EXPECT_EQ(self->size, write(self->node, all, self->size + 1));
	EXPECT_EQ(-1, write(self->node, all, 1));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->node, all, 1, self->size));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->node, all, 1, self->size + self->page));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(3, pwrite(self->node, all, 100, self->size - 3));
	EXPECT_EQ(0, write(self->node, all, 0));
}

TEST_F(node, reads_what_was_written)
{
	char in[self->size], out[self->size];
	off_t i;

	for (i = 0; i < self->size; i++)
		in[i] = i * 7 + (i >> 8);
	ASSERT_EQ(self->size, write(self->node, in, self->size));
	ASSERT_EQ(0, lseek(self->node, 0, SEEK_SET));
	ASSERT_EQ(self->size, read(self->node, out, self->size));
	EXPECT_EQ(0, memcmp(in, out, self->size));
}

/* Not at a page's ends, across one, and nothing next to it. */
TEST_F(node, writes_no_more_than_asked_for)
{
	char in[100], out[102];

	memset(in, 0x22, sizeof(in));
	ASSERT_EQ(100, pwrite(self->node, in, 100, self->page - 50));
	ASSERT_EQ(102, pread(self->node, out, 102, self->page - 51));
	EXPECT_EQ(0, out[0]);
	EXPECT_EQ(0, memcmp(in, out + 1, 100));
	EXPECT_EQ(0, out[101]);
}

TEST_F(node, has_a_position)
{
	char byte = 1;

	EXPECT_EQ(self->size, lseek(self->node, 0, SEEK_END));
	EXPECT_EQ(self->size - 5, lseek(self->node, -5, SEEK_END));
	EXPECT_EQ(1, write(self->node, &byte, 1));
	EXPECT_EQ(self->size - 4, lseek(self->node, 0, SEEK_CUR));
	EXPECT_EQ(1, read(self->node, &byte, 1));
	EXPECT_EQ(self->size - 3, lseek(self->node, 0, SEEK_CUR));
	EXPECT_EQ(10, lseek(self->node, 10, SEEK_SET));
	EXPECT_EQ(1, pread(self->node, &byte, 1, 0));
	EXPECT_EQ(1, pwrite(self->node, &byte, 1, 0));
	EXPECT_EQ(10, lseek(self->node, 0, SEEK_CUR));
	EXPECT_EQ(-1, lseek(self->node, -11, SEEK_CUR));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->node, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(10, lseek(self->node, 0, SEEK_CUR));
}

/* As on a disk, the end of the node is the last valid position. */
TEST_F(node, cannot_be_sought_in_behind_its_end)
{
	EXPECT_EQ(-1, lseek(self->node, 1, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->node, self->size + 1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, lseek(self->node, 0, SEEK_CUR));
	EXPECT_EQ(self->size, lseek(self->node, self->size, SEEK_SET));
}

TEST_F(node, two_openings_have_two_positions)
{
	int other = pga_open_node(self->name, O_RDONLY);
	char byte;

	ASSERT_LE(0, other);
	ASSERT_EQ(1, read(self->node, &byte, 1));
	EXPECT_EQ(0, lseek(other, 0, SEEK_CUR));
	close(other);
}

TEST_F(node, vectors)
{
	char a[] = "scattered ", b[] = "and gathered", back[22];
	struct iovec in[] = { { a, 10 }, { NULL, 0 }, { b, 12 } };
	struct iovec out[] = { { back, 5 }, { back + 5, 17 } };

	ASSERT_EQ(22, writev(self->node, in, 3));
	ASSERT_EQ(0, lseek(self->node, 0, SEEK_SET));
	ASSERT_EQ(22, readv(self->node, out, 2));
	EXPECT_EQ(0, memcmp(back, "scattered and gathered", 22));
	EXPECT_EQ(22, lseek(self->node, 0, SEEK_CUR));
	EXPECT_EQ(12, preadv(self->node, in + 2, 1, 10));
	EXPECT_EQ(8, pwritev(self->node, in, 3, self->size - 8));
}

/* Unmapped memory: the bytes before it count; EFAULT if there are none. */
TEST_F(node, bad_memory)
{
	char *at = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *hole = at + self->page;

	ASSERT_NE(MAP_FAILED, at);
	munmap(hole, self->page);
	EXPECT_EQ(-1, pread(self->node, hole, 10, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pwrite(self->node, hole, 10, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(10, pread(self->node, hole - 10, 20, 0));
	EXPECT_EQ(10, pwrite(self->node, hole - 10, 20, 0));
	EXPECT_EQ(-1, pread(self->node, (void *)(~0UL << 20), 10, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* A node has a fixed size: it can be neither truncated nor extended. */
TEST_F(node, cannot_be_cut)
{
	EXPECT_EQ(-1, ftruncate(self->node, 0));
	EXPECT_EQ(EINVAL, errno);
	close(open(self->path, O_RDWR | O_TRUNC | O_CLOEXEC));
	EXPECT_EQ(self->size, lseek(self->node, 0, SEEK_END));
}

TEST_F(node, has_no_commands)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_info info;

	EXPECT_EQ(-ENOTTY, pga_ioctl(self->node, PGAREA_IOC_INFO, &info));
	EXPECT_EQ(-ENOTTY, pga_alloc(self->node, &block));
	EXPECT_EQ(-ENOTTY, pga_remove(self->node, self->name, NULL));
}

TEST_F(node, an_opening_keeps_its_access)
{
	int reader = pga_open_node(self->name, O_RDONLY);
	int writer = pga_open_node(self->name, O_WRONLY);
	char byte = 1;

	EXPECT_EQ(-1, write(reader, &byte, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, read(writer, &byte, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				   MAP_SHARED, reader, 0));
	EXPECT_EQ(EACCES, errno);
	close(reader);
	close(writer);
}

static int map_errno(int node, size_t size, int flags, off_t offset)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, node,
			offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, size);
	return 0;
}

TEST_F(node, maps_from_offset_0)
{
	char *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->node, 0);
	int i;

	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(self->phys + i * self->page,
			  phys_of(at + i * self->page));
	munmap(at, self->size);
}

TEST_F(node, maps_a_part)
{
	char *at = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			MAP_SHARED, self->node, self->page);

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(self->phys + self->page, phys_of(at));
	EXPECT_EQ(self->phys + 2 * self->page, phys_of(at + self->page));
	munmap(at, 2 * self->page);
}

TEST_F(node, maps_nothing_behind_its_end)
{
	EXPECT_EQ(EINVAL, map_errno(self->node, self->size + self->page,
				    MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_errno(self->node, self->size, MAP_SHARED,
				    self->page));
	EXPECT_EQ(EINVAL, map_errno(self->node, self->page, MAP_SHARED,
				    self->size));
	EXPECT_EQ(EINVAL, map_errno(self->node, self->page, MAP_SHARED,
				    1ULL << 43));
	EXPECT_EQ(EINVAL, map_errno(self->node, self->page, MAP_PRIVATE, 0));
	EXPECT_EQ(0, map_errno(self->node, self->page, MAP_SHARED,
			       self->size - self->page));
}

TEST_F(node, cannot_be_executed)
{
	void *at;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_EXEC,
				   MAP_SHARED, self->node, 0));
	EXPECT_EQ(EACCES, errno);
	at = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->node, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, mprotect(at, self->page, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	munmap(at, self->page);
}

TEST_F(node, a_reader_cannot_make_its_mapping_writable)
{
	int reader = pga_open_node(self->name, O_RDONLY);
	void *at = mmap(NULL, self->page, PROT_READ, MAP_SHARED, reader, 0);

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, mprotect(at, self->page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	munmap(at, self->page);
	close(reader);
}

TEST_F(node, a_mapping_and_a_write_are_the_same_memory)
{
	char *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->node, 0);
	char byte = 5;

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(1, pwrite(self->node, &byte, 1, self->page + 1));
	EXPECT_EQ(5, at[self->page + 1]);
	at[self->page + 2] = 6;
	ASSERT_EQ(1, pread(self->node, &byte, 1, self->page + 2));
	EXPECT_EQ(6, byte);
	munmap(at, self->size);
}

/* The buffer of read() and write() is a mapping of the block itself. */
TEST_F(node, its_own_mapping_as_the_buffer)
{
	char *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->node, 0);

	ASSERT_NE(MAP_FAILED, at);
	memset(at, 9, self->page);
	EXPECT_EQ((ssize_t)self->page, pwrite(self->node, at, self->page,
					      self->page));
	EXPECT_EQ(9, at[2 * self->page - 1]);
	EXPECT_EQ((ssize_t)self->page, pread(self->node, at + 2 * self->page,
					     self->page, 0));
	EXPECT_EQ(9, at[3 * self->page - 1]);
	munmap(at, self->size);
}

TEST_F(node, another_process_sees_what_was_written)
{
	char byte = 3;
	int status;
	pid_t pid;

	ASSERT_EQ(1, pwrite(self->node, &byte, 1, 100));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int node = pga_open_node(self->name, O_RDWR);
		char *at = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				MAP_SHARED, node, 0);

		if (at == MAP_FAILED || at[100] != 3)
			_exit(1);
		at[101] = 4;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, pread(self->node, &byte, 1, 101));
	EXPECT_EQ(4, byte);
}

/*
 * The output of a shell script of these programs; "" when it fails or has none.
 * $N is the node, $P the page size, $S the size of the block.
 */
static const char *shell(const char *path, size_t page, off_t size,
			 const char *script, char *said, size_t room)
{
	char command[512];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command), "set -e; N=%s P=%zu S=%lld; %s",
		 path, page, (long long)size, script);
	pipe = popen(command, "re");
	if (!pipe)
		return "";
	len = fread(said, 1, room - 1, pipe);
	said[len] = 0;
	return pclose(pipe) ? "" : said;
}

#define SHELL(_script) ({						\
	char *_said = alloca(256);					\
									\
	shell(self->path, self->page, self->size, _script, _said, 256);	\
})

TEST_F(node, dd_writes_and_reads)
{
	char text[8] = {};

	SHELL("printf hello | dd of=$N bs=1 seek=4094 conv=notrunc 2>/dev/null");
	EXPECT_EQ(5, pread(self->node, text, 5, 4094));
	EXPECT_STREQ("hello", text);
	EXPECT_STREQ("hello", SHELL("dd if=$N bs=1 skip=4094 count=5 2>/dev/null"));
}

TEST_F(node, dd_fills_it_and_finds_its_end)
{
	char expected[32];

	snprintf(expected, sizeof(expected), "%lld\n", (long long)self->size);
	EXPECT_STREQ("full\n",
		     SHELL("dd if=/dev/zero of=$N bs=$P 2>/dev/null || echo full"));
	EXPECT_STREQ(expected, SHELL("dd if=$N bs=1000 2>/dev/null | wc -c"));
}

TEST_F(node, cat_and_head)
{
	char expected[32];

	ASSERT_EQ(5, pwrite(self->node, "hello", 5, 0));
	snprintf(expected, sizeof(expected), "%lld\n", (long long)self->size);
	EXPECT_STREQ(expected, SHELL("cat $N | wc -c"));
	EXPECT_STREQ("hello", SHELL("head -c 5 $N"));
	EXPECT_STREQ("hello", SHELL("cat <$N | head -c 5"));
}

TEST_F(node, cmp_and_od)
{
	ASSERT_EQ(2, pwrite(self->node, "\x12\x34", 2, 2 * self->page));
	EXPECT_STREQ("1234\n", SHELL("od -An -v -tx1 -j $((2 * P)) -N 2 $N | tr -d ' '"));
	EXPECT_STREQ("same\n", SHELL("cmp $N $N && echo same"));
	EXPECT_STREQ("differ\n",
		     SHELL("head -c $S /dev/zero | cmp -s - $N || echo differ"));
}

/* A block that only a device writes to */
FIXTURE(read_only)
{
	int fd;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	char path[PGA_NODE_ROOM];
	struct pgarea_alloc block;
};

FIXTURE_SETUP(read_only)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ACCESS);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	pga_node_of(self->name, self->path);
	self->block.size = PAGES * page_size();
	self->block.access = PGAREA_ACCESS_READ_ONLY;
	ASSERT_EQ(0, pga_persist(self->fd, area.id, self->name, &self->block));
}

FIXTURE_TEARDOWN(read_only)
{
	EXPECT_EQ(0, pga_remove(self->fd, self->name, NULL));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

TEST_F(read_only, cannot_be_opened_for_writing)
{
	EXPECT_EQ(-EACCES, pga_open_node(self->name, O_RDWR));
	EXPECT_EQ(-EACCES, pga_open_node(self->name, O_WRONLY));
}

TEST_F(read_only, is_read_and_mapped)
{
	int node = pga_open_node(self->name, O_RDONLY);
	void *at;
	char byte;

	ASSERT_LE(0, node);
	EXPECT_EQ(1, read(node, &byte, 1));
	at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, node, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(self->block.phys, phys_of(at));
	EXPECT_EQ(-1, mprotect(at, page_size(), PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	munmap(at, page_size());
	close(node);
}

TEST_HARNESS_MAIN
