// SPDX-License-Identifier: GPL-2.0
/*
 * Each file operation of a plain program, on the node of a persistent block and
 * on the device itself, has a defined answer.  A node behaves like a disk of a
 * fixed size as far as the kernel lets a character device.
 */
#include <linux/fs.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "include/pga_lifetime.h"

#define PAGES	4

/*
 * @fd: the device.  @file: the file to test.  @block: a block; @offset: where
 * @file maps it.  @plain: an ordinary file of the same size.
 */
FIXTURE(file)
{
	int fd;
	int file;
	int plain;
	int pipe[2];
	size_t page;
	ssize_t size;
	off_t offset;
	char *buffer;
	struct pgarea_alloc block;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	char path[PGA_NODE_ROOM];
};

FIXTURE_VARIANT(file)
{
	bool node;
};

FIXTURE_VARIANT_ADD(file, node) { .node = true };
FIXTURE_VARIANT_ADD(file, device) { .node = false };

/* The result of a system call, or -errno */
#define ANSWER(_call) ({						\
	long _result = (long)(_call);					\
									\
	_result == -1 ? -(long)errno : _result;				\
})

/* One row: the answer of a node, of the device, and the call */
#define ROW(_node, _device, _call)					\
	EXPECT_EQ(variant->node ? (long)(_node) : (long)(_device),	\
		  ANSWER(_call))

/* @self->file is the node of a persistent block. */
static int set_up_node(struct _test_data_file *self, __u32 area)
{
	int err;

	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	pga_node_of(self->name, self->path);
	err = pga_persist(self->fd, area, self->name, &self->block);
	if (err)
		return err;
	self->file = pga_open_node(self->name, O_RDWR);
	return self->file < 0 ? self->file : 0;
}

/* @self->file is the device, and has an ordinary block. */
static int set_up_device(struct _test_data_file *self, __u32 area)
{
	int err = pga_alloc_in(self->fd, area, &self->block);

	strcpy(self->path, PGA_DEVICE);
	self->file = self->fd;
	self->offset = self->block.mmap_offset;
	return err;
}

FIXTURE_SETUP(file)
{
	struct pgarea_area area;
	ssize_t i;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	self->size = PAGES * self->page;
	self->block = (struct pgarea_alloc){ .size = self->size };
	ASSERT_EQ(0, variant->node ? set_up_node(self, area.id) :
				     set_up_device(self, area.id));
	self->buffer = malloc(2 * self->size);
	ASSERT_NE(NULL, self->buffer);
	for (i = 0; i < 2 * self->size; i++)
		self->buffer[i] = i * 7 + (i >> 8);
	self->plain = memfd_create("plain", MFD_CLOEXEC);
	ASSERT_LE(0, self->plain);
	ASSERT_EQ(self->size, write(self->plain, self->buffer, self->size));
	ASSERT_EQ(0, pipe2(self->pipe, O_CLOEXEC | O_NONBLOCK));
}

FIXTURE_TEARDOWN(file)
{
	close(self->pipe[0]);
	close(self->pipe[1]);
	close(self->plain);
	if (variant->node) {
		close(self->file);
		EXPECT_EQ(0, pga_remove(self->fd, self->name, NULL));
	} else {
		EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	}
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	free(self->buffer);
	close(self->fd);
}

/* Does a part of @fd have what the buffer has there? */
static bool has(const struct _test_data_file *self, int fd, ssize_t from,
		ssize_t size)
{
	char all[size];

	return pread(fd, all, size, from) == size &&
	       !memcmp(all, self->buffer + from, size);
}

