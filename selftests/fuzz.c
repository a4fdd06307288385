// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls.  Most are nearly right: a sensible request in which a few fields
 * are replaced, so that they get far.  Each answer must be one of the contract's,
 * the counters must add up all the time, and in the end all must be back.
 *
 *   PGA_SEED=N            the same calls again, as far as the answers are the same
 *   PGA_FUZZ_SECONDS=N    how long (5)
 */
#include <stddef.h>

#include "pga_state.h"

#define NR_FILES	3
#define NR_KNOWN	64

/* What the kernel may write to, larger than any struct with a long tail */
#define BUFFER		(64 * 1024)

/* Blocks of one call do not get larger, or clearing them takes all the time. */
#define SENSIBLE_PAGES	64

struct fuzz {
	struct pga_snapshot before;
	__u64 seed;
	int fds[NR_FILES];
	__u64 known[NR_KNOWN];
	unsigned long counts[256];
	void *mapped;
	size_t mapped_size;
	char *arg;
	char *buffer;
	char *read_only;
};

FIXTURE(fuzz) {
	int watch;
	struct fuzz fuzz;
};

#define COMMAND(_cmd, _struct, _array, _nr_arrays) { \
	.nr = PGAREA_CMD_ ## _cmd, \
	.size = sizeof(struct _struct), \
	.array = _array, \
	.nr_arrays = _nr_arrays, \
}

/* @array: where the first of @nr_arrays arrays is.  The more often, the oftener. */
static const struct command {
	unsigned int nr;
	size_t size;
	size_t array;
	int nr_arrays;
} commands[] = {
	COMMAND(INFO, pgarea_info, 0, 0),
	COMMAND(AREAS, pgarea_areas, offsetof(struct pgarea_areas, areas), 1),
	COMMAND(ORDERS, pgarea_orders, offsetof(struct pgarea_orders, orders), 1),
	COMMAND(RANGES, pgarea_ranges, offsetof(struct pgarea_ranges, ranges), 1),
	COMMAND(BLOCKS, pgarea_blocks, offsetof(struct pgarea_blocks, blocks), 1),
	COMMAND(ALLOC, pgarea_alloc, offsetof(struct pgarea_alloc, areas), 3),
	COMMAND(ALLOC, pgarea_alloc, offsetof(struct pgarea_alloc, areas), 3),
	COMMAND(ALLOC, pgarea_alloc, offsetof(struct pgarea_alloc, areas), 3),
	COMMAND(FREE, pgarea_free, 0, 0),
	COMMAND(FREE, pgarea_free, 0, 0),
	COMMAND(ALLOC_BULK, pgarea_alloc_bulk,
		offsetof(struct pgarea_alloc_bulk, areas), 3),
	COMMAND(FREE_BULK, pgarea_free_bulk,
		offsetof(struct pgarea_free_bulk, ids), 1),
	COMMAND(FREE_BULK, pgarea_free_bulk,
		offsetof(struct pgarea_free_bulk, ids), 1),
	COMMAND(TRIM, pgarea_trim, 0, 0),
	COMMAND(TRIM, pgarea_trim, 0, 0),
	COMMAND(SPLIT, pgarea_split, offsetof(struct pgarea_split, pieces), 1),
	COMMAND(SPLIT, pgarea_split, offsetof(struct pgarea_split, pieces), 1),
	COMMAND(RESERVE, pgarea_reserve, 0, 0),
	COMMAND(RESERVE, pgarea_reserve, 0, 0),
	COMMAND(UNRESERVE, pgarea_unreserve, 0, 0),
	COMMAND(UNRESERVE, pgarea_unreserve, 0, 0),
	COMMAND(WAIT, pgarea_wait, 0, 0),
	COMMAND(EXPORT, pgarea_export, 0, 0),
	COMMAND(REMOVE, pgarea_remove, 0, 0),
};

/* All that a program may be told. */
static const int vocabulary[] = {
	0, ENOTTY, E2BIG, EINVAL, EOPNOTSUPP, EFAULT, ENOENT, EPERM, EACCES,
	EBUSY, ENOSPC, EDQUOT, EOVERFLOW, EMSGSIZE, ENOMEM, ETIMEDOUT,
};

static bool is_known_answer(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vocabulary); i++)
		if (err == -vocabulary[i])
			return true;
	return false;
}

