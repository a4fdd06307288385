// SPDX-License-Identifier: GPL-2.0
/*
 * A fake device for tests of the command, loaded with LD_PRELOAD.
 *
 * Opening /fake returns an anonymous file.  Ioctls on it work on a table of pages:
 * three areas, in which other processes already hold blocks, two PCI functions, and a
 * bridge at 00:1c.0.
 * Holders release nothing while a program runs.  It implements the uapi as far as the
 * tests of the command need.
 *
 *	FAKE_ERRNO=N	ALLOC, ALLOC_BULK, RESERVE and SHRINK_AREA fail with that number
 *	FAKE_HIDE=1	the module hides addresses
 *	FAKE_USER=1	the opener lacks CAP_SYS_ADMIN
 *	FAKE_OLD=1	the module does not know lifetime commands
 *	FAKE_LIMIT=N	limit of a user, in bytes
 *	FAKE_SHORT=NAME	the area has 32 MiB less than it should
 *	FAKE_SIGNAL=1	a signal interrupts the first WAIT
 *	FAKE_GONE=1	nothing drains and nothing is orphaned
 *	FAKE_GROW=WHAT	the areas may grow up to 64 MiB, but that is their "maximum", there
 *			is a "timeout", or this number of an obstacle is in the way
 *	FAKE_FULL=1	PROBE finds no memory that the host could spare
 *	FAKE_MAX=1	there are as many areas as there may be: no claim
 *	FAKE_CLAIM=1	a claim of another file has an area
 *	FAKE_LIE=WORD	lists, and SPLIT where it can, give an impossible answer: "stuck"
 *			(the cursor does not advance), "cycle" (it returns after some
 *			calls), "start" (it is 0), "many" (more entries than asked for),
 *			"none" (no entry though there is room), "fits" (the rest would
 *			have fitted), "short" (a success without the rest)
 *	FAKE_LOG=F	log to this file: blocks made, with access, cache, orphan_ms and
 *			"persistent"; bindings; waits; blocks left when a process ended
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/fcntl.h>
#include <linux/pgarea.h>

#define PAGE	4096ULL
#define MIB	0x100000ULL
#define NR_PAGES 5184
/* First pages of the special blocks that other processes hold */
#define ORPHAN	5120
#define POISON	5124
#define TABLE	5128
#define SPARE	5132
#define BOUND	5136

static const struct pgarea_area areas[] = {
	{ .id = 1, .node = -1, .name = "lowest", .end = 16 * MIB },
	{ .id = 2, .node = -1, .name = "low", .start = 16 * MIB, .end = 4096 * MIB },
	{ .id = 3, .node = 0, .name = "normal", .start = 65536 * MIB, .end = 1ULL << 52 },
};

/* The first page of a block describes it */
static struct page {
	__u64 address;
	__u32 area;
	__u32 state;
	__u32 id;
	int mine;
	struct pgarea_block block;
} pages[NR_PAGES];

static __u32 last_id;

/* The area of a claim, that this process made or FAKE_CLAIM */
static struct pgarea_area claimed = { .id = 4, .node = -1, .flags = PGAREA_AREA_CLAIM };

static void own(int first, int n, __u64 address, __u32 area)
{
	for (int i = 0; i < n; i++)
		pages[first + i] = (struct page){
			.address = address + i * PAGE,
			.area = area,
			.state = PGAREA_STATE_FREE,
		};
}

static __u32 take(int first, int n, __u32 state)
{
	last_id++;
	for (int i = first; i < first + n; i++) {
		pages[i].state = state;
		pages[i].id = last_id;
		pages[i].mine = 0;
		pages[i].block = (struct pgarea_block){ .kind = state == PGAREA_STATE_RESERVED };
	}
	return last_id;
}

/* A block of another file, as BLOCKS returns it */
static struct pgarea_block *take_as(int first, int n, __u32 state, const char *name,
				    __u32 holders)
{
	struct pgarea_block *block = &pages[first].block;

	take(first, n, state);
	block->holders = holders;
	block->pid = 1234;
	block->uid = 1000;
	strcpy((char *)block->name, name);
	return block;
}

static void __attribute__((__format__(printf, 1, 2))) note(const char *format, ...)
{
	const char *path = getenv("FAKE_LOG");
	FILE *out = path ? fopen(path, "a") : NULL;
	va_list args;

	if (!out)
		return;
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fclose(out);
}

/* A block that this process makes belongs to it, unless it is @persistent. */
static void make(int first, const __u8 *name, int persistent)
{
	struct pgarea_block *block = &pages[first].block;

	memcpy(block->name, name, PGAREA_NAME_SIZE);
	block->persistent = persistent;
	pages[first].mine = !persistent;
	note("made %s %u %u %u%s\n", (char *)name, block->access, block->cache,
	     block->orphan_ms, persistent ? " persistent" : "");
}

static void take_other(int first, int n, __u32 state)
{
	take_as(first, n, state, "other", PGAREA_HOLDER_OWNER | PGAREA_HOLDER_MAPPING);
}

/* Blocks that drain or are orphaned */
static void take_leaving(void)
{
	struct pgarea_block *block;

	block = take_as(5096, 8, PGAREA_STATE_DRAINING, "other",
			PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_DMABUF);
	block = take_as(ORPHAN, 4, PGAREA_STATE_ORPHANED, "rx", PGAREA_HOLDER_DEVICE);
	block->orphan_ms = 812;
}

