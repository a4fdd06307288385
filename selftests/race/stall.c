// SPDX-License-Identifier: GPL-2.0
/*
 * What others have or do stalls nobody: threads that wait, orphans, blocks that
 * drain, and real-time threads that do not let go of a processor.
 *
 * The limits here are far from both what they were when all blocks were checked
 * for everybody, and what is usual: bench/bench_others.c measures.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "include/hold.h"
#include "include/rt.h"

#define WAITERS		200
#define ORPHANS		50000
#define TIMES		50

/* How long TIMES calls may take together */
#define LIMIT_MS	(1000 * pga_slow())

/* Real-time threads are limited to 950 ms, so a test of them must be shorter. */
#define RT_MS		700

FIXTURE(stall)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(stall)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, 16, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(stall)
{
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Allocate the largest block up to @most bytes; its size, or 0. */
static __u64 alloc_large(int fd, __u64 most, struct pgarea_alloc *block)
{
	for (; most >= page_size(); most /= 2) {
		*block = (struct pgarea_alloc){ .size = most };
		if (!pga_alloc(fd, block))
			return most;
	}
	return 0;
}

struct waiter {
	pthread_t thread;
	int fd;
	struct pgarea_wait arg;
	int err;
};

static void *wait_for_it(void *arg)
{
	struct waiter *waiter = arg;

	waiter->err = pga_wait(waiter->fd, &waiter->arg);
	return NULL;
}

/* Half of them wait for one block, and half for all of the file. */
static int start_waiters(struct waiter *waiters, int fd, __u64 id)
{
	int i;

	for (i = 0; i < WAITERS; i++) {
		waiters[i].fd = fd;
		waiters[i].arg = (struct pgarea_wait){
			.id = i % 2 ? id : 0,
			.timeout_ms = PGAREA_WAIT_FOREVER,
		};
		if (pthread_create(&waiters[i].thread, NULL, wait_for_it,
				   &waiters[i]))
			return i;
	}
	return i;
}

/* Milliseconds that TIMES FREEs of a mapped page and its munmap take; -errno. */
static long free_mapped(int fd)
{
	__u64 begin, total = 0;
	int i, err;

	for (i = 0; i < TIMES; i++) {
		struct pgarea_alloc block = { .size = page_size() };
		void *at;

		err = pga_alloc_mapped(fd, &block, &at);
		if (err)
			return err;
		begin = pga_now_ms();
		err = pga_free(fd, block.id);
		munmap(at, block.alloc_size);
		total += pga_now_ms() - begin;
		if (err)
			return err;
	}
	return total;
}

/* Milliseconds that TIMES checks without a timeout take; -errno. */
static long check_only(int fd, __u64 flags)
{
	__u64 begin = pga_now_ms();
	int i;

	for (i = 0; i < TIMES; i++) {
		struct pgarea_wait arg = { .flags = flags };
		int err = pga_wait(fd, &arg);

		if (err && err != -ETIMEDOUT)
			return err;
	}
	return pga_now_ms() - begin;
}

TEST_F(stall, many_wait_for_a_large_mapped_block)
{
	struct waiter *waiters = calloc(WAITERS, sizeof(*waiters));
	struct pgarea_alloc block;
	__u64 size, begin;
	long ms;
	int i;
	char *at;

	ASSERT_NE(NULL, waiters);
	size = alloc_large(self->fd, 448 * MIB, &block);
	ASSERT_LT(0, size);
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(WAITERS, start_waiters(waiters, self->fd, block.id));
	pga_sleep_ms(100);

	ms = free_mapped(self->watch);
	EXPECT_LE(0, ms);
	EXPECT_GT(LIMIT_MS, ms);
	ms = check_only(self->watch, 0);
	EXPECT_LE(0, ms);
	EXPECT_GT(LIMIT_MS, ms);

	/* All of them learn that it is gone. */
	EXPECT_EQ(0, munmap(at, size));
	begin = pga_now_ms();
	for (i = 0; i < WAITERS; i++) {
		pthread_join(waiters[i].thread, NULL);
		EXPECT_EQ(0, waiters[i].err);
		EXPECT_EQ(0, waiters[i].arg.left);
	}
	EXPECT_GT(5000 * pga_slow(), pga_now_ms() - begin);
	free(waiters);
}

/* Own all pages that a file can have up to a number, and leave them. */
static int leave_orphans(__u32 orphan_ms)
{
	static struct pgarea_bulk_block blocks[1000];
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), nr, err = 0;

	for (nr = 0; fd >= 0 && nr < ORPHANS && !err; nr += 1000) {
		struct pgarea_alloc_bulk arg = {
			.size = page_size(),
			.orphan_ms = orphan_ms,
			.blocks = PGA_ARRAY(blocks, 1000),
		};

		err = pga_alloc_bulk(fd, &arg);
	}
	close(fd);
	return err ? 0 : nr;
}