/* Memory with a hole behind it: what the kernel writes too much is seen. */
static char *pages(int prot)
{
	char *at = mmap(NULL, BUFFER + page_size(), prot,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		mprotect(at + BUFFER, page_size(), PROT_NONE);
	return at;
}

FIXTURE_SETUP(fuzz)
{
	struct fuzz *fuzz = &self->fuzz;
	int i;

	PGA_OPEN_OR_SKIP(self->watch);
	memset(fuzz, 0, sizeof(*fuzz));
	ASSERT_EQ(0, pga_snapshot(self->watch, &fuzz->before));
	if (!fuzz->before.nr)
		SKIP(return, "no areas");
	fuzz->seed = pga_seed();
	for (i = 0; i < NR_FILES; i++) {
		fuzz->fds[i] = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fuzz->fds[i]);
	}
	fuzz->arg = pages(PROT_READ | PROT_WRITE);
	fuzz->buffer = pages(PROT_READ | PROT_WRITE);
	fuzz->read_only = pages(PROT_READ);
	ASSERT_NE(MAP_FAILED, fuzz->arg);
	ASSERT_NE(MAP_FAILED, fuzz->buffer);
	ASSERT_NE(MAP_FAILED, fuzz->read_only);
}

FIXTURE_TEARDOWN(fuzz)
{
	close(self->watch);
}

static __u64 below(struct fuzz *self, __u64 limit)
{
	return pga_random(&self->seed) % limit;
}

/* True once in @n times. */
static bool once_in(struct fuzz *self, unsigned int n)
{
	return !below(self, n);
}

/* An id, address or size that was of use before. */
static __u64 *known(struct fuzz *self)
{
	return &self->known[below(self, NR_KNOWN)];
}

static __u32 some_area(struct fuzz *self)
{
	return self->before.areas[below(self, self->before.nr)].id;
}

/* Numbers at which things change. */
static __u64 edge_value(struct fuzz *self)
{
	__u64 power = 1ULL << below(self, 64);

	switch (below(self, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return power - 1;
	case 3:
		return power + 1;
	case 4:
		return 0 - power;
	case 5:
		return *known(self);
	case 6:
		return pga_random(&self->seed);
	default:
		return power;
	}
}

/* Never to memory of ours that the kernel should not write to. */
static __u64 some_pointer(struct fuzz *self)
{
	switch (below(self, 8)) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)self->read_only;
	case 2:
		return (uintptr_t)self->buffer + BUFFER - below(self, 64);
	case 3:
		return ~0ULL - below(self, 4096);
	case 4:
		return (__u64)~0UL << (20 + below(self, 20));
	default:
		return (uintptr_t)self->buffer;
	}
}

static struct pgarea_array some_array(struct fuzz *self, size_t entry_size)
{
	struct pgarea_array array = {
		.entry_size = entry_size,
		.count = below(self, 40),
	};

	if (once_in(self, 8))
		array.entry_size += below(self, 32) - 8;
	if (once_in(self, 8))
		array.count = edge_value(self);
	if (once_in(self, 4))
		array.cursor = edge_value(self);
	if (once_in(self, 16))
		array.cursor = *known(self);
	if (once_in(self, 64))
		array.__reserved = 1;
	return array;
}

/* An address in an area, owned or not. */
static __u64 some_address(struct fuzz *self)
{
	const struct pgarea_area *area;

	if (once_in(self, 2) && *known(self))
		return *known(self) + (below(self, 9) - 4) * page_size();
	area = &self->before.areas[below(self, self->before.nr)];
	return (area->start + below(self, area->end - area->start)) &
	       -(__u64)page_size();
}

static void make_alloc(struct fuzz *self, struct pgarea_alloc *arg)
{
	struct pgarea_area_id *ids = (void *)self->buffer;
	int i;

	arg->size = below(self, SENSIBLE_PAGES * page_size()) + 1;
	if (once_in(self, 3))
		arg->align = 1ULL << below(self, 26);
	if (once_in(self, 4))
		arg->boundary = 1ULL << below(self, 34);
	if (once_in(self, 4))
		arg->lowest = some_address(self);
	if (once_in(self, 4))
		arg->highest = some_address(self);
	if (once_in(self, 4)) {
		arg->flags |= PGAREA_ALLOC_EXACT;
		arg->address = some_address(self);
	}
	if (once_in(self, 8))
		arg->flags |= PGAREA_ALLOC_DRY_RUN;
	if (once_in(self, 4))
		arg->flags |= PGAREA_ALLOC_TOP_DOWN;
	if (once_in(self, 4))
		arg->orphan_ms = once_in(self, 2) ? PGAREA_ORPHAN_NONE :
						    below(self, 100);
	if (once_in(self, 4)) {
		arg->areas = some_array(self, sizeof(*ids));
		for (i = 0; i < 4; i++)
			ids[i] = (struct pgarea_area_id){ .id = some_area(self) };
	}
	if (once_in(self, 4))
		arg->segments = some_array(self, sizeof(struct pgarea_segment));
	if (once_in(self, 4))
		arg->refusals = some_array(self, sizeof(struct pgarea_refusal));
}