static void take_special(void)
{
	struct pgarea_block *block;

	pages[POISON].state = PGAREA_STATE_POISONED;
	block = take_as(TABLE, 4, PGAREA_STATE_ALLOCATED, "table", PGAREA_HOLDER_NODE);
	block->persistent = 1;
	block->pid = 0;
	block = take_as(SPARE, 4, PGAREA_STATE_RESERVED, "spare", 0);
	block->persistent = 1;
	block->pid = 0;
	block = take_as(BOUND, 4, PGAREA_STATE_ALLOCATED, "ring", PGAREA_HOLDER_OWNER);
	block->bound_to_pci = 1;
	block->pci_bus = 3;
	block->pci_device = 0x1f;
	block->pci_function = 7;
	block->orphan_ms = 60000;
	block->cache = PGAREA_CACHE_WC;
	block->access = PGAREA_ACCESS_READ_ONLY;
	block->poisoned = 1;
}

/* Other processes hold more ranges than the first call of a list has room for. */
static void __attribute__((constructor)) start(void)
{
	own(0, 2048, 8 * MIB, 1);
	own(2048, 1024, 16 * MIB, 2);
	own(3072, 1024, 64 * MIB, 2);
	own(4096, 1024, 65536 * MIB, 3);
	own(5120, 64, 65536 * MIB + 1024 * PAGE, 3);
	take_other(512, 16, PGAREA_STATE_ALLOCATED);
	take_other(1024, 256, PGAREA_STATE_RESERVED);
	for (int i = 0; i < 40; i++)
		take_other(3200 + 4 * i, 2, PGAREA_STATE_ALLOCATED);
	take_other(4096, 1000, PGAREA_STATE_ALLOCATED);
	pages[4096].block.orphan_ms = PGAREA_ORPHAN_NONE;
	if (getenv("FAKE_OLD"))
		return;
	if (getenv("FAKE_CLAIM")) {
		claimed.owned = 2 * MIB;
		strcpy((char *)claimed.name, "claim-6000000");
	}
	if (!getenv("FAKE_GONE"))
		take_leaving();
	take_special();
}

/* Log the blocks that a kernel would find when the process ends. */
static void __attribute__((destructor)) finish(void)
{
	for (int i = 0; i < NR_PAGES; i++) {
		if (pages[i].mine)
			note("left %s\n", (char *)pages[i].block.name);
	}
}

static int fail(int err)
{
	errno = err;
	return -1;
}

static __u64 shown(__u64 address)
{
	return getenv("FAKE_HIDE") ? PGAREA_NO_ADDRESS : address;
}

/* The first page after the run of pages that are held, or free, together */
static int run_end(int i)
{
	const struct page *p = &pages[i];

	for (i++, p++; i < NR_PAGES; i++, p++) {
		if (p->area != p[-1].area || p->state != p[-1].state || p->id != p[-1].id ||
		    p->address != p[-1].address + PAGE)
			break;
	}
	return i;
}

static int page_at(__u64 address)
{
	int i = 0;

	while (i < NR_PAGES && (address < pages[i].address || address >= pages[i].address + PAGE))
		i++;
	return i;
}

/* The cursor is the number of entries that earlier calls returned. */
static void put(struct pgarea_array *array, __u32 *n, const void *entry, size_t size)
{
	__u64 index = (*n)++ - array->cursor;

	if (index < array->count)
		memcpy((char *)(uintptr_t)array->entries + index * size, entry, size);
}

/* Answer a list as FAKE_LIE says; the result of ioctl(). */
static int lie(const char *how, struct pgarea_array *array)
{
	__u32 room = array->count;

	array->total = room + 9;
	if (!strcmp(how, "many")) {
		array->count = room + 1;
		array->total = room + 1;
		return 0;
	}
	if (!strcmp(how, "short"))
		return 0;
	if (!strcmp(how, "stuck"))
		array->cursor = 7;
	else if (!strcmp(how, "cycle"))
		array->cursor = array->cursor % 5 + 1;
	else
		array->cursor = !!strcmp(how, "start");
	if (!strcmp(how, "none"))
		array->count = 0;
	if (!strcmp(how, "fits"))
		array->total = room;
	return fail(EMSGSIZE);
}

static int put_end(struct pgarea_array *array, __u32 n)
{
	const char *how = getenv("FAKE_LIE");

	if (how)
		return lie(how, array);
	array->total = n - array->cursor;
	if (array->total > array->count) {
		array->cursor += array->count;
		return fail(EMSGSIZE);
	}
	array->count = array->total;
	array->cursor = 0;
	return 0;
}

static __u64 held_bytes(void)
{
	__u64 bytes = 0;

	for (int i = 0, end; i < NR_PAGES; i = end) {
		end = run_end(i);
		if (pages[i].mine)
			bytes += (end - i) * PAGE;
	}
	return bytes;
}

static __u64 user_limit(void)
{
	const char *text = getenv("FAKE_LIMIT");

	return text ? strtoull(text, NULL, 0) : 0;
}

static void do_info(struct pgarea_info *info)
{
	info->features = PGAREA_FEATURE_ALLOC | PGAREA_FEATURE_RESERVE | PGAREA_FEATURE_TOP_DOWN;
	info->flags = getenv("FAKE_HIDE") ? PGAREA_INFO_HIDE_PHYS : 0;
	info->page_size = PAGE;
	info->pageblock_size = 2 * MIB;
	info->nr_areas = 3;
	info->max_areas = 64;
	info->owned = NR_PAGES * PAGE;
	info->host_available = 1537 * MIB;
	info->cleared = 24 * MIB;
	if (getenv("FAKE_OLD"))
		return;
	/* all features but UC, and one that the tool does not know */
	info->features = 1ULL << 40 | (0x3fffff & ~PGAREA_FEATURE_UC);
	info->poisoned = PAGE;
	info->orphan_ms = 1000;
	info->orphan_max_ms = 60000;
	info->user_limit = user_limit();
	info->user_held = held_bytes();
	info->chunks_taken = 12;
	info->chunks_returned = 3;
	info->bytes_taken = 24 * MIB;
	info->bytes_returned = 6 * MIB;
	info->host_calls = 1234;
	info->host_us = 1200345;
	info->refused_busy = 3;
	info->refused_reserve = 2;
	info->refused_other = 1;
}

