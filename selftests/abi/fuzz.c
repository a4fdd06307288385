// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls.  Most are nearly right: a sensible request in which a few
 * fields are replaced, so that they pass the first checks.  Each result must be
 * one that the documentation allows, the counters must add up at all times, and
 * in the end all memory must be free again.
 *
 * Where the kernel reports what a call has reached (KCOV), the test keeps a
 * request that reached a new point of the module and derives others from it.
 *
 *   PGA_SEED=N            repeat the calls, as far as the results are the same
 *   PGA_FUZZ_SECONDS=N    how long (5)
 *   PGA_FUZZ_CALLS=N      how many ioctls instead, of all processes together
 *   PGA_FUZZ_PROCESSES=N  number of parallel processes (1)
 */
#include <stddef.h>
#include <sys/wait.h>

#include "include/export.h"
#include "include/kcov.h"
#include "include/pga_area.h"
#include "device/pci.h"

#define NR_FILES	3
#define NR_KNOWN	64
#define NR_NAMES	4
#define NR_AREAS	4

/* Calls between two progress messages */
#define SAY_EACH	100000

/*
 * A PCI function that may lose its bus mastering: QEMU's edu device, if present
 */
#define FUNCTION	"PGAREA_EDU_28"

/* Room that the kernel may write to, larger than any struct with a long tail */
#define BUFFER		(64 * 1024)
/* About the size of an argument */
#define TAIL		128

/* Larger blocks would make the test spend all its time clearing them. */
#define MOST_PROBED	(16 * MIB)
#define MOST_CLAIMED	(8 * MIB)
#define SENSIBLE_PAGES	64

/* How much is kept of a request, and of the buffer its pointers usually name */
#define KEPT_ARG	512
#define KEPT_BUFFER	512
#define NR_KEPT		512

/* A request that reached something new */
struct kept {
	unsigned int command;
	char arg[KEPT_ARG];
	char buffer[KEPT_BUFFER];
};

/* Totals of all processes */
struct total {
	unsigned long calls;
	unsigned long acts;
	unsigned long bytes;
	unsigned long counts[256];
};

struct fuzz {
	struct pga_snapshot before;
	struct total *total;
	struct kcov_points *points;
	struct kcov kcov;
	struct kept *kept;
	unsigned int nr_kept;
	unsigned long wanted_calls;
	time_t end;
	__u64 seed;
	char names[NR_NAMES][PGAREA_NAME_SIZE];	/* of blocks and areas */
	__u32 areas[NR_AREAS];			/* that it created */
	struct pgarea_create_area area;
	struct pgarea_bind function;
	int fds[NR_FILES];
	int exported;				/* a dma-buf, or -1 */
	__u64 known[NR_KNOWN];
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

#define COMMAND(_cmd, _struct, _weight, _array, _nr_arrays) { \
	.nr = PGAREA_CMD_ ## _cmd, \
	.size = sizeof(struct _struct), \
	.weight = _weight, \
	.array = _array, \
	.nr_arrays = _nr_arrays, \
}

/*
 * @weight: how often.  Lists are rare, since they walk through whole areas.
 * @array: offset of the first of @nr_arrays arrays.
 */
