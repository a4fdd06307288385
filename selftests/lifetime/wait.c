// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT and poll(): waiting until freed blocks are gone.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "include/hold.h"

#define PAGES		4

/* Long on any machine; no passing test waits this long */
#define LONG_MS		(20000 * pga_slow())

/* For a wait that is stopped in its first half */
#define STOPPED_MS	(500 * pga_slow())

/* The variants name what holds the block that a test waits for, until let_go(). */
FIXTURE(wait)
{
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
	int pipe[2];
};

FIXTURE_VARIANT(wait)
{
	bool mapping;
	bool reference;
};

FIXTURE_VARIANT_ADD(wait, for_a_mapping) { .mapping = true };
FIXTURE_VARIANT_ADD(wait, for_a_pipe) { .reference = true };
FIXTURE_VARIANT_ADD(wait, for_both) { .mapping = true, .reference = true };

FIXTURE_SETUP(wait)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pipe(self->pipe));
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	if (variant->reference)
		ASSERT_EQ(page_size(), pga_pipe_hold(self->pipe[1], self->at,
						     page_size(), 0));
	if (!variant->mapping) {
		ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));
		self->at = NULL;
	}
}

FIXTURE_TEARDOWN(wait)
{
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* Not the pipe: several tests may close it. */
static void let_go(struct _test_data_wait *self)
{
	char copy[page_size()];

	if (self->at)
		munmap(self->at, self->block.alloc_size);
	if (fcntl(self->pipe[0], F_SETFL, O_NONBLOCK) ||
	    read(self->pipe[0], copy, sizeof(copy)) < 0)
		return;
}

static void *let_go_later(void *self)
{
	pga_sleep_ms(200);
	let_go(self);
	return NULL;
}

static __u32 holders(const struct _fixture_variant_wait *variant)
{
	return (variant->mapping ? PGAREA_HOLDER_MAPPING : 0) |
	       (variant->reference ? PGAREA_HOLDER_REFERENCE : 0);
}

TEST_F(wait, only_looks_with_a_timeout_of_0)
{
	struct pgarea_wait arg = { .id = self->block.id };
	__u64 begin = pga_now_ms();

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->fd, &arg));
	EXPECT_GT(LONG_MS / 2, pga_now_ms() - begin);
	EXPECT_EQ(1, arg.left);
	EXPECT_EQ(holders(variant), arg.holders);
	EXPECT_EQ(self->block.id, arg.id);
	let_go(self);
}

TEST_F(wait, times_out)
{
	struct pgarea_wait arg = { .id = self->block.id, .timeout_ms = 300 };
	__u64 begin = pga_now_ms();

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->fd, &arg));
	EXPECT_LE(300, pga_now_ms() - begin);
	EXPECT_EQ(1, arg.left);
	EXPECT_EQ(holders(variant), arg.holders);
	let_go(self);
}

TEST_F(wait, for_all_that_the_file_freed)
{
	struct pgarea_wait arg = {};

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ETIMEDOUT, pga_wait(self->fd, &arg));
	EXPECT_EQ(1, arg.left);
	EXPECT_EQ(holders(variant), arg.holders);
	let_go(self);
	EXPECT_EQ(0, pga_wait_gone(self->fd, 0, LONG_MS));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(wait, for_ever_ends_when_the_holder_lets_go)
{
	struct pgarea_wait arg = {
		.id = self->block.id,
		.timeout_ms = PGAREA_WAIT_FOREVER,
	};
	pthread_t thread;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pthread_create(&thread, NULL, let_go_later, self));
	EXPECT_EQ(0, pga_wait(self->fd, &arg));
	EXPECT_EQ(0, arg.left);
	EXPECT_EQ(0, arg.holders);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
	pthread_join(thread, NULL);
}