static void fill_area(struct pgarea_area *area)
{
	const char *missing = getenv("FAKE_SHORT");

	if (missing && !strcmp(missing, (const char *)area->name))
		area->target_size = 32 * MIB;
	if (getenv("FAKE_GROW")) {
		area->flags = PGAREA_AREA_GROW;
		area->maximum = 64 * MIB;
	}
	for (int i = 0, end; i < NR_PAGES; i = end) {
		__u64 size = ((end = run_end(i)) - i) * PAGE;
		__u64 *const sums[] = { NULL, &area->free, &area->allocated,
					&area->reserved, &area->draining,
					&area->orphaned, &area->poisoned };

		if (pages[i].area != area->id)
			continue;
		area->nr_chunks = area->id == 2 ? 2 : 1;
		area->owned += size;
		area->target_size += size;
		*sums[pages[i].state] += size;
		if (pages[i].state == PGAREA_STATE_FREE && size > area->largest_free)
			area->largest_free = size;
	}
}

static int do_areas(struct pgarea_areas *request)
{
	__u32 n = 0;

	for (int i = 0; i < 3; i++) {
		struct pgarea_area area = areas[i];

		fill_area(&area);
		put(&request->areas, &n, &area, sizeof(area));
	}
	if (claimed.owned)
		put(&request->areas, &n, &claimed, sizeof(claimed));
	return put_end(&request->areas, n);
}

static int do_orders(struct pgarea_orders *request)
{
	struct pgarea_order order = { .order = 9, .free_blocks = 2 };
	__u32 n = 0;

	put(&request->orders, &n, &order, sizeof(order));
	return put_end(&request->orders, n);
}

static int do_ranges(struct pgarea_ranges *request)
{
	__u32 n = 0;

	if (getenv("FAKE_HIDE") && getenv("FAKE_USER"))
		return fail(EPERM);
	for (int i = 0, end; i < NR_PAGES; i = end) {
		struct pgarea_range range = { shown(pages[i].address), 0, pages[i].state,
					      pages[i].area };

		end = run_end(i);
		range.size = (end - i) * PAGE;
		if (pages[i].area == request->area &&
		    pages[i].address + range.size > request->lowest &&
		    !(request->highest && pages[i].address > request->highest))
			put(&request->ranges, &n, &range, sizeof(range));
	}
	return put_end(&request->ranges, n);
}

static int do_blocks(struct pgarea_blocks *request)
{
	int all = !!(request->flags & PGAREA_BLOCKS_ALL);
	__u32 n = 0;

	if (all && getenv("FAKE_USER"))
		return fail(EPERM);
	for (int i = 0, end; i < NR_PAGES; i = end) {
		struct pgarea_block block = pages[i].block;

		end = run_end(i);
		block.id = pages[i].id;
		block.address = shown(pages[i].address);
		block.area = pages[i].area;
		block.state = pages[i].state;
		block.size = (end - i) * PAGE;
		if (block.id && (all || pages[i].mine))
			put(&request->blocks, &n, &block, sizeof(block));
	}
	return put_end(&request->blocks, n);
}

/* ---- Requests ------------------------------------------------------------ */

static int taken(const __u8 *name)
{
	for (int i = 0; i < NR_PAGES; i++) {
		if (pages[i].block.persistent &&
		    !strcmp((const char *)pages[i].block.name, (const char *)name))
			return i;
	}
	return -1;
}

#define NODE_FLAGS (PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE)

/* Check rights, features and limits of a request; return an errno. */
static int forbidden(const __u8 *name, int persistent, int exact, __u64 size)
{
	if (persistent && getenv("FAKE_OLD"))
		return EOPNOTSUPP;
	if ((persistent || (exact && getenv("FAKE_HIDE"))) && getenv("FAKE_USER"))
		return EPERM;
	if (persistent && taken(name) >= 0)
		return EEXIST;
	if (user_limit() && held_bytes() + size > user_limit())
		return EDQUOT;
	return 0;
}

static int forbidden_alloc(const struct pgarea_alloc *request)
{
	if (request->cache == PGAREA_CACHE_UC)
		return EOPNOTSUPP;
	if (getenv("FAKE_OLD") && (request->cache || request->access))
		return EOPNOTSUPP;
	if (getenv("FAKE_OLD") && request->orphan_ms)
		return E2BIG;
	if (request->flags & NODE_FLAGS && request->node > 1)
		return ENODEV;
	if ((request->align > 2 * MIB || request->flags & NODE_FLAGS) &&
	    getenv("FAKE_HIDE") && getenv("FAKE_USER"))
		return EPERM;
	return forbidden(request->name, !!(request->flags & PGAREA_ALLOC_PERSISTENT),
			 !!(request->flags & PGAREA_ALLOC_EXACT), request->size);
}

static int fits(const struct pgarea_alloc *request, int i, int n)
{
	__u64 first = pages[i].address, last = first + n * PAGE - 1;

	return pages[i].state == PGAREA_STATE_FREE && run_end(i) - i >= n &&
	       first >= request->lowest &&
	       (!request->highest || last <= request->highest) &&
	       !(request->align && first % request->align) &&
	       !(request->boundary && first / request->boundary != last / request->boundary) &&
	       !(request->flags & PGAREA_ALLOC_EXACT && first != request->address);
}

