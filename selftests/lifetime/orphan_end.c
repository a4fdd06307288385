// SPDX-License-Identifier: GPL-2.0
/*
 * Root ends the quarantine of orphans: of one, or of those of a process, a user,
 * an area, or all.  And the longest quarantine that others may ask for.
 */
#include <sys/wait.h>

#include "include/hold.h"
#include "include/pga_rights.h"

#define PAGES		4

/* Never within a test, and as others may ask for */
#define FOREVER_MS	60000

#define MAX_PARAMETER	"/sys/module/pgarea/parameters/orphan_max_ms"

/* @fd owns a block, and is root's; @user is another user's; @watch ends. */
FIXTURE(orphan_end)
{
	int fd;
	int user;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(orphan_end)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_END_ORPHANS);
	PGA_PICK_OR_SKIP(self->watch, 8 * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->user = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, self->user);
	self->block = (struct pgarea_alloc){
		.size = PAGES * page_size(),
		.orphan_ms = FOREVER_MS,
	};
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
}

FIXTURE_TEARDOWN(orphan_end)
{
	close(self->fd);
	close(self->user);
	pga_end_orphans(self->watch, (struct pgarea_end_orphans){
		.flags = PGAREA_ORPHANS_ALL,
	});
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

#define END(_flags, ...) \
	pga_end_orphans(self->watch, (struct pgarea_end_orphans){	\
		.flags = (_flags), __VA_ARGS__				\
	})

#define CLOSE(_fd) do {							\
	close(_fd);							\
	(_fd) = -1;							\
} while (0)

#define EXPECT_STATE(_state) \
	EXPECT_EQ(_state, pga_state_of(self->watch, &self->block))

TEST_F(orphan_end, of_one_by_its_id)
{
	EXPECT_EQ(0, END(PGAREA_ORPHANS_ID, .id = self->block.id));
	CLOSE(self->fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_EQ(0, END(PGAREA_ORPHANS_ID, .id = self->block.id + 1));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_ID, .id = self->block.id));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_EQ(0, END(PGAREA_ORPHANS_ID, .id = self->block.id));
}

/* A child that dies with a block; its process id. */
static pid_t die_with_a_block(__u32 area)
{
	struct pgarea_alloc block = { .size = 1, .orphan_ms = FOREVER_MS };
	int status = -1, fd;
	pid_t pid = fork();

	if (!pid) {
		fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		_exit(fd < 0 || pga_alloc_in(fd, area, &block));
	}
	waitpid(pid, &status, 0);
	return status ? -1 : pid;
}

TEST_F(orphan_end, of_a_process)
{
	pid_t pid = die_with_a_block(self->area.id);

	ASSERT_LT(0, pid);
	CLOSE(self->fd);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_PID, .pid = pid));
	EXPECT_EQ(0, END(PGAREA_ORPHANS_PID, .pid = pid));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_PID, .pid = getpid()));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(orphan_end, of_a_user)
{
	struct pgarea_alloc block = { .size = 1, .orphan_ms = FOREVER_MS };

	ASSERT_EQ(0, pga_alloc_in(self->user, self->area.id, &block));
	CLOSE(self->fd);
	CLOSE(self->user);
	EXPECT_EQ(0, END(PGAREA_ORPHANS_UID, .uid = PGA_OTHER_USER));
	EXPECT_EQ(1, END(PGAREA_ORPHANS_UID, .uid = PGA_USER));
	EXPECT_TRUE(pga_becomes_free(self->watch, &block));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_UID, .uid = 0));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(orphan_end, of_an_area)
{
	struct pgarea_area areas[64];
	int i, nr = pga_areas(self->watch, areas, 64);

	ASSERT_LT(0, nr);
	CLOSE(self->fd);
	for (i = 0; i < nr; i++) {
		if (areas[i].id == self->area.id)
			continue;
		EXPECT_EQ(0, END(PGAREA_ORPHANS_AREA, .area = areas[i].id));
		EXPECT_STATE(PGAREA_STATE_ORPHANED);
	}
	EXPECT_EQ(1, END(PGAREA_ORPHANS_AREA, .area = self->area.id));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

TEST_F(orphan_end, of_all_that_each_choice_names)
{
	CLOSE(self->fd);
	EXPECT_EQ(0, END(PGAREA_ORPHANS_UID | PGAREA_ORPHANS_AREA,
			 .uid = PGA_USER, .area = self->area.id));
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_UID | PGAREA_ORPHANS_AREA |
			 PGAREA_ORPHANS_PID,
			 .pid = getpid(), .area = self->area.id));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* All, at once; and nothing that is no orphan. */
TEST_F(orphan_end, of_all)
{
	struct pgarea_bulk_block blocks[300];
	struct pgarea_alloc_bulk many = {
		.size = 1,
		.blocks = PGA_ARRAY(blocks, 300),
		.orphan_ms = FOREVER_MS,
	};
	struct pgarea_alloc live = { .size = 1 };
	struct pgarea_reserve hold = {
		.size = page_size(),
		.orphan_ms = FOREVER_MS,
	};

	ASSERT_EQ(0, pga_alloc_in(self->user, self->area.id, &live));
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &many));
	ASSERT_EQ(0, pga_free(self->fd, blocks[0].id));
	hold.address = blocks[0].phys;
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	CLOSE(self->fd);
	EXPECT_EQ(1 + 1 + (int)many.done - 1, END(PGAREA_ORPHANS_ALL));
	EXPECT_EQ(0, END(PGAREA_ORPHANS_ALL));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, pga_state_of(self->watch, &live));
	EXPECT_EQ(0, pga_free(self->user, live.id));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