static const struct command {
	unsigned int nr;
	size_t size;
	unsigned int weight;
	size_t array;
	int nr_arrays;
} commands[] = {
	COMMAND(INFO, pgarea_info, 1, 0, 0),
	COMMAND(AREAS, pgarea_areas, 1, offsetof(struct pgarea_areas, areas), 1),
	COMMAND(ORDERS, pgarea_orders, 1,
		offsetof(struct pgarea_orders, orders), 1),
	COMMAND(RANGES, pgarea_ranges, 1,
		offsetof(struct pgarea_ranges, ranges), 1),
	COMMAND(BLOCKS, pgarea_blocks, 1,
		offsetof(struct pgarea_blocks, blocks), 1),
	COMMAND(ALLOC, pgarea_alloc, 8, offsetof(struct pgarea_alloc, areas), 3),
	COMMAND(FREE, pgarea_free, 6, 0, 0),
	COMMAND(ALLOC_BULK, pgarea_alloc_bulk, 3,
		offsetof(struct pgarea_alloc_bulk, areas), 3),
	COMMAND(FREE_BULK, pgarea_free_bulk, 5,
		offsetof(struct pgarea_free_bulk, ids), 1),
	COMMAND(TRIM, pgarea_trim, 4, 0, 0),
	COMMAND(SPLIT, pgarea_split, 4, offsetof(struct pgarea_split, pieces), 1),
	COMMAND(RESERVE, pgarea_reserve, 4, 0, 0),
	COMMAND(UNRESERVE, pgarea_unreserve, 4, 0, 0),
	COMMAND(WAIT, pgarea_wait, 1, 0, 0),
	COMMAND(BIND, pgarea_bind, 2, 0, 0),
	COMMAND(EXPORT, pgarea_export, 3, 0, 0),
	COMMAND(REMOVE, pgarea_remove, 1, 0, 0),
	COMMAND(END_ORPHANS, pgarea_end_orphans, 1, 0, 0),
	COMMAND(CREATE_AREA, pgarea_create_area, 1, 0, 0),
	COMMAND(RESIZE_AREA, pgarea_resize_area, 1, 0, 0),
	COMMAND(DESTROY_AREA, pgarea_destroy_area, 1, 0, 0),
	COMMAND(SHRINK_AREA, pgarea_shrink_area, 1, 0, 0),
	COMMAND(PROBE, pgarea_probe, 1, offsetof(struct pgarea_probe, obstacles), 1),
};

/* All errors that the commands may return */
static const int vocabulary[] = {
	0, ENOTTY, E2BIG, EINVAL, EOPNOTSUPP, EFAULT, ENOENT, EPERM, EACCES,
	EBUSY, ENOSPC, EDQUOT, EOVERFLOW, EMSGSIZE, ENOMEM, ETIMEDOUT, EEXIST,
	ENODEV,
};

static bool is_known_answer(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vocabulary); i++)
		if (err == -vocabulary[i])
			return true;
	return false;
}