static void refuse_growth(struct pgarea_refusal *refusal, const char *why)
{
	refusal->obstacle_address = PGAREA_NO_ADDRESS;
	if (!strcmp(why, "maximum")) {
		refusal->reason = PGAREA_REASON_MAXIMUM;
	} else if (!strcmp(why, "timeout")) {
		refusal->reason = PGAREA_REASON_TIMEOUT;
	} else {
		refusal->obstacle = atoi(why);
		refusal->obstacle_address = shown(0x1400000);
	}
}

static void refuse(struct pgarea_alloc *request, const struct pgarea_area *known, __u32 *n)
{
	struct pgarea_refusal refusal = { .area = known->id, .address = PGAREA_NO_ADDRESS };
	struct pgarea_area area = *known;
	int at = page_at(request->address);

	fill_area(&area);
	refusal.free = area.free;
	refusal.largest_free = area.largest_free;
	refusal.reason = area.free < request->size ? PGAREA_REASON_FULL : PGAREA_REASON_FRAGMENTED;
	if ((request->highest && area.start > request->highest) || area.end <= request->lowest)
		refusal.reason = PGAREA_REASON_BOUNDS;
	if (request->flags & PGAREA_ALLOC_NODE && request->node)
		refusal.reason = PGAREA_REASON_NODE;
	if (request->flags & PGAREA_ALLOC_EXACT) {
		int mine = at < NR_PAGES && pages[at].area == area.id;

		refusal.reason = mine ? PGAREA_REASON_IN_USE : PGAREA_REASON_NOT_OWNED;
		refusal.state = mine ? pages[at].state : 0;
		refusal.address = request->address;
	}
	if (getenv("FAKE_GROW") && !(request->flags & PGAREA_ALLOC_NO_GROW))
		refuse_growth(&refusal, getenv("FAKE_GROW"));
	put(&request->refusals, n, &refusal, sizeof(refusal));
}

static void make_block(struct pgarea_alloc *request, int first, int n)
{
	request->id = take(first, n, PGAREA_STATE_ALLOCATED);
	pages[first].block.cache = request->cache;
	pages[first].block.access = request->access;
	pages[first].block.orphan_ms = request->orphan_ms;
	make(first, request->name, !!(request->flags & PGAREA_ALLOC_PERSISTENT));
}

static int alloc_in(struct pgarea_alloc *request, const struct pgarea_area *area)
{
	int n = (request->size + PAGE - 1) / PAGE;

	if (request->size > NR_PAGES * PAGE)
		return 0;
	/* All memory is of node 0; node 1 has some that no area owns. */
	if (request->flags & PGAREA_ALLOC_NODE && request->node)
		return 0;
	for (int at = 0; at < NR_PAGES; at++) {
		int down = !!(request->flags & PGAREA_ALLOC_TOP_DOWN);
		int i = down ? NR_PAGES - 1 - at : at;

		if (pages[i].area != area->id || !fits(request, i, n))
			continue;
		request->phys = shown(pages[i].address);
		request->alloc_size = n * PAGE;
		request->area = area->id;
		request->mmap_offset = (i + 1) * PAGE;
		if (request->flags & PGAREA_ALLOC_DRY_RUN)
			request->id = 0;
		else
			make_block(request, i, n);
		return 1;
	}
	return 0;
}

static void fill_obstacle(__u64 address, struct pgarea_obstacle *out);

/* What is in the way of a claim: an errno, and @in_way; else 0 and it is made. */
static int take_exact(__u64 address, __u64 size, struct pgarea_obstacle *in_way)
{
	__u64 first = address & -(2 * MIB), end = (address + size + 2 * MIB - 1) & -(2 * MIB);

	if (getenv("FAKE_USER"))
		return EPERM;
	*in_way = (struct pgarea_obstacle){ .kind = PGAREA_OBSTACLE_MAX_AREAS,
					    .page = PGAREA_NO_ADDRESS };
	if (getenv("FAKE_MAX"))
		return ENOSPC;
	for (__u64 at = first; at < end; at += 2 * MIB) {
		fill_obstacle(at, in_way);
		if (!in_way->flags)
			return in_way->kind > PGAREA_OBSTACLE_UNMOVABLE ? ENOSPC : EBUSY;
	}
	note("claim %llx %lld\n", (unsigned long long)address, (long long)(size / 1024));
	claimed.owned = end - first;
	claimed.start = first;
	claimed.end = end;
	snprintf((char *)claimed.name, sizeof(claimed.name), "claim-%llx",
		 (unsigned long long)first);
	return 0;
}

static int claim_block(struct pgarea_alloc *request)
{
	struct pgarea_refusal refusal = { 0 };
	struct pgarea_obstacle in_way;
	int err = take_exact(request->address, request->size, &in_way);
	__u32 n = 0;

	request->id = 77;
	request->phys = shown(request->address);
	request->alloc_size = request->size;
	request->area = claimed.id;
	request->mmap_offset = request->address;
	if (err != EBUSY && err != ENOSPC)
		return err ? fail(err) : 0;
	refusal.area = in_way.area;
	refusal.reason = in_way.area ? PGAREA_REASON_IN_USE : PGAREA_REASON_NOT_OWNED;
	refusal.state = in_way.state;
	refusal.address = shown(in_way.page);
	refusal.obstacle = in_way.kind;
	refusal.obstacle_address = shown(in_way.page);
	put(&request->refusals, &n, &refusal, sizeof(refusal));
	put_end(&request->refusals, n);
	return fail(err);
}