/* Room for blocks, at times for so many that they fill an area. */
static struct pgarea_array some_blocks(struct fuzz *self)
{
	struct pgarea_array array = some_array(self,
					       sizeof(struct pgarea_bulk_block));

	if (once_in(self, 16))
		array.count = below(self, BUFFER / array.entry_size);
	return array;
}

static void make_bulk(struct fuzz *self, struct pgarea_alloc_bulk *arg)
{
	struct pgarea_alloc one = {};

	make_alloc(self, &one);
	arg->size = once_in(self, 2) ? one.size : one.size % page_size() + 1;
	arg->align = one.align;
	arg->boundary = one.boundary;
	arg->lowest = one.lowest;
	arg->highest = one.highest;
	if (once_in(self, 4))
		arg->flags = one.flags;
	arg->orphan_ms = one.orphan_ms;
	arg->areas = one.areas;
	arg->refusals = one.refusals;
	arg->blocks = some_blocks(self);
}

/* The ids stand where the pointer mostly leads. */
static void make_free_bulk(struct fuzz *self, struct pgarea_free_bulk *arg)
{
	struct pgarea_block_id *ids = (void *)self->buffer;
	int i;

	arg->ids = some_array(self, sizeof(*ids));
	for (i = 0; i < 40; i++)
		ids[i].id = *known(self);
}

static void make_split(struct fuzz *self, struct pgarea_split *arg)
{
	arg->id = *known(self);
	if (once_in(self, 2))
		arg->first = below(self, SENSIBLE_PAGES / 2) * page_size();
	if (once_in(self, 2))
		arg->size = below(self, SENSIBLE_PAGES / 2) * page_size();
	arg->pieces = some_blocks(self);
}

static void make_range(struct fuzz *self, __u64 *address, __u64 *size)
{
	*address = some_address(self);
	*size = (below(self, SENSIBLE_PAGES) + 1) * page_size();
}

/* A request that makes sense, of the command @nr. */
static void make_sense(struct fuzz *self, unsigned int nr, void *arg)
{
	struct pgarea_unreserve *unreserve = arg;
	struct pgarea_reserve *reserve = arg;
	struct pgarea_ranges *ranges = arg;
	struct pgarea_orders *orders = arg;
	struct pgarea_blocks *blocks = arg;
	struct pgarea_export *export = arg;
	struct pgarea_areas *areas = arg;
	struct pgarea_free *block = arg;
	struct pgarea_trim *trim = arg;
	struct pgarea_wait *wait = arg;

	switch (nr) {
	case PGAREA_CMD_AREAS:
		areas->areas = some_array(self, sizeof(struct pgarea_area));
		break;
	case PGAREA_CMD_ORDERS:
		orders->area = some_area(self);
		orders->orders = some_array(self, sizeof(struct pgarea_order));
		break;
	case PGAREA_CMD_RANGES:
		ranges->area = some_area(self);
		ranges->ranges = some_array(self, sizeof(struct pgarea_range));
		break;
	case PGAREA_CMD_BLOCKS:
		blocks->flags = below(self, 8);
		blocks->blocks = some_array(self, sizeof(struct pgarea_block));
		break;
	case PGAREA_CMD_ALLOC:
		make_alloc(self, arg);
		break;
	case PGAREA_CMD_FREE:
		block->id = *known(self);
		break;
	case PGAREA_CMD_ALLOC_BULK:
		make_bulk(self, arg);
		break;
	case PGAREA_CMD_FREE_BULK:
		make_free_bulk(self, arg);
		break;
	case PGAREA_CMD_TRIM:
		trim->id = *known(self);
		trim->size = below(self, SENSIBLE_PAGES * page_size()) + 1;
		break;
	case PGAREA_CMD_SPLIT:
		make_split(self, arg);
		break;
	case PGAREA_CMD_RESERVE:
		make_range(self, &reserve->address, &reserve->size);
		break;
	case PGAREA_CMD_UNRESERVE:
		unreserve->id = *known(self);
		if (once_in(self, 2))
			make_range(self, &unreserve->address, &unreserve->size);
		break;
	case PGAREA_CMD_WAIT:
		wait->id = once_in(self, 2) ? *known(self) : 0;
		wait->flags = once_in(self, 4);
		wait->timeout_ms = below(self, 3);
		break;
	case PGAREA_CMD_EXPORT:
		export->id = *known(self);
		export->size = below(self, 4) * page_size();
		break;
	}
}

