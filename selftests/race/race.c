// SPDX-License-Identifier: GPL-2.0
/*
 * Concurrency: threads on one file, and two processes that want the same pages.
 *
 * Their steps are random.  The test prints the seed, and PGA_SEED sets it; the
 * order in which they run depends on the machine.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "include/exhaust.h"

#define RACE_SECONDS	3
#define THREADS		4
#define SHARED_SLOTS	32
#define FIELD_PAGES	64

FIXTURE(race)
{
	int watch;
	__u64 seed;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(race)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, FIELD_PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->seed = pga_seed();
}

/* Whatever happened, nothing stays allocated. */
FIXTURE_TEARDOWN(race)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Shared by the threads: a file, and blocks that any of them may free. */
struct ring {
	int fd;
	__u32 area;
	__u64 deadline;
	struct {
		atomic_ullong id;
		atomic_ullong offset;
		atomic_ullong size;
	} slots[SHARED_SLOTS];
};

struct racer {
	struct ring *ring;
	pthread_t thread;
	__u64 seed;
	unsigned long blocks;
	const char *fault;
};

static bool is_tagged(const char *at, size_t size, __u64 tag)
{
	size_t i;

	for (i = 0; i < size; i += page_size())
		if (*(const __u64 *)(at + i) != tag)
			return false;
	return true;
}

static void put_tag(char *at, size_t size, __u64 tag)
{
	size_t i;

	for (i = 0; i < size; i += page_size())
		*(__u64 *)(at + i) = tag;
}

/* A mapping of this thread only: was zero, and keeps what is written. */
static const char *try_mapping(char *at, size_t size, __u64 tag)
{
	if (!is_tagged(at, size, 0))
		return "a new block is not zero";
	put_tag(at, size, tag);
	sched_yield();
	if (!is_tagged(at, size, tag))
		return "another owner wrote to the block";
	return NULL;
}

/* A block that only this thread knows. */
static const char *race_alone(struct racer *me, struct pgarea_alloc *block)
{
	const char *fault;
	char *at;
	int err;

	*block = (struct pgarea_alloc){
		.size = (1 + pga_random(&me->seed) % 32) * page_size(),
	};
	err = pga_alloc_in(me->ring->fd, me->ring->area, block);
	if (err) {
		block->id = 0;
		return err == -ENOSPC ? NULL : "ALLOC fails with a wrong errno";
	}
	me->blocks++;
	at = pga_map(me->ring->fd, block);
	if (at == MAP_FAILED)
		return "a live block cannot be mapped";
	fault = try_mapping(at, block->alloc_size, block->id);
	if (munmap(at, block->alloc_size))
		return "munmap fails";
	return fault;
}

/* Share the block, then use and free one that another thread has shared. */
static const char *race_shared(struct racer *me,
			       const struct pgarea_alloc *block)
{
	unsigned int mine = pga_random(&me->seed) % SHARED_SLOTS;
	unsigned int other = pga_random(&me->seed) % SHARED_SLOTS;
	__u64 id = atomic_load(&me->ring->slots[other].id);
	size_t size = atomic_load(&me->ring->slots[other].size);
	char *at = MAP_FAILED;
	int err;

	if (size)
		at = mmap(NULL, size, PROT_READ, MAP_SHARED, me->ring->fd,
			  atomic_load(&me->ring->slots[other].offset));
	if (size && at == MAP_FAILED && errno != ENOENT && errno != EINVAL)
		return "mmap fails with a wrong errno";
	if (pga_chance(&me->seed, 60)) {
		err = pga_free(me->ring->fd, id);
		if (err && err != -ENOENT)
			return "FREE fails with a wrong errno";
	}
	if (at != MAP_FAILED)
		munmap(at, size);
	id = atomic_exchange(&me->ring->slots[mine].id, block->id);
	atomic_store(&me->ring->slots[mine].offset, block->mmap_offset);
	atomic_store(&me->ring->slots[mine].size, block->alloc_size);
	err = pga_free(me->ring->fd, id);
	return err && err != -ENOENT ? "FREE fails with a wrong errno" : NULL;
}

static void *race_thread(void *arg)
{
	struct racer *me = arg;
	struct pgarea_alloc block;

	while (!me->fault && pga_now_ms() < me->ring->deadline) {
		me->fault = race_alone(me, &block);
		if (!me->fault && block.id)
			me->fault = race_shared(me, &block);
	}
	return NULL;
}

TEST_F(race, threads_on_one_file)
{
	struct racer racers[THREADS] = {};
	struct ring ring = { .area = self->area.id };
	int i;

	ring.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, ring.fd);
	ring.deadline = pga_now_ms() + RACE_SECONDS * 1000;
	for (i = 0; i < THREADS; i++) {
		racers[i].ring = &ring;
		racers[i].seed = self->seed + i;
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
					    race_thread, &racers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(racers[i].thread, NULL);
		EXPECT_EQ(NULL, racers[i].fault)
			TH_LOG("thread %d: %s", i, racers[i].fault);
		TH_LOG("thread %d: %lu blocks", i, racers[i].blocks);
		EXPECT_LT(0, racers[i].blocks);
	}
	close(ring.fd);
}