/* WAIT returns when the block is gone, not at the next periodic scan. */
TEST_F(wait, poll_wakes_up)
{
	pthread_t thread;
	__u64 begin;

	EXPECT_EQ(POLLIN, pga_poll(self->fd, 0));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, pga_poll(self->fd, 0));
	EXPECT_EQ(0, pga_poll(self->fd, 300));
	ASSERT_EQ(0, pthread_create(&thread, NULL, let_go_later, self));
	begin = pga_now_ms();
	EXPECT_EQ(POLLIN, pga_poll(self->fd, LONG_MS));
	EXPECT_GT(LONG_MS / 2, pga_now_ms() - begin);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
	pthread_join(thread, NULL);
}

/* Blocks that another file freed do not count. */
TEST_F(wait, another_file_has_nothing_to_wait_for)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, pga_wait_gone(other, 0, LONG_MS));
	EXPECT_EQ(0, pga_wait_gone(other, self->block.id, LONG_MS));
	EXPECT_EQ(POLLIN, pga_poll(other, 0));
	EXPECT_EQ(0, pga_poll(self->fd, 0));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, 0, 0));
	let_go(self);
	close(other);
}

TEST_F(wait, all_that_drains_counts_for_root)
{
	struct pgarea_wait arg = { .flags = PGAREA_WAIT_ALL };
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	PGA_ROOT_OR_SKIP();
	ASSERT_LE(0, other);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ETIMEDOUT, pga_wait(other, &arg));
	EXPECT_LE(1, arg.left);
	EXPECT_EQ(holders(variant), arg.holders & holders(variant));
	let_go(self);
	arg.timeout_ms = LONG_MS;
	EXPECT_EQ(0, pga_wait(other, &arg));
	EXPECT_EQ(0, arg.left);
	close(other);
}

static int nr_signals;

static void count_signal(int sig)
{
	(void)sig;
	nr_signals++;
}