static int claim_range(struct pgarea_reserve *request)
{
	struct pgarea_obstacle in_way;
	int err = take_exact(request->address, request->size, &in_way);

	request->id = err ? 0 : 78;
	request->area = err ? in_way.area : claimed.id;
	if (err) {
		request->conflict = shown(in_way.page);
		request->conflict_size = PAGE;
		request->conflict_state = in_way.state;
		request->obstacle = in_way.kind;
	}
	return err ? fail(err) : 0;
}

static int do_alloc(struct pgarea_alloc *request)
{
	const struct pgarea_area_id *ids = (void *)(uintptr_t)request->areas.entries;
	__u32 count = request->areas.count, n = 0;
	int err = forbidden_alloc(request);

	if (err)
		return fail(err);
	if (request->flags & PGAREA_ALLOC_CLAIM)
		return claim_block(request);
	for (__u32 i = 0; i < (count ? count : 3); i++) {
		const struct pgarea_area *area = &areas[count ? ids[i].id - 1 : 2 - i];

		if (alloc_in(request, area))
			return 0;
		refuse(request, area, &n);
	}
	put_end(&request->refusals, n);
	return fail(request->flags & PGAREA_ALLOC_EXACT && page_at(request->address) < NR_PAGES ?
		    EBUSY : ENOSPC);
}

static void put_block(const struct pgarea_array *array, __u32 index, int first, int n)
{
	struct pgarea_bulk_block block = {
		.id = pages[first].id, .phys = shown(pages[first].address), .alloc_size = n * PAGE,
		.mmap_offset = (first + 1) * PAGE, .area = pages[first].area,
	};

	memcpy((char *)(uintptr_t)array->entries + index * sizeof(block), &block, sizeof(block));
}

static int do_alloc_bulk(struct pgarea_alloc_bulk *request)
{
	__u32 wanted = request->blocks.count, done = 0;
	struct pgarea_alloc one = {
		.size = request->size, .align = request->align, .boundary = request->boundary,
		.lowest = request->lowest, .highest = request->highest, .flags = request->flags,
		.node = request->node, .areas = request->areas, .refusals = request->refusals,
		.cache = request->cache, .access = request->access,
		.orphan_ms = request->orphan_ms,
	};

	memcpy(one.name, request->name, sizeof(one.name));
	if (!wanted || request->flags & (PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN))
		return fail(EINVAL);
	while (done < wanted && !do_alloc(&one))
		put_block(&request->blocks, done++, one.mmap_offset / PAGE - 1,
			  one.alloc_size / PAGE);
	request->refusals = one.refusals;
	if (done == wanted)
		request->refusals.count = 0;
	request->blocks.count = done;
	request->blocks.total = done;
	request->done = done;
	request->error = done < wanted ? errno : 0;
	return done ? 0 : -1;
}

/* The first page of this process's block @id; NR_PAGES if it does not exist */
static int find_mine(__u64 id, __u32 state)
{
	int i = 0;

	while (i < NR_PAGES && (!id || pages[i].id != id || !pages[i].mine ||
				pages[i].state != state))
		i++;
	return i;
}

static int find_block(__u64 id)
{
	return find_mine(id, PGAREA_STATE_ALLOCATED);
}

static void release(int first, int end)
{
	for (int i = first; i < end; i++) {
		pages[i].state = PGAREA_STATE_FREE;
		pages[i].id = 0;
		pages[i].mine = 0;
		pages[i].block.persistent = 0;
	}
}

static int do_free_bulk(struct pgarea_free_bulk *request)
{
	const struct pgarea_block_id *ids = (void *)(uintptr_t)request->ids.entries;
	__u32 done = 0;

	if (!request->ids.count)
		return fail(EINVAL);
	for (int i; done < request->ids.count; done++) {
		i = find_block(ids[done].id);
		if (i == NR_PAGES)
			break;
		release(i, run_end(i));
	}
	request->done = done;
	request->error = done < request->ids.count ? ENOENT : 0;
	return done ? 0 : fail(ENOENT);
}

static int do_trim(struct pgarea_trim *request)
{
	int first = find_block(request->id), n = (request->size + PAGE - 1) / PAGE, end;

	if (first == NR_PAGES)
		return fail(ENOENT);
	end = run_end(first);
	if (!n || n > end - first)
		return fail(EINVAL);
	release(first + n, end);
	request->alloc_size = n * PAGE;
	return 0;
}

static int do_split(struct pgarea_split *request)
{
	int at = find_block(request->id), end, n, size = request->size / PAGE;
	__u32 room = request->pieces.count, nr;

	if (at == NR_PAGES)
		return fail(ENOENT);
	if (getenv("FAKE_LIE"))
		return lie(getenv("FAKE_LIE"), &request->pieces);
	end = run_end(at);
	n = request->first ? (int)(request->first / PAGE) : size;
	if (!n || n >= end - at)
		return fail(EINVAL);
	size = size ? size : end - at - n;
	nr = 1 + (end - at - n + size - 1) / size;
	request->pieces.total = nr;
	request->pieces.count = nr <= room ? nr : 0;
	if (nr > room)
		return fail(EMSGSIZE);
	for (__u32 i = 0; i < nr; i++, at += n, n = size) {
		n = n < end - at ? n : end - at;
		if (i)
			take(at, n, PGAREA_STATE_ALLOCATED);
		pages[at].mine = 1;
		put_block(&request->pieces, i, at, n);
	}
	return 0;
}