/* Replace some of the fields, taken as 32 or 64 bits, and all pointers. */
static void spoil(struct fuzz *self, const struct command *cmd)
{
	struct pgarea_array *arrays = (void *)(self->arg + cmd->array);
	int i, nr = once_in(self, 2) ? 0 : below(self, 3);
	__u64 value;

	for (i = 0; i < nr; i++) {
		value = edge_value(self);
		if (once_in(self, 2))
			memcpy(self->arg + 8 * below(self, cmd->size / 8),
			       &value, 8);
		else
			memcpy(self->arg + 4 * below(self, cmd->size / 4),
			       &value, 4);
	}
	for (i = 0; i < cmd->nr_arrays; i++)
		arrays[i].entries = some_pointer(self);
}

/* A name makes something that stays when the test ends. */
static void forget_name(__u8 *name, __u64 *flags, __u64 persistent)
{
	if (name[0])
		*flags &= ~persistent;
}

static void shorten_orphan(__u32 *orphan_ms)
{
	if (*orphan_ms <= PGAREA_ORPHAN_MAX_MS)
		*orphan_ms %= 100;
}

/* No call takes long, and nothing outlives the test. */
static void tame(unsigned int nr, void *arg)
{
	struct pgarea_alloc_bulk *bulk = arg;
	struct pgarea_reserve *reserve = arg;
	struct pgarea_alloc *alloc = arg;
	struct pgarea_wait *wait = arg;

	if (nr == PGAREA_CMD_WAIT) {
		wait->timeout_ms %= 3;
	} else if (nr == PGAREA_CMD_ALLOC) {
		shorten_orphan(&alloc->orphan_ms);
		forget_name(alloc->name, &alloc->flags,
			    PGAREA_ALLOC_PERSISTENT);
	} else if (nr == PGAREA_CMD_ALLOC_BULK) {
		shorten_orphan(&bulk->orphan_ms);
	} else if (nr == PGAREA_CMD_RESERVE) {
		shorten_orphan(&reserve->orphan_ms);
		forget_name(reserve->name, &reserve->flags,
			    PGAREA_RESERVE_PERSISTENT);
	}
}

/* Where the program can read them, and they are as we know them */
static void remember_blocks(struct fuzz *self, const struct pgarea_array *array)
{
	const struct pgarea_bulk_block *blocks = (void *)self->buffer;

	if (array->entries != (uintptr_t)blocks || !array->count ||
	    array->entry_size != sizeof(*blocks))
		return;
	*known(self) = blocks[array->count - 1].id;
	*known(self) = blocks[array->count - 1].phys;
	*known(self) = blocks[below(self, array->count)].id;
}

/* Ids and addresses that came back make later calls meet earlier ones. */
static void remember(struct fuzz *self, unsigned int nr, const void *arg)
{
	const struct pgarea_alloc_bulk *bulk = arg;
	const struct pgarea_unreserve *unreserve = arg;
	const struct pgarea_reserve *reserve = arg;
	const struct pgarea_split *split = arg;
	const struct pgarea_alloc *alloc = arg;

	if (nr == PGAREA_CMD_ALLOC) {
		*known(self) = alloc->id;
		*known(self) = alloc->phys;
	} else if (nr == PGAREA_CMD_RESERVE) {
		*known(self) = reserve->id;
		*known(self) = reserve->address;
	} else if (nr == PGAREA_CMD_UNRESERVE) {
		*known(self) = unreserve->rest_id;
	} else if (nr == PGAREA_CMD_ALLOC_BULK) {
		remember_blocks(self, &bulk->blocks);
	} else if (nr == PGAREA_CMD_SPLIT) {
		remember_blocks(self, &split->pieces);
	}
}

