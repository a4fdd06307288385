// SPDX-License-Identifier: GPL-2.0
/*
 * Growth on demand: an area that has no room takes from the host what a request
 * needs, where it needs it; or the refusal says why it could not.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "include/host_clear.h"
#include "include/number.h"
#include "include/pga_area.h"

#define NAME		"test-grow"
#define PARAMETERS	"/sys/module/pgarea/parameters/"
#define ROOM		8	/* pageblocks of a place that can be had */
#define LARGE		(64 * MIB)
#define VAST		(256 * MIB)
#define BUFFER		(32 * MIB)
#define DIRTY		(256 * MIB)
#define ATTEMPTS	20
#define OTHERS		20

FIXTURE(grow) {
	int fd;
	__u64 pageblock;
	struct pga_snapshot before;
	struct pgarea_create_area area;
	struct pgarea_refusal refusal;
};

FIXTURE_SETUP(grow)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_GROW);
	PGA_AREAS_OR_SKIP(self->fd);
	self->pageblock = pga_pageblock(self->fd);
	/* A test that failed may have left one. */
	ASSERT_EQ(0, pga_destroy_areas(self->fd, NAME));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, 0, &self->area));
	self->area.flags = PGAREA_AREA_GROW;
	self->area.chunk_size = 4 * self->pageblock;
}

FIXTURE_TEARDOWN(grow)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

/* Bytes that the area owns, and the number of its chunks */
static __u64 owned(int fd, __u32 id, __u64 *chunks)
{
	struct pgarea_area area = {};

	if (pga_area_by_id(fd, id, &area))
		return ~0ULL;
	if (chunks)
		*chunks = area.nr_chunks;
	return area.owned;
}

#define OWNED() owned(self->fd, self->area.id, NULL)

/* Chunks that all areas have taken from the host and not returned */
static __u64 chunks_held(int fd, __u64 *taken)
{
	struct pgarea_info info = {};

	if (pga_ioctl(fd, PGAREA_IOC_INFO, &info))
		return ~0ULL;
	if (taken)
		*taken = info.chunks_taken;
	return info.chunks_taken - info.chunks_returned;
}

static bool can_be_had(const struct pgarea_obstacle *run)
{
	return run->flags & PGAREA_OBSTACLE_OBTAINABLE && !run->area;
}

/*
 * The highest place within the bounds of the area that no area owns and the host
 * would give; 0: none.
 */
static __u64 obtainable(int fd, const struct pgarea_create_area *area,
			__u64 size, __u64 align)
{
	struct pgarea_obstacle *list;
	struct pgarea_probe arg = {
		.address = area->start,
		.size = area->end - area->start,
		.obstacles.entry_size = sizeof(*list),
	};
	__u64 from = 0, end = 0, place, found = 0;
	int i, nr;

	nr = pga_whole_list(fd, PGAREA_IOC_PROBE, &arg, &arg.obstacles,
			    (void **)&list);
	for (i = 0; i < nr; i++) {
		if (!can_be_had(&list[i]))
			continue;
		if (list[i].address != end)
			from = list[i].address;
		end = list[i].address + list[i].size;
		if (end < size)
			continue;
		place = (end - size) & -align;
		if (place >= from)
			found = place;
	}
	free(list);
	return found;
}

/* Only places that can be had, so that the place of a block is known. */
#define CREATE_IN_PLACE_OR_SKIP(_pageblocks) do {			\
	__u64 _size = (_pageblocks) * self->pageblock;			\
									\
	self->area.start = obtainable(self->fd, &self->area, _size,	\
				      self->area.chunk_size);		\
	if (!self->area.start)						\
		SKIP(return, "no place of %llu bytes", _size);		\
	self->area.end = self->area.start + _size;			\
	ASSERT_EQ(0, pga_create_area(self->fd, &self->area));		\
} while (0)

#define CREATE() ASSERT_EQ(0, pga_create_area(self->fd, &self->area))