/* Open @self->path, and close it: 0 or -errno. */
static int open_with(const struct _test_data_file *self, int flags)
{
	int fd = open(self->path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

TEST_F(file, read_and_write)
{
	struct iovec all = { self->buffer, 2 * self->size };

	ROW(self->size, -EINVAL, write(self->file, all.iov_base, all.iov_len));
	ROW(-ENOSPC, -EINVAL, write(self->file, self->buffer, 1));
	ROW(0, -EINVAL, read(self->file, self->buffer, 1));
	ROW(self->size, -ESPIPE,
	    pwrite(self->file, all.iov_base, all.iov_len, 0));
	ROW(self->size, -ESPIPE,
	    pread(self->file, all.iov_base, all.iov_len, 0));
	ROW(self->size - 3, -ESPIPE, preadv(self->file, &all, 1, 3));
	ROW(self->size - 3, -ESPIPE, pwritev(self->file, &all, 1, 3));
}

/* It is memory, so nothing waits; and what was written is there. */
TEST_F(file, read_and_write_with_flags)
{
	struct iovec all = { self->buffer, self->size };

	ROW(self->size, -ESPIPE, pwritev2(self->file, &all, 1, 0, RWF_NOWAIT));
	ROW(self->size, -ESPIPE, preadv2(self->file, &all, 1, 0, RWF_NOWAIT));
	ROW(self->size, -EINVAL, preadv2(self->file, &all, 1, -1, RWF_NOWAIT));
	ROW(self->size, -ESPIPE, pwritev2(self->file, &all, 1, 0, RWF_DSYNC));
	ROW(self->size, -ESPIPE, pwritev2(self->file, &all, 1, 0, RWF_SYNC));
	ROW(-ENOSPC, -ESPIPE, pwritev2(self->file, &all, 1, 0, RWF_APPEND));
}

/* All of a node is data, and its end is the only hole. */
TEST_F(file, lseek)
{
	ROW(1, -ESPIPE, lseek(self->file, 1, SEEK_SET));
	ROW(3, -ESPIPE, lseek(self->file, 2, SEEK_CUR));
	ROW(self->size, -ESPIPE, lseek(self->file, 0, SEEK_END));
	ROW(-EINVAL, -ESPIPE, lseek(self->file, 1, SEEK_END));
	ROW(-EINVAL, -ESPIPE, lseek(self->file, -1, SEEK_SET));
	ROW(5, -ESPIPE, lseek(self->file, 5, SEEK_DATA));
	ROW(self->size, -ESPIPE, lseek(self->file, 5, SEEK_HOLE));
	ROW(-ENXIO, -ESPIPE, lseek(self->file, self->size, SEEK_DATA));
	ROW(-ENXIO, -ESPIPE, lseek(self->file, self->size, SEEK_HOLE));
	ROW(-EINVAL, -EINVAL, lseek(self->file, 0, 99));
}

/* Only lseek() to the end gives the size. */
TEST_F(file, size)
{
	__u64 bytes;
	struct stat status;
	int queued;

	ASSERT_EQ(0, fstat(self->file, &status));
	EXPECT_TRUE(S_ISCHR(status.st_mode));
	EXPECT_EQ(0, status.st_size);
	ROW(-ENOTTY, -ENOTTY, ioctl(self->file, BLKGETSIZE64, &bytes));
	ROW(-ENOTTY, -ENOTTY, ioctl(self->file, FIONREAD, &queued));
	ROW(-EINVAL, -EINVAL, ftruncate(self->file, self->size));
	ROW(-EINVAL, -EINVAL, truncate(self->path, 0));
	ROW(-ENODEV, -ENODEV, fallocate(self->file, 0, 0, self->size));
	ROW(-ENODEV, -ENODEV,
	    fallocate(self->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      0, self->page));
}

/* The pipe gets a copy: a later write does not change it, and it holds nothing. */
TEST_F(file, splice_to_a_pipe)
{
	off64_t at = 3;
	char byte = ~self->buffer[3], *copy = self->buffer + self->size;

	if (variant->node)
		ASSERT_EQ(self->size, pwrite(self->file, self->buffer,
					     self->size, 0));
	ROW(self->size - 3, -EINVAL,
	    splice(self->file, &at, self->pipe[1], NULL, 2 * self->size, 0));
	if (!variant->node) {
		EXPECT_EQ(-EINVAL, ANSWER(splice(self->file, NULL,
						 self->pipe[1], NULL, 1, 0)));
		return;
	}
	EXPECT_EQ(self->size, at);
	EXPECT_EQ(0, splice(self->file, &at, self->pipe[1], NULL, 1, 0));
	EXPECT_EQ(1, pwrite(self->file, &byte, 1, 3));
	EXPECT_EQ(self->size - 3, read(self->pipe[0], copy, self->size));
	EXPECT_EQ(0, memcmp(self->buffer + 3, copy, self->size - 3));
	EXPECT_EQ(-EAGAIN, ANSWER(splice(self->pipe[0], NULL, self->file, NULL,
					 1, SPLICE_F_NONBLOCK)));
}

TEST_F(file, splice_from_a_pipe)
{
	off64_t at = self->page;
	int appends;

	ASSERT_EQ(self->size, write(self->pipe[1], self->buffer, self->size));
	if (!variant->node) {
		EXPECT_EQ(-EINVAL, ANSWER(splice(self->pipe[0], NULL,
						 self->file, &at, 1, 0)));
		EXPECT_EQ(-EINVAL, ANSWER(splice(self->pipe[0], NULL,
						 self->file, NULL, 1, 0)));
		return;
	}
	appends = pga_open_node(self->name, O_WRONLY | O_APPEND);
	EXPECT_EQ(-EINVAL, ANSWER(splice(self->pipe[0], NULL, appends, NULL, 1,
					 0)));
	close(appends);
	EXPECT_EQ(self->page, splice(self->pipe[0], NULL, self->file, NULL,
				     self->page, 0));
	EXPECT_EQ(self->size - self->page,
		  splice(self->pipe[0], NULL, self->file, &at, self->size, 0));
	EXPECT_TRUE(has(self, self->file, 0, self->size));
	ASSERT_EQ(1, write(self->pipe[1], self->buffer, 1));
	EXPECT_EQ(-ENOSPC, ANSWER(splice(self->pipe[0], NULL, self->file, &at,
					 1, 0)));
}

TEST_F(file, sendfile)
{
	off_t from = 0;

	ROW(self->size, -EINVAL,
	    sendfile(self->file, self->plain, &from, 2 * self->size));
	if (!variant->node) {
		EXPECT_EQ(-EINVAL, ANSWER(sendfile(self->plain, self->file,
						   NULL, 1)));
		return;
	}
	EXPECT_TRUE(has(self, self->file, 0, self->size));
	ASSERT_EQ(0, ftruncate(self->plain, 0));
	ASSERT_EQ(0, lseek(self->plain, 0, SEEK_SET));
	from = self->page;
	EXPECT_EQ(self->size - self->page,
		  sendfile(self->plain, self->file, &from, 2 * self->size));
	EXPECT_EQ(0, sendfile(self->plain, self->file, &from, 1));
	EXPECT_EQ(self->size, from);
	ASSERT_EQ(self->size - self->page,
		  pread(self->plain, self->buffer + self->page, self->size, 0));
	EXPECT_TRUE(has(self, self->file, self->page,
			self->size - self->page));
}

/* The kernel copies only between regular files, and programs fall back. */
TEST_F(file, copy_file_range)
{
	off64_t from = 0, to = 0;

	ROW(-EINVAL, -EINVAL, copy_file_range(self->file, &from, self->plain,
					      &to, self->size, 0));
	ROW(-EINVAL, -EINVAL, copy_file_range(self->plain, &from, self->file,
					      &to, self->size, 0));
}

TEST_F(file, sync)
{
	char *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->file, self->offset);

	ASSERT_NE(MAP_FAILED, at);
	ROW(0, 0, fsync(self->file));
	ROW(0, 0, fdatasync(self->file));
	ROW(0, 0, syncfs(self->file));
	ROW(-ESPIPE, -ESPIPE, sync_file_range(self->file, 0, self->size,
					      SYNC_FILE_RANGE_WRITE));
	ROW(0, 0, msync(at, self->size, MS_SYNC));
	ROW(0, 0, msync(at + self->page, self->page, MS_SYNC | MS_INVALIDATE));
	ROW(0, 0, msync(at, self->size, MS_ASYNC));
	munmap(at, self->size);
}

TEST_F(file, advice)
{
	ROW(0, 0, -posix_fadvise(self->file, 0, 0, POSIX_FADV_SEQUENTIAL));
	ROW(0, 0, -posix_fadvise(self->file, 0, 0, POSIX_FADV_DONTNEED));
	ROW(-EINVAL, -EINVAL, readahead(self->file, 0, self->size));
}

/* A node is always ready, the device when nothing of this file is draining. */
TEST_F(file, poll)
{
	const short all = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLPRI;
	struct pollfd poll_all = { .fd = self->file, .events = all };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ROW(1, 1, poll(&poll_all, 1, 0));
	EXPECT_EQ(variant->node ? all & ~POLLPRI : POLLIN | POLLRDNORM,
		  poll_all.revents);
	ROW(-EPERM, 0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->file, &event));
	close(epoll);
}

