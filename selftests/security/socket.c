// SPDX-License-Identifier: GPL-2.0
/*
 * Files in a socket: while they are in flight, when both ends die, and when
 * only the kernel's garbage collector of sockets can find them.
 */
#include <signal.h>
#include <sys/wait.h>

#include "include/pga_lifetime.h"
#include "include/fds.h"

#define PAGES	2
#define MANY	50

FIXTURE(socket)
{
	int watch;
	int sock[2];
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(socket)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, MANY * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				self->sock));
	self->block.size = PAGES * page_size();
}

FIXTURE_TEARDOWN(socket)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* A new file that owns a block; -errno. */
static int open_with_block(__u32 area, struct pgarea_alloc *block)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), err;

	*block = (struct pgarea_alloc){ .size = PAGES * page_size() };
	if (fd < 0)
		return -errno;
	err = pga_alloc_in(fd, area, block);
	return err ?: fd;
}

static __u64 allocated(int fd, __u32 id)
{
	struct pgarea_area area;

	return pga_area_by_id(fd, id, &area) ? 0 : area.allocated;
}

/*
 * A child that puts a file of its own into the socket, and exits or is killed.
 */
static bool sent_by_a_child(int sock, __u32 area, bool killed,
			    struct pgarea_alloc *block)
{
	int done[2], status;
	pid_t pid;

	if (pipe(done))
		return false;
	pid = fork();
	if (!pid) {
		int fd = open_with_block(area, block);

		if (fd < 0 || !send_fd(sock, fd) ||
		    write(done[1], block, sizeof(*block)) != sizeof(*block))
			_exit(1);
		if (killed)
			pause();
		_exit(0);
	}
	if (read(done[0], block, sizeof(*block)) != sizeof(*block))
		return false;
	if (killed)
		kill(pid, SIGKILL);
	close(done[0]);
	close(done[1]);
	return waitpid(pid, &status, 0) == pid &&
	       (killed ? WIFSIGNALED(status) : !status);
}

TEST_F(socket, the_sender_is_dead)
{
	char *at;
	int fd;

	ASSERT_TRUE(sent_by_a_child(self->sock[0], self->area.id, false,
				    &self->block));
	pga_sleep_ms(2 * pga_info(self->watch).orphan_ms + 20);
	EXPECT_EQ(self->area.allocated + self->block.alloc_size,
		  allocated(self->watch, self->area.id));
	fd = receive_fd(self->sock[1]);
	ASSERT_LE(0, fd);
	at = pga_map(fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->block.alloc_size));
	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	close(fd);
}

TEST_F(socket, the_sender_is_killed)
{
	int fd;

	ASSERT_TRUE(sent_by_a_child(self->sock[0], self->area.id, true,
				    &self->block));
	close(self->sock[0]);
	fd = receive_fd(self->sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, pga_trim(fd, self->block.id, page_size()));
	close(fd);
}