/* ALLOC in the area, with the refusal in @self->refusal. */
#define ALLOC(_block) ({						\
	struct pgarea_alloc *_arg = _block;				\
	int _err;							\
									\
	memset(&self->refusal, 0, sizeof(self->refusal));		\
	_arg->orphan_ms = PGAREA_ORPHAN_NONE;				\
	_arg->refusals = PGA_ARRAY(&self->refusal, 1);			\
	_err = pga_alloc_in(self->fd, self->area.id, _arg);		\
	if (_err)							\
		TH_LOG("refused: reason %u, obstacle %u at %#llx",	\
		       self->refusal.reason, self->refusal.obstacle,	\
		       self->refusal.obstacle_address);			\
	_err;								\
})

/* Is every page of a block where the module says, and clean? */
static bool is_true(int fd, const struct pgarea_alloc *block)
{
	__u64 offset, step = page_size() * 61;
	char *at = pga_map(fd, block);
	bool good = at != MAP_FAILED && pga_is_zero(at, block->alloc_size);

	for (offset = 0; good && offset < block->alloc_size; offset += step)
		good = phys_of(at + offset) == block->phys + offset;
	if (at != MAP_FAILED)
		munmap(at, block->alloc_size);
	return good;
}

TEST_F(grow, an_empty_area_serves_an_allocation)
{
	struct pgarea_alloc block = { .size = 3 * page_size() }, second = block;
	__u64 chunks, bytes;

	CREATE();
	EXPECT_EQ(0, OWNED());
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(self->area.id, block.area);
	EXPECT_TRUE(is_true(self->fd, &block));
	EXPECT_LE(self->area.start, block.phys);
	EXPECT_GE(self->area.end, block.phys + block.alloc_size);
	bytes = owned(self->fd, self->area.id, &chunks);
	EXPECT_EQ(1, chunks);
	EXPECT_LE(self->pageblock, bytes);
	EXPECT_GE(self->area.chunk_size, bytes);
	/* The rest of the chunk serves the next one. */
	ASSERT_EQ(0, ALLOC(&second));
	EXPECT_EQ(bytes, OWNED());
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_EQ(0, pga_free(self->fd, second.id));
	EXPECT_EQ(bytes, OWNED());
}

TEST_F(grow, a_whole_chunk_is_taken_where_it_can_be_had)
{
	struct pgarea_alloc block = { .size = page_size() };
	__u64 chunks;

	CREATE_IN_PLACE_OR_SKIP(ROOM);
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(self->area.chunk_size, owned(self->fd, self->area.id, &chunks));
	EXPECT_EQ(1, chunks);
	EXPECT_EQ(self->area.start, block.phys);
}

TEST_F(grow, limits_are_honoured)
{
	struct pgarea_alloc block = { .size = 2 * page_size() };
	__u64 end;

	CREATE_IN_PLACE_OR_SKIP(ROOM);
	block.lowest = self->area.start + 5 * self->pageblock + 1;
	block.highest = block.lowest + self->pageblock;
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_LE(block.lowest, block.phys);
	EXPECT_GE(block.highest, block.phys + block.alloc_size - 1);
	EXPECT_TRUE(is_true(self->fd, &block));
	/* The end of a pageblock that the area does not own */
	end = self->area.start + 2 * self->pageblock;
	block.lowest = end - 2 * page_size();
	block.highest = end - 1;
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(block.lowest, block.phys);
}

TEST_F(grow, alignment_and_boundary_are_honoured)
{
	struct pgarea_alloc block = { .size = 3 * page_size() };

	self->area.chunk_size = self->pageblock;
	CREATE_IN_PLACE_OR_SKIP(ROOM);
	block.lowest = self->area.start + 1;
	block.align = 2 * self->pageblock;
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(0, block.phys % block.align);
	EXPECT_LT(self->area.start, block.phys);
	EXPECT_EQ(self->pageblock, OWNED());
	/* It fits below the boundary only if it leaves a pageblock out. */
	block = (struct pgarea_alloc){
		.size = 2 * self->pageblock,
		.boundary = 2 * self->pageblock,
		.lowest = self->area.start + 3 * self->pageblock,
	};
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(0, block.phys % block.boundary);
	EXPECT_EQ(3 * self->pageblock, OWNED());
}