/* Memory before a hole, so that a write beyond its end faults. */
static char *pages(int prot)
{
	char *at = mmap(NULL, BUFFER + page_size(), prot,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		mprotect(at + BUFFER, page_size(), PROT_NONE);
	return at;
}

/* Names that neither another run nor a block of the user has. */
static void choose_names(struct fuzz *self)
{
	int i;

	for (i = 0; i < NR_NAMES; i++)
		snprintf(self->names[i], PGAREA_NAME_SIZE, "fuzz-%d-%d",
			 getpid(), i);
}

static void choose_function(struct fuzz *self)
{
	const char *slot = getenv(FUNCTION);

	self->function.domain = PGA_NO_DOMAIN;
	if (slot && !pci_address(slot, &self->function))
		self->function.domain = PGA_NO_DOMAIN;
}

FIXTURE_SETUP(fuzz)
{
	struct fuzz *fuzz = &self->fuzz;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		ASSERT_GE(KEPT_ARG, commands[i].size);
	PGA_OPEN_OR_SKIP(self->watch);
	memset(fuzz, 0, sizeof(*fuzz));
	ASSERT_EQ(0, pga_snapshot(self->watch, &fuzz->before));
	if (!fuzz->before.nr)
		SKIP(return, "no areas");
	fuzz->seed = pga_seed();
	fuzz->exported = -1;
	choose_names(fuzz);
	choose_function(fuzz);
	ASSERT_EQ(0, pga_area_template(self->watch, fuzz->names[0], 2,
				       &fuzz->area));
	fuzz->points = kcov_points();
	fuzz->total = mmap(NULL, sizeof(*fuzz->total), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(NULL, fuzz->points);
	ASSERT_NE(MAP_FAILED, fuzz->total);
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

/* An id, address or size from an earlier call. */
static __u64 *known(struct fuzz *self)
{
	return &self->known[below(self, NR_KNOWN)];
}

static __u32 *own_area(struct fuzz *self)
{
	return &self->areas[below(self, NR_AREAS)];
}

/* One of those that were there, or one that it created, which may grow */
static __u32 some_area(struct fuzz *self)
{
	if (once_in(self, 4) && *own_area(self))
		return *own_area(self);
	return self->before.areas[below(self, self->before.nr)].id;
}

/* Boundary values. */
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

/* Never to memory of this program that the kernel must not write to. */
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

/* An address in or outside an area */
static __u64 some_address(struct fuzz *self)
{
	const struct pgarea_area *area;

	if (once_in(self, 2) && *known(self))
		return *known(self) + (below(self, 9) - 4) * page_size();
	area = &self->before.areas[below(self, self->before.nr)];
	return (area->start + below(self, area->end - area->start)) &
	       -(__u64)page_size();
}

/* A name of this run, or sometimes none */
static void some_name(struct fuzz *self, __u8 *name)
{
	const char *known = self->names[below(self, NR_NAMES)];

	pga_set_name(name, once_in(self, 32) ? "" : known);
}

/*
 * The attributes of the memory; some do not exist.  Caching attributes are
 * rare, since each change flushes the TLBs of all processors.
 */
static void make_kind(struct fuzz *self, struct pgarea_alloc *arg)
{
	if (once_in(self, 64))
		arg->cache = below(self, PGAREA_CACHE_UC + 2);
	if (once_in(self, 6))
		arg->access = below(self, PGAREA_ACCESS_EXECUTE + 2);
	if (once_in(self, 16))
		arg->layout = below(self, PGAREA_LAYOUT_PREFER_CONTIGUOUS + 2);
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
		if (once_in(self, 4))
			arg->flags |= PGAREA_ALLOC_CLAIM;
	}
	if (once_in(self, 8))
		arg->flags |= PGAREA_ALLOC_DRY_RUN;
	if (once_in(self, 8))
		arg->flags |= PGAREA_ALLOC_NO_GROW;
	if (once_in(self, 4))
		arg->flags |= PGAREA_ALLOC_TOP_DOWN;
	if (once_in(self, 4))
		arg->orphan_ms = once_in(self, 2) ? PGAREA_ORPHAN_NONE :
						    below(self, 100);
	if (once_in(self, 8))
		arg->flags |= PGAREA_ALLOC_PERSISTENT;
	make_kind(self, arg);
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

/* Room for blocks, sometimes for so many that they fill an area. */
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
	arg->cache = one.cache;
	arg->access = one.access;
	arg->areas = one.areas;
	arg->refusals = one.refusals;
	arg->blocks = some_blocks(self);
}

/* The ids are where the pointer usually points. */
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

static void make_end_orphans(struct fuzz *self, struct pgarea_end_orphans *arg)
{
	arg->flags = 1ULL << below(self, 5);
	if (arg->flags == PGAREA_ORPHANS_ID)
		arg->id = *known(self);
	else if (arg->flags == PGAREA_ORPHANS_PID)
		arg->pid = getpid();
	else if (arg->flags == PGAREA_ORPHANS_AREA)
		arg->area = some_area(self);
}

static const char *name_of_area(struct fuzz *self)
{
	return self->names[below(self, NR_NAMES)];
}

static void make_area(struct fuzz *self, struct pgarea_create_area *arg)
{
	*arg = self->area;
	strcpy((char *)arg->name, name_of_area(self));
	arg->size = below(self, 3) * self->area.chunk_size;
	if (once_in(self, 4))
		arg->minimum = arg->size;
	if (once_in(self, 2))
		arg->flags = PGAREA_AREA_GROW;
	if (once_in(self, 4))
		arg->flags = below(self, 8);
	if (once_in(self, 2))
		arg->chunk_size <<= below(self, 3);
}

static void make_probe(struct fuzz *self, struct pgarea_probe *arg)
{
	make_range(self, &arg->address, &arg->size);
	if (once_in(self, 2)) {
		arg->flags = PGAREA_PROBE_SEARCH;
		arg->lowest = arg->address;
		arg->address = 0;
		arg->align = once_in(self, 2) * page_size();
	}
	arg->obstacles = some_array(self, sizeof(struct pgarea_obstacle));
}

/* Fill in a sensible request of the command @nr. */
static void fixup_request(struct fuzz *self, unsigned int nr, void *arg)
{
	struct pgarea_unreserve *unreserve = arg;
	struct pgarea_destroy_area *destroy = arg;
	struct pgarea_resize_area *resize = arg;
	struct pgarea_shrink_area *shrink = arg;
	struct pgarea_reserve *reserve = arg;
	struct pgarea_ranges *ranges = arg;
	struct pgarea_orders *orders = arg;
	struct pgarea_blocks *blocks = arg;
	struct pgarea_export *export = arg;
	struct pgarea_bind *bind = arg;
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
		if (once_in(self, 8))
			reserve->flags |= PGAREA_RESERVE_PERSISTENT;
		if (once_in(self, 4))
			reserve->flags |= PGAREA_RESERVE_CLAIM;
		break;
	case PGAREA_CMD_UNRESERVE:
		unreserve->id = *known(self);
		if (once_in(self, 2))
			make_range(self, &unreserve->address, &unreserve->size);
		break;
	case PGAREA_CMD_WAIT:
		wait->id = once_in(self, 2) ? *known(self) : 0;
		wait->flags = once_in(self, 4);
		wait->timeout_ms = once_in(self, 8);
		break;
	case PGAREA_CMD_BIND:
		bind->id = *known(self);
		if (once_in(self, 4))
			bind->flags = PGAREA_BIND_NONE;
		break;
	case PGAREA_CMD_END_ORPHANS:
		make_end_orphans(self, arg);
		break;
	case PGAREA_CMD_CREATE_AREA:
		make_area(self, arg);
		break;
	case PGAREA_CMD_RESIZE_AREA:
		resize->area = *own_area(self);
		resize->size = below(self, 5) * self->area.chunk_size;
		break;
	case PGAREA_CMD_DESTROY_AREA:
		destroy->area = *own_area(self);
		break;
	case PGAREA_CMD_SHRINK_AREA:
		shrink->area = *own_area(self);
		shrink->keep = below(self, 3) * self->area.chunk_size;
		break;
	case PGAREA_CMD_PROBE:
		make_probe(self, arg);
		break;
	case PGAREA_CMD_EXPORT:
		export->id = *known(self);
		export->flags = once_in(self, 4);
		export->offset = once_in(self, 4) * page_size();
		export->size = below(self, 4) * page_size();
		break;
	}
}

/* Replace some of the fields, as 32 or 64 bits, and all pointers. */
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

static void shorten_orphan(__u32 *orphan_ms)
{
	if (*orphan_ms <= PGAREA_ORPHAN_MAX_MS)
		*orphan_ms %= 100;
}

/* A function that the module may stop, a missing one, or none */
static void bound_bind(struct fuzz *self, struct pgarea_bind *arg)
{
	__u64 id = arg->id, flags = arg->flags;

	if (flags == PGAREA_BIND_NONE)
		memset(arg, 0, sizeof(*arg));
	else
		*arg = self->function;
	if (once_in(self, 4))
		arg->domain = PGA_NO_DOMAIN;
	arg->id = id;
	arg->flags = flags;
}

/* Areas of others stay as they are, and those of the test are small. */
static void bound_area(struct fuzz *self, __u32 *area, __u64 *size)
{
	int i;

	for (i = 0; i < self->before.nr; i++)
		if (*area == self->before.areas[i].id)
			*area = 0;
	*size %= 8 * self->area.chunk_size;
}

/* Few pageblocks: to look at all memory takes long. */
static void bound_probe(struct pgarea_probe *arg)
{
	arg->size %= MOST_PROBED;
	if (arg->flags & PGAREA_PROBE_SEARCH &&
	    (arg->highest ?: ~0ULL) - arg->lowest > MOST_PROBED)
		arg->highest = arg->lowest + MOST_PROBED;
}

/*
 * Make sure that no call takes long, that whatever stays after all files are
 * closed can be found again, and that blocks and devices of others are left
 * alone.
 */
static void bound_request(struct fuzz *self, unsigned int nr, void *arg)
{
	struct pgarea_alloc_bulk *bulk = arg;
	struct pgarea_reserve *reserve = arg;
	struct pgarea_destroy_area *destroy = arg;
	struct pgarea_create_area *create = arg;
	struct pgarea_resize_area *resize = arg;
	struct pgarea_shrink_area *shrink = arg;
	struct pgarea_end_orphans *end = arg;
	struct pgarea_remove *remove = arg;
	struct pgarea_alloc *alloc = arg;
	struct pgarea_wait *wait = arg;
	__u64 none = 0;

	if (nr == PGAREA_CMD_WAIT) {
		wait->timeout_ms %= 2;
	} else if (nr == PGAREA_CMD_ALLOC) {
		shorten_orphan(&alloc->orphan_ms);
		if (alloc->flags & PGAREA_ALLOC_CLAIM)
			alloc->size %= MOST_CLAIMED;
		if (alloc->flags & PGAREA_ALLOC_PERSISTENT)
			some_name(self, alloc->name);
	} else if (nr == PGAREA_CMD_ALLOC_BULK) {
		shorten_orphan(&bulk->orphan_ms);
	} else if (nr == PGAREA_CMD_RESERVE) {
		shorten_orphan(&reserve->orphan_ms);
		if (reserve->flags & PGAREA_RESERVE_CLAIM)
			reserve->size %= MOST_CLAIMED;
		if (reserve->flags & PGAREA_RESERVE_PERSISTENT)
			some_name(self, reserve->name);
	} else if (nr == PGAREA_CMD_BIND) {
		bound_bind(self, arg);
	} else if (nr == PGAREA_CMD_REMOVE) {
		some_name(self, remove->name);
	} else if (nr == PGAREA_CMD_CREATE_AREA) {
		create->size %= 8 * self->area.chunk_size;
		/* It would grow by as much as a block needs that must be cleared. */
		if (create->flags & PGAREA_AREA_GROW)
			create->maximum = 8 * self->area.chunk_size;
		strcpy((char *)create->name, name_of_area(self));
	} else if (nr == PGAREA_CMD_RESIZE_AREA) {
		bound_area(self, &resize->area, &resize->size);
	} else if (nr == PGAREA_CMD_DESTROY_AREA) {
		bound_area(self, &destroy->area, &none);
	} else if (nr == PGAREA_CMD_SHRINK_AREA) {
		bound_area(self, &shrink->area, &none);
	} else if (nr == PGAREA_CMD_END_ORPHANS) {
		end->flags |= PGAREA_ORPHANS_PID;
		end->pid = getpid();
	} else if (nr == PGAREA_CMD_PROBE) {
		bound_probe(arg);
	}
}

/* Where the program can read them, and with known values */
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

/* Remember ids and addresses that were returned, for later calls. */
static void remember(struct fuzz *self, unsigned int nr, const void *arg)
{
	const struct pgarea_alloc_bulk *bulk = arg;
	const struct pgarea_unreserve *unreserve = arg;
	const struct pgarea_reserve *reserve = arg;
	const struct pgarea_export *export = arg;
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
	} else if (nr == PGAREA_CMD_CREATE_AREA) {
		*own_area(self) = ((const struct pgarea_create_area *)arg)->id;
	} else if (nr == PGAREA_CMD_EXPORT) {
		close(self->exported);
		self->exported = export->fd;
	}
}