/* What still holds the pages is waited for all the same. */
TEST_F(orphan_end, of_one_that_is_still_held)
{
	int buf = pga_export_all(self->fd, self->block.id);

	if (buf == -EOPNOTSUPP)
		SKIP(return, "no dma-bufs here");
	ASSERT_LE(0, buf);
	CLOSE(self->fd);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_ALL));
	EXPECT_STATE(PGAREA_STATE_DRAINING);
	close(buf);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->block));
}

/* Nothing is left that keeps the module loaded. */
TEST_F(orphan_end, ends_a_wait_for_all)
{
	struct pgarea_wait wait = {
		.flags = PGAREA_WAIT_ALL,
		.timeout_ms = PGA_SETTLE_MS,
	};

	CLOSE(self->fd);
	EXPECT_EQ(1, END(PGAREA_ORPHANS_ID, .id = self->block.id));
	EXPECT_EQ(0, pga_ioctl(self->watch, PGAREA_IOC_WAIT, &wait));
}

TEST_F(orphan_end, is_roots)
{
	struct pgarea_end_orphans all = { .flags = PGAREA_ORPHANS_ALL };
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	CLOSE(self->fd);
	EXPECT_EQ(-EPERM, pga_end_orphans(self->user, all));
	EXPECT_EQ(-EACCES, pga_end_orphans(fd, all));
	close(fd);
	EXPECT_STATE(PGAREA_STATE_ORPHANED);
}

TEST_F(orphan_end, needs_a_clear_choice)
{
	EXPECT_EQ(-EINVAL, END(0));
	EXPECT_EQ(-EINVAL, END(PGAREA_ORPHANS_ALL | PGAREA_ORPHANS_PID));
	EXPECT_EQ(-EINVAL, END(PGAREA_ORPHANS_ALL, .id = 1));
	EXPECT_EQ(-EINVAL, END(PGAREA_ORPHANS_ALL, .pid = 1));
	EXPECT_EQ(-EINVAL, END(PGAREA_ORPHANS_ALL, .uid = 1));
	EXPECT_EQ(-EINVAL, END(PGAREA_ORPHANS_ALL, .area = 1));
	EXPECT_EQ(-ENOENT, END(PGAREA_ORPHANS_AREA, .area = ~0U));
	EXPECT_EQ(-EOPNOTSUPP, END(1ULL << 5));
}

/* ---- the longest quarantine ----------------------------------------------- */

static long read_max(void)
{
	char text[32] = "";
	int fd = open(MAX_PARAMETER, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	return len > 0 ? atol(text) : -1;
}

static int set_max(long ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", ms);
	return pga_write_text(MAX_PARAMETER, text);
}

/* The answers to ALLOC, ALLOC_BULK and RESERVE with this time, if they agree. */
static int answer_to(int fd, __u64 phys, __u32 orphan_ms)
{
	struct pgarea_bulk_block one[1];
	struct pgarea_alloc_bulk bulk = {
		.size = 1,
		.blocks = PGA_ARRAY(one, 1),
		.orphan_ms = orphan_ms,
	};
	struct pgarea_alloc block = { .size = 1, .orphan_ms = orphan_ms };
	struct pgarea_reserve range = {
		.address = phys,
		.size = page_size(),
		.orphan_ms = orphan_ms,
	};
	int err = pga_alloc(fd, &block);

	if (!err)
		pga_free(fd, block.id);
	if (pga_alloc_bulk(fd, &bulk) != err)
		return 1;
	if (!err)
		pga_free(fd, one[0].id);
	if (pga_reserve(fd, &range) != err)
		return 2;
	return err ?: pga_unreserve(fd, range.id);
}

TEST_F(orphan_end, of_others_is_limited)
{
	long max = read_max();
	__u64 phys = self->block.phys;

	ASSERT_LE(0, max);
	if (pga_info(self->fd).flags & PGAREA_INFO_HIDE_PHYS)
		SKIP(return, "addresses are hidden");
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, set_max(2000));
	EXPECT_EQ(-EPERM, answer_to(self->user, phys, 2001));
	EXPECT_EQ(-EPERM, answer_to(self->user, phys, PGAREA_ORPHAN_MAX_MS));
	EXPECT_EQ(-EINVAL, answer_to(self->user, phys, PGAREA_ORPHAN_MAX_MS + 1));
	EXPECT_EQ(0, answer_to(self->user, phys, 2000));
	EXPECT_EQ(0, answer_to(self->user, phys, 0));
	EXPECT_EQ(0, answer_to(self->user, phys, PGAREA_ORPHAN_NONE));
	EXPECT_EQ(0, answer_to(self->fd, phys, PGAREA_ORPHAN_MAX_MS));
	EXPECT_EQ(2000, pga_info(self->user).orphan_max_ms);
	EXPECT_EQ(PGAREA_ORPHAN_MAX_MS, pga_info(self->fd).orphan_max_ms);
	EXPECT_EQ(0, set_max(max));
}

TEST_F(orphan_end, has_a_limit_of_a_minute)
{
	EXPECT_EQ(60000, read_max());
	EXPECT_EQ(60000, pga_info(self->user).orphan_max_ms);
}

TEST_HARNESS_MAIN