static int do_reserve(struct pgarea_reserve *request)
{
	int first = page_at(request->address), n = request->size / PAGE;
	int persistent = !!(request->flags & PGAREA_RESERVE_PERSISTENT);
	int err = forbidden(request->name, persistent, 1, request->size);

	if (request->address % PAGE || request->size % PAGE)
		return fail(EINVAL);
	if (err)
		return fail(err);
	request->obstacle = 0;
	if (request->flags & PGAREA_RESERVE_CLAIM)
		return claim_range(request);
	for (int i = 0; i < n; i++) {
		int at = page_at(request->address + i * PAGE);

		if (at < NR_PAGES && pages[at].state == PGAREA_STATE_FREE)
			continue;
		request->conflict = shown(request->address + i * PAGE);
		request->conflict_size = at < NR_PAGES ? (run_end(at) - at) * PAGE : PAGE;
		request->conflict_state = at < NR_PAGES ? pages[at].state : 0;
		return fail(at < NR_PAGES ? EBUSY : ENOSPC);
	}
	request->area = pages[first].area;
	request->id = 0;
	if (request->flags & PGAREA_RESERVE_DRY_RUN)
		return 0;
	request->id = take(first, n, PGAREA_STATE_RESERVED);
	pages[first].block.orphan_ms = request->orphan_ms;
	make(first, request->name, persistent);
	return 0;
}

static int do_unreserve(struct pgarea_unreserve *request)
{
	int first = find_mine(request->id, PGAREA_STATE_RESERVED);

	if (first == NR_PAGES)
		return fail(ENOENT);
	release(first, run_end(first));
	return 0;
}

/* ---- Lifetime of a block ------------------------------------------------- */

static int do_bind(const struct pgarea_bind *request)
{
	int i = find_mine(request->id, PGAREA_STATE_ALLOCATED);

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	if (i == NR_PAGES)
		i = find_mine(request->id, PGAREA_STATE_RESERVED);
	if (i == NR_PAGES)
		return fail(ENOENT);
	if (!request->domain && !request->bus && request->device == 0x1c)
		return fail(EINVAL);
	if (request->domain || request->bus || request->device < 0x10 ||
	    request->device > 0x11 || request->function)
		return fail(ENODEV);
	pages[i].block.bound_to_pci = 1;
	note("bound %s %02x.%u\n", (char *)pages[i].block.name, request->device,
	     request->function);
	return 0;
}

static int do_export(struct pgarea_export *request)
{
	int i = find_block(request->id);

	if (i == NR_PAGES)
		return fail(ENOENT);
	if (request->offset % PAGE || request->size % PAGE)
		return fail(EINVAL);
	request->fd = memfd_create("dma-buf", MFD_CLOEXEC);
	return request->fd < 0 ? -1 : 0;
}

/* A block with holders drains. */
static int do_remove(struct pgarea_remove *request)
{
	int first = taken(request->name);

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	if (first < 0)
		return fail(ENOENT);
	request->id = pages[first].id;
	if (!pages[first].block.holders) {
		release(first, run_end(first));
		return 0;
	}
	pages[first].block.persistent = 0;
	for (int i = first, end = run_end(first); i < end; i++)
		pages[i].state = PGAREA_STATE_DRAINING;
	return 0;
}

static int is_named(int i, const struct pgarea_end_orphans *request)
{
	return !(request->flags & PGAREA_ORPHANS_ID && pages[i].id != request->id) &&
	       !(request->flags & PGAREA_ORPHANS_PID && pages[i].block.pid != request->pid) &&
	       !(request->flags & PGAREA_ORPHANS_UID && pages[i].block.uid != request->uid) &&
	       !(request->flags & PGAREA_ORPHANS_AREA && pages[i].area != request->area);
}

/* The only holder of an orphan was possibly a device. */
static int do_end_orphans(struct pgarea_end_orphans *request)
{
	if (getenv("FAKE_USER"))
		return fail(EPERM);
	note("end %llx\n", (unsigned long long)request->flags);
	request->ended = 0;
	for (int i = 0, end; i < NR_PAGES; i = end) {
		end = run_end(i);
		if (pages[i].state != PGAREA_STATE_ORPHANED || !is_named(i, request))
			continue;
		release(i, end);
		request->ended++;
	}
	return 0;
}

/* Holders release nothing: the blocks left at first are left at the timeout. */
static int do_wait(struct pgarea_wait *request)
{
	int all = !!(request->flags & PGAREA_WAIT_ALL);
	static int signals;

	if (all && getenv("FAKE_USER"))
		return fail(EPERM);
	note("wait %s %lld\n", all ? "all" : "one", (long long)request->timeout_ms);
	request->left = 0;
	request->holders = 0;
	for (int i = 0; i < NR_PAGES; i = run_end(i)) {
		__u32 state = pages[i].state;

		if (!all && pages[i].id != request->id)
			continue;
		if (state != PGAREA_STATE_DRAINING && state != PGAREA_STATE_ORPHANED)
			continue;
		request->left++;
		request->holders |= pages[i].block.holders;
	}
	if (!request->left)
		return 0;
	/* one signal arrives, after a while */
	if (!getenv("FAKE_SIGNAL") || signals++)
		return fail(ETIMEDOUT);
	usleep(20000);
	if (request->timeout_ms != PGAREA_WAIT_FOREVER)
		request->timeout_ms -= request->timeout_ms < 20 ? request->timeout_ms : 20;
	return fail(EINTR);
}

/* ---- Areas --------------------------------------------------------------- */

static int area_exists(const char *name)
{
	for (int i = 0; i < 3; i++) {
		if (!strcmp((const char *)areas[i].name, name))
			return 1;
	}
	return 0;
}

/* FAKE_HOST: bytes that the host has for areas */
static __u64 host_has(void)
{
	const char *text = getenv("FAKE_HOST");

	return text ? strtoull(text, NULL, 0) : ~0ULL;
}