TEST_F(grow, top_down_looks_from_the_top)
{
	struct pgarea_alloc block = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};

	CREATE_IN_PLACE_OR_SKIP(ROOM);
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(self->area.end, block.phys + block.alloc_size);
	/* What is free in the first chunk is not enough. */
	block.size = 4 * self->pageblock;
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(self->area.end - 4 * self->pageblock,
		  block.phys + block.alloc_size);
	EXPECT_EQ(8 * self->pageblock, OWNED());
}

/* From the middle of one pageblock into the next, of which the area owns one */
TEST_F(grow, an_exact_place_may_be_owned_in_part)
{
	struct pgarea_alloc first = { .size = page_size() }, block = {};

	self->area.chunk_size = self->pageblock;
	CREATE_IN_PLACE_OR_SKIP(ROOM);
	first.lowest = self->area.start + 3 * self->pageblock;
	ASSERT_EQ(0, ALLOC(&first));
	ASSERT_EQ(first.lowest, first.phys);
	block.flags = PGAREA_ALLOC_EXACT;
	block.address = first.phys - 5 * page_size();
	block.size = 2 * self->pageblock;
	/* A page of it is in use: nothing is taken. */
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(self->pageblock, OWNED());
	EXPECT_EQ(0, pga_free(self->fd, first.id));
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(block.address, block.phys);
	EXPECT_EQ(3 * self->pageblock, OWNED());
	EXPECT_TRUE(is_true(self->fd, &block));
}

TEST_F(grow, what_is_larger_than_a_chunk_is_one_growth)
{
	struct pgarea_alloc block = { .size = LARGE };
	__u64 chunks;

	if (!obtainable(self->fd, &self->area, LARGE, 1))
		SKIP(return, "the host has no such place");
	CREATE();
	ASSERT_EQ(0, ALLOC(&block));
	EXPECT_EQ(LARGE, block.alloc_size);
	EXPECT_EQ(LARGE, owned(self->fd, self->area.id, &chunks));
	/* Chunks at multiples of their size, also at both ends */
	EXPECT_GE(LARGE / self->area.chunk_size + 2, chunks);
	EXPECT_TRUE(is_true(self->fd, &block));
}

TEST_F(grow, no_grow_and_dry_run_take_nothing)
{
	static const __u64 flags[] = {
		PGAREA_ALLOC_NO_GROW, PGAREA_ALLOC_DRY_RUN,
		PGAREA_ALLOC_NO_GROW | PGAREA_ALLOC_EXACT,
	};
	__u64 before, after;
	size_t i;

	CREATE_IN_PLACE_OR_SKIP(ROOM);
	chunks_held(self->fd, &before);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct pgarea_alloc block = { .size = 4096, .flags = flags[i] };

		if (flags[i] & PGAREA_ALLOC_EXACT)
			block.address = self->area.start;
		EXPECT_EQ(-ENOSPC, ALLOC(&block));
		EXPECT_EQ(PGAREA_OBSTACLE_NONE, self->refusal.obstacle);
		EXPECT_EQ(PGAREA_NO_ADDRESS, self->refusal.obstacle_address);
	}
	EXPECT_EQ(0, OWNED());
	chunks_held(self->fd, &after);
	EXPECT_EQ(before, after);
}

