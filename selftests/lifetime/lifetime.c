// SPDX-License-Identifier: GPL-2.0
/*
 * How long blocks live: who owns them, what ends them, and that their pages are
 * not reused while a mapping still shows them.
 */
#include <sys/wait.h>

#include "include/exhaust.h"
#include "include/fds.h"

#define PAGES	4

/* Longer than a check takes on a slow machine */
#define ORPHAN_MS	(500U * pga_slow())

/* The program as it runs after its own exec(): it lives until the test ends it. */
#define LINGER	"linger"

static int linger(void)
{
	char c;

	return read(STDIN_FILENO, &c, 1) != 0;
}

static bool child_succeeds(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && !status;
}

/* @fd owns, @watch is another file that observes it. */
FIXTURE(lifetime)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(lifetime)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
}

FIXTURE_TEARDOWN(lifetime)
{
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* What its file did not free becomes an orphan: a device may write to it. */
TEST_F(lifetime, close_frees_after_a_while)
{
	struct pgarea_reserve hold = {
		.address = self->block.phys,
		.size = page_size(),
		.orphan_ms = ORPHAN_MS,
	};
	struct pgarea_alloc reserved;
	__u64 closed;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	ASSERT_EQ(PGAREA_STATE_RESERVED, pga_state_of(self->watch,
						      &self->block));
	reserved = self->block;
	self->block.orphan_ms = ORPHAN_MS;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch,
						       &self->block));
	closed = pga_now_ms();
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, pga_state_of(self->watch,
						      &self->block));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, pga_state_of(self->watch,
						      &reserved));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_LE(ORPHAN_MS, pga_now_ms() - closed);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

TEST_F(lifetime, exit_frees)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open(PGA_DEVICE, O_RDWR);
		struct pgarea_alloc block = { .size = 3 * page_size() };

		_exit(pga_alloc_in(fd, self->area.id, &block) ||
		      pga_map(fd, &block) == MAP_FAILED);
	}
	ASSERT_TRUE(child_succeeds(pid));
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

TEST_F(lifetime, ids_of_another_file_do_nothing)
{
	struct pgarea_reserve hold = {
		.address = self->block.phys,
		.size = page_size(),
	};

	EXPECT_EQ(-ENOENT, pga_free(self->watch, self->block.id));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->watch, self->block.id));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, self->block.id));
	EXPECT_EQ(MAP_FAILED, pga_map(self->watch, &self->block));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &self->block));

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->watch, hold.id));
	EXPECT_EQ(-ENOENT, pga_free(self->watch, hold.id));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, hold.id));
	EXPECT_EQ(PGAREA_STATE_RESERVED, pga_state_of(self->watch, &self->block));
}

TEST_F(lifetime, an_id_works_once)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, self->block.id));
	EXPECT_EQ(MAP_FAILED, pga_map(self->fd, &self->block));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(lifetime, a_mapping_drains_and_is_seen_to)
{
	struct pgarea_block seen;
	struct pgarea_area now;
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_OWNER | PGAREA_HOLDER_MAPPING, seen.holders);

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_MAPPING, seen.holders);
	EXPECT_EQ(self->block.alloc_size, seen.size);
	EXPECT_EQ(PGAREA_STATE_DRAINING, pga_state_of(self->watch, &self->block));
	ASSERT_EQ(0, pga_area_by_id(self->watch, self->area.id, &now));
	EXPECT_EQ(self->area.draining + self->block.alloc_size, now.draining);
	EXPECT_EQ(self->area.allocated, now.allocated);
	EXPECT_EQ(self->area.free - self->block.alloc_size, now.free);

	munmap(at, self->block.alloc_size);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_EQ(-ENOENT, pga_block_at(self->fd, 0, self->block.phys, &seen));
}

TEST_F(lifetime, a_part_of_a_mapping_drains_too)
{
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, munmap(at, (PAGES - 1) * page_size()));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_STATE_DRAINING, pga_state_of(self->watch, &self->block));
	ASSERT_EQ(0, munmap(at + (PAGES - 1) * page_size(), page_size()));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(lifetime, mapped_pages_are_not_handed_out)
{
	struct pgarea_alloc exact;
	struct pga_grabbed grabbed;
	__u64 id;
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x69, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));

	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	EXPECT_EQ(-EBUSY, pga_alloc_at(grabbed.fd, self->block.phys,
				       page_size(), &exact));
	EXPECT_EQ(-EBUSY, pga_reserve_at(grabbed.fd, self->block.phys,
					 page_size(), &id));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	EXPECT_EQ(0x69, at[0]);
	EXPECT_EQ(0x69, at[self->block.alloc_size - 1]);

	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_exact(grabbed.fd, self->block.phys,
				    self->block.alloc_size, &exact));
	pga_grabbed_free(&grabbed);
}

