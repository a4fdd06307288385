// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes, each with two threads, on one open file: they allocate, map,
 * free what any of them allocated, wait, poll, and close descriptors of it.
 *
 * Their steps are random.  The test prints the seed, and PGA_SEED sets it; the
 * order in which they run depends on the machine.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "include/hold.h"

#define RACE_SECONDS	3
#define PROCESSES	2
#define THREADS		2
#define SLOTS		24

/* Shared by all of them, in memory that a fork does not copy */
struct table {
	__u32 area;
	__u64 deadline;
	struct {
		atomic_ullong id;
		atomic_ullong offset;
		atomic_ullong size;
	} slots[SLOTS];
	atomic_ulong steps[8];
	atomic_bool failed;
	const char *fault;
};

/* One thread, with a descriptor of its own for the one file. */
struct racer {
	struct table *table;
	pthread_t thread;
	int fd;
	__u64 seed;
};

static unsigned int some_slot(struct racer *me)
{
	return pga_random(&me->seed) % SLOTS;
}

static const char *allocate(struct racer *me)
{
	struct pgarea_alloc block = {
		.size = (1 + pga_random(&me->seed) % 16) * page_size(),
		.orphan_ms = 1 + pga_random(&me->seed) % 40,
	};
	unsigned int slot = some_slot(me);
	int err = pga_alloc_in(me->fd, me->table->area, &block);
	__u64 id;

	if (err)
		return err == -ENOSPC ? NULL : "ALLOC fails with a wrong errno";
	id = atomic_exchange(&me->table->slots[slot].id, block.id);
	atomic_store(&me->table->slots[slot].offset, block.mmap_offset);
	atomic_store(&me->table->slots[slot].size, block.alloc_size);
	err = pga_free(me->fd, id);
	return err && err != -ENOENT ? "FREE fails with a wrong errno" : NULL;
}

static const char *free_any(struct racer *me)
{
	int err = pga_free(me->fd,
			   atomic_load(&me->table->slots[some_slot(me)].id));

	return err && err != -ENOENT ? "FREE fails with a wrong errno" : NULL;
}

/* It may be freed by now, and its place allocated again. */
static const char *map_any(struct racer *me)
{
	unsigned int slot = some_slot(me);
	size_t i, size = atomic_load(&me->table->slots[slot].size);
	char *at;

	if (!size)
		return NULL;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, me->fd,
		  atomic_load(&me->table->slots[slot].offset));
	if (at == MAP_FAILED)
		return errno == ENOENT || errno == EINVAL || errno == EBUSY ?
		       NULL : "mmap fails with a wrong errno";
	for (i = 0; i < size; i += page_size())
		((volatile char *)at)[i]++;
	if (pga_chance(&me->seed, 50))
		sched_yield();
	return munmap(at, size) ? "munmap fails" : NULL;
}

/* No racer keeps anything for long, so every block finishes draining soon. */
static const char *wait_for_any(struct racer *me)
{
	struct pgarea_wait arg = { .timeout_ms = pga_random(&me->seed) % 4 };
	int err;

	if (pga_chance(&me->seed, 70))
		arg.id = atomic_load(&me->table->slots[some_slot(me)].id);
	err = pga_wait(me->fd, &arg);
	if (err == -ETIMEDOUT && !arg.left)
		return "WAIT times out, and nothing is left";
	if (err && err != -ETIMEDOUT && !(err == -EBUSY && arg.id))
		return "WAIT fails with a wrong errno";
	return NULL;
}

static const char *poll_it(struct racer *me)
{
	int revents = pga_poll(me->fd, pga_random(&me->seed) % 4);

	return revents && revents != POLLIN ? "poll() returns wrong events" :
					      NULL;
}

/* Close the descriptor, not the file. */
static const char *close_and_go_on(struct racer *me)
{
	int fd = fcntl(me->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0 || close(me->fd))
		return "dup() or close() fails";
	me->fd = fd;
	return NULL;
}

static const char *list_it(struct racer *me)
{
	struct pgarea_block *list;
	int nr = pga_blocks(me->fd, 0, &list);

	if (nr >= 0)
		free(list);
	return nr < 0 ? "BLOCKS fails" : NULL;
}

static const char *(*const ways[])(struct racer *me) = {
	allocate, allocate, free_any, map_any, wait_for_any, poll_it,
	close_and_go_on, list_it,
};

static void *race(void *arg)
{
	struct racer *me = arg;
	struct table *table = me->table;
	const char *fault = NULL;
	unsigned int way;

	while (!fault && !table->failed && pga_now_ms() < table->deadline) {
		way = pga_random(&me->seed) % ARRAY_SIZE(ways);
		fault = ways[way](me);
		atomic_fetch_add(&table->steps[way], 1);
	}
	/*
	 * The first fault counts.  The strings have the same address in all
	 * processes.
	 */
	if (fault && !atomic_exchange(&table->failed, true))
		table->fault = fault;
	return NULL;
}

static int race_in_process(struct table *table, int fd, __u64 seed)
{
	struct racer racers[THREADS] = {};
	int i;

	for (i = 0; i < THREADS; i++) {
		racers[i].table = table;
		racers[i].seed = seed + i;
		racers[i].fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (racers[i].fd < 0 ||
		    pthread_create(&racers[i].thread, NULL, race, &racers[i]))
			return 1;
	}
	close(fd);
	for (i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);
	return 0;
}

FIXTURE(race_file)
{
	int watch;
	int fd;
	__u64 seed;
	struct table *table;
	struct pga_snapshot before;
};

FIXTURE_SETUP(race_file)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, 64, &area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->seed = pga_seed();
	self->table = mmap(NULL, sizeof(*self->table), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->table);
	self->table->area = area.id;
	self->table->deadline = pga_now_ms() + RACE_SECONDS * 1000;
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

/* Whatever happened, nothing stays allocated. */
FIXTURE_TEARDOWN(race_file)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

static void begin_race(struct __test_metadata *_metadata,
		       struct _test_data_race_file *self, pid_t *pids)
{
	int i;

	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(race_in_process(self->table, self->fd,
					      self->seed + i * THREADS));
	}
	close(self->fd);
}

TEST_F(race_file, of_two_processes)
{
	pid_t pids[PROCESSES];
	int i, status;

	begin_race(_metadata, self, pids);
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(NULL, self->table->fault)
		TH_LOG("%s", self->table->fault);
	for (i = 0; i < (int)ARRAY_SIZE(ways); i++) {
		TH_LOG("way %d: %lu times", i, self->table->steps[i]);
		EXPECT_LT(0, self->table->steps[i]);
	}
}

/* One is killed in the middle of it, and the other one continues. */
TEST_F(race_file, of_which_one_is_killed)
{
	pid_t pids[PROCESSES];
	unsigned long before;
	int status;

	begin_race(_metadata, self, pids);
	pga_sleep_ms(RACE_SECONDS * 500);
	ASSERT_EQ(0, kill(pids[0], SIGKILL));
	ASSERT_EQ(pids[0], waitpid(pids[0], &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	before = self->table->steps[0];
	ASSERT_EQ(pids[1], waitpid(pids[1], &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(before, self->table->steps[0]);
	EXPECT_EQ(NULL, self->table->fault)
		TH_LOG("%s", self->table->fault);
}

TEST_HARNESS_MAIN