static void *come_and_go(void *arg)
{
	struct racer *me = arg;
	struct pgarea_alloc block;

	while (!me->fault && pga_now_ms() < me->ring->deadline) {
		block = (struct pgarea_alloc){
			.size = FIELD_PAGES * page_size(),
		};
		if (pga_alloc_in(me->ring->fd, me->ring->area, &block) ||
		    pga_free(me->ring->fd, block.id))
			me->fault = "there is no block any more";
		me->blocks++;
	}
	return NULL;
}

/* AREAS reports one moment, though it scans the area piece by piece. */
TEST_F(race, counters_add_up_all_the_time)
{
	struct ring ring = { .fd = self->watch, .area = self->area.id };
	struct racer racer = { .ring = &ring };
	unsigned long looks = 0;
	bool right = true;

	ring.deadline = pga_now_ms() + RACE_SECONDS * 1000;
	ASSERT_EQ(0, pthread_create(&racer.thread, NULL, come_and_go, &racer));
	for (; right && pga_now_ms() < ring.deadline; looks++)
		right = pga_adds_up(self->watch);
	pthread_join(racer.thread, NULL);
	EXPECT_TRUE(right) TH_LOG("at look %lu", looks);
	EXPECT_EQ(NULL, racer.fault) TH_LOG("%s", racer.fault);
	TH_LOG("%lu looks, %lu blocks", looks, racer.blocks);
}

/*
 * A range of pages that two processes compete for, and the owner of each page,
 * according to the results of their own calls.
 */
struct field {
	__u64 start;
	__u64 deadline;
	atomic_int owner[FIELD_PAGES];
	unsigned long blocks[2];
	unsigned long bulks[2];
	unsigned long reservations[2];
	unsigned long refusals[2];
	const char *fault[2];
};

struct fighter {
	struct field *field;
	int fd;
	int me;
	__u64 seed;
};

static const char *occupy(struct fighter *f, unsigned int first,
			  unsigned int nr)
{
	unsigned int i;
	int unowned;

	for (i = first; i < first + nr; i++) {
		unowned = 0;
		if (!atomic_compare_exchange_strong(&f->field->owner[i],
						    &unowned, f->me + 1))
			return "a page was given to both";
	}
	return NULL;
}

static void leave(struct fighter *f, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		atomic_store(&f->field->owner[i], 0);
}

/*
 * Refused: the other process has one of the pages, or what it freed still
 * drains.
 */
static const char *refused(struct fighter *f, int err)
{
	f->field->refusals[f->me]++;
	return err == -EBUSY ? NULL : "a refusal with a wrong errno";
}

/* Free the end first, then the rest, by TRIM or by SPLIT. */
static int free_in_two(struct fighter *f, __u64 id, unsigned int first,
		       unsigned int nr)
{
	struct pgarea_bulk_block pieces[2];
	unsigned int half = nr / 2;
	int err;

	if (pga_chance(&f->seed, 50)) {
		leave(f, first + half, nr - half);
		err = pga_trim(f->fd, id, half * page_size());
	} else {
		err = pga_split(f->fd, id, half * page_size(), 0, pieces, 2);
		leave(f, first + half, nr - half);
		err = err == 2 ? pga_free(f->fd, pieces[1].id) : err;
	}
	sched_yield();
	leave(f, first, half);
	return err ?: pga_free(f->fd, id);
}

static const char *fight_by_block(struct fighter *f, unsigned int first,
				  unsigned int nr)
{
	struct pgarea_alloc block;
	const char *fault;
	char *at;
	int err;

	err = pga_alloc_at(f->fd, f->field->start + first * page_size(),
			   nr * page_size(), &block);
	if (err)
		return refused(f, err);
	f->field->blocks[f->me]++;
	fault = occupy(f, first, nr);
	if (fault)
		return fault;
	at = pga_map(f->fd, &block);
	if (at == MAP_FAILED)
		return "a live block cannot be mapped";
	fault = try_mapping(at, block.alloc_size, block.id);
	munmap(at, block.alloc_size);
	if (nr > 1 && pga_chance(&f->seed, 50))
		return free_in_two(f, block.id, first, nr) ?
		       "TRIM, SPLIT or FREE of a piece fails" : fault;
	leave(f, first, nr);
	return pga_free(f->fd, block.id) ? "FREE fails" : fault;
}