/* An area that does not grow is refused as ever. */
/* A host that clears what it gives has done the work; what was used is not clean. */
TEST_F(grow, what_the_host_cleared_is_not_cleared_again)
{
	__u64 size = 6 * self->pageblock, before;
	struct pgarea_alloc block = { .size = size };
	int way, clears = PGA_HOST_CLEARS_OR_SKIP();
	char *at;

	CREATE();
	ASSERT_TRUE(pga_dirty_host(DIRTY));
	for (way = 0; way < 2; way++) {
		bool again = way > 0;

		before = pga_cleared(self->fd);
		ASSERT_EQ(0, ALLOC(&block));
		EXPECT_EQ(!again && clears ? 0 : size,
			  pga_cleared(self->fd) - before);
		EXPECT_TRUE(is_true(self->fd, &block));
		at = pga_map(self->fd, &block);
		ASSERT_NE(MAP_FAILED, at);
		memset(at, 0xa5, size);
		munmap(at, size);
		ASSERT_EQ(0, pga_free(self->fd, block.id));
	}
}

/* The rest of a chunk is cleared when it is allocated. */
TEST_F(grow, only_what_the_request_took_counts_as_clean)
{
	struct pgarea_bulk_block blocks[3];
	__u64 page = page_size(), before;
	struct pgarea_alloc rest = { .size = page };
	int clears = PGA_HOST_CLEARS_OR_SKIP();

	CREATE();
	before = pga_cleared(self->fd);
	ASSERT_EQ(3, pga_bulk_in(self->fd, self->area.id, page, blocks, 3));
	EXPECT_EQ(clears ? 0 : 3 * page, pga_cleared(self->fd) - before);
	before = pga_cleared(self->fd);
	ASSERT_EQ(0, ALLOC(&rest));
	EXPECT_EQ(page, pga_cleared(self->fd) - before);
}

/* The host is asked once, for neighbouring chunks, and the blocks fill them. */
TEST_F(grow, many_blocks_are_one_growth)
{
	struct pgarea_bulk_block blocks[ROOM];
	struct pgarea_area_id set;
	struct pgarea_alloc_bulk arg = {
		.size = self->pageblock,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, ROOM),
	};
	__u64 chunks, calls;
	int way, i;

	/* At a multiple of its size, so that it can be taken at once */
	self->area.chunk_size = ROOM * self->pageblock;
	CREATE_IN_PLACE_OR_SKIP(ROOM);
	ASSERT_EQ(0, pga_destroy_areas(self->fd, NAME));
	self->area.chunk_size = self->pageblock;
	CREATE();
	for (way = 0; way < 2; way++) {
		struct pgarea_resize_area resize;

		set = (struct pgarea_area_id){ .id = self->area.id };
		arg.flags = way ? PGAREA_ALLOC_TOP_DOWN : 0;
		arg.blocks.count = ROOM;
		calls = pga_info(self->fd).host_calls;
		ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
		ASSERT_EQ(ROOM, arg.done);
		EXPECT_GT(ROOM, pga_info(self->fd).host_calls - calls);
		EXPECT_EQ(ROOM * self->pageblock,
			  owned(self->fd, self->area.id, &chunks));
		EXPECT_EQ(ROOM, chunks);
		for (i = 0; i < ROOM; i++) {
			int place = way ? ROOM - 1 - i : i;

			EXPECT_EQ(self->area.start + place * self->pageblock,
				  blocks[i].phys);
			ASSERT_EQ(0, pga_free(self->fd, blocks[i].id));
		}
		ASSERT_EQ(0, pga_resize_area(self->fd, self->area.id, 0, &resize));
	}
}

/* Of an exact place, the area may own a part, which a program has used. */
TEST_F(grow, an_exact_place_is_cleared)
{
	struct pgarea_alloc block = { .size = self->pageblock }, exact;
	__u64 before;

	CREATE_IN_PLACE_OR_SKIP(ROOM);
	ASSERT_EQ(0, ALLOC(&block));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	exact = (struct pgarea_alloc){
		.size = ROOM * self->pageblock,
		.address = self->area.start,
		.flags = PGAREA_ALLOC_EXACT,
	};
	before = pga_cleared(self->fd);
	ASSERT_EQ(0, ALLOC(&exact));
	EXPECT_EQ(exact.size, pga_cleared(self->fd) - before);
	EXPECT_TRUE(is_true(self->fd, &exact));
}

