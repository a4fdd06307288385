// SPDX-License-Identifier: GPL-2.0
/*
 * How long a block stays an orphan: the module's parameter, what ALLOC and
 * RESERVE set for one block, and when the time begins.
 */
#include "include/fds.h"
#include "include/hold.h"

#define PAGES		4

/* Longer than a check takes on a slow machine; and never within a test */
#define ORPHAN_MS	(700U * pga_slow())
#define FOREVER_MS	600000

/* The program as it runs after its own exec(): it lives until the test ends it. */
#define LINGER		"linger"

/* @fd owns, @watch observes it. */
FIXTURE(orphan_time)
{
	int fd;
	int watch;
	long parameter;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(orphan_time)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, 2 * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->parameter = pga_orphan_ms();
	ASSERT_LE(0, self->parameter);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block = (struct pgarea_alloc){ .size = PAGES * page_size() };
}

FIXTURE_TEARDOWN(orphan_time)
{
	EXPECT_EQ(0, pga_set_orphan_ms(self->parameter));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

#define ASSERT_ALLOC(_ms) do {						\
	self->block.orphan_ms = _ms;					\
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id,		\
				  &self->block));			\
} while (0)

#define EXPECT_STATE(_state) \
	EXPECT_EQ(_state, pga_state_of(self->watch, &self->block))

static __u32 reported_orphan_ms(int fd)
{
	struct pgarea_info info;

	return pga_ioctl(fd, PGAREA_IOC_INFO, &info) ? 0 : info.orphan_ms;
}

TEST_F(orphan_time, is_the_parameters)
{
	__u64 begin;

	ASSERT_EQ(0, pga_set_orphan_ms(ORPHAN_MS));
	EXPECT_EQ(ORPHAN_MS, reported_orphan_ms(self->watch));
	ASSERT_ALLOC(0);
	begin = pga_now_ms();
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_LE(ORPHAN_MS, pga_now_ms() - begin);
}

/* The value of the parameter when the file is closed counts. */
TEST_F(orphan_time, follows_the_parameter)
{
	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	ASSERT_ALLOC(0);
	ASSERT_EQ(0, pga_set_orphan_ms(ORPHAN_MS));
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(orphan_time, is_none_with_a_parameter_of_0)
{
	ASSERT_EQ(0, pga_set_orphan_ms(0));
	ASSERT_ALLOC(0);
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_FREE);
}

TEST_F(orphan_time, of_a_block_is_what_it_was_told)
{
	__u64 begin;

	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	ASSERT_ALLOC(ORPHAN_MS);
	begin = pga_now_ms();
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_LE(ORPHAN_MS, pga_now_ms() - begin);
}

TEST_F(orphan_time, of_a_block_that_is_not_to_be_kept)
{
	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	ASSERT_ALLOC(PGAREA_ORPHAN_NONE);
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_FREE);
}

TEST_F(orphan_time, of_a_reservation_is_what_it_was_told)
{
	struct pgarea_reserve hold = {
		.size = page_size(),
		.orphan_ms = ORPHAN_MS,
	};
	struct pgarea_reserve none = {
		.size = page_size(),
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	struct pgarea_range range;

	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	ASSERT_ALLOC(0);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	hold.address = self->block.phys;
	none.address = self->block.phys + page_size();
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	ASSERT_EQ(0, pga_reserve(self->fd, &none));
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	ASSERT_EQ(0, pga_range_at(self->watch, self->area.id, none.address,
				  &range));
	EXPECT_EQ(PGAREA_STATE_FREE, range.state);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* A block that is already an orphan keeps its time. */
TEST_F(orphan_time, does_not_change_any_more)
{
	ASSERT_EQ(0, pga_set_orphan_ms(ORPHAN_MS));
	ASSERT_ALLOC(0);
	close(self->fd);
	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* Of two orphans the one with the shorter time goes first. */
TEST_F(orphan_time, is_each_ones_own)
{
	struct pgarea_alloc other = {
		.size = page_size(),
		.orphan_ms = 4 * ORPHAN_MS,
	};

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &other));
	ASSERT_ALLOC(ORPHAN_MS);
	close(self->fd);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, pga_state_of(self->watch, &other));
	EXPECT_TRUE(pga_becomes_free(self->watch, &other));
}

#define ALLOC_ERROR(_ms) ({						\
	struct pgarea_alloc _arg = { .size = 1, .orphan_ms = _ms };	\
									\
	pga_alloc(self->fd, &_arg);					\
})

