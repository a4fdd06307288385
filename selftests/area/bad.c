// SPDX-License-Identifier: GPL-2.0
/* Requests to create areas that are refused, and have no effect. */
#include <signal.h>
#include <sys/wait.h>

#include "include/pga_area.h"

#define NAME		"test-bad"
#define PAGEBLOCKS	2

FIXTURE(bad) {
	int fd;
	__u64 pageblock;
	struct pga_snapshot before;
	struct pgarea_create_area arg;
};

FIXTURE_SETUP(bad)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_AREAS_OR_SKIP(self->fd);
	self->pageblock = pga_pageblock(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, PAGEBLOCKS, &self->arg));
}

FIXTURE_TEARDOWN(bad)
{
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

#define EXPECT_REFUSAL(_err) do {					\
	struct pgarea_create_area _arg = self->arg;			\
									\
	EXPECT_EQ(_err, pga_create_area(self->fd, &_arg));		\
	EXPECT_EQ(0, memcmp(&_arg, &self->arg, sizeof(_arg)));		\
} while (0)

TEST_F(bad, bounds)
{
	const __u64 start = self->arg.start, end = self->arg.end;

	self->arg.start = end;
	self->arg.end = start;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.start = start;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.end = start + 1;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.end = (1ULL << 44) + self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.end = ~0ULL;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.start = start + 1;
	self->arg.end = end;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.start = ~0ULL - page_size() + 1;
	EXPECT_REFUSAL(-EINVAL);
}

/* Two pageblocks minus a page in each, so that neither is whole. */
TEST_F(bad, bounds_without_a_pageblock)
{
	self->arg.start = 16 * self->pageblock + page_size();
	self->arg.end = 18 * self->pageblock - page_size();
	self->arg.size = 0;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.end = self->arg.start + page_size();
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(bad, sizes)
{
	const __u64 size = self->arg.size, bounds = self->arg.end - self->arg.start;

	self->arg.size = size + page_size();
	EXPECT_REFUSAL(-EINVAL);
	self->arg.size = size + 1;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.size = (bounds / self->pageblock + 1) * self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.size = -self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.size = size;
	self->arg.minimum = size + self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.minimum = self->pageblock / 2;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.minimum = 0;
	self->arg.maximum = size - self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.maximum = size + 1;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.maximum = -self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.maximum = size;
	self->arg.minimum = size + self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(bad, chunk_sizes)
{
	self->arg.chunk_size = self->pageblock / 2;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.chunk_size = 3 * self->pageblock;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.chunk_size = self->pageblock + 1;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.chunk_size = ~0ULL;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(bad, names)
{
	static const char *const names[] = {
		"", " ", "a b", "Upper", "dot.", "slash/", "n\xc3\xa4me", "a\n",
		"..", "a,b", "a=b",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(self->arg.name, 0, sizeof(self->arg.name));
		memcpy(self->arg.name, names[i], strlen(names[i]));
		EXPECT_REFUSAL(-EINVAL);
	}
	memset(self->arg.name, 'a', sizeof(self->arg.name));
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(bad, name_in_use)
{
	memcpy(self->arg.name, self->before.areas[0].name,
	       sizeof(self->arg.name));
	EXPECT_REFUSAL(-EEXIST);
}

TEST_F(bad, nodes)
{
	self->arg.node = 1;
	EXPECT_REFUSAL(-EINVAL);
	self->arg.flags = PGAREA_AREA_NODE;
	self->arg.node = 1023;
	EXPECT_REFUSAL(-ENODEV);
	self->arg.node = ~0U;
	EXPECT_REFUSAL(-ENODEV);
}

TEST_F(bad, flags_and_padding)
{
	struct pgarea_resize_area resize = {
		.area = self->before.areas[0].id,
		.flags = PGAREA_AREA_GROW,
	};
	struct pgarea_destroy_area destroy = {
		.area = self->before.areas[0].id,
		.flags = 1,
	};

	self->arg.flags = 8;
	EXPECT_REFUSAL(-EOPNOTSUPP);
	self->arg.flags = 0;
	self->arg.__reserved = 1;
	EXPECT_REFUSAL(-EINVAL);
	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_RESIZE_AREA,
					 &resize));
	resize.flags = 0;
	resize.__reserved = 1;
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_RESIZE_AREA, &resize));
	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_DESTROY_AREA,
					 &destroy));
}

/* Root without CAP_SYS_ADMIN, another user, and a file that only reads. */
TEST_F(bad, without_the_right)
{
	const __u64 no_admin = PGA_ALL_CAPS & ~PGA_CAP(CAP_SYS_ADMIN);
	const __u32 area = self->before.areas[0].id;
	struct pgarea_destroy_area destroy;
	struct pgarea_resize_area resize;
	int plain = pga_open_as(0, no_admin, PGA_DEVICE, O_RDWR);
	int reader = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);
	int admin = self->fd;

	ASSERT_LE(0, plain);
	ASSERT_LE(0, reader);
	self->fd = plain;
	EXPECT_REFUSAL(-EPERM);
	self->fd = reader;
	EXPECT_REFUSAL(-EACCES);
	self->fd = admin;
	EXPECT_EQ(-EPERM, pga_resize_area(plain, area, 0, &resize));
	EXPECT_EQ(-EACCES, pga_resize_area(reader, area, 0, &resize));
	EXPECT_EQ(-EPERM, pga_destroy_area(plain, area, &destroy));
	EXPECT_EQ(-EPERM, pga_destroy_area(plain, 0, &destroy));
	EXPECT_EQ(-EACCES, pga_destroy_area(reader, area, &destroy));
	close(plain);
	close(reader);
}

/* The kernel cannot write the answer: there is no area, and the memory is back. */
TEST_F(bad, an_answer_that_cannot_be_written)
{
	struct pgarea_info before, after;
	void *arg = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	memcpy(arg, &self->arg, sizeof(self->arg));
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &before));
	EXPECT_EQ(-EFAULT, pga_create_area(self->fd, arg));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &after));
	EXPECT_EQ(before.owned, after.owned);
	EXPECT_EQ(after.chunks_taken - before.chunks_taken,
		  after.chunks_returned - before.chunks_returned);
	munmap(arg, page_size());
}

/* How many chunks the module has taken and not returned; and @taken in all */
static __u64 chunks_held(int fd, __u64 *taken)
{
	struct pgarea_info info = {};

	pga_ioctl(fd, PGAREA_IOC_INFO, &info);
	*taken = info.chunks_taken;
	return info.chunks_taken - info.chunks_returned;
}

static bool grows_past(int fd, __u64 chunks)
{
	__u64 taken;
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms++) {
		chunks_held(fd, &taken);
		if (taken > chunks)
			return true;
		pga_sleep_ms(1);
	}
	return false;
}

/* A process that is killed while it takes gigabytes leaves nothing taken. */
TEST_F(bad, killed_while_it_takes_memory)
{
	__u64 taken, held = chunks_held(self->fd, &taken);
	struct pgarea_info info;
	int status;
	pid_t pid;

	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	self->arg.start = 0;
	self->arg.end = 1ULL << 44;
	self->arg.size = (info.host_available / self->pageblock) *
			 self->pageblock;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		pga_create_area(self->fd, &self->arg);
		_exit(0);
	}
	EXPECT_TRUE(grows_past(self->fd, taken + 8));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(held, chunks_held(self->fd, &taken));
	pga_destroy_areas(self->fd, NAME);
}

TEST_HARNESS_MAIN