static int do_create_area(struct pgarea_create_area *request)
{
	__u64 has = host_has();

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	note("create %s %llx-%llx %lld %llx\n", request->name,
	     (unsigned long long)request->start, (unsigned long long)request->end,
	     (long long)(request->size / MIB), (unsigned long long)request->flags);
	if (request->flags & PGAREA_AREA_NODE && request->node > 1)
		return fail(ENODEV);
	if (area_exists((const char *)request->name))
		return fail(EEXIST);
	if (request->size % (2 * MIB))
		return fail(EINVAL);
	request->id = 9;
	request->owned = request->size < has ? request->size : has;
	request->shortage = request->owned < request->size ? PGAREA_SHORTAGE_IN_USE : 0;
	if (!request->shortage || (request->owned >= request->minimum &&
				   !(request->flags & PGAREA_AREA_REQUIRE)))
		return 0;
	request->owned = 0;
	return fail(ENOSPC);
}

/* FAKE_BUSY: the id of the block in the way */
static int do_resize_area(struct pgarea_resize_area *request)
{
	const char *busy = getenv("FAKE_BUSY");
	__u64 has = host_has();

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	note("resize %u %lld\n", request->area, (long long)(request->size / MIB));
	if (request->size >= 1ULL << 44) {
		request->shortage = PGAREA_SHORTAGE_MAXIMUM;
		return fail(ENOSPC);
	}
	if (busy) {
		request->conflict = 16 * MIB;
		request->conflict_size = PAGE;
		request->conflict_id = atoi(busy);
		request->conflict_state = PGAREA_STATE_ALLOCATED;
		return fail(EBUSY);
	}
	if (getenv("FAKE_SIGNAL"))
		raise(SIGINT);
	request->owned = request->size < has ? request->size : has;
	request->shortage = request->owned < request->size ? PGAREA_SHORTAGE_IN_USE : 0;
	return 0;
}

static int do_destroy_area(struct pgarea_destroy_area *request)
{
	const char *busy = getenv("FAKE_BUSY");

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	note("destroy %u\n", request->area);
	if (!busy)
		return 0;
	request->conflict = 16 * MIB;
	request->conflict_size = PAGE;
	request->conflict_id = atoi(busy);
	request->conflict_state = PGAREA_STATE_DRAINING;
	return fail(EBUSY);
}

/* The bytes that the whole free chunks of an area have; a chunk is 2 MiB here. */
static __u64 in_free_chunks(__u32 area)
{
	const int chunk = 2 * MIB / PAGE;
	__u64 bytes = 0;

	for (int i = 0; i < NR_PAGES; i = run_end(i)) {
		int first = (i + chunk - 1) / chunk * chunk, end = run_end(i);

		if (pages[i].area == area && pages[i].state == PGAREA_STATE_FREE && end > first)
			bytes += (end - first) / chunk * (2 * MIB);
	}
	return bytes;
}

/* Nothing changes: a program shrinks an area once. */
static int do_shrink_area(struct pgarea_shrink_area *request)
{
	struct pgarea_area area = { .id = request->area };
	__u64 most;

	if (getenv("FAKE_USER"))
		return fail(EPERM);
	if (request->area == claimed.id)
		return fail(EINVAL);
	fill_area(&area);
	if (!area.owned)
		return fail(ENOENT);
	note("shrink %u %lld\n", request->area, (long long)(request->keep / MIB));
	most = area.owned > request->keep ? (area.owned - request->keep) & -(2 * MIB) : 0;
	request->returned = in_free_chunks(request->area);
	if (request->returned > most)
		request->returned = most;
	request->owned = area.owned - request->returned;
	return 0;
}

static int lifetime_ioctl(unsigned long command, void *arg)
{
	switch (command) {
	case PGAREA_IOC_WAIT:
		return do_wait(arg);
	case PGAREA_IOC_BIND:
		return do_bind(arg);
	case PGAREA_IOC_EXPORT:
		return do_export(arg);
	case PGAREA_IOC_REMOVE:
		return do_remove(arg);
	case PGAREA_IOC_END_ORPHANS:
		return do_end_orphans(arg);
	case PGAREA_IOC_CREATE_AREA:
		return do_create_area(arg);
	case PGAREA_IOC_RESIZE_AREA:
		return do_resize_area(arg);
	case PGAREA_IOC_DESTROY_AREA:
		return do_destroy_area(arg);
	case PGAREA_IOC_SHRINK_AREA:
		return do_shrink_area(arg);
	default:
		return fail(ENOTTY);
	}
}

/*
 * The host of PROBE, in pageblocks of 2 MiB: firmware at 0, no memory from 3 GiB on,
 * slab in every 16th from 10 MiB on, and else free.
 */
static void fill_obstacle(__u64 address, struct pgarea_obstacle *out)
{
	__u64 n = address / (2 * MIB);
	int i = page_at(address);

	*out = (struct pgarea_obstacle){
		.address = address,
		.size = 2 * MIB,
		.page = address,
		.kind = !address ? PGAREA_OBSTACLE_FIRMWARE :
			address >= 3072 * MIB ? PGAREA_OBSTACLE_NO_RAM :
			n % 16 == 5 ? PGAREA_OBSTACLE_SLAB : PGAREA_OBSTACLE_FREE,
	};
	if (i < NR_PAGES) {
		out->kind = PGAREA_OBSTACLE_OWNED;
		out->area = pages[i].area;
		out->state = pages[i].state;
		out->block = pages[i].id;
	} else if (out->kind == PGAREA_OBSTACLE_SLAB) {
		out->page += 3 * PAGE;
	} else if (getenv("FAKE_FULL") && out->kind == PGAREA_OBSTACLE_FREE) {
		out->kind = PGAREA_OBSTACLE_HOST_RESERVE;
	}
	if (out->kind == PGAREA_OBSTACLE_FREE || out->state == PGAREA_STATE_FREE)
		out->flags = PGAREA_OBSTACLE_OBTAINABLE;
	if (out->kind == PGAREA_OBSTACLE_FREE)
		out->free = out->size;
}

