// SPDX-License-Identifier: GPL-2.0
/* Signals that arrive during a call. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <linux/userfaultfd.h>

#include "include/export.h"

/* Clearing this much takes several ticks */
#define LARGE		(64 * MIB)

/* Exit status of a child where the kernel has no userfaultfd */
#define NO_STICKY_PAGES	99

static int nr_signals;

static void count_signal(int sig)
{
	(void)sig;
	__atomic_add_fetch(&nr_signals, 1, __ATOMIC_RELAXED);
}

/*
 * Signals arrive every @usec microseconds, and end calls that can be
 * interrupted.
 */
static void tick(unsigned int usec)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval timer = {
		.it_interval.tv_usec = usec,
		.it_value.tv_usec = usec,
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

FIXTURE(signal) {
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	__u64 size;
};

FIXTURE_SETUP(signal)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 16 * MIB / page_size(), &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->size = self->area.largest_free;
	if (self->size > LARGE)
		self->size = LARGE;
}

FIXTURE_TEARDOWN(signal)
{
	close(self->fd);
}

/* A program with a running timer can still allocate memory. */
TEST_F(signal, does_not_keep_memory_from_a_program)
{
	struct pgarea_alloc block = { .size = self->size };
	int i;

	tick(500);
	for (i = 0; i < 1000 && nr_signals < 10; i++) {
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
		ASSERT_EQ(0, pga_free(self->fd, block.id));
	}
	tick(0);
	EXPECT_LE(10, nr_signals);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* A process that allocates and frees in a loop. */
static void alloc_for_ever(__u32 area, __u64 size, int ready)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block = { .size = size };

	while (fd >= 0 && !pga_alloc_in(fd, area, &block) &&
	       !pga_free(fd, block.id))
		if (write(ready, "r", 1) != 1)
			break;
	_exit(1);
}

TEST_F(signal, that_kills_leaves_nothing)
{
	int i, ready[2], status;
	char byte;
	pid_t pid;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			close(ready[0]);
			alloc_for_ever(self->area.id, self->size, ready[1]);
		}
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		pga_sleep_ms(3 * i);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		close(ready[0]);
		ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	}
}

/* A process that writes to this page stops until it is killed.  0 or -errno. */
static int make_sticky(void *page)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register area = {
		.range.start = (uintptr_t)page,
		.range.len = page_size(),
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect protect = {
		.range = area.range,
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &area) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &protect))
		return -errno;
	return 0;
}

/* Issue a command, and stop while the kernel writes the result. */
static void stop_in(int fd, unsigned long cmd, const void *arg)
{
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		_exit(1);
	memcpy(page, arg, _IOC_SIZE(cmd));
	if (make_sticky(page))
		_exit(NO_STICKY_PAGES);
	pga_ioctl(fd, cmd, page);
	_exit(2);
}

/*
 * A process that waits for another on the same file: the last errno of some
 * tries.
 */
static int try_and_wait(int fd, unsigned long cmd, void *arg)
{
	int i, err = 0;

	tick(20000);
	for (i = 0; i < 10000 && err != -EINTR; i++)
		err = pga_ioctl(fd, cmd, arg);
	tick(0);
	return err;
}

TEST_F(signal, ends_the_wait_for_another_unreserve)
{
	struct pgarea_unreserve arg = {}, none = { .id = ~0ULL };
	struct pgarea_range run;
	int status, err;
	pid_t pid;

	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_reserve_at(self->fd, run.address, page_size(),
				    &arg.id));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		stop_in(self->fd, PGAREA_IOC_UNRESERVE, &arg);
	err = try_and_wait(self->fd, PGAREA_IOC_UNRESERVE, &none);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_STICKY_PAGES)
		SKIP(return, "no userfaultfd");
	EXPECT_EQ(-EINTR, err);
	EXPECT_TRUE(WIFSIGNALED(status));

	/* The child never received the result, so the block was not freed. */
	EXPECT_EQ(0, pga_unreserve(self->fd, arg.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* During that wait, mmap() of the block does not wait: it fails with EBUSY. */
TEST_F(signal, ends_the_wait_for_another_trim)
{
	struct pgarea_alloc block = { .size = 8 * page_size() };
	struct pgarea_split none = { .id = ~0ULL, .size = page_size() };
	struct pgarea_trim arg = { .size = page_size() };
	int status, err, map_err;
	pid_t pid;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	arg.id = block.id;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		stop_in(self->fd, PGAREA_IOC_TRIM, &arg);
	err = try_and_wait(self->fd, PGAREA_IOC_SPLIT, &none);
	map_err = pga_map(self->fd, &block) == MAP_FAILED ? errno : 0;
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_STICKY_PAGES)
		SKIP(return, "no userfaultfd");
	EXPECT_EQ(-EINTR, err);
	EXPECT_EQ(EBUSY, map_err);
	EXPECT_TRUE(WIFSIGNALED(status));

	/* The child never received the result, so the block is not shorter. */
	EXPECT_NE(MAP_FAILED, pga_map(self->fd, &block));
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

/* Until the pieces are published, nothing new holds a page of theirs. */
TEST_F(signal, during_a_split_a_block_gets_no_holder)
{
	struct pgarea_alloc block = { .size = 8 * page_size() };
	struct pgarea_trim none = { .id = ~0ULL, .size = page_size() };
	int status, err, map_errs[8], export_err, i;
	struct pgarea_bulk_block pieces[8];
	struct pgarea_split arg = {
		.size = page_size(),
		.pieces = PGA_ARRAY(pieces, 8),
	};
	pid_t pid;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	arg.id = block.id;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		stop_in(self->fd, PGAREA_IOC_SPLIT, &arg);
	err = try_and_wait(self->fd, PGAREA_IOC_TRIM, &none);
	for (i = 0; i < 8; i++)
		map_errs[i] = pga_map_errno(self->fd,
					    block.mmap_offset + i * page_size(),
					    page_size(), PROT_READ, MAP_SHARED);
	export_err = pga_export_all(self->fd, block.id);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_STICKY_PAGES)
		SKIP(return, "no userfaultfd");
	EXPECT_EQ(-EINTR, err);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(EBUSY, map_errs[i]);
	if (pga_info(self->fd).features & PGAREA_FEATURE_EXPORT)
		EXPECT_EQ(-EBUSY, export_err);

	/* The child could not learn the pieces, so there are none. */
	EXPECT_EQ(0, pga_map_errno(self->fd, block.mmap_offset,
				   block.alloc_size, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_HARNESS_MAIN
