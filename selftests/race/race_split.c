// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that split, free and map the same blocks of one file at the same
 * time.
 *
 * Each page of a block has its own address written into it before the block is
 * shared.  A mapping shows these, in a row, for as long as it lasts: a page
 * that changes during that time was given to another owner.
 *
 * Their steps are random.  The test prints the seed, and PGA_SEED sets it; the
 * order in which they run depends on the machine.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "include/pga_state.h"

#define RACE_SECONDS	4
#define THREADS		4
#define SLOTS		6
#define PAGES		32

enum job { MAKE, TRIM, SPLIT, FREE, FREE_BULK, MAP, NR_JOBS };

static const char * const job_names[NR_JOBS] = {
	"made", "trimmed", "split", "freed", "freed in bulk", "mapped",
};

/* Blocks that any thread may split, free and map, or that are freed by now */
struct table {
	int fd;
	__u32 area;
	__u64 deadline;
	struct {
		atomic_ullong id;
		atomic_ullong offset;
		atomic_ullong size;
	} slots[SLOTS];
};

struct racer {
	struct table *table;
	pthread_t thread;
	__u64 seed;
	unsigned long done[NR_JOBS];
	unsigned long busy;
	const char *fault;
};

FIXTURE(race_cut)
{
	int watch;
	__u64 seed;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(race_cut)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, 1024, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->seed = pga_seed();
}

/* Whatever happened, nothing stays allocated. */
FIXTURE_TEARDOWN(race_cut)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

static unsigned int random_below(struct racer *me, unsigned int limit)
{
	return pga_random(&me->seed) % limit;
}

static const char *free_one(struct racer *me, __u64 id)
{
	int err = pga_free(me->table->fd, id);

	if (!err)
		me->done[FREE]++;
	return err && err != -ENOENT ? "FREE fails with a wrong errno" : NULL;
}

/* Publish a block for the other threads, and free the one that was there. */
static const char *share(struct racer *me, __u64 id, __u64 offset, __u64 size)
{
	unsigned int slot = random_below(me, SLOTS);

	id = atomic_exchange(&me->table->slots[slot].id, id);
	atomic_store(&me->table->slots[slot].offset, offset);
	atomic_store(&me->table->slots[slot].size, size);
	return free_one(me, id);
}

static __u64 *tag_of(char *at, size_t page)
{
	return (__u64 *)(at + page * page_size());
}

static const char *make(struct racer *me, unsigned int slot)
{
	struct pgarea_alloc block = { .size = PAGES * page_size() };
	const char *fault = NULL;
	char *at;
	size_t i;
	int err;

	(void)slot;
	err = pga_alloc_in(me->table->fd, me->table->area, &block);
	if (err)
		return err == -ENOSPC ? NULL : "ALLOC fails with a wrong errno";
	at = pga_map(me->table->fd, &block);
	if (at == MAP_FAILED)
		return "an unpublished block cannot be mapped";
	for (i = 0; i < PAGES; i++) {
		if (*tag_of(at, i))
			fault = "a new block is not zero";
		*tag_of(at, i) = block.phys + i * page_size();
	}
	munmap(at, block.alloc_size);
	me->done[MAKE]++;
	return fault ?: share(me, block.id, block.mmap_offset, block.alloc_size);
}

/* Another thread may have freed it, trimmed it, or map it right now. */
static const char *may_fail(struct racer *me, int err, const char *fault)
{
	if (err == -EBUSY)
		me->busy++;
	return err == -ENOENT || err == -EINVAL || err == -EBUSY ? NULL : fault;
}

static const char *trim(struct racer *me, unsigned int slot)
{
	int err = pga_trim(me->table->fd,
			   atomic_load(&me->table->slots[slot].id),
			   (1 + random_below(me, PAGES)) * page_size());

	if (err)
		return may_fail(me, err, "TRIM fails with a wrong errno");
	me->done[TRIM]++;
	return NULL;
}