static int some_prot(struct fuzz *self)
{
	if (once_in(self, 8))
		return PROT_READ | PROT_EXEC;
	return once_in(self, 4) ? PROT_READ : PROT_READ | PROT_WRITE;
}

/* Replaces the previous mapping */
static void map_from(struct fuzz *self, int fd, __u64 offset)
{
	size_t size = (below(self, 8) + 1) * page_size();
	int prot = some_prot(self);
	void *at;

	if (self->mapped)
		munmap(self->mapped, self->mapped_size);
	self->mapped = NULL;
	at = mmap(NULL, size, prot, MAP_SHARED, fd, offset);
	if (at == MAP_FAILED)
		return;
	self->mapped = at;
	self->mapped_size = size;
	if (prot & PROT_WRITE)
		memset(at, 0xa5, size);
}

static void map_something(struct fuzz *self)
{
	__u64 offset = *known(self) % (1ULL << 44) / page_size() * page_size();

	if (once_in(self, 4))
		offset += below(self, 8) * page_size();
	if (once_in(self, 8))
		map_from(self, self->exported, once_in(self, 4) * page_size());
	else
		map_from(self, self->fds[below(self, NR_FILES)], offset);
}

/* By its name, like a program that knows only the node */
static void use_node(struct fuzz *self)
{
	const char *name = self->names[below(self, NR_NAMES)];
	int fd = pga_open_node(name, once_in(self, 4) ? O_RDONLY : O_RDWR);
	off_t offset = below(self, SENSIBLE_PAGES * page_size());
	ssize_t done = 0;

	if (fd < 0)
		return;
	if (once_in(self, 2))
		done += pread(fd, self->buffer, below(self, BUFFER), offset);
	if (once_in(self, 2))
		done += pwrite(fd, self->buffer, below(self, BUFFER), offset);
	if (once_in(self, 2))
		map_from(self, fd, 0);
	close(fd);
	self->total->bytes += done > 0 ? done : 0;
}

