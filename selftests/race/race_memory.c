// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that another thread unmaps or protects while the kernel reads or
 * writes a struct or an array in it: the command is done and reported, or it is
 * not done.
 *
 * The memory belongs to a file and is mapped twice, so that the program can
 * read what the kernel wrote although the mapping that it wrote to is gone.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>

#include "include/pga_lifetime.h"

#define SECONDS		2
#define PIECES		4
#define ROOM		8192

/* How the memory becomes inaccessible */
enum way { BY_MPROTECT, BY_READ_ONLY, BY_MUNMAP };

/* What the other thread makes inaccessible: from @at on */
struct flipper {
	pthread_t thread;
	atomic_bool stop;
	enum way way;
	int memory;
	char *at;
};

/* @at: may be inaccessible; @seen: the same memory, for reading */
FIXTURE(race_memory)
{
	int fd;
	struct pgarea_area area;
	struct pgarea_range run;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	struct flipper flipper;
	char *seen;
	bool skipped;
	bool only_read;
	unsigned long done;
	unsigned long faults;
};

FIXTURE_VARIANT(race_memory)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(race_memory, mprotect) { .way = BY_MPROTECT };
FIXTURE_VARIANT_ADD(race_memory, read_only) { .way = BY_READ_ONLY };
FIXTURE_VARIANT_ADD(race_memory, munmap) { .way = BY_MUNMAP };

static void take_away(struct flipper *me)
{
	if (me->way == BY_MUNMAP)
		munmap(me->at, ROOM);
	else
		mprotect(me->at, ROOM, me->way == BY_READ_ONLY ? PROT_READ :
								 PROT_NONE);
}

static bool give_back(struct flipper *me)
{
	if (me->way == BY_MUNMAP)
		return mmap(me->at, ROOM, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, me->memory, 0) == me->at;
	return !mprotect(me->at, ROOM, PROT_READ | PROT_WRITE);
}

static void *flip(void *data)
{
	struct flipper *me = data;
	unsigned int i;

	for (i = 0; !me->stop; i++) {
		take_away(me);
		sched_yield();
		if (!give_back(me))
			return me;
		/* Sometimes it stays for long enough. */
		if (i % 4 == 0)
			usleep(200);
	}
	return NULL;
}

FIXTURE_SETUP(race_memory)
{
	struct flipper *flipper = &self->flipper;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 256, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	flipper->way = variant->way;
	flipper->memory = memfd_create("race_memory", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(flipper->memory, ROOM));
	flipper->at = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED,
			   flipper->memory, 0);
	self->seen = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED,
			  flipper->memory, 0);
	ASSERT_NE(MAP_FAILED, flipper->at);
	ASSERT_NE(MAP_FAILED, self->seen);
	ASSERT_EQ(0, pthread_create(&flipper->thread, NULL, flip, flipper));
}

/*
 * Both must have happened, or the test proves nothing.  The kernel can always
 * read read-only memory, unless it is unmapped.
 */
FIXTURE_TEARDOWN(race_memory)
{
	void *result;

	self->flipper.stop = true;
	pthread_join(self->flipper.thread, &result);
	EXPECT_EQ(NULL, result);
	printf("# %lu done, %lu faults\n", self->done, self->faults);
	EXPECT_LT(0, self->done + self->skipped);
	if (self->only_read && variant->way == BY_READ_ONLY)
		EXPECT_EQ(0, self->faults);
	if (!self->only_read || variant->way != BY_READ_ONLY)
		EXPECT_LT(0, self->faults + self->skipped);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

static int count_blocks(int fd)
{
	struct pgarea_block *list;
	int nr = pga_blocks(fd, 0, &list);

	if (nr >= 0)
		free(list);
	return nr;
}

/*
 * Run a command whose struct is in the changing memory; count the result, and
 * accept only success and EFAULT.
 */
#define CALL(_cmd) ({							\
	int _err = pga_ioctl(self->fd, _cmd, self->flipper.at);		\
									\
	self->done += !_err;						\
	self->faults += _err == -EFAULT;				\
	ASSERT_TRUE(!_err || _err == -EFAULT)				\
		TH_LOG("answered %d", _err);				\
	_err;								\
})

/* The same with a struct of its own, whose array is in the changing memory. */
#define CALL_WITH(_cmd, _arg) ({					\
	int _err = pga_ioctl(self->fd, _cmd, _arg);			\
									\
	self->done += !_err;						\
	self->faults += _err == -EFAULT;				\
	ASSERT_TRUE(!_err || _err == -EFAULT)				\
		TH_LOG("answered %d", _err);				\
	_err;								\
})

