// SPDX-License-Identifier: GPL-2.0
/*
 * A block that is registered as a buffer of an io_uring: pinned for as long as
 * the ring keeps it.  A freed block drains until then, and no other owner gets
 * the data that is read into the buffer during that time.
 */
#include "include/hold.h"
#include "uring.h"

#define PAGES	4

FIXTURE(uring)
{
	int fd;
	int pipe[2];
	size_t size;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
	struct uring ring;
};

FIXTURE_SETUP(uring)
{
	int err;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	err = uring_open(&self->ring);
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "io_uring_setup: %s", strerror(-err));
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, pipe(self->pipe));
	self->size = PAGES * page_size();
	self->block.size = self->size;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	err = uring_register(&self->ring, self->at, self->size);
	/* Before 6.5 io_uring registers no memory of a file such as a device. */
	if (err == -EOPNOTSUPP)
		SKIP(return, "io_uring cannot register such memory here");
	ASSERT_EQ(0, err);
}

/*
 * A closed ring releases its buffers with a delay, and then the area is as
 * before.
 */
FIXTURE_TEARDOWN(uring)
{
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* The ring is the only holder of the block. */
#define ASSERT_HELD_BY_THE_RING() do {					\
	ASSERT_EQ(0, munmap(self->at, self->size));			\
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));		\
	ASSERT_TRUE(pga_is_held(self->fd, self->block.phys,		\
				PGAREA_STATE_DRAINING,			\
				PGAREA_HOLDER_REFERENCE));		\
} while (0)

TEST_F(uring, a_registered_buffer_drains_until_it_is_unregistered)
{
	struct pgarea_wait wait = { .id = self->block.id, .timeout_ms = 300 };

	ASSERT_HELD_BY_THE_RING();
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->fd, &wait));
	EXPECT_EQ(1, wait.left);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, wait.holders);
	ASSERT_EQ(0, uring_unregister(&self->ring));
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
	uring_close(&self->ring);
}

TEST_F(uring, a_registered_buffer_drains_until_the_ring_is_closed)
{
	ASSERT_HELD_BY_THE_RING();
	uring_close(&self->ring);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(uring, a_mapping_and_a_ring_are_told_apart)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_is_held(self->fd, self->block.phys,
				PGAREA_STATE_DRAINING,
				PGAREA_HOLDER_MAPPING |
				PGAREA_HOLDER_REFERENCE));
	uring_close(&self->ring);
	EXPECT_TRUE(pga_is_held(self->fd, self->block.phys,
				PGAREA_STATE_DRAINING, PGAREA_HOLDER_MAPPING));
	munmap(self->at, self->size);
}

/* Into the buffer, and out of it again: it is still the block's memory. */
TEST_F(uring, a_read_into_what_drains_reaches_nobody_else)
{
	char sent[page_size()], received[page_size()];
	const char *place = self->at + page_size();
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;

	ASSERT_HELD_BY_THE_RING();
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys, self->size));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0x33));

	memset(sent, 0xd7, sizeof(sent));
	ASSERT_EQ(sizeof(sent), write(self->pipe[1], sent, sizeof(sent)));
	EXPECT_EQ(sizeof(sent),
		  uring_fixed(&self->ring, IORING_OP_READ_FIXED, self->pipe[0],
			      place, sizeof(sent)));
	EXPECT_TRUE(pga_grabbed_keeps(&grabbed, 0x33));
	EXPECT_EQ(sizeof(sent),
		  uring_fixed(&self->ring, IORING_OP_WRITE_FIXED, self->pipe[1],
			      place, sizeof(sent)));
	ASSERT_EQ(sizeof(sent), read(self->pipe[0], received, sizeof(sent)));
	EXPECT_EQ(0, memcmp(sent, received, sizeof(sent)));

	uring_close(&self->ring);
	ASSERT_EQ(0, pga_wait_exact(grabbed.fd, self->block.phys, self->size,
				    &again));
	self->at = pga_map(grabbed.fd, &again);
	ASSERT_NE(MAP_FAILED, self->at);
	EXPECT_TRUE(pga_is_zero(self->at, self->size));
	munmap(self->at, self->size);
	EXPECT_EQ(0, pga_free(grabbed.fd, again.id));
	pga_grabbed_free(&grabbed);
}

/* Killed with a ring that holds a block: both are released. */
static bool registers_another(void *arg)
{
	struct pgarea_alloc block = { .size = PAGES * page_size() };
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct uring ring;
	char *at;

	(void)arg;
	if (pga_alloc(fd, &block))
		return false;
	at = pga_map(fd, &block);
	return at != MAP_FAILED && !uring_open(&ring) &&
	       !uring_register(&ring, at, block.alloc_size) &&
	       !munmap(at, block.alloc_size) && !pga_free(fd, block.id);
}

TEST_F(uring, a_killed_process_leaves_nothing)
{
	struct pga_child child;

	uring_close(&self->ring);
	ASSERT_EQ(0, munmap(self->at, self->size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_TRUE(pga_child_start(&child, registers_another, NULL, NULL));
	EXPECT_TRUE(pga_child_kill(&child));
}

TEST_HARNESS_MAIN
