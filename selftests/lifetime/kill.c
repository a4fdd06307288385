// SPDX-License-Identifier: GPL-2.0
/*
 * A process that is killed at any point leaves nothing allocated.
 *
 * Its steps are random.  The test prints the seed, and PGA_SEED sets it; the
 * time of the kill depends on the machine.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "include/hold.h"

#define KILLS		1000
#define KILL_AT_A_TIME	2
#define SAY_EACH	1000
#define KILL_ROUNDS	200
#define KILL_MAX_US	3000
#define KILL_SLOWEST_US	500000
#define VICTIM_SLOTS	16
#define VICTIM_BULK	64

/* Can a block be exported as a dma-buf? */
static bool has_export;

FIXTURE(kill)
{
	int watch;
	__u64 seed;
	struct pga_snapshot before;
};

FIXTURE_SETUP(kill)
{
	struct pgarea_info info;

	PGA_OPEN_OR_SKIP(self->watch);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	if (!self->before.nr)
		SKIP(return, "there are no areas");
	ASSERT_EQ(0, pga_ioctl(self->watch, PGAREA_IOC_INFO, &info));
	has_export = info.features & PGAREA_FEATURE_EXPORT;
	self->seed = pga_seed();
}

/* Pages that pipes and mappings held drain for a moment. */
FIXTURE_TEARDOWN(kill)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* The resources of a process that will be killed. */
struct victim {
	int fd;
	int pipe[2];
	__u64 seed;
	const struct pga_snapshot *areas;
	unsigned long *steps;	/* shared with the process that kills it */
	struct {
		struct pgarea_alloc block;
		__u64 reservation;
		char *at;
	} slots[VICTIM_SLOTS];
};

static void victim_acquires(struct victim *v, unsigned int slot)
{
	int area = pga_random(&v->seed) % v->areas->nr;
	struct pgarea_alloc *block = &v->slots[slot].block;
	__u64 id;

	*block = (struct pgarea_alloc){
		.size = 1 + pga_random(&v->seed) % (64 * page_size()),
	};
	if (pga_alloc_in(v->fd, v->areas->areas[area].id, block)) {
		block->id = 0;
		return;
	}
	if (pga_chance(&v->seed, 70))
		return;
	pga_free(v->fd, block->id);
	block->id = 0;
	if (!pga_reserve_at(v->fd, block->phys, block->alloc_size, &id))
		v->slots[slot].reservation = id;
}

static void victim_maps(struct victim *v, unsigned int slot)
{
	struct pgarea_alloc *block = &v->slots[slot].block;

	v->slots[slot].at = pga_map(v->fd, block);
	if (v->slots[slot].at == MAP_FAILED) {
		v->slots[slot].at = NULL;
		return;
	}
	memset(v->slots[slot].at, 0xee, block->alloc_size);
	if (pga_chance(&v->seed, 30))
		pga_pipe_hold(v->pipe[1], v->slots[slot].at, page_size(),
			      SPLICE_F_NONBLOCK);
}

/* Shrink a block: trim the end, or split it off as a block of its own. */
static void victim_shrinks(struct victim *v, unsigned int slot)
{
	struct pgarea_alloc *block = &v->slots[slot].block;
	__u64 pages = block->alloc_size / page_size();
	__u64 keep = 1 + pga_random(&v->seed) % pages;
	struct pgarea_bulk_block pieces[2];

	keep *= page_size();
	if (pga_chance(&v->seed, 50)) {
		if (!pga_trim(v->fd, block->id, keep))
			block->alloc_size = keep;
	} else if (pga_split(v->fd, block->id, keep, 0, pieces, 2) == 2) {
		block->alloc_size = keep;
		pga_free(v->fd, pieces[1].id);
	}
}

/* Allocate many blocks, and free all but the last at once. */
static void victim_bulks(struct victim *v)
{
	int area = pga_random(&v->seed) % v->areas->nr, i, nr;
	struct pgarea_bulk_block blocks[VICTIM_BULK];
	__u64 ids[VICTIM_BULK];

	nr = pga_bulk_in(v->fd, v->areas->areas[area].id,
			 1 + pga_random(&v->seed) % (4 * page_size()), blocks,
			 1 + pga_random(&v->seed) % VICTIM_BULK);
	for (i = 0; i < nr; i++)
		ids[i] = blocks[i].id;
	if (nr > 1)
		pga_free_ids(v->fd, ids, nr - 1);
}

/* A dma-buf that only its descriptor holds, and that is never closed. */
static void victim_exports(struct victim *v, unsigned int slot)
{
	struct pgarea_export arg = { .id = v->slots[slot].block.id };

	pga_ioctl(v->fd, PGAREA_IOC_EXPORT, &arg);
}

static void victim_releases(struct victim *v, unsigned int slot)
{
	struct pgarea_alloc *block = &v->slots[slot].block;

	if (v->slots[slot].at && pga_chance(&v->seed, 80)) {
		munmap(v->slots[slot].at, block->alloc_size);
		v->slots[slot].at = NULL;
	}
	if (block->id)
		pga_free(v->fd, block->id);
	if (v->slots[slot].reservation)
		pga_unreserve(v->fd, v->slots[slot].reservation);
	block->id = 0;
	v->slots[slot].reservation = 0;
}