#define FOR_SECONDS(_end)						\
	for (__u64 _end = pga_now_ms() + SECONDS * 1000;		\
	     pga_now_ms() < _end;)

TEST_F(race_memory, alloc)
{
	struct pgarea_alloc *arg = (void *)self->seen;

	FOR_SECONDS(end) {
		*arg = (struct pgarea_alloc){ .size = 1 };
		if (!CALL(PGAREA_IOC_ALLOC))
			ASSERT_EQ(0, pga_free(self->fd, arg->id));
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, segments_of_alloc)
{
	struct pgarea_alloc arg;

	FOR_SECONDS(end) {
		arg = (struct pgarea_alloc){
			.size = 1,
			.segments = pga_array(self->flipper.at,
					      sizeof(struct pgarea_segment), 1),
		};
		if (!CALL_WITH(PGAREA_IOC_ALLOC, &arg))
			ASSERT_EQ(0, pga_free(self->fd, arg.id));
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, areas_of_alloc)
{
	struct pgarea_area_id *set = (void *)self->seen;
	struct pgarea_alloc arg;

	self->only_read = true;
	*set = (struct pgarea_area_id){ .id = self->area.id };
	FOR_SECONDS(end) {
		arg = (struct pgarea_alloc){
			.size = 1,
			.areas = pga_array(self->flipper.at, sizeof(*set), 1),
		};
		if (!CALL_WITH(PGAREA_IOC_ALLOC, &arg)) {
			ASSERT_EQ(self->area.id, arg.area);
			ASSERT_EQ(0, pga_free(self->fd, arg.id));
		}
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, blocks_of_bulk)
{
	struct pgarea_bulk_block *blocks = (void *)self->seen;
	struct pgarea_alloc_bulk arg;
	__u64 ids[PIECES];
	int i;

	FOR_SECONDS(end) {
		arg = (struct pgarea_alloc_bulk){
			.size = 1,
			.blocks = pga_array(self->flipper.at, sizeof(*blocks),
					    PIECES),
		};
		if (!CALL_WITH(PGAREA_IOC_ALLOC_BULK, &arg)) {
			for (i = 0; i < PIECES; i++)
				ids[i] = blocks[i].id;
			ASSERT_EQ(PIECES, pga_free_ids(self->fd, ids, PIECES));
		}
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, bulk)
{
	struct pgarea_alloc_bulk *arg = (void *)self->seen;
	struct pgarea_bulk_block blocks[PIECES];
	__u64 ids[PIECES];
	int i;

	FOR_SECONDS(end) {
		*arg = (struct pgarea_alloc_bulk){
			.size = 1,
			.blocks = PGA_ARRAY(blocks, PIECES),
		};
		if (!CALL(PGAREA_IOC_ALLOC_BULK)) {
			for (i = 0; i < PIECES; i++)
				ids[i] = blocks[i].id;
			ASSERT_EQ(PIECES, pga_free_ids(self->fd, ids, PIECES));
		}
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

/* Was it freed?  The program's @done shows it, and an id is valid once. */
TEST_F(race_memory, ids_of_free_bulk)
{
	struct pgarea_block_id *ids = (void *)self->seen;
	struct pgarea_alloc block;
	struct pgarea_free_bulk arg;

	self->only_read = true;
	FOR_SECONDS(end) {
		block = (struct pgarea_alloc){ .size = 1 };
		ASSERT_EQ(0, pga_alloc(self->fd, &block));
		ids->id = block.id;
		arg = (struct pgarea_free_bulk){
			.ids = pga_array(self->flipper.at, sizeof(*ids), 1),
		};
		if (CALL_WITH(PGAREA_IOC_FREE_BULK, &arg))
			ASSERT_EQ(0, pga_free(self->fd, block.id));
		ASSERT_EQ(-ENOENT, pga_free(self->fd, block.id));
	}
}

TEST_F(race_memory, pieces_of_split)
{
	struct pgarea_bulk_block *pieces = (void *)self->seen;
	struct pgarea_alloc block;
	struct pgarea_split arg;
	int i;

	FOR_SECONDS(end) {
		block = (struct pgarea_alloc){ .size = PIECES * page_size() };
		ASSERT_EQ(0, pga_alloc(self->fd, &block));
		arg = (struct pgarea_split){
			.id = block.id,
			.size = page_size(),
			.pieces = pga_array(self->flipper.at, sizeof(*pieces),
					    PIECES),
		};
		if (CALL_WITH(PGAREA_IOC_SPLIT, &arg)) {
			ASSERT_EQ(1, count_blocks(self->fd));
			ASSERT_EQ(0, pga_trim(self->fd, block.id,
					      block.alloc_size));
			ASSERT_EQ(0, pga_free(self->fd, block.id));
		} else {
			for (i = 0; i < PIECES; i++)
				ASSERT_EQ(0, pga_free(self->fd, pieces[i].id));
		}
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, trim)
{
	struct pgarea_trim *arg = (void *)self->seen;
	struct pgarea_block seen;
	struct pgarea_alloc block;

	FOR_SECONDS(end) {
		__u64 size = 2 * page_size();

		block = (struct pgarea_alloc){ .size = size };
		ASSERT_EQ(0, pga_alloc(self->fd, &block));
		*arg = (struct pgarea_trim){ .id = block.id, .size = 1 };
		if (!CALL(PGAREA_IOC_TRIM))
			size = page_size();
		ASSERT_EQ(0, pga_block_of(self->fd, 0, block.id, &seen));
		ASSERT_EQ(size, seen.size);
		ASSERT_EQ(0, pga_free(self->fd, block.id));
	}
}

TEST_F(race_memory, reserve)
{
	struct pgarea_reserve *arg = (void *)self->seen;

	FOR_SECONDS(end) {
		*arg = (struct pgarea_reserve){
			.address = self->run.address,
			.size = page_size(),
		};
		if (!CALL(PGAREA_IOC_RESERVE))
			ASSERT_EQ(0, pga_unreserve(self->fd, arg->id));
		ASSERT_EQ(0, count_blocks(self->fd));
	}
}

TEST_F(race_memory, unreserve_of_a_part)
{
	struct pgarea_unreserve *arg = (void *)self->seen;
	__u64 id, page = page_size();

	FOR_SECONDS(end) {
		ASSERT_EQ(0, pga_reserve_at(self->fd, self->run.address,
					    3 * page, &id));
		*arg = (struct pgarea_unreserve){
			.id = id,
			.address = self->run.address + page,
			.size = page,
		};
		if (!CALL(PGAREA_IOC_UNRESERVE))
			ASSERT_EQ(0, pga_unreserve(self->fd, arg->rest_id));
		ASSERT_EQ(1, count_blocks(self->fd));
		ASSERT_EQ(0, pga_unreserve(self->fd, id));
	}
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int nr = 0;

	while (dir && readdir(dir))
		nr++;
	if (dir)
		closedir(dir);
	return nr;
}

TEST_F(race_memory, export)
{
	struct pgarea_export *arg = (void *)self->seen;
	struct pgarea_alloc block = { .size = 1 };
	int before = count_descriptors();

	if (!(pga_info(self->fd).features & PGAREA_FEATURE_EXPORT)) {
		self->skipped = true;
		SKIP(return, "no dma-bufs");
	}
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	FOR_SECONDS(end) {
		*arg = (struct pgarea_export){ .id = block.id };
		if (!CALL(PGAREA_IOC_EXPORT))
			ASSERT_EQ(0, close(arg->fd));
		ASSERT_EQ(before, count_descriptors());
	}
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

/* An unreported node does not stay, and a reported one exists. */
TEST_F(race_memory, persistent_and_remove)
{
	struct pgarea_alloc *alloc = (void *)self->seen;
	struct pgarea_remove *remove = (void *)self->seen;
	int err;

	if (geteuid()) {
		self->skipped = true;
		SKIP(return, "needs root");
	}
	FOR_SECONDS(end) {
		*alloc = (struct pgarea_alloc){
			.size = 1,
			.flags = PGAREA_ALLOC_PERSISTENT,
		};
		pga_set_name(alloc->name, self->name);
		err = CALL(PGAREA_IOC_ALLOC);
		ASSERT_EQ(!err, pga_node_exists(self->name));
		if (err)
			continue;
		do {
			*remove = (struct pgarea_remove){};
			pga_set_name(remove->name, self->name);
			err = CALL(PGAREA_IOC_REMOVE);
			ASSERT_EQ(!!err, pga_node_exists(self->name));
		} while (err);
	}
}

/* Lists change nothing, but must release what they hold while they write. */
TEST_F(race_memory, lists)
{
	struct pgarea_ranges ranges = { .area = self->area.id };
	struct pgarea_blocks blocks = {};
	struct pgarea_alloc block = { .size = 1 };

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	FOR_SECONDS(end) {
		blocks.blocks = pga_array(self->flipper.at,
					  sizeof(struct pgarea_block), 4);
		CALL_WITH(PGAREA_IOC_BLOCKS, &blocks);
		ranges.ranges = pga_array(self->flipper.at,
					  sizeof(struct pgarea_range), 128);
		CALL_WITH(PGAREA_IOC_RANGES, &ranges);
	}
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

TEST_HARNESS_MAIN