/* Punch a hole, shrink, grow, move, change protection, or unmap */
static void change_mapping(struct fuzz *self)
{
	size_t size = (below(self, 8) + 1) * page_size();
	char *part;
	void *at;

	if (!self->mapped)
		return;
	part = (char *)self->mapped +
	       below(self, self->mapped_size / page_size()) * page_size();
	switch (below(self, 4)) {
	case 0:
		munmap(part, page_size());
		break;
	case 1:
		mprotect(part, page_size(), once_in(self, 2) ? PROT_READ :
						PROT_READ | PROT_EXEC);
		break;
	case 2:
		madvise(self->mapped, self->mapped_size, MADV_DONTNEED);
		break;
	default:
		at = mremap(self->mapped, self->mapped_size, size,
			    MREMAP_MAYMOVE);
		if (at == MAP_FAILED)
			break;
		self->mapped = at;
		self->mapped_size = size;
	}
}

static void reopen_one(struct fuzz *self)
{
	int *fd = &self->fds[below(self, NR_FILES)];

	close(*fd);
	*fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
}

/* Duplicate a descriptor */
static void dup_one(struct fuzz *self)
{
	int from = self->fds[below(self, NR_FILES)];

	dup3(from, self->fds[below(self, NR_FILES)], O_CLOEXEC);
}