/* Signals come every 50 ms, from now on. */
static void tick(int flags)
{
	struct sigaction action = {
		.sa_handler = count_signal,
		.sa_flags = flags,
	};
	struct itimerval timer = {
		.it_interval.tv_usec = 50000,
		.it_value.tv_usec = 50000,
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_ticks(void)
{
	struct itimerval none = {};

	setitimer(ITIMER_REAL, &none, NULL);
}

TEST_F(wait, a_signal_ends_it)
{
	__u64 begin = pga_now_ms();

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	tick(0);
	EXPECT_EQ(-EINTR, pga_wait_gone(self->fd, self->block.id,
					PGAREA_WAIT_FOREVER));
	end_ticks();
	EXPECT_GT(LONG_MS / 2, pga_now_ms() - begin);
	EXPECT_LT(0, nr_signals);
	let_go(self);
}

/* A handler with SA_RESTART must not extend the timeout forever. */
TEST_F(wait, signals_do_not_put_the_end_off)
{
	__u64 begin = pga_now_ms();
	int err;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	tick(SA_RESTART);
	err = pga_wait_gone(self->fd, self->block.id, 400);
	end_ticks();
	EXPECT_TRUE(err == -EINTR || err == -ETIMEDOUT)
		TH_LOG("WAIT answered %d", err);
	EXPECT_GT(LONG_MS / 2, pga_now_ms() - begin);
	EXPECT_LT(0, nr_signals);
	let_go(self);
}

/* A program that continues to wait therefore does not wait longer. */
TEST_F(wait, a_signal_leaves_the_rest_of_the_time)
{
	struct pgarea_wait arg = { .id = self->block.id, .timeout_ms = LONG_MS };

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	tick(SA_RESTART);
	EXPECT_EQ(-EINTR, pga_wait(self->fd, &arg));
	EXPECT_GT(LONG_MS, arg.timeout_ms);
	EXPECT_LT(LONG_MS / 2, arg.timeout_ms);
	arg.timeout_ms = PGAREA_WAIT_FOREVER;
	EXPECT_EQ(-EINTR, pga_wait(self->fd, &arg));
	EXPECT_EQ(PGAREA_WAIT_FOREVER, arg.timeout_ms);
	end_ticks();
	let_go(self);
}

/* No handler runs: the program sees nothing of it. */
TEST_F(wait, a_stop_does_not_end_it)
{
	struct pgarea_wait arg = { .id = self->block.id, .timeout_ms = STOPPED_MS };
	int status = 0;
	pid_t child;

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(-pga_wait(self->fd, &arg));
	pga_sleep_ms(STOPPED_MS / 5);
	EXPECT_EQ(0, kill(child, SIGSTOP));
	EXPECT_EQ(child, waitpid(child, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(0, kill(child, SIGCONT));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(ETIMEDOUT, WEXITSTATUS(status));
	let_go(self);
}

/* Nothing drains. */
FIXTURE(no_wait)
{
	int fd;
	struct pgarea_area area;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(no_wait)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
}

FIXTURE_TEARDOWN(no_wait)
{
	close(self->fd);
}

#define WAIT(...) pga_wait(self->fd, &(struct pgarea_wait){ __VA_ARGS__ })

TEST_F(no_wait, for_a_live_block)
{
	struct pgarea_wait arg = {
		.id = self->block.id,
		.timeout_ms = PGAREA_WAIT_FOREVER,
	};

	EXPECT_EQ(-EBUSY, pga_wait(self->fd, &arg));
	arg.timeout_ms = 0;
	EXPECT_EQ(-EBUSY, pga_wait(self->fd, &arg));
}

/* A live block is not a block that was freed. */
TEST_F(no_wait, for_all_of_a_file_that_freed_none)
{
	struct pgarea_wait arg = {
		.timeout_ms = PGAREA_WAIT_FOREVER,
		.left = 7,
		.holders = 7,
	};

	EXPECT_EQ(0, pga_wait(self->fd, &arg));
	EXPECT_EQ(0, arg.left);
	EXPECT_EQ(0, arg.holders);
	EXPECT_EQ(POLLIN, pga_poll(self->fd, 0));
}

TEST_F(no_wait, for_what_is_gone)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(0, WAIT(.id = self->block.id,
			  .timeout_ms = PGAREA_WAIT_FOREVER));
	EXPECT_EQ(PGAREA_STATE_FREE, pga_state_of(self->fd, &self->block));
}

static void *free_it(void *data)
{
	struct _test_data_no_wait *self = data;

	return (void *)(long)pga_free(self->fd, self->block.id);
}

/* The state of its pages when WAIT has just reported it gone, or -errno */
static int state_after_free(struct _test_data_no_wait *self)
{
	pthread_t thread;
	int err, state;

	err = pthread_create(&thread, NULL, free_it, self);
	if (err)
		return -err;
	do
		err = WAIT(.id = self->block.id);
	while (err == -EBUSY || err == -ETIMEDOUT);
	state = pga_state_of(self->fd, &self->block);
	pthread_join(thread, NULL);
	return err ?: state;
}

/* The pages are free then, too: small and large blocks take different paths. */
TEST_F(no_wait, for_what_another_thread_frees)
{
	int i;

	for (i = 0; i < 400 / pga_slow(); i++) {
		ASSERT_EQ(PGAREA_STATE_FREE, state_after_free(self));
		self->block = (struct pgarea_alloc){
			.size = (i % 2 ? 1 : 16 * PAGES) * page_size(),
		};
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id,
					  &self->block));
	}
}

/*
 * Blocks of several areas, freed in one call: it returns their pages area by
 * area, so that the last ones take a while.
 */
#define MANY	32

/* A thread that frees them; then @go returns to 0. */
struct many {
	int fd;
	__u64 ids[MANY];
	atomic_int go;	/* -1: end */
};

static void *free_many(void *data)
{
	struct many *many = data;
	int go;

	while ((go = atomic_load(&many->go)) >= 0) {
		if (go) {
			pga_free_ids(many->fd, many->ids, MANY);
			atomic_store(&many->go, 0);
		}
	}
	return NULL;
}

/* Take one page from each area in turn; @last: the last one. */
static bool take_many(struct many *many, const struct pga_snapshot *areas,
		      struct pgarea_alloc *last)
{
	unsigned int i, next = 0, tried = 0;

	for (i = 0; i < MANY && tried < 2 * MANY; tried++) {
		*last = (struct pgarea_alloc){ .size = page_size() };
		if (!pga_alloc_in(many->fd, areas->areas[next].id, last))
			many->ids[i++] = last->id;
		next = (next + 1) % areas->nr;
	}
	return i == MANY;
}

/* What ALLOC returns for the last one's place, once WAIT says that it is gone */
static int take_again(struct many *many, const struct pgarea_alloc *last)
{
	struct pgarea_alloc again;
	int err;

	atomic_store(&many->go, 1);
	do
		err = pga_wait_gone(many->fd, last->id, 0);
	while (err == -EBUSY || err == -ETIMEDOUT);
	err = err ?: pga_alloc_at(many->fd, last->phys, page_size(), &again);
	while (atomic_load(&many->go))
		;
	return err ?: pga_free(many->fd, again.id);
}

/* Processors that this process may run on */
static int nr_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}

