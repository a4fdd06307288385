// SPDX-License-Identifier: GPL-2.0
/*
 * Holders of a page that do not map it: pipes, and other processes that read or
 * write the memory of this one.
 *
 * The pages of a freed block are not reused while such a holder exists, and it
 * reads and writes the contents of the block.
 */
#include <sys/uio.h>

#include "include/hold.h"

#define PAGES		3

enum way { BY_VMSPLICE, BY_SPLICE, BY_TEE };

/* Give pipe @to the contents of pipe @from, by reference and not by copy. */
static bool pass_on(int from, int to, size_t size, enum way way)
{
	if (way == BY_TEE)
		return tee(from, to, size, 0) == (ssize_t)size;
	return splice(from, NULL, to, NULL, size, 0) == (ssize_t)size;
}

/* The read end of a pipe that alone holds the pages at @at; -1 on an error. */
static int pipe_of(void *at, size_t size, enum way way)
{
	int first = pga_pipe_of(at, size), second[2];

	if (first < 0 || way == BY_VMSPLICE)
		return first;
	if (pipe(second) || !pass_on(first, second[1], size, way))
		return -1;
	close(second[1]);
	close(first);
	return second[0];
}

static int pipe_of_page(void *at, enum way way)
{
	return pipe_of(at, page_size(), way);
}

/* @fd owns the block, @watch observes it. */
FIXTURE(holders)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	unsigned char *at;
};

FIXTURE_VARIANT(holders)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(holders, vmsplice) { .way = BY_VMSPLICE };
FIXTURE_VARIANT_ADD(holders, splice) { .way = BY_SPLICE };
FIXTURE_VARIANT_ADD(holders, tee) { .way = BY_TEE };

FIXTURE_SETUP(holders)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	pga_fill(self->at, self->block.alloc_size, 1);
}

FIXTURE_TEARDOWN(holders)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Release everything that this process has of the block. */
static bool let_go(int fd, const struct pgarea_alloc *block, void *at)
{
	return !munmap(at, block->alloc_size) && !pga_free(fd, block->id) &&
	       !close(fd);
}

TEST_F(holders, a_page_in_a_pipe_is_not_handed_out)
{
	unsigned char copy[page_size()], expected[PAGES * page_size()];
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;
	int pipe = pipe_of_page(self->at + page_size(), variant->way);

	ASSERT_LE(0, pipe);
	pga_fill(expected, sizeof(expected), 1);
	ASSERT_TRUE(let_go(self->fd, &self->block, self->at));

	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	EXPECT_EQ(-EBUSY, pga_alloc_at(grabbed.fd, self->block.phys,
				       page_size(), &again));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));

	ASSERT_EQ(sizeof(copy), read(pipe, copy, sizeof(copy)));
	EXPECT_EQ(0, memcmp(expected + page_size(), copy, sizeof(copy)));
	EXPECT_EQ(0, pga_wait_exact(grabbed.fd, self->block.phys,
				    self->block.alloc_size, &again));
	EXPECT_EQ(self->block.phys, again.phys);
	pga_free(grabbed.fd, again.id);
	pga_grabbed_free(&grabbed);
	close(pipe);
}

TEST_F(holders, a_pipe_is_read_page_by_page)
{
	unsigned char copy[PAGES * page_size()];
	int pipe = pipe_of(self->at, sizeof(copy), variant->way);
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;
	size_t i;

	ASSERT_LE(0, pipe);
	ASSERT_TRUE(let_go(self->fd, &self->block, self->at));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	for (i = 0; i < PAGES; i++) {
		EXPECT_TRUE(pga_is_held(self->watch, self->block.phys,
					PGAREA_STATE_DRAINING,
					PGAREA_HOLDER_REFERENCE));
		EXPECT_EQ(-EBUSY, pga_alloc_at(grabbed.fd, self->block.phys,
					       page_size(), &again));
		ASSERT_EQ(page_size(), read(pipe, copy + i * page_size(),
					    page_size()));
	}
	EXPECT_TRUE(pga_shows(copy, sizeof(copy), 1));
	EXPECT_EQ(0, pga_wait_exact(grabbed.fd, self->block.phys,
				    self->block.alloc_size, &again));
	pga_free(grabbed.fd, again.id);
	pga_grabbed_free(&grabbed);
	close(pipe);
}