TEST_F(grow, not_every_area_grows)
{
	struct pgarea_alloc block = { .size = page_size() };

	self->area.flags = 0;
	CREATE();
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_REASON_FULL, self->refusal.reason);
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, self->refusal.obstacle);
	EXPECT_EQ(0, OWNED());
}

TEST_F(grow, the_maximum_is_honoured)
{
	struct pgarea_alloc block = { .size = self->pageblock };
	int i;

	self->area.maximum = 3 * self->pageblock;
	CREATE();
	for (i = 0; i < 3; i++) {
		block.size = self->pageblock;
		ASSERT_EQ(0, ALLOC(&block));
	}
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_REASON_MAXIMUM, self->refusal.reason);
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, self->refusal.obstacle);
	block.flags = PGAREA_ALLOC_EXACT;
	block.address = self->area.end - self->pageblock;
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(3 * self->pageblock, OWNED());
}

struct worker {
	pthread_t thread;
	int fd;
	struct pgarea_alloc block;
	__u32 area;
	unsigned int nr;
	atomic_int err;
	atomic_uint rounds;	/* odd while it grows */
	atomic_bool stop;
};

static void *alloc_all(void *arg)
{
	struct worker *worker = arg;
	struct pgarea_alloc block;

	do {
		block = worker->block;
		worker->err = pga_alloc_in(worker->fd, worker->area, &block);
		worker->nr += !worker->err;
	} while (!worker->err);
	return NULL;
}

TEST_F(grow, threads_do_not_exceed_the_maximum)
{
	struct worker workers[4] = {};
	unsigned int i, nr = 0;

	self->area.maximum = 2 * ROOM * self->pageblock;
	CREATE();
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		workers[i].fd = self->fd;
		workers[i].area = self->area.id;
		workers[i].block.size = self->pageblock;
		workers[i].block.orphan_ms = PGAREA_ORPHAN_NONE;
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, alloc_all,
					    &workers[i]));
	}
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(-ENOSPC, workers[i].err);
		nr += workers[i].nr;
	}
	EXPECT_GE(self->area.maximum, OWNED());
	EXPECT_GE(2 * ROOM, nr);
	/* What others were taking then is free, or can be taken now. */
	workers[0].err = 0;
	alloc_all(&workers[0]);
	EXPECT_EQ(self->area.maximum, OWNED());
}

static void *grow_again_and_again(void *arg)
{
	struct worker *worker = arg;
	struct pgarea_resize_area resize;
	struct pgarea_alloc block;

	while (!worker->stop && !worker->err) {
		block = worker->block;
		worker->rounds++;
		worker->err = pga_alloc_in(worker->fd, worker->area, &block);
		worker->rounds++;
		if (worker->err)
			break;
		worker->err = pga_free(worker->fd, block.id);
		/* A scanner of the host may hold a page for a moment. */
		while (!worker->err && !worker->stop &&
		       pga_resize_area(worker->fd, worker->area,
				       pga_pageblock(worker->fd), &resize))
			pga_sleep_ms(1);
	}
	return NULL;
}

/* How many times can others allocate and free during one growth? */
static unsigned int others_during_growth(int fd, struct worker *worker,
					 __u64 lowest, __u64 highest)
{
	unsigned int round = worker->rounds, nr = 0;

	while (round % 2 && worker->rounds == round && nr < OTHERS) {
		struct pgarea_alloc one = {
			.size = page_size(),
			.lowest = lowest,
			.highest = highest,
			.orphan_ms = PGAREA_ORPHAN_NONE,
		};

		if (pga_alloc_in(fd, worker->area, &one) || pga_free(fd, one.id))
			return 0;
		nr += worker->rounds == round;
	}
	return nr;
}