TEST_F_TIMEOUT(stall, many_orphans, 120)
{
	__u32 orphan_ms = 8000 * pga_slow();
	__u64 begin = pga_now_ms();
	struct pgarea_wait arg = { .flags = PGAREA_WAIT_ALL };
	long ms;
	int nr = leave_orphans(orphan_ms);

	if (!nr)
		SKIP(return, "the areas have no %d pages", ORPHANS);
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->watch, &arg));
	EXPECT_LE(nr, arg.left);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, arg.holders);
	ms = check_only(self->fd, 0);
	EXPECT_LE(0, ms);
	EXPECT_GT(LIMIT_MS / 2, ms);
	ms = check_only(self->watch, PGAREA_WAIT_ALL);
	EXPECT_LE(0, ms);
	EXPECT_GT(LIMIT_MS / 2, ms);
	ms = free_mapped(self->fd);
	EXPECT_LE(0, ms);
	EXPECT_GT(LIMIT_MS / 2, ms);
	/* All end in time, and none before. */
	EXPECT_GT(orphan_ms, pga_now_ms() - begin);
	arg.timeout_ms = 3 * orphan_ms;
	EXPECT_EQ(0, pga_wait(self->watch, &arg));
	EXPECT_EQ(0, arg.left);
}

/*
 * Wait for a block to be free without ever sleeping, as a real-time thread on
 * one processor.  Milliseconds, or -errno.
 */
static long spin_until_free(int fd, const struct pgarea_alloc *block)
{
	__u64 begin = pga_now_ms(), now = begin;

	while (now - begin < RT_MS) {
		if (pga_state_of(fd, block) == PGAREA_STATE_FREE)
			return pga_now_ms() - begin;
		now = pga_now_ms();
	}
	return -ETIMEDOUT;
}

/* As a real-time thread on the processor @cpu, free a block and unmap it. */
static long free_in_real_time(int fd, int cpu, const struct pgarea_alloc *block,
			      void *at, int pipe)
{
	char copy[page_size()];
	long ms;

	if (pga_pin_to(cpu) || pga_set_realtime(true))
		return -EPERM;
	ms = pga_free(fd, block->id);
	if (!ms && munmap(at, block->alloc_size))
		ms = -errno;
	/* The block drains for a pipe: it is checked after a pause. */
	if (!ms && pipe >= 0 && read(pipe, copy, sizeof(copy)) < 0)
		ms = -errno;
	if (!ms)
		ms = spin_until_free(fd, block);
	pga_set_realtime(false);
	return ms;
}

/* Does a block that is freed on this processor become free there? */
static long drains_on(struct _test_data_stall *self, int cpu, bool piped)
{
	struct pgarea_alloc block = { .size = 16 * page_size() };
	int pipe = -1;
	long ms;
	void *at;

	ms = pga_alloc_in(self->fd, self->area.id, &block);
	if (ms)
		return ms;
	at = pga_map(self->fd, &block);
	if (at == MAP_FAILED)
		return -errno;
	if (piped)
		pipe = pga_pipe_of(at, page_size());
	ms = free_in_real_time(self->fd, cpu, &block, at, pipe);
	if (pipe >= 0)
		close(pipe);
	return ms;
}