TEST_F(holders, a_page_in_a_pipe_is_seen_to_drain)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_block seen = {};
	struct pgarea_area now;

	ASSERT_LE(0, pipe);
	ASSERT_TRUE(let_go(self->fd, &self->block, self->at));
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
	EXPECT_EQ(self->block.id, seen.id);
	EXPECT_EQ(self->block.alloc_size, seen.size);
	EXPECT_EQ(getpid(), seen.pid);
	ASSERT_EQ(0, pga_area_by_id(self->watch, self->area.id, &now));
	EXPECT_EQ(self->area.draining + self->block.alloc_size, now.draining);
	EXPECT_EQ(self->area.free - self->block.alloc_size, now.free);
	close(pipe);
}

/* The module cannot be unloaded, though no file that owns a block is open. */
TEST_F(holders, a_page_in_a_pipe_holds_the_module)
{
	int pipe = pipe_of_page(self->at, variant->way), before, ms;

	ASSERT_LE(0, pipe);
	before = pga_module_users();
	if (before < 0)
		SKIP(return, "pgarea is not a module");
	ASSERT_TRUE(let_go(self->fd, &self->block, self->at));
	EXPECT_EQ(before, pga_module_users());
	close(pipe);
	for (ms = 0; ms < PGA_SETTLE_MS && pga_module_users() == before; ms += 10)
		pga_sleep_ms(10);
	EXPECT_EQ(before - 1, pga_module_users());
}

TEST_F(holders, a_mapping_and_a_pipe_are_told_apart)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_block seen = {};

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE,
		  seen.holders);
	close(pipe);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_MAPPING, seen.holders);
	pipe = pipe_of_page(self->at + page_size(), variant->way);
	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE,
		  seen.holders);
	munmap(self->at, self->block.alloc_size);
	close(self->fd);
	close(pipe);
}

/* A pipe that is never read goes with its descriptors. */
TEST_F(holders, a_pipe_that_is_closed_lets_go)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_alloc again;

	ASSERT_LE(0, pipe);
	ASSERT_TRUE(let_go(self->fd, &self->block, self->at));
	close(pipe);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, pga_wait_exact(self->fd, self->block.phys,
				    self->block.alloc_size, &again));
	EXPECT_EQ(0, pga_free(self->fd, again.id));
	close(self->fd);
}

/*
 * A reference to one page holds the whole block, wherever the page is.  The
 * module may look at many pages in several steps: the block has pages on both
 * sides of every multiple of a pageblock.
 */
#define FAR_PAGES	1540

FIXTURE(far)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_VARIANT(far)
{
	size_t page;
};

FIXTURE_VARIANT_ADD(far, the_first_page) { .page = 0 };
FIXTURE_VARIANT_ADD(far, page_511) { .page = 511 };
FIXTURE_VARIANT_ADD(far, page_512) { .page = 512 };
FIXTURE_VARIANT_ADD(far, page_1024) { .page = 1024 };
FIXTURE_VARIANT_ADD(far, the_last_page) { .page = FAR_PAGES - 1 };

FIXTURE_SETUP(far)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, FAR_PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = FAR_PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(far)
{
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

TEST_F(far, in_a_pipe_holds_the_whole_block)
{
	char *at = self->at + variant->page * page_size();
	char copy[page_size()];
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;
	int pipe;

	strcpy(at, "what the block had");
	pipe = pga_pipe_of(at, page_size());
	ASSERT_LE(0, pipe);
	munmap(self->at, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_is_held(self->watch, self->block.phys,
				PGAREA_STATE_DRAINING,
				PGAREA_HOLDER_REFERENCE));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	pga_grabbed_free(&grabbed);
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->watch, self->block.phys,
				       page_size(), &again));
	ASSERT_EQ(sizeof(copy), read(pipe, copy, sizeof(copy)));
	EXPECT_STREQ("what the block had", copy);
	close(pipe);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

/* Another process's system calls read and write what a child has mapped. */
static bool fills(void *arg)
{
	struct _test_data_holders *self = arg;

	pga_fill(self->at, self->block.alloc_size, 5);
	return true;
}

TEST_F(holders, another_process_reads_and_writes)
{
	unsigned char plain[PAGES * page_size()];
	struct iovec local = { plain, sizeof(plain) };
	struct iovec remote = { self->at, sizeof(plain) };
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, fills, NULL, self));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(sizeof(plain),
		  process_vm_readv(child.pid, &local, 1, &remote, 1, 0));
	EXPECT_TRUE(pga_shows(plain, sizeof(plain), 5));
	pga_fill(plain, sizeof(plain), 6);
	EXPECT_EQ(sizeof(plain),
		  process_vm_writev(child.pid, &local, 1, &remote, 1, 0));
	EXPECT_TRUE(pga_child_kill(&child));

	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	EXPECT_TRUE(pga_shows(self->at, sizeof(plain), 6));
	EXPECT_TRUE(let_go(self->fd, &self->block, self->at));
}

TEST_HARNESS_MAIN