/*
 * A child inherits the mapping and the files for a moment, and may free blocks.
 */
static void fork_one(struct fuzz *self)
{
	__u64 id = *known(self);
	int fd = self->fds[below(self, NR_FILES)];
	pid_t child = fork();

	if (!child) {
		pga_free(fd, id);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* Operations of a program besides the ioctls */
static void act(struct fuzz *self)
{
	self->total->acts++;
	switch (below(self, 256)) {
	case 0:
		reopen_one(self);
		break;
	case 1:
		dup_one(self);
		break;
	case 2:
		fork_one(self);
		break;
	case 3 ... 15:
		use_node(self);
		break;
	default:
		if (once_in(self, 2))
			map_something(self);
		else
			change_mapping(self);
	}
}

/* A bulk command reports how far it came, and never that nothing happened. */
static bool reports_progress(const void *buffer, unsigned int nr)
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

/* Exactly as it was kept; spoil() changes it. */
static const struct command *take_kept(struct fuzz *self)
{
	const struct kept *kept = &self->kept[below(self, self->nr_kept)];
	const struct command *cmd = &commands[kept->command];

	memcpy(self->arg, kept->arg, cmd->size);
	memcpy(self->buffer, kept->buffer, KEPT_BUFFER);
	/* Replace an old id by a current one */
	if (once_in(self, 2))
		memcpy(self->arg + 8 * below(self, cmd->size / 8), known(self), 8);
	return cmd;
}

static const struct command *some_command(struct fuzz *self)
{
	unsigned int all = 0, at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		all += commands[i].weight;
	at = below(self, all);
	for (i = 0; at >= commands[i].weight; i++)
		at -= commands[i].weight;
	return &commands[i];
}

/* @size: of the struct, as passed to the call */
static const struct command *make_request(struct fuzz *self, size_t *size)
{
	const struct command *cmd = some_command(self);

	memset(self->arg, 0, cmd->size);
	if (self->nr_kept && once_in(self, 2))
		cmd = take_kept(self);
	else
		fixup_request(self, cmd->nr, self->arg);
	memset(self->arg + cmd->size, once_in(self, 64), 1024);
	spoil(self, cmd);
	*size = once_in(self, 16) ? below(self, 1024) : cmd->size;
	/*
	 * The kernel reads the part of a field before the end of the size:
	 * bound it too.
	 */
	if (*size < cmd->size)
		memset(self->arg + *size, 0, cmd->size - *size);
	bound_request(self, cmd->nr, self->arg);
	return cmd;
}

/* Replaces another request when there is no room. */
static void keep(struct fuzz *self, const struct kept *kept)
{
	unsigned int i = self->nr_kept < NR_KEPT ? self->nr_kept++ :
						   below(self, NR_KEPT);

	self->kept[i] = *kept;
}

static void *some_argument(struct fuzz *self)
{
	switch (below(self, 128)) {
	case 0:
		return self->read_only;
	case 1:
		/* An earlier result in its place may be a WAIT of hours. */
		memset(self->arg + BUFFER - TAIL, 0, TAIL);
		return self->arg + BUFFER - below(self, TAIL);
	case 2:
		return NULL;
	case 3:
		return (void *)(uintptr_t)edge_value(self);
	default:
		return self->arg;
	}
}

/* Make one call and return its result. */
static int call(struct fuzz *self)
{
	size_t size;
	const struct command *cmd = make_request(self, &size);
	unsigned int nr = once_in(self, 64) ? below(self, 256) : cmd->nr;
	int fd = self->fds[below(self, NR_FILES)], err;
	struct kept kept = { .command = cmd - commands };
	void *arg = some_argument(self);
	bool made = arg == self->arg && nr == cmd->nr;

	/* The pointers of another command would be arbitrary. */
	if (nr != cmd->nr)
		memset(self->arg, 0, cmd->size);
	memcpy(kept.arg, self->arg, cmd->size);
	memcpy(kept.buffer, self->buffer, KEPT_BUFFER);
	kcov_clear(&self->kcov);
	err = pga_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, PGAREA_IOC_TYPE, nr,
				 size), arg);
	/*
	 * Derive requests, and judge the result, only if the request is
	 * unchanged.
	 */
	if (kcov_new(&self->kcov, self->points) && made)
		keep(self, &kept);
	if (!err && made && size >= cmd->size) {
		remember(self, nr, self->arg);
		if (!reports_progress(self->arg, nr))
			return -EPROTO;
	}
	return err;
}