/* mmap() with these flags: 0 or -errno */
static int map_with(const struct _test_data_file *self, int flags)
{
	void *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, flags,
			self->file, self->offset);

	return at == MAP_FAILED ? -errno : munmap(at, self->size);
}

TEST_F(file, mmap_flags)
{
	EXPECT_EQ(0, map_with(self, MAP_SHARED));
	EXPECT_EQ(0, map_with(self, MAP_SHARED_VALIDATE));
	EXPECT_EQ(-EINVAL, map_with(self, MAP_PRIVATE));
	EXPECT_EQ(0, map_with(self, MAP_SHARED | MAP_POPULATE));
	EXPECT_EQ(0, map_with(self, MAP_SHARED | MAP_POPULATE | MAP_NONBLOCK));
	EXPECT_EQ(0, map_with(self, MAP_SHARED | MAP_LOCKED));
	EXPECT_EQ(0, map_with(self, MAP_SHARED | MAP_NORESERVE));
	EXPECT_EQ(-EOPNOTSUPP, map_with(self, MAP_SHARED_VALIDATE | MAP_SYNC));
	EXPECT_EQ(-EINVAL, map_with(self, MAP_SHARED | MAP_HUGETLB));
	EXPECT_EQ(-EINVAL, map_with(self, MAP_SHARED | MAP_GROWSDOWN));
}