/* What WAIT says is gone can be allocated in the next call. */
TEST_F(no_wait, for_what_is_freed_with_many_others)
{
	struct many many = { .fd = self->fd };
	struct pgarea_alloc last;
	struct pga_snapshot areas;
	pthread_t thread;
	int i, err = 0;

	if (nr_processors() < 2)
		SKIP(return, "the threads need a processor each");
	ASSERT_EQ(0, pga_snapshot(self->fd, &areas));
	ASSERT_EQ(0, pthread_create(&thread, NULL, free_many, &many));
	for (i = 0; i < 1000 / pga_slow() && !err; i++)
		err = take_many(&many, &areas, &last) ?
		      take_again(&many, &last) : -ENOSPC;
	atomic_store(&many.go, -1);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, err)
		TH_LOG("round %d", i);
}

TEST_F(no_wait, for_an_id_that_nothing_has)
{
	EXPECT_EQ(0, WAIT(.id = ~0ULL, .timeout_ms = PGAREA_WAIT_FOREVER));
	EXPECT_EQ(0, WAIT(.id = self->block.id + 1000000));
}

TEST_F(no_wait, for_a_live_block_of_another_file)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, pga_wait_gone(other, self->block.id, PGAREA_WAIT_FOREVER));
	close(other);
}

/* It reports draining memory, and changes nothing. */
TEST_F(no_wait, needs_no_write_access)
{
	int other = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, pga_wait_gone(other, 0, 0));
	close(other);
}

TEST_F(no_wait, with_bad_arguments)
{
	PGA_ROOT_OR_SKIP();
	EXPECT_EQ(-EINVAL, WAIT(.id = self->block.id,
				.flags = PGAREA_WAIT_ALL));
	EXPECT_EQ(-EINVAL, WAIT(.id = ~0ULL, .flags = PGAREA_WAIT_ALL));
	EXPECT_EQ(-EOPNOTSUPP, WAIT(.flags = PGAREA_WAIT_ALL << 1));
	EXPECT_EQ(-EOPNOTSUPP, WAIT(.flags = 1ULL << 63));
	EXPECT_EQ(-EFAULT, pga_wait(self->fd, NULL));
}

TEST_F(no_wait, for_all_without_the_capability)
{
	struct pgarea_wait arg = { .flags = PGAREA_WAIT_ALL };
	int fd;

	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_limit_caps(~PGA_CAP(CAP_SYS_ADMIN)));
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, pga_wait(fd, &arg));
	EXPECT_EQ(0, pga_wait_gone(fd, 0, 0));
	/* The file keeps the rights of its opener. */
	EXPECT_NE(-EPERM, pga_wait(self->fd, &arg));
}

TEST_HARNESS_MAIN