static void say_counts(const struct fuzz *self)
{
	const struct total *total = self->total;
	size_t i;

	printf("# %lu calls:", total->calls);
	for (i = 0; i < ARRAY_SIZE(vocabulary); i++)
		printf(" %s %lu", vocabulary[i] ?
		       strerrorname_np(vocabulary[i]) : "ok",
		       total->counts[vocabulary[i]]);
	printf("; %lu mappings, files and children; %lu bytes by nodes\n",
	       total->acts, total->bytes);
	if (self->points->nr)
		printf("# %lu points of the module reached\n", self->points->nr);
}

static void count(struct fuzz *self, int err)
{
	unsigned long calls;

	__atomic_add_fetch(&self->total->counts[-err], 1, __ATOMIC_RELAXED);
	calls = __atomic_add_fetch(&self->total->calls, 1, __ATOMIC_RELAXED);
	if (calls % SAY_EACH)
		return;
	printf("# %lu done\n", calls);
	fflush(stdout);
}

static bool has_time(const struct fuzz *self, unsigned long nr)
{
	if (self->wanted_calls)
		return self->total->calls < self->wanted_calls;
	return nr % 256 || time(NULL) < self->end;
}

/* The loop of a process; false when a result was wrong. */
static bool work(struct fuzz *self, int watch)
{
	unsigned long nr;
	int err;

	for (nr = 0; has_time(self, nr); nr++) {
		err = call(self);
		if (!is_known_answer(err)) {
			printf("# call %lu returned %d\n", nr, err);
			return false;
		}
		count(self, err);
		if (once_in(self, 8))
			act(self);
		if (!(nr % 1024) && !pga_adds_up(watch)) {
			printf("# the counters do not add up at call %lu\n", nr);
			return false;
		}
	}
	return true;
}