TEST_F_TIMEOUT(grow, others_go_on_meanwhile, 60)
{
	struct worker worker = { .block.size = LARGE };
	struct pgarea_alloc first = { .size = page_size() };
	unsigned int nr = 0;

	if (!obtainable(self->fd, &self->area, LARGE, 1))
		SKIP(return, "the host has no such place");
	self->area.size = self->pageblock;
	self->area.chunk_size = self->pageblock;
	CREATE();
	/* The pageblock that the others use stays in use. */
	ASSERT_EQ(0, ALLOC(&first));
	worker.fd = self->fd;
	worker.area = self->area.id;
	worker.block.orphan_ms = PGAREA_ORPHAN_NONE;
	ASSERT_EQ(0, pthread_create(&worker.thread, NULL, grow_again_and_again,
				    &worker));
	while (nr < OTHERS && !worker.err)
		nr = others_during_growth(self->fd, &worker, first.phys,
					  first.phys + self->pageblock - 1);
	worker.stop = true;
	pthread_join(worker.thread, NULL);
	EXPECT_EQ(0, worker.err);
	EXPECT_EQ(OTHERS, nr);
}

/* Kill a process while it grows the area.  True if it was killed in time. */
static bool kill_a_growth(int fd, __u32 area, __u64 size)
{
	struct pgarea_alloc block = {
		.size = size,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	__u64 before, now;
	int status;
	pid_t child;

	chunks_held(fd, &before);
	child = fork();
	if (!child) {
		int own = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

		_exit(pga_alloc_in(own, area, &block) ? 1 : 0);
	}
	do {
		chunks_held(fd, &now);
	} while (now < before + 2 && !waitpid(child, &status, WNOHANG));
	if (kill(child, SIGKILL))
		return false;
	waitpid(child, &status, 0);
	return WIFSIGNALED(status);
}

TEST_F_TIMEOUT(grow, a_fatal_signal_gives_everything_back, 120)
{
	struct pgarea_alloc all = {};
	__u64 held = chunks_held(self->fd, NULL);
	struct pgarea_resize_area resize;
	int i, killed = 0;

	if (!obtainable(self->fd, &self->area, VAST, 1))
		SKIP(return, "the host has no such place");
	self->area.chunk_size = self->pageblock;
	self->area.maximum = VAST;
	CREATE();
	for (i = 0; i < ATTEMPTS && !killed; i++) {
		killed = kill_a_growth(self->fd, self->area.id, VAST);
		/* What was complete before is the area's. */
		if (!OWNED())
			continue;
		killed = 0;
		while (pga_resize_area(self->fd, self->area.id, 0, &resize) == -EBUSY)
			pga_sleep_ms(10);
		EXPECT_EQ(0, OWNED());
	}
	EXPECT_EQ(held, chunks_held(self->fd, NULL));
	if (!killed)
		SKIP(return, "it was always complete before");
	/* Nothing is counted any more of what was being taken. */
	all.size = VAST;
	EXPECT_EQ(0, ALLOC(&all));
}

TEST_F(grow, the_time_is_limited)
{
	long before = pga_read_number(PARAMETERS "grow_ms");
	struct pgarea_alloc block = { .size = VAST };

	if (!obtainable(self->fd, &self->area, VAST, 1))
		SKIP(return, "the host has no such place");
	CREATE();
	ASSERT_EQ(0, pga_write_number(PARAMETERS "grow_ms", 1));
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_REASON_TIMEOUT, self->refusal.reason);
	EXPECT_EQ(0, OWNED());
	ASSERT_EQ(0, pga_write_number(PARAMETERS "grow_ms", 0));
	EXPECT_EQ(0, ALLOC(&block));
	EXPECT_EQ(0, pga_write_number(PARAMETERS "grow_ms", before));
}