static void check_real_time(struct __test_metadata *_metadata,
			    struct _test_data_stall *self, bool piped)
{
	int cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);
	long ms;

	for (cpu = 0; cpu < nr && cpu < 4; cpu++) {
		ms = drains_on(self, cpu, piped);
		if (ms == -EPERM)
			SKIP(return, "no real-time thread is allowed on processor %d", cpu);
		EXPECT_LE(0, ms)
			TH_LOG("processor %d: error %ld", cpu, ms);
		/* Let what another processor does come to rest. */
		pga_sleep_ms(100);
	}
}

TEST_F(stall, a_real_time_thread_that_unmapped)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two processors");
	check_real_time(_metadata, self, false);
}

TEST_F(stall, a_real_time_thread_that_read_a_pipe)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two processors");
	check_real_time(_metadata, self, true);
}

/* What WAIT reports of a file, and of all, with each holder that goes. */
static void expect_left(struct __test_metadata *_metadata, int fd, __u32 left,
			__u32 holders)
{
	struct pgarea_wait arg = {};

	EXPECT_EQ(left ? -ETIMEDOUT : 0, pga_wait(fd, &arg));
	EXPECT_EQ(left, arg.left);
	EXPECT_EQ(holders, arg.holders);
}

TEST_F(stall, what_is_left_is_counted)
{
	struct pgarea_alloc blocks[3];
	int pipes[3], i;
	char *at[3];

	for (i = 0; i < 3; i++) {
		blocks[i] = (struct pgarea_alloc){ .size = 2 * page_size() };
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &blocks[i]));
		at[i] = pga_map(self->fd, &blocks[i]);
		ASSERT_NE(MAP_FAILED, at[i]);
		pipes[i] = i ? pga_pipe_of(at[i] + page_size(), page_size()) : -1;
	}
	/* A mapping; a mapping and a pipe; a pipe. */
	ASSERT_EQ(0, munmap(at[2], blocks[2].alloc_size));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pga_free(self->fd, blocks[i].id));
	expect_left(_metadata, self->fd, 3,
		    PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE);
	expect_left(_metadata, self->watch, 0, 0);
	EXPECT_EQ(0, munmap(at[0], blocks[0].alloc_size));
	expect_left(_metadata, self->fd, 2,
		    PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE);
	EXPECT_EQ(0, close(pipes[2]));
	expect_left(_metadata, self->fd, 1,
		    PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE);
	EXPECT_EQ(0, munmap(at[1], blocks[1].alloc_size));
	expect_left(_metadata, self->fd, 1, PGAREA_HOLDER_REFERENCE);
	EXPECT_EQ(0, pga_poll(self->fd, 0));
	EXPECT_EQ(0, close(pipes[1]));
	expect_left(_metadata, self->fd, 0, 0);
	EXPECT_EQ(POLLIN, pga_poll(self->fd, 0));
}

/* The last page is let go first, and so on: each is looked for in any order. */
TEST_F(stall, pages_are_let_go_in_any_order)
{
	struct pgarea_alloc block = { .size = 4 * page_size() };
	static const int order[4] = { 3, 0, 2, 1 };
	int pipes[4], i;
	char *at;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < 4; i++) {
		pipes[i] = pga_pipe_of(at + i * page_size(), page_size());
		ASSERT_LE(0, pipes[i]);
	}
	ASSERT_EQ(0, munmap(at, block.alloc_size));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, block.id, 0));
		EXPECT_EQ(PGAREA_STATE_DRAINING,
			  pga_state_of(self->watch, &block));
		EXPECT_EQ(0, close(pipes[order[i]]));
	}
	EXPECT_EQ(0, pga_wait_gone(self->fd, block.id, 0));
	EXPECT_EQ(PGAREA_STATE_FREE, pga_state_of(self->watch, &block));
}

TEST_HARNESS_MAIN
