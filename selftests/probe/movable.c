// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that the module never takes, on a machine that has it: ZONE_MOVABLE
 * (movablecore=), persistent memory (memmap=SIZE!ADDRESS), and memory that this
 * program brings offline.
 */
#include <dirent.h>

#include "include/number.h"
#include "probe.h"

#define BLOCKS	"/sys/devices/system/memory"

FIXTURE(movable)
{
	int fd;
	__u64 block;
};

FIXTURE_SETUP(movable)
{
	PGA_ROOT_OR_SKIP();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PROBE);
	self->block = pageblock_size(self->fd);
}

FIXTURE_TEARDOWN(movable)
{
	close(self->fd);
}

/* The first address of ZONE_MOVABLE; 0: there is none. */
static __u64 movable_start(void)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	unsigned long long present = 0, start = 0, value;
	bool inside = false;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (strstr(line, "zone"))
			inside = strstr(line, "Movable") || (inside && !strstr(line, "Node"));
		if (inside && sscanf(line, " present %llu", &value) == 1)
			present = value;
		if (inside && sscanf(line, " start_pfn: %llu", &value) == 1 && present) {
			start = value * page_size();
			break;
		}
	}
	if (file)
		fclose(file);
	return start;
}

TEST_F(movable, zone_movable_is_not_for_long)
{
	__u64 start = movable_start();
	struct pgarea_obstacle entry;

	if (!start)
		SKIP(return, "no ZONE_MOVABLE; boot with movablecore=512M");
	ASSERT_EQ(0, probe_at(self->fd, start + self->block, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_ZONE_MOVABLE, entry.kind);
	EXPECT_EQ(0, entry.flags);
	EXPECT_LT(0, entry.free + entry.movable);
}

TEST_F(movable, memory_of_a_device)
{
	__u64 at = iomem_start("Persistent Memory (legacy)", self->block);

	if (!at)
		SKIP(return, "no persistent memory; boot with memmap=64M!4G");
	EXPECT_EQ(PGAREA_OBSTACLE_DEVICE, kind_at(self->fd, at));
}

/* The address of a memory block that is offline now; 0: none can be. */
static __u64 take_offline(char *state, size_t room)
{
	unsigned long long size = 0;
	FILE *file = fopen(BLOCKS "/block_size_bytes", "re");
	int i;

	if (!file || fscanf(file, "%llx", &size) != 1)
		size = 0;
	if (file)
		fclose(file);
	for (i = 127; size && i > 0; i--) {
		snprintf(state, room, BLOCKS "/memory%d/state", i);
		if (!pga_write_text(state, "offline"))
			return i * size;
	}
	return 0;
}

TEST_F(movable, memory_that_is_offline)
{
	char state[64];
	__u64 at = take_offline(state, sizeof(state));
	struct pgarea_obstacle entry;

	if (!at)
		SKIP(return, "no memory block can be taken offline");
	EXPECT_EQ(0, probe_at(self->fd, at, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_OFFLINE, entry.kind);
	EXPECT_EQ(0, entry.flags);
	EXPECT_EQ(0, pga_write_text(state, "online_movable"));
	EXPECT_EQ(PGAREA_OBSTACLE_ZONE_MOVABLE, kind_at(self->fd, at));
}

TEST_HARNESS_MAIN
