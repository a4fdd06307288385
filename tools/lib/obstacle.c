// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the host does with memory: names, texts, and what to do about it. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/array_size.h"
#include "lib/explain.h"
#include "lib/obstacle.h"
#include "lib/pgarea.h"
#include "lib/text.h"

static const struct {
	const char *name;
	const char *text;
	const char *advice;
} kinds[] = {
	[PGAREA_OBSTACLE_NONE] = { "none", "in nobody's way", "-" },
	[PGAREA_OBSTACLE_FREE] = { "free", "free", "-" },
	[PGAREA_OBSTACLE_MOVABLE] = {
		"movable", "in use, but can be moved", "-" },
	[PGAREA_OBSTACLE_MLOCKED] = {
		"mlocked", "locked by mlock(), but can be moved", "-" },
	[PGAREA_OBSTACLE_WRITEBACK] = {
		"writeback", "being written to a disk, and can be moved after that",
		"-" },
	[PGAREA_OBSTACLE_HUGETLB] = {
		"hugetlb", "a huge page of hugetlbfs",
		"lower vm.nr_hugepages, if it cannot be moved" },
	[PGAREA_OBSTACLE_OWNED] = {
		"owned", "owned by an area", "allocate or free it there" },
	[PGAREA_OBSTACLE_PINNED] = {
		"pinned", "memory of a program that something has pinned",
		"end the I/O, the pipe or the device that holds it, or try again" },
	[PGAREA_OBSTACLE_SLAB] = {
		"slab", "used for small objects of the kernel",
		"try `echo 2 > /proc/sys/vm/drop_caches`, or soon after boot" },
	[PGAREA_OBSTACLE_PAGE_TABLE] = {
		"page-table", "a page table",
		"end the program that has it, or try soon after boot" },
	[PGAREA_OBSTACLE_UNMOVABLE] = {
		"unmovable", "used by the kernel or a driver, and cannot be moved",
		"try soon after boot, or unload the driver" },
	[PGAREA_OBSTACLE_ZONE_MOVABLE] = {
		"zone-movable", "in ZONE_MOVABLE, which must not be held for long",
		"boot without movablecore= or kernelcore=, or use online_kernel" },
	[PGAREA_OBSTACLE_CMA] = {
		"cma", "set aside for drivers (CMA)",
		"boot with a smaller cma=" },
	[PGAREA_OBSTACLE_POISONED] = {
		"poisoned", "bad: the hardware reported an error in it",
		"never" },
	[PGAREA_OBSTACLE_KERNEL] = {
		"kernel", "the kernel's own, from boot on", "another address" },
	[PGAREA_OBSTACLE_FIRMWARE] = {
		"firmware", "reserved by the firmware", "another address" },
	[PGAREA_OBSTACLE_HOLE] = {
		"hole", "a hole between RAM", "another address" },
	[PGAREA_OBSTACLE_NO_RAM] = {
		"no-ram", "not RAM", "another address" },
	[PGAREA_OBSTACLE_OFFLINE] = {
		"offline", "RAM that is offline",
		"online it: `echo online_kernel > .../memoryN/state`" },
	[PGAREA_OBSTACLE_DEVICE] = {
		"device", "memory of a device", "another address" },
	[PGAREA_OBSTACLE_ZONE_RESERVE] = {
		"zone-reserve", "what its zone keeps for drivers",
		"free memory in this zone, or take less" },
	[PGAREA_OBSTACLE_HOST_RESERVE] = {
		"host-reserve", "what the host keeps for itself (reserve=)",
		"free memory, or load with a smaller reserve=" },
	[PGAREA_OBSTACLE_TWO_ZONES] = {
		"two-zones", "in two zones", "another address" },
	[PGAREA_OBSTACLE_MAX_AREAS] = {
		"max-areas",
		"in no area, and there are as many as there may be (max_areas=)",
		"destroy one, or load with a larger max_areas=" },
};