static void victim_steps(struct victim *v)
{
	unsigned int slot = pga_random(&v->seed) % VICTIM_SLOTS;
	bool block = v->slots[slot].block.id, mapped = v->slots[slot].at;

	if (pga_chance(&v->seed, 5))
		victim_bulks(v);
	else if (v->slots[slot].reservation ||
		 (block && pga_chance(&v->seed, 40)))
		victim_releases(v, slot);
	else if (block && !mapped && pga_chance(&v->seed, 50))
		victim_shrinks(v, slot);
	else if (block && has_export && pga_chance(&v->seed, 10))
		victim_exports(v, slot);
	else if (block && !mapped)
		victim_maps(v, slot);
	else if (!block && !mapped)
		victim_acquires(v, slot);
}

static void victim_lives(const struct pga_snapshot *areas, __u64 seed,
			 unsigned long *steps)
{
	struct victim v = { .areas = areas, .seed = seed, .steps = steps };

	/* A test that runs out of time leaves no process running. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/*
	 * Let the killer run first: this process lives as long as the killer
	 * waits.
	 */
	setpriority(PRIO_PROCESS, 0, 19);
	v.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (v.fd < 0 || pipe(v.pipe))
		_exit(1);
	for (;;) {
		victim_steps(&v);
		__atomic_add_fetch(v.steps, 1, __ATOMIC_RELAXED);
	}
}

/*
 * The total number of kills: more take too long, and so does each on a slow
 * machine.
 */
static long nr_kills(void)
{
	const char *wanted = getenv("PGA_KILLS");

	return wanted ? strtol(wanted, NULL, 0) : KILLS / pga_slow();
}

/*
 * The longest life of the next process: where a process takes long to start,
 * the test extends it until each does some steps on average.
 */
static unsigned int next_life_us(unsigned int us, long kills,
				 unsigned long steps)
{
	if (steps < 4UL * kills)
		return us < KILL_SLOWEST_US ? us + us / 8 : us;
	return us - us / 8 > KILL_MAX_US ? us - us / 8 : KILL_MAX_US;
}

/*
 * Several live at a time, and the test kills the oldest: it has lived for as
 * many pauses as there are processes.
 */
TEST_F_TIMEOUT(kill, at_any_point, 1800)
{
	unsigned int life_us = KILL_MAX_US, slot;
	unsigned long *steps = mmap(NULL, sizeof(*steps),
				    PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long kills = nr_kills(), round;
	pid_t pids[KILL_AT_A_TIME];
	int status;

	ASSERT_NE(MAP_FAILED, steps);
	for (round = 0; round < kills + KILL_AT_A_TIME; round++) {
		slot = round % KILL_AT_A_TIME;
		if (round >= KILL_AT_A_TIME) {
			usleep(pga_random(&self->seed) %
			       (2 * life_us / KILL_AT_A_TIME));
			kill(pids[slot], SIGKILL);
			ASSERT_EQ(pids[slot], waitpid(pids[slot], &status, 0));
			ASSERT_TRUE(WIFSIGNALED(status));
			life_us = next_life_us(life_us, round, *steps);
			if (round % SAY_EACH == 0)
				TH_LOG("%ld killed", round);
		}
		if (round >= kills)
			continue;
		pids[slot] = fork();
		ASSERT_LE(0, pids[slot]);
		if (!pids[slot])
			victim_lives(&self->before, self->seed + round, steps);
	}
	TH_LOG("%ld processes, %lu steps, at most %u us each at last", kills,
	       *steps, life_us);
	EXPECT_LT(kills, *steps);
}

TEST_F(kill, while_pages_are_cleared)
{
	struct pgarea_area area;
	int round, status;
	pid_t pid;

	PGA_PICK_OR_SKIP(self->watch, MIB / page_size(), &area);
	for (round = 0; round < KILL_ROUNDS / 10; round++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			struct pga_grabbed grabbed;

			for (;;) {
				if (!pga_exhaust(&grabbed, area.id))
					pga_grabbed_free(&grabbed);
			}
		}
		usleep(pga_random(&self->seed) % KILL_MAX_US);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
}

/* Allocate all pages of an area, one per block, and free them, in a loop. */
static void bulk_for_ever(const struct pgarea_area *area, int ready)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), nr, i;
	__u32 most = area->free / page_size();
	struct pgarea_bulk_block *blocks = calloc(most, sizeof(*blocks));
	__u64 *ids = calloc(most, sizeof(*ids));

	while (fd >= 0 && blocks && ids) {
		nr = pga_bulk_in(fd, area->id, 1, blocks, most);
		for (i = 0; i < nr; i++)
			ids[i] = blocks[i].id;
		if (nr < 1 || pga_free_ids(fd, ids, nr) != nr ||
		    write(ready, "r", 1) != 1)
			break;
	}
	_exit(1);
}

/* Of thousands of blocks some are created, and none is published yet. */
TEST_F_TIMEOUT(kill, while_a_bulk_is_made_or_freed, 90)
{
	struct pgarea_area area;
	int round, ready[2], status;
	char byte;
	pid_t pid;

	PGA_PICK_OR_SKIP(self->watch, 4 * MIB / page_size(), &area);
	for (round = 0; round < KILL_ROUNDS / 10; round++) {
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			close(ready[0]);
			bulk_for_ever(&area, ready[1]);
		}
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		usleep(pga_random(&self->seed) % KILL_MAX_US);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		close(ready[0]);
		ASSERT_TRUE(pga_returns_to(self->watch, &self->before));
	}
}

TEST_HARNESS_MAIN