TEST_F(grow, bulk_grows)
{
	struct pgarea_bulk_block blocks[7];
	int i;

	CREATE();
	ASSERT_EQ(7, pga_bulk_in(self->fd, self->area.id, self->pageblock,
				 blocks, 7));
	for (i = 0; i < 7; i++)
		EXPECT_EQ(blocks[i].phys, pga_phys_at(self->fd, blocks[i].mmap_offset));
	EXPECT_LE(7 * self->pageblock, OWNED());
	EXPECT_GE(11 * self->pageblock, OWNED());
}

/* A bulk at the maximum returns what there is, and the reason for the next. */
TEST_F(grow, bulk_stops_at_the_maximum)
{
	struct pgarea_area_id set;
	struct pgarea_bulk_block blocks[7];
	struct pgarea_alloc_bulk arg = {
		.size = self->pageblock,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, 7),
		.refusals = PGA_ARRAY(&self->refusal, 1),
	};

	self->area.maximum = 4 * self->pageblock;
	CREATE();
	set = (struct pgarea_area_id){ .id = self->area.id };
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(4, arg.done);
	EXPECT_EQ(ENOSPC, arg.error);
	EXPECT_EQ(PGAREA_REASON_MAXIMUM, self->refusal.reason);
}

/* What was taken is in the area, although the result could not be written. */
TEST_F(grow, a_failure_later_leaves_a_grown_area)
{
	struct pgarea_alloc block = {
		.size = page_size(),
		.segments = PGA_ARRAY((struct pgarea_segment *)8, 1),
	};
	struct pgarea_area area;

	CREATE();
	EXPECT_EQ(-EFAULT, ALLOC(&block));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &area));
	EXPECT_LE(self->pageblock, area.owned);
	EXPECT_EQ(area.owned, area.free);
}

/* A buffer of this program with a page that is pinned by a pipe */
static char *pinned_page(char **buffer, int *pipes)
{
	struct iovec page = { .iov_len = page_size() };

	*buffer = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*buffer == MAP_FAILED || pipe2(pipes, O_CLOEXEC))
		return NULL;
	madvise(*buffer, BUFFER, MADV_NOHUGEPAGE);
	memset(*buffer, 'x', BUFFER);
	page.iov_base = *buffer + BUFFER / 2;
	return vmsplice(pipes[1], &page, 1, 0) < 0 ? NULL : page.iov_base;
}

TEST_F(grow, a_refusal_names_a_pinned_page)
{
	struct pgarea_alloc block = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_EXACT,
	};
	struct pgarea_obstacle entry;
	struct pgarea_probe probe;
	char *buffer, *page;
	int pipes[2];

	page = pinned_page(&buffer, pipes);
	ASSERT_NE(NULL, page);
	self->area.start = phys_of(page) & -self->pageblock;
	self->area.end = self->area.start + self->pageblock;
	CREATE();
	block.address = phys_of(page) & -self->pageblock;
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_REASON_NOT_OWNED, self->refusal.reason);
	EXPECT_EQ(block.address, self->refusal.address);
	probe = (struct pgarea_probe){
		.address = block.address,
		.size = page_size(),
		.obstacles = PGA_ARRAY(&entry, 1),
	};
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_PROBE, &probe));
	EXPECT_EQ(probe.kind, self->refusal.obstacle);
	EXPECT_EQ(probe.conflict, self->refusal.obstacle_address);
	/* Another page of the kernel may lie below it. */
	if (entry.page == phys_of(page))
		EXPECT_EQ(PGAREA_OBSTACLE_PINNED, self->refusal.obstacle);
	/* The same for a request that may lie anywhere. */
	block = (struct pgarea_alloc){ .size = page_size() };
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(probe.kind, self->refusal.obstacle);
	EXPECT_EQ(probe.conflict, self->refusal.obstacle_address);
	EXPECT_EQ(0, OWNED());
	close(pipes[0]);
	close(pipes[1]);
	munmap(buffer, BUFFER);
}