static __u32 known(__u32 kind)
{
	return kind < ARRAY_SIZE(kinds) && kinds[kind].name;
}

const char *pgarea_obstacle_name(__u32 kind)
{
	return known(kind) ? kinds[kind].name : "unknown";
}

const char *pgarea_obstacle_text(__u32 kind)
{
	return known(kind) ? kinds[kind].text : "used for something unknown";
}

const char *pgarea_obstacle_advice(__u32 kind)
{
	return known(kind) ? kinds[kind].advice : "use a newer pgarea";
}

/* Is it in the way only for now, so that trying again may help? */
static bool can_be_had(__u32 kind)
{
	return kind < PGAREA_OBSTACLE_OWNED;
}

static void add_obstacle(struct pga_text *text, __u64 address, __u32 kind)
{
	pga_text_add(text, "0x%llx is %s (%s).", address,
		     pgarea_obstacle_text(kind), can_be_had(kind) ?
		     "it did not move just now; try again" :
		     pgarea_obstacle_advice(kind));
}

/* Is there a command that takes memory from the host? */
static bool can_claim(int fd)
{
	struct pgarea_info info;

	return !pgarea_get_info(fd, &info) &&
	       info.features & PGAREA_FEATURE_CLAIM;
}

static void add_command(struct pga_text *text, int fd, const char *command)
{
	if (can_claim(fd))
		pga_text_add(text, ": `%s` takes it.", command);
	else
		pga_text_add(text, ", which this module cannot take.");
}

bool pga_text_add_host(struct pga_text *text, int fd, __u64 address,
		       const char *command)
{
	__u64 page = sysconf(_SC_PAGESIZE);
	struct pgarea_probe probe = {
		.address = address & -page,
		.size = page,
	};
	struct pgarea_obstacle *list;
	size_t n;

	if (pgarea_probe(fd, &probe, &list, &n) || !n)
		return false;
	pga_text_add(text, ": no area owns 0x%llx, ", address);
	if (list->flags & PGAREA_OBSTACLE_OBTAINABLE) {
		pga_text_add(text, "the host has it, and it is %s",
			     pgarea_obstacle_text(list->kind));
		add_command(text, fd, command);
	} else {
		pga_text_add(text, "and nothing gets it: ");
		add_obstacle(text, list->page, list->kind);
	}
	free(list);
	return true;
}

void pga_text_add_claim(struct pga_text *text, __u64 address, __u32 kind,
			__u32 state)
{
	pga_text_add(text, ": ");
	if (kind != PGAREA_OBSTACLE_OWNED) {
		add_obstacle(text, address, kind);
		return;
	}
	if (address == PGAREA_NO_ADDRESS)
		pga_text_add(text, "a page of it");
	else
		pga_text_add(text, "0x%llx", address);
	pga_text_add(text, " is %s in an area. `%s", pgarea_state_name(state),
		     pga_becomes_free(state) ?
			"pgarea wait` waits until it is free." :
			"pgarea blocks --all` shows who has it.");
}

/* ---- PROBE itself -------------------------------------------------------- */

static const char *bad_probe(const struct pgarea_probe *probe)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (!probe->size)
		return "the size is zero";
	if (!(probe->flags & PGAREA_PROBE_SEARCH) &&
	    (probe->address % page || probe->size % page))
		return "address and size must be multiples of the page size";
	if (probe->boundary && probe->boundary < probe->size)
		return "the boundary is smaller than the size";
	if (probe->highest && probe->lowest > probe->highest)
		return "the lowest address is above the highest";
	if (probe->flags & PGAREA_PROBE_NODE)
		return "there is no such NUMA node";
	return "the kernel rejected a value";
}

char *pgarea_explain_probe(int fd, const struct pgarea_probe *probe, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_PROBE,
		.exact = true,
		.invalid = bad_probe(probe),
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot probe the host: ");
	pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}