static int alike(const struct pgarea_obstacle *a, const struct pgarea_obstacle *b)
{
	return a->size && a->kind == b->kind && a->area == b->area && a->block == b->block;
}

/* The runs from @from to @end, and what is in the way of them */
static int list_obstacles(struct pgarea_probe *request, __u64 from, __u64 end)
{
	struct pgarea_obstacle run = { 0 }, next;
	__u32 n = 0;

	for (; from < end; from += 2 * MIB) {
		fill_obstacle(from, &next);
		if (!next.flags && !request->kind && !(request->flags & PGAREA_PROBE_SEARCH)) {
			request->kind = next.kind;
			request->conflict = next.page;
		}
		if (alike(&run, &next)) {
			run.size += next.size;
			run.free += next.free;
			continue;
		}
		if (run.size)
			put(&request->obstacles, &n, &run, sizeof(run));
		run = next;
	}
	put(&request->obstacles, &n, &run, sizeof(run));
	return put_end(&request->obstacles, n);
}

/* The first pageblock with enough behind it; PGAREA_NO_ADDRESS: none */
static __u64 find_place(const struct pgarea_probe *request, __u64 end)
{
	__u64 align = request->align > 2 * MIB ? request->align : 2 * MIB, at, n;
	struct pgarea_obstacle next;

	for (at = 0; at + request->size <= end; at += align) {
		for (n = 0; n < request->size; n += 2 * MIB) {
			fill_obstacle(at + n, &next);
			if (!next.flags)
				break;
		}
		if (n >= request->size && at >= request->lowest)
			return at;
	}
	return PGAREA_NO_ADDRESS;
}

static int do_probe(struct pgarea_probe *request)
{
	__u64 end = request->highest ? request->highest + 1 : 4096 * MIB, from = 0;

	if (getenv("FAKE_USER") || getenv("FAKE_HIDE"))
		return fail(EPERM);
	if (request->node)
		return fail(EINVAL);
	request->kind = PGAREA_OBSTACLE_NONE;
	request->conflict = PGAREA_NO_ADDRESS;
	request->place = request->address;
	if (request->flags & PGAREA_PROBE_SEARCH) {
		request->place = find_place(request, end);
		if (request->place == PGAREA_NO_ADDRESS)
			request->kind = PGAREA_OBSTACLE_HOST_RESERVE;
	}
	if (request->place != PGAREA_NO_ADDRESS) {
		from = request->place & -(2 * MIB);
		end = request->place + request->size;
	}
	return list_obstacles(request, from, end);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (strcmp(path, "/fake") && strcmp(path, "/dev/pgarea-table"))
		return syscall(SYS_openat, -100, path, flags, mode);
	flags = memfd_create("fake", MFD_CLOEXEC);
	return flags < 0 || ftruncate(flags, 64 * MIB) ? -1 : flags;
}

int open64(const char *path, int flags, ...) __alias("open");

int ioctl(int fd, unsigned long command, ...)
{
	const char *err = getenv("FAKE_ERRNO");
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	/* Only "/fake" is a memfd. */
	if (syscall(SYS_fcntl, fd, F_GET_SEALS) < 0)
		return syscall(SYS_ioctl, fd, command, arg);
	if (err && (command == PGAREA_IOC_ALLOC || command == PGAREA_IOC_ALLOC_BULK ||
		    command == PGAREA_IOC_RESERVE || command == PGAREA_IOC_SHRINK_AREA))
		return fail(atoi(err));
	switch (command) {
	case PGAREA_IOC_INFO:
		do_info(arg);
		return 0;
	case PGAREA_IOC_AREAS:
		return do_areas(arg);
	case PGAREA_IOC_ORDERS:
		return do_orders(arg);
	case PGAREA_IOC_RANGES:
		return do_ranges(arg);
	case PGAREA_IOC_BLOCKS:
		return do_blocks(arg);
	case PGAREA_IOC_ALLOC:
		return do_alloc(arg);
	case PGAREA_IOC_ALLOC_BULK:
		return do_alloc_bulk(arg);
	case PGAREA_IOC_FREE_BULK:
		return do_free_bulk(arg);
	case PGAREA_IOC_TRIM:
		return do_trim(arg);
	case PGAREA_IOC_SPLIT:
		return do_split(arg);
	case PGAREA_IOC_RESERVE:
		return do_reserve(arg);
	case PGAREA_IOC_UNRESERVE:
		return do_unreserve(arg);
	case PGAREA_IOC_PROBE:
		return getenv("FAKE_OLD") ? fail(ENOTTY) : do_probe(arg);
	case PGAREA_IOC_WAIT:
	case PGAREA_IOC_BIND:
	case PGAREA_IOC_EXPORT:
	case PGAREA_IOC_REMOVE:
	case PGAREA_IOC_END_ORPHANS:
	case PGAREA_IOC_CREATE_AREA:
	case PGAREA_IOC_RESIZE_AREA:
	case PGAREA_IOC_DESTROY_AREA:
	case PGAREA_IOC_SHRINK_AREA:
		return getenv("FAKE_OLD") ? fail(ENOTTY) : lifetime_ioctl(command, arg);
	default:
		return fail(ENOTTY);
	}
}