/* Allocate as many single pages of the range as possible. */
static const char *fight_by_bulk(struct fighter *f, unsigned int first,
				 unsigned int nr)
{
	__u64 ids[FIELD_PAGES], start = f->field->start;
	struct pgarea_bulk_block blocks[FIELD_PAGES];
	struct pgarea_alloc_bulk arg = {
		.size = page_size(),
		.lowest = start + first * page_size(),
		.highest = start + (first + nr) * page_size() - 1,
		.blocks = PGA_ARRAY(blocks, nr),
	};
	int err = pga_alloc_bulk(f->fd, &arg);
	const char *fault = NULL;
	unsigned int i;

	if (err) {
		f->field->refusals[f->me]++;
		return err == -ENOSPC ? NULL : "a refusal with a wrong errno";
	}
	f->field->bulks[f->me]++;
	for (i = 0; i < arg.done && !fault; i++) {
		ids[i] = blocks[i].id;
		if (blocks[i].phys < arg.lowest || blocks[i].phys > arg.highest)
			return "a block is outside the limits";
		fault = occupy(f, (blocks[i].phys - start) / page_size(), 1);
	}
	sched_yield();
	for (i = 0; i < arg.done && !fault; i++)
		leave(f, (blocks[i].phys - start) / page_size(), 1);
	if (!fault && pga_free_ids(f->fd, ids, arg.done) != (int)arg.done)
		return "FREE_BULK fails";
	return fault;
}

/*
 * Return half of it first, then the rest: the halves become free at different
 * times.
 */
static int unreserve_in_two(struct fighter *f, __u64 id, unsigned int first,
			    unsigned int nr)
{
	struct pgarea_unreserve arg = {
		.id = id,
		.address = f->field->start + first * page_size(),
		.size = nr / 2 * page_size(),
	};
	int err;

	leave(f, first, nr / 2);
	err = pga_ioctl(f->fd, PGAREA_IOC_UNRESERVE, &arg);
	sched_yield();
	leave(f, first + nr / 2, nr - nr / 2);
	return err ?: pga_unreserve(f->fd, id);
}

static const char *fight_by_reservation(struct fighter *f, unsigned int first,
					unsigned int nr)
{
	const char *fault;
	__u64 id;
	int err;

	err = pga_reserve_at(f->fd, f->field->start + first * page_size(),
			     nr * page_size(), &id);
	if (err)
		return refused(f, err);
	f->field->reservations[f->me]++;
	fault = occupy(f, first, nr);
	if (fault)
		return fault;
	sched_yield();
	if (nr > 1 && pga_chance(&f->seed, 50))
		return unreserve_in_two(f, id, first, nr) ?
		       "UNRESERVE of a part fails" : NULL;
	leave(f, first, nr);
	return pga_unreserve(f->fd, id) ? "UNRESERVE fails" : NULL;
}

static const char *(*const ways[])(struct fighter *f, unsigned int first,
				   unsigned int nr) = {
	fight_by_block, fight_by_bulk, fight_by_reservation,
};

static void fight(struct field *field, int me, __u64 seed)
{
	struct fighter f = { .field = field, .me = me, .seed = seed + me };
	unsigned int first, nr;
	const char *fault = NULL;

	f.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (f.fd < 0)
		_exit(1);
	while (!fault && pga_now_ms() < field->deadline) {
		first = pga_random(&f.seed) % FIELD_PAGES;
		nr = 1 + pga_random(&f.seed) % (FIELD_PAGES - first);
		fault = ways[pga_random(&f.seed) % ARRAY_SIZE(ways)](&f, first,
								     nr);
	}
	/* The strings have the same address in parent and child. */
	field->fault[me] = fault;
	_exit(0);
}

/* Contiguous pages that were free a moment ago; 0 or -errno. */
static int find_field(int fd, __u32 area, __u64 *start)
{
	struct pgarea_alloc block = { .size = FIELD_PAGES * page_size() };
	int err = pga_alloc_in(fd, area, &block);

	*start = block.phys;
	return err ?: pga_free(fd, block.id);
}

TEST_F(race, processes_for_the_same_pages)
{
	struct field *field = mmap(NULL, sizeof(*field), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i, status;
	pid_t pids[2];

	ASSERT_NE(MAP_FAILED, field);
	ASSERT_EQ(0, find_field(self->watch, self->area.id, &field->start));
	field->deadline = pga_now_ms() + RACE_SECONDS * 1000;
	for (i = 0; i < 2; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			fight(field, i, self->seed);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(NULL, field->fault[i])
			TH_LOG("process %d: %s", i, field->fault[i]);
		TH_LOG("process %d: %lu blocks, %lu in bulk, %lu reservations, %lu refusals",
		       i, field->blocks[i], field->bulks[i],
		       field->reservations[i], field->refusals[i]);
		EXPECT_LT(0, field->blocks[i]);
		EXPECT_LT(0, field->bulks[i]);
		EXPECT_LT(0, field->reservations[i]);
	}
}

TEST_HARNESS_MAIN