/* It is opened and keeps its contents; but nothing is behind its end. */
TEST_F(file, open_flags)
{
	int appends;

	if (variant->node)
		ASSERT_EQ(self->size, pwrite(self->file, self->buffer,
					     self->size, 0));
	EXPECT_EQ(0, open_with(self, O_RDWR | O_TRUNC));
	EXPECT_EQ(0, open_with(self, O_RDWR | O_CREAT | O_TRUNC));
	EXPECT_EQ(-EEXIST, open_with(self, O_RDWR | O_CREAT | O_EXCL));
	EXPECT_EQ(0, open_with(self, O_RDWR | O_NONBLOCK));
	EXPECT_EQ(0, open_with(self, O_RDWR | O_SYNC));
	EXPECT_EQ(-ENOTDIR, open_with(self, O_RDONLY | O_DIRECTORY));
	EXPECT_EQ(0, open_with(self, O_RDWR | O_APPEND));
	if (!variant->node)
		return;
	EXPECT_TRUE(has(self, self->file, 0, self->size));
	appends = pga_open_node(self->name, O_RDWR | O_APPEND);
	EXPECT_EQ(-ENOSPC, ANSWER(write(appends, self->buffer, 1)));
	EXPECT_EQ(-ENOSPC, ANSWER(pwrite(appends, self->buffer, 1, 0)));
	EXPECT_TRUE(has(self, appends, 0, self->size));
	close(appends);
}

/* There is no cache to avoid, so any alignment will do. */
TEST_F(file, o_direct)
{
	int direct;

	ROW(0, -EINVAL, fcntl(self->file, F_SETFL, O_DIRECT));
	if (!variant->node) {
		EXPECT_EQ(-EINVAL, open_with(self, O_RDWR | O_DIRECT));
		return;
	}
	direct = pga_open_node(self->name, O_RDWR | O_DIRECT);
	ASSERT_LE(0, direct);
	EXPECT_EQ(self->size, pwrite(direct, self->buffer, self->size, 0));
	EXPECT_TRUE(has(self, direct, 0, self->size));
	EXPECT_TRUE(has(self, direct, 1, 3));
	close(direct);
}

TEST_F(file, locks)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int other = open(self->path, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	ROW(0, 0, flock(self->file, LOCK_EX));
	ROW(-EWOULDBLOCK, -EWOULDBLOCK, flock(other, LOCK_EX | LOCK_NB));
	ROW(0, 0, flock(self->file, LOCK_UN));
	ROW(0, 0, flock(other, LOCK_EX | LOCK_NB));
	ROW(0, 0, fcntl(self->file, F_OFD_SETLK, &lock));
	ROW(-EAGAIN, -EAGAIN, fcntl(other, F_OFD_SETLK, &lock));
	ROW(-EINVAL, -EINVAL, fcntl(self->file, F_SETLEASE, F_RDLCK));
	close(other);
}

/* All events that are waiting, as one mask; -EAGAIN: none */
static int events_of(int watcher)
{
	char all[4096] __attribute__((aligned(8)));
	ssize_t size = read(watcher, all, sizeof(all)), at;
	int mask = 0;

	for (at = 0; at < size; ) {
		const struct inotify_event *event = (void *)&all[at];

		mask |= event->mask;
		at += sizeof(*event) + event->len;
	}
	return size < 0 ? -errno : mask;
}

/* A store to a mapping makes no event. */
TEST_F(file, inotify)
{
	int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char *at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			self->file, self->offset);

	ASSERT_LE(0, watcher);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_LE(0, inotify_add_watch(watcher, self->path, IN_ALL_EVENTS));
	EXPECT_EQ(0, open_with(self, O_RDWR));
	EXPECT_EQ(IN_OPEN | IN_CLOSE_WRITE, events_of(watcher));
	EXPECT_EQ(0, open_with(self, O_RDONLY));
	EXPECT_EQ(IN_OPEN | IN_CLOSE_NOWRITE, events_of(watcher));
	ROW(1, -ESPIPE, pread(self->file, self->buffer, 1, 0));
	ROW(IN_ACCESS, -EAGAIN, events_of(watcher));
	ROW(1, -ESPIPE, pwrite(self->file, self->buffer, 1, 0));
	ROW(IN_MODIFY, -EAGAIN, events_of(watcher));
	at[0] = 1;
	EXPECT_EQ(-EAGAIN, events_of(watcher));
	munmap(at, self->size);
	close(watcher);
}

TEST_HARNESS_MAIN