static const char *split(struct racer *me, unsigned int slot)
{
	__u64 first = random_below(me, PAGES / 2) * page_size();
	__u64 size = (1 + random_below(me, PAGES / 2)) * page_size();
	struct pgarea_bulk_block pieces[PAGES];
	const char *fault = NULL;
	int i, nr;

	nr = pga_split(me->table->fd, atomic_load(&me->table->slots[slot].id),
		       first, size, pieces, PAGES);
	if (nr < 0)
		return may_fail(me, nr, "SPLIT fails with a wrong errno");
	me->done[SPLIT]++;
	for (i = 1; i < nr && !fault; i++)
		fault = share(me, pieces[i].id, pieces[i].mmap_offset,
			      pieces[i].alloc_size);
	return fault;
}

static const char *free_shared(struct racer *me, unsigned int slot)
{
	return free_one(me, atomic_load(&me->table->slots[slot].id));
}

/* All that there are, from this one on. */
static const char *free_in_bulk(struct racer *me, unsigned int slot)
{
	__u64 ids[SLOTS];
	unsigned int i;
	int nr;

	for (i = 0; i < SLOTS; i++)
		ids[i] = atomic_load(&me->table->slots[(slot + i) % SLOTS].id);
	nr = pga_free_ids(me->table->fd, ids, 1 + random_below(me, SLOTS));
	if (nr < 0)
		return nr == -ENOENT ? NULL :
				       "FREE_BULK fails with a wrong errno";
	me->done[FREE_BULK]++;
	return NULL;
}

/* @tags: as they were read before, or NULL */
static const char *look(char *at, size_t pages, __u64 *tags, bool again)
{
	__u64 first = 0, tag;
	size_t i;

	for (i = 0; i < pages; i++) {
		tag = *(volatile __u64 *)tag_of(at, i);
		if (again && tags[i] && tag != tags[i])
			return "a mapped page was given to another owner";
		tags[i] = tag;
		if (!tag)
			continue;
		if (first && tag != first + i * page_size())
			return "a mapping has pages of two blocks";
		first = tag - i * page_size();
	}
	return NULL;
}

static const char *map(struct racer *me, unsigned int slot)
{
	size_t size = atomic_load(&me->table->slots[slot].size);
	const char *fault;
	__u64 tags[PAGES];
	char *at;

	if (!size)
		return NULL;
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, me->table->fd,
		  atomic_load(&me->table->slots[slot].offset));
	if (at == MAP_FAILED)
		return may_fail(me, -errno, "mmap fails with a wrong errno");
	me->done[MAP]++;
	fault = look(at, size / page_size(), tags, false);
	sched_yield();
	fault = fault ?: look(at, size / page_size(), tags, true);
	munmap(at, size);
	return fault;
}

static const char *(*const jobs[NR_JOBS])(struct racer *me, unsigned int slot) = {
	make, trim, split, free_shared, free_in_bulk, map,
};

/* How often each, in percent; the rest is mapping. */
static const unsigned int shares[NR_JOBS - 1] = { 15, 20, 20, 8, 7 };

static enum job draw(struct racer *me)
{
	unsigned int n = random_below(me, 100);
	enum job job = MAKE;

	while (job < NR_JOBS - 1 && n >= shares[job])
		n -= shares[job++];
	return job;
}

static void *race(void *arg)
{
	struct racer *me = arg;

	while (!me->fault && pga_now_ms() < me->table->deadline)
		me->fault = jobs[draw(me)](me, random_below(me, SLOTS));
	return NULL;
}

TEST_F(race_cut, threads_on_one_file)
{
	struct racer racers[THREADS] = {};
	struct table table = { .area = self->area.id };
	unsigned long done, busy = 0;
	int i, job;

	table.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, table.fd);
	table.deadline = pga_now_ms() + RACE_SECONDS * 1000;
	for (i = 0; i < THREADS; i++) {
		racers[i].table = &table;
		racers[i].seed = self->seed + i;
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race,
					    &racers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(racers[i].thread, NULL);
		busy += racers[i].busy;
		EXPECT_EQ(NULL, racers[i].fault)
			TH_LOG("thread %d: %s", i, racers[i].fault);
	}
	for (job = 0; job < NR_JOBS; job++) {
		for (done = 0, i = 0; i < THREADS; i++)
			done += racers[i].done[job];
		TH_LOG("%lu %s", done, job_names[job]);
		EXPECT_LT(0, done);
	}
	TH_LOG("%lu were busy", busy);
	close(table.fd);
}

TEST_HARNESS_MAIN