TEST_F(orphan_time, has_a_limit)
{
	struct pgarea_bulk_block bulk[1];
	struct pgarea_alloc_bulk many = {
		.size = 1,
		.orphan_ms = PGAREA_ORPHAN_MAX_MS + 1,
		.blocks = PGA_ARRAY(bulk, 1),
	};
	struct pgarea_reserve hold = {
		.size = page_size(),
		.orphan_ms = PGAREA_ORPHAN_MAX_MS + 1,
	};

	EXPECT_EQ(-EINVAL, ALLOC_ERROR(PGAREA_ORPHAN_MAX_MS + 1));
	EXPECT_EQ(-EINVAL, ALLOC_ERROR(PGAREA_ORPHAN_NONE - 1));
	EXPECT_EQ(-EINVAL, pga_alloc_bulk(self->fd, &many));
	ASSERT_ALLOC(PGAREA_ORPHAN_MAX_MS);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	hold.address = self->block.phys;
	EXPECT_EQ(-EINVAL, pga_reserve(self->fd, &hold));
	hold.orphan_ms = PGAREA_ORPHAN_MAX_MS;
	EXPECT_EQ(0, pga_reserve(self->fd, &hold));
	EXPECT_EQ(0, pga_unreserve(self->fd, hold.id));
	close(self->fd);
}

/* A longer time is clamped to the longest. */
TEST_F(orphan_time, of_the_parameter_has_a_limit)
{
	ASSERT_EQ(0, pga_set_orphan_ms(PGAREA_ORPHAN_MAX_MS));
	EXPECT_EQ(PGAREA_ORPHAN_MAX_MS, reported_orphan_ms(self->watch));
	ASSERT_EQ(0, pga_set_orphan_ms(PGAREA_ORPHAN_MAX_MS + 1));
	EXPECT_EQ(PGAREA_ORPHAN_MAX_MS, reported_orphan_ms(self->watch));
	EXPECT_EQ(-EINVAL, pga_set_orphan_ms(-1));
	EXPECT_EQ(PGAREA_ORPHAN_MAX_MS, reported_orphan_ms(self->watch));
	close(self->fd);
}

TEST_F(orphan_time, is_nothing_for_a_persistent_block)
{
	struct pgarea_alloc block = {
		.size = 1,
		.flags = PGAREA_ALLOC_PERSISTENT,
		.name = "orphan-time",
		.orphan_ms = ORPHAN_MS,
	};

	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &block));
	close(self->fd);
}

/* Only when the last process that has the file closes it. */
TEST_F(orphan_time, begins_with_the_last_descriptor)
{
	int sock[2], received, copy = dup(self->fd);

	ASSERT_LE(0, copy);
	ASSERT_ALLOC(ORPHAN_MS);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_TRUE(send_fd(sock[1], self->fd));
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ALLOCATED);
	close(copy);
	EXPECT_STATE(PGAREA_STATE_ALLOCATED);
	received = receive_fd(sock[0]);
	ASSERT_LE(0, received);
	EXPECT_STATE(PGAREA_STATE_ALLOCATED);
	close(received);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
}

/* A child has what it inherits, for as long as it lives. */
TEST_F(orphan_time, begins_with_the_end_of_a_child)
{
	struct pga_child child;

	ASSERT_ALLOC(ORPHAN_MS);
	ASSERT_TRUE(pga_child_start(&child, NULL, NULL, NULL));
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ALLOCATED);
	EXPECT_TRUE(pga_child_kill(&child));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
}

/* Close-on-exec is a close as well. */
TEST_F(orphan_time, begins_with_exec)
{
	int go[2];
	pid_t pid;

	ASSERT_ALLOC(ORPHAN_MS);
	ASSERT_EQ(0, pipe2(go, O_CLOEXEC));
	pid = vfork();
	ASSERT_LE(0, pid);
	if (!pid) {
		dup2(go[0], 0);
		execl("/proc/self/exe", "orphan_time", LINGER, NULL);
		_exit(1);
	}
	EXPECT_STATE(PGAREA_STATE_ALLOCATED);
	close(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	close(go[1]);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
}

int main(int argc, char **argv)
{
	char c;

	if (argc == 2 && !strcmp(argv[1], LINGER))
		return read(STDIN_FILENO, &c, 1) != 0;
	return pga_test_main(argc, argv);
}