static void map_something(struct fuzz *self, int fd)
{
	size_t size = (below(self, 8) + 1) * page_size();
	__u64 offset;
	void *at;

	if (self->mapped)
		munmap(self->mapped, self->mapped_size);
	self->mapped = NULL;
	offset = *known(self) % (1ULL << 44) / page_size() * page_size();
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (at == MAP_FAILED)
		return;
	self->mapped = at;
	self->mapped_size = size;
	memset(at, 0xa5, size);
}

/* A bulk command says how far it came, and never that nothing happened. */
static bool tells_how_far(const void *buffer, unsigned int nr)
{
	const struct pgarea_alloc_bulk *alloc = buffer;
	const struct pgarea_free_bulk *free = buffer;

	if (nr == PGAREA_CMD_ALLOC_BULK)
		return alloc->done && is_known_answer(-(int)alloc->error) &&
		       alloc->done == alloc->blocks.count &&
		       alloc->done == alloc->blocks.total;
	if (nr == PGAREA_CMD_FREE_BULK)
		return free->done && is_known_answer(-(int)free->error) &&
		       (free->done == free->ids.count) == !free->error;
	return true;
}

/* One call; what it answered. */
static int call(struct fuzz *self)
{
	const struct command *cmd = &commands[below(self, ARRAY_SIZE(commands))];
	unsigned int nr = once_in(self, 64) ? below(self, 256) : cmd->nr;
	size_t size = once_in(self, 16) ? below(self, 1024) : cmd->size;
	int fd = self->fds[below(self, NR_FILES)], err;

	memset(self->arg, 0, cmd->size);
	memset(self->arg + cmd->size, once_in(self, 64), 1024);
	make_sense(self, cmd->nr, self->arg);
	spoil(self, cmd);
	tame(cmd->nr, self->arg);
	/* Another command's pointers would be anything. */
	if (nr != cmd->nr)
		memset(self->arg, 0, cmd->size);
	err = pga_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, PGAREA_IOC_TYPE, nr,
				 size),
			once_in(self, 64) ? self->read_only : self->arg);
	if (!err && size >= cmd->size && nr == cmd->nr) {
		if (nr == PGAREA_CMD_EXPORT)
			close(((struct pgarea_export *)self->arg)->fd);
		remember(self, nr, self->arg);
		if (!tells_how_far(self->arg, nr))
			return -EPROTO;
	}
	if (once_in(self, 8))
		map_something(self, fd);
	return err;
}

static void reopen_one(struct fuzz *self)
{
	int *fd = &self->fds[below(self, NR_FILES)];

	close(*fd);
	*fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
}

static bool adds_up(int fd)
{
	struct pga_snapshot now;
	int i;

	if (pga_snapshot(fd, &now))
		return false;
	for (i = 0; i < now.nr; i++) {
		const struct pgarea_area *area = &now.areas[i];

		if (area->owned != area->free + area->allocated +
				   area->reserved + area->draining +
				   area->orphaned + area->poisoned ||
		    area->largest_free > area->free)
			return false;
	}
	return true;
}

static void say_counts(const struct fuzz *self, unsigned long nr)
{
	size_t i;

	printf("# %lu calls:", nr);
	for (i = 0; i < ARRAY_SIZE(vocabulary); i++)
		printf(" %s %lu", vocabulary[i] ?
		       strerrorname_np(vocabulary[i]) : "ok",
		       self->counts[vocabulary[i]]);
	printf("\n");
}

TEST_F_TIMEOUT(fuzz, random_calls, 3600)
{
	const char *seconds = getenv("PGA_FUZZ_SECONDS");
	time_t end = time(NULL) + (seconds ? atoi(seconds) : 5);
	struct fuzz *fuzz = &self->fuzz;
	unsigned long nr;
	int i, err;

	for (nr = 0; nr % 256 || time(NULL) < end; nr++) {
		err = call(fuzz);
		ASSERT_TRUE(is_known_answer(err))
			TH_LOG("call %lu answered %d", nr, err);
		fuzz->counts[-err]++;
		if (once_in(fuzz, 4096))
			reopen_one(fuzz);
		if (!(nr % 1024))
			ASSERT_TRUE(adds_up(self->watch));
	}
	say_counts(fuzz, nr);
	if (fuzz->mapped)
		munmap(fuzz->mapped, fuzz->mapped_size);
	for (i = 0; i < NR_FILES; i++)
		close(fuzz->fds[i]);
	EXPECT_TRUE(pga_returns_to(self->watch, &fuzz->before));
}

TEST_HARNESS_MAIN