TEST_F(lifetime, what_drained_is_clean_when_it_comes_back)
{
	struct pgarea_alloc exact;
	char *at = pga_map(self->fd, &self->block);
	size_t i, dirty = 0;

	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x69, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(at, self->block.alloc_size);
	ASSERT_EQ(0, pga_wait_exact(self->fd, self->block.phys,
				    self->block.alloc_size, &exact));
	at = pga_map(self->fd, &exact);
	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < exact.alloc_size; i++)
		dirty += !!at[i];
	EXPECT_EQ(0, dirty);
	munmap(at, exact.alloc_size);
}

/* The parent frees, closes and unmaps; the child's mapping alone remains. */
TEST_F(lifetime, a_child_keeps_what_its_parent_frees)
{
	char *at = pga_map(self->fd, &self->block);
	struct pga_grabbed grabbed;
	int go[2];
	pid_t pid;

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pipe(go));
	memset(at, 0x42, self->block.alloc_size);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		char c;

		close(go[1]);
		close(self->fd);
		_exit(read(go[0], &c, 1) != 0 || at[0] != 0x42 ||
		      at[self->block.alloc_size - 1] != 0x42 ||
		      phys_of(at) != self->block.phys);
	}
	close(go[0]);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(at, self->block.alloc_size);
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_DRAINING, pga_state_of(self->watch, &self->block));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	close(go[1]);
	EXPECT_TRUE(child_succeeds(pid));
	pga_grabbed_free(&grabbed);
}

TEST_F(lifetime, a_child_keeps_what_its_dead_parent_had)
{
	int go[2], said[2];
	pid_t child;
	char c;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(said));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		char *at = pga_map(self->fd, &self->block);

		close(go[1]);
		memset(at, 0x43, self->block.alloc_size);
		if (fork())
			_exit(pga_free(self->fd, self->block.id));
		close(self->fd);
		if (!read(go[0], &c, 1) && at[self->block.alloc_size - 1] == 0x43)
			(void)!write(said[1], "+", 1);
		_exit(0);
	}
	close(said[1]);
	ASSERT_TRUE(child_succeeds(child));
	EXPECT_EQ(PGAREA_STATE_DRAINING, pga_state_of(self->watch, &self->block));
	close(go[1]);
	EXPECT_EQ(1, read(said[0], &c, 1));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(lifetime, dup_shares)
{
	int twin = dup(self->fd);

	ASSERT_LE(0, twin);
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &self->block));
	EXPECT_EQ(0, pga_free(twin, self->block.id));
	EXPECT_EQ(PGAREA_STATE_FREE, pga_state_of(self->watch, &self->block));
	ASSERT_EQ(0, pga_alloc_in(twin, self->area.id, &self->block));
	close(twin);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(lifetime, a_passed_descriptor_shares)
{
	int sock[2], fd;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int own = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		struct pgarea_alloc block = { .size = 2 * page_size() };

		close(self->fd);
		if (pga_alloc_in(own, self->area.id, &block) ||
		    !send_fd(sock[1], own) ||
		    write(sock[1], &block, sizeof(block)) != sizeof(block))
			_exit(1);
		_exit(0);
	}
	fd = receive_fd(sock[0]);
	ASSERT_LE(0, fd);
	close(self->fd);
	self->fd = fd;
	ASSERT_EQ(sizeof(self->block), read(sock[0], &self->block,
					    sizeof(self->block)));
	ASSERT_TRUE(child_succeeds(pid));

	/* Its opener has exited, and the file still works. */
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &self->block));
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	EXPECT_EQ(PGAREA_STATE_FREE, pga_state_of(self->watch, &self->block));
}

/* A descriptor in flight in a socket counts as an open one. */
TEST_F(lifetime, a_descriptor_in_flight_keeps_and_frees)
{
	int sock[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_TRUE(send_fd(sock[1], self->fd));
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &self->block));
	close(sock[0]);
	close(sock[1]);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* Run this program again with a mapping, and wait until it runs. */
static pid_t exec_with_mapping(int fd, const struct pgarea_alloc *block,
			       int *stop)
{
	int go[2], done[2];
	char c;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		if (pga_map(fd, block) == MAP_FAILED || dup2(go[0], 0) < 0)
			_exit(1);
		execl("/proc/self/exe", "lifetime", LINGER, NULL);
		_exit(1);
	}
	close(go[0]);
	close(done[1]);
	*stop = go[1];
	if (read(done[0], &c, 1))
		pid = -1;
	close(done[0]);
	return pid;
}

TEST_F(lifetime, exec_ends_a_mapping)
{
	int stop;
	pid_t pid = exec_with_mapping(self->fd, &self->block, &stop);

	ASSERT_LE(0, pid);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	close(stop);
	EXPECT_TRUE(child_succeeds(pid));
}

TEST_F(lifetime, exec_keeps_an_inherited_descriptor)
{
	int stop;
	pid_t pid;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFD, 0));
	pid = exec_with_mapping(self->fd, &self->block, &stop);
	ASSERT_LE(0, pid);
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &self->block));
	close(stop);
	EXPECT_TRUE(child_succeeds(pid));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], LINGER))
		return linger();
	return pga_test_main(argc, argv);
}