TEST_F(grow, a_refusal_names_the_kernel)
{
	struct pgarea_alloc block = { .size = page_size() };
	FILE *file = fopen("/proc/iomem", "re");
	unsigned long long first = 0;
	char line[200];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "Kernel code") &&
		    sscanf(line, " %llx-", &first) == 1)
			break;
	if (file)
		fclose(file);
	if (!first)
		SKIP(return, "/proc/iomem does not say where the kernel is");
	self->area.start = first & -self->pageblock;
	self->area.end = self->area.start + 2 * self->pageblock;
	CREATE();
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_REASON_FULL, self->refusal.reason);
	EXPECT_EQ(PGAREA_OBSTACLE_KERNEL, self->refusal.obstacle);
	EXPECT_LE(self->area.start, self->refusal.obstacle_address);
	EXPECT_GT(self->area.end, self->refusal.obstacle_address);
}

TEST_F(grow, a_refusal_names_where_no_memory_is)
{
	struct pgarea_alloc block = { .size = page_size() };
	__u64 start = time(NULL);

	self->area.start = 1ULL << 42;
	self->area.end = 1ULL << 43;
	CREATE();
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, self->refusal.obstacle);
	block.flags = PGAREA_ALLOC_TOP_DOWN;
	EXPECT_EQ(-ENOSPC, ALLOC(&block));
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, self->refusal.obstacle);
	/* 2 million pageblocks are not looked at one by one. */
	EXPECT_GT(start + 5 * pga_slow(), (__u64)time(NULL));
}

/* Programs that know a shorter entry, and one that is longer than ours */
TEST_F(grow, refusals_fit_other_programs)
{
	const size_t old = offsetof(struct pgarea_refusal, obstacle);
	struct { struct pgarea_refusal known; __u64 more; } entry;
	struct pgarea_area_id set;
	struct pgarea_alloc block = {
		.size = page_size(),
		.areas = PGA_ARRAY(&set, 1),
	};

	self->area.flags = 0;
	CREATE();
	set = (struct pgarea_area_id){ .id = self->area.id };
	memset(&entry, 0xa5, sizeof(entry));
	block.refusals = pga_array(&entry, old, 1);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_EQ(self->area.id, entry.known.area);
	EXPECT_EQ(0xa5a5a5a5, entry.known.obstacle);
	block.refusals = pga_array(&entry, sizeof(entry), 1);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, entry.known.obstacle);
	EXPECT_EQ(0, entry.known.__reserved2);
	EXPECT_EQ(0, entry.more);
}

/* Nothing is taken for a user beyond the limit, and the host is not shown. */
TEST_F(grow, a_user_grows_an_area_within_the_limit)
{
	long before = pga_read_number(PARAMETERS "user_limit");
	struct pgarea_refusal refusal = {};
	struct pgarea_alloc block = {
		.size = 3 * self->pageblock,
		.refusals = PGA_ARRAY(&refusal, 1),
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	__u64 taken, now;
	int user;

	CREATE();
	user = pga_open_as(PGA_USER, PGA_CAP(CAP_DAC_OVERRIDE), PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, user);
	ASSERT_EQ(0, pga_write_number(PARAMETERS "user_limit",
				      2 * self->pageblock));
	chunks_held(self->fd, &taken);
	EXPECT_EQ(-EDQUOT, pga_alloc_in(user, self->area.id, &block));
	chunks_held(self->fd, &now);
	EXPECT_EQ(taken, now);
	EXPECT_EQ(0, OWNED());
	block.size = 2 * self->pageblock;
	EXPECT_EQ(0, pga_alloc_in(user, self->area.id, &block));
	EXPECT_LE(2 * self->pageblock, OWNED());
	ASSERT_EQ(0, pga_write_number(PARAMETERS "user_limit", before));
	block.size = self->area.end - self->area.start;
	block.refusals = PGA_ARRAY(&refusal, 1);
	EXPECT_EQ(-ENOSPC, pga_alloc_in(user, self->area.id, &block));
	EXPECT_EQ(self->area.id, refusal.area);
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, refusal.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.obstacle_address);
	close(user);
}

TEST_HARNESS_MAIN