TEST_F(socket, nobody_takes_it_out)
{
	ASSERT_TRUE(sent_by_a_child(self->sock[0], self->area.id, true,
				    &self->block));
	close(self->sock[0]);
	close(self->sock[1]);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

TEST_F(socket, many_that_nobody_takes_out)
{
	int i;

	for (i = 0; i < MANY; i++) {
		int fd = open_with_block(self->area.id, &self->block);

		ASSERT_LE(0, fd);
		ASSERT_TRUE(send_fd(self->sock[0], fd));
		close(fd);
	}
	EXPECT_EQ(self->area.allocated + MANY * self->block.alloc_size,
		  allocated(self->watch, self->area.id));
	close(self->sock[0]);
	close(self->sock[1]);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

/* A socket that was shut down still has what was sent before. */
TEST_F(socket, after_a_shutdown)
{
	int fd = open_with_block(self->area.id, &self->block);

	ASSERT_LE(0, fd);
	ASSERT_TRUE(send_fd(self->sock[0], fd));
	close(fd);
	ASSERT_EQ(0, shutdown(self->sock[0], SHUT_RDWR));
	fd = receive_fd(self->sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	close(fd);
}

/* MSG_PEEK duplicates the file and leaves it in the queue. */
TEST_F(socket, a_look_shares)
{
	char byte, space[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	int fd = open_with_block(self->area.id, &self->block), seen, taken;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(send_fd(self->sock[0], fd));
	close(fd);
	ASSERT_EQ(1, recvmsg(self->sock[1], &msg, MSG_PEEK));
	memcpy(&seen, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	taken = receive_fd(self->sock[1]);
	ASSERT_LE(0, taken);
	close(taken);
	EXPECT_EQ(0, pga_free(seen, self->block.id));
	close(seen);
}

/* The kernel collects sockets that hold each other when one is closed. */
static void have_sockets_collected(void)
{
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return;
	close(sock[0]);
	close(sock[1]);
}

static bool is_collected(int fd, const struct pga_snapshot *before)
{
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		have_sockets_collected();
		if (pga_is_as(fd, before))
			return true;
		pga_sleep_ms(10);
	}
	return false;
}

/* A socket in its own queue, after a file that has a block. */
TEST_F(socket, in_a_socket_that_holds_itself)
{
	int fd = open_with_block(self->area.id, &self->block);

	ASSERT_LE(0, fd);
	ASSERT_TRUE(send_fd(self->sock[0], fd));
	ASSERT_TRUE(send_fd(self->sock[0], self->sock[1]));
	close(fd);
	close(self->sock[0]);
	close(self->sock[1]);
	EXPECT_TRUE(is_collected(self->watch, &self->before));
}

/* Two pairs, each in the other's queue, and both hold the same file. */
TEST_F(socket, in_sockets_that_hold_each_other)
{
	int fd = open_with_block(self->area.id, &self->block), other[2];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, other));
	ASSERT_TRUE(send_fd(self->sock[0], fd));
	ASSERT_TRUE(send_fd(other[0], fd));
	ASSERT_TRUE(send_fd(self->sock[0], other[1]));
	ASSERT_TRUE(send_fd(other[0], self->sock[1]));
	close(fd);
	close(self->sock[0]);
	close(self->sock[1]);
	close(other[0]);
	close(other[1]);
	EXPECT_TRUE(is_collected(self->watch, &self->before));
}

/* The collector alone does not release a file with a mapping. */
TEST_F(socket, a_mapping_outlives_the_collector)
{
	int fd = open_with_block(self->area.id, &self->block), i;
	char *at;

	ASSERT_LE(0, fd);
	at = pga_map(fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_TRUE(send_fd(self->sock[0], fd));
	ASSERT_TRUE(send_fd(self->sock[0], self->sock[1]));
	close(fd);
	close(self->sock[0]);
	close(self->sock[1]);
	for (i = 0; i < 10; i++)
		have_sockets_collected();
	at[0] = 1;
	EXPECT_EQ(self->area.allocated + self->block.alloc_size,
		  allocated(self->watch, self->area.id));
	munmap(at, self->block.alloc_size);
	EXPECT_TRUE(is_collected(self->watch, &self->before));
}

/* The same holds for a persistent block's node. */
TEST_F(socket, a_node_under_way_holds_what_is_removed)
{
	char name[PGAREA_NAME_SIZE];
	int node;

	if (geteuid())
		SKIP(return, "needs root");
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_PERSISTENT);
	snprintf(name, sizeof(name), "test-%d", getpid());
	ASSERT_EQ(0, pga_persist(self->watch, self->area.id, name,
				 &self->block));
	node = pga_open_node(name, O_RDWR);
	ASSERT_LE(0, node);
	ASSERT_TRUE(send_fd(self->sock[0], node));
	close(node);
	ASSERT_EQ(0, pga_remove(self->watch, name, NULL));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->watch, self->block.id, 50));
	close(self->sock[0]);
	close(self->sock[1]);
	EXPECT_EQ(0, pga_wait_gone(self->watch, self->block.id,
				   PGA_SETTLE_MS));
}

TEST_HARNESS_MAIN