/* The end of the process closes and unmaps everything. */
static pid_t start_worker(const struct fuzz *fuzz, int watch, int number)
{
	struct fuzz self = *fuzz;
	pid_t child = fork();
	int i, status;

	if (child)
		return child;
	self.seed += number;
	self.kept = calloc(NR_KEPT, sizeof(*self.kept));
	for (i = 0; i < NR_FILES; i++) {
		self.fds[i] = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		if (self.fds[i] < 0)
			_exit(1);
	}
	kcov_start(&self.kcov);
	status = self.kept && work(&self, watch) ? 0 : 1;
	fflush(stdout);
	_exit(status);
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

TEST_F_TIMEOUT(fuzz, random_calls, 3600)
{
	int nr = setting("PGA_FUZZ_PROCESSES", 1), i, status;
	struct fuzz *fuzz = &self->fuzz;

	fuzz->wanted_calls = setting("PGA_FUZZ_CALLS", 0);
	fuzz->end = time(NULL) + setting("PGA_FUZZ_SECONDS", 5);
	fflush(stdout);
	for (i = 0; i < nr; i++)
		ASSERT_LT(0, start_worker(fuzz, self->watch, i));
	for (i = 0; i < nr; i++) {
		ASSERT_LT(0, wait(&status));
		EXPECT_EQ(0, status);
	}
	for (i = 0; i < NR_NAMES; i++)
		pga_remove(self->watch, fuzz->names[i], NULL);
	for (i = 0; i < NR_NAMES; i++)
		EXPECT_EQ(0, pga_destroy_areas(self->watch, fuzz->names[i]));
	say_counts(fuzz);
	EXPECT_LT(0, fuzz->total->calls);
	EXPECT_TRUE(pga_returns_to(self->watch, &fuzz->before));
}

TEST_HARNESS_MAIN
