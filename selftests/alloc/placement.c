// SPDX-License-Identifier: GPL-2.0
/*
 * Where blocks lie.  The test compares what the module reports with
 * /proc/self/pagemap and /proc/zoneinfo, and with what the module lists as
 * free.
 */
#include "include/pga_state.h"

struct zone {
	int node;
	char name[16];
	__u64 start;
	__u64 spanned;
};

FIXTURE(place) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pgarea_range run;
	struct pga_snapshot before;
};

/* @run: the longest run of free memory in @area */
FIXTURE_SETUP(place)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 256, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
}

FIXTURE_TEARDOWN(place)
{
	close(self->fd);
}

/* The zone that has a page, from /proc/zoneinfo. */
static bool find_zone(__u64 pfn, struct zone *zone)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	bool found = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Node %d, zone %15s", &zone->node,
			   zone->name) == 2)
			continue;
		if (sscanf(line, " spanned %llu", &zone->spanned) == 1)
			continue;
		if (sscanf(line, " start_pfn: %llu", &zone->start) == 1)
			found = pfn - zone->start < zone->spanned;
	}
	if (file)
		fclose(file);
	return found;
}

/* The zone of the memory at this address, on machines where it is fixed. */
static const char *lawful_zone(__u64 phys)
{
#ifdef __x86_64__
	if (phys < 16 * MIB)
		return "DMA";
	return phys < 4 * GIB ? "DMA32" : "Normal";
#else
	return NULL;
#endif
}

/* Map a block and check where its pages really are. */
static void check_pages(struct __test_metadata *_metadata, int fd,
			const struct pgarea_alloc *block,
			const struct pgarea_area *area)
{
	char *at = pga_map(fd, block);
	__u64 i, phys;

	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < block->alloc_size; i += page_size()) {
		phys = phys_of(at + i);
		ASSERT_EQ(block->phys + i, phys);
		ASSERT_LE(area->start, phys);
		ASSERT_GE(area->end, phys + page_size());
	}
	munmap(at, block->alloc_size);
}

TEST_F(place, pages_are_where_alloc_says_in_every_area)
{
	int i;

	PGA_ROOT_OR_SKIP();
	for (i = 0; i < self->before.nr; i++) {
		const struct pgarea_area *area = &self->before.areas[i];
		struct pgarea_alloc block = { .size = 37 * self->page };

		if (area->largest_free < block.size)
			continue;
		ASSERT_EQ(0, pga_alloc_in(self->fd, area->id, &block));
		EXPECT_EQ(area->id, block.area);
		check_pages(_metadata, self->fd, &block, area);
	}
}

TEST_F(place, pages_are_in_the_right_zone)
{
	struct zone zone;
	int i;

	PGA_ROOT_OR_SKIP();
	for (i = 0; i < self->before.nr; i++) {
		struct pgarea_alloc block = { .size = self->page };
		char *at;

		if (!self->before.areas[i].free)
			continue;
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->before.areas[i].id,
					  &block));
		at = pga_map(self->fd, &block);
		ASSERT_NE(MAP_FAILED, at);
		ASSERT_TRUE(find_zone(pfn_of(at), &zone));
		EXPECT_EQ(zone.node, block.alloc_node);
		if (lawful_zone(phys_of(at)))
			EXPECT_STREQ(lawful_zone(phys_of(at)), zone.name);
	}
}

/* Does the area have a free page at a multiple of @align? */
static bool has_aligned(int fd, __u32 area, __u64 align)
{
	struct pgarea_range *list;
	int i, nr = pga_ranges(fd, area, &list);
	bool found = false;

	for (i = 0; i < nr; i++) {
		__u64 first = (list[i].address + align - 1) & ~(align - 1);

		if (list[i].state == PGAREA_STATE_FREE &&
		    first - list[i].address < list[i].size)
			found = true;
	}
	if (nr >= 0)
		free(list);
	return found;
}

TEST_F(place, any_alignment_and_no_waste)
{
	struct pgarea_area now;
	__u64 align;

	for (align = 1; align < 1ULL << 45; align *= 2) {
		struct pgarea_alloc block = { .size = 1, .align = align };
		bool fits = has_aligned(self->fd, self->area.id, align);

		ASSERT_EQ(fits ? 0 : -ENOSPC,
			  pga_alloc_in(self->fd, self->area.id, &block))
			TH_LOG("alignment %#llx", align);
		if (!fits)
			continue;
		EXPECT_EQ(0, block.phys % align);
		ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
		EXPECT_EQ(self->area.free - self->page, now.free);
		ASSERT_EQ(0, pga_free(self->fd, block.id));
		ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	}
}

TEST_F(place, alignment_that_is_no_multiple_of_the_size)
{
	struct pgarea_alloc block = {
		.size = 5 * self->page,
		.align = 16 * self->page,
	};
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
		EXPECT_EQ(0, block.phys % (16 * self->page));
		EXPECT_EQ(5 * self->page, block.alloc_size);
	}
}

/* The first free place would lie across the boundary. */
TEST_F(place, boundary_is_not_crossed)
{
	__u64 boundary = 16 * self->page;
	__u64 border = (self->run.address / boundary + 2) * boundary;
	struct pgarea_alloc block = {
		.size = 12 * self->page,
		.boundary = boundary,
		.lowest = border - 6 * self->page,
	};

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(block.phys / boundary,
		  (block.phys + block.alloc_size - 1) / boundary);
	EXPECT_LE(border, block.phys);
}

TEST_F(place, boundary_of_just_the_size)
{
	struct pgarea_alloc block = {
		.size = 16 * self->page,
		.boundary = 16 * self->page,
		.lowest = self->run.address + self->page,
	};

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(0, block.phys % block.boundary);
}

/* A boundary that no block of whole pages crosses. */
TEST_F(place, boundary_below_a_page)
{
	struct pgarea_alloc block = { .size = 100, .boundary = 128 };

	EXPECT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
}

TEST_F(place, limits_with_one_place_between)
{
	__u64 place = self->run.address + 9 * self->page;
	struct pgarea_alloc block = {
		.size = 4 * self->page,
		.lowest = place,
		.highest = place + 4 * self->page - 1,
	};

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(place, block.phys);
}

/* A limit inside a page excludes the page. */
TEST_F(place, lowest_inside_of_a_page)
{
	struct pgarea_alloc block = {
		.size = self->page,
		.lowest = self->run.address + 9 * self->page + 1,
		.highest = self->run.address + 11 * self->page - 1,
	};

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(self->run.address + 10 * self->page, block.phys);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
}

TEST_F(place, highest_inside_of_a_page)
{
	struct pgarea_alloc block = {
		.size = self->page,
		.lowest = self->run.address + 9 * self->page,
		.highest = self->run.address + 11 * self->page - 2,
	};

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(self->run.address + 9 * self->page, block.phys);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
}

TEST_F(place, limits_too_narrow)
{
	struct pgarea_alloc block = {
		.size = 2 * self->page,
		.lowest = self->run.address + self->page,
		.highest = self->run.address + 3 * self->page - 2,
	};

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* No block fits below the end of the first page. */
TEST_F(place, highest_in_the_first_page)
{
	struct pgarea_alloc block = { .size = 1, .highest = 5 };

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(place, lowest_in_the_last_page)
{
	struct pgarea_alloc block = { .size = 1, .lowest = ~0ULL };

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(place, exact)
{
	__u64 place = self->run.address + 13 * self->page;
	struct pgarea_alloc block;

	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_alloc_at(self->fd, place, 3 * self->page, &block));
	EXPECT_EQ(place, block.phys);
	EXPECT_EQ(self->area.id, block.area);
	check_pages(_metadata, self->fd, &block, &self->area);
}

TEST_F(place, exact_within_the_other_limits)
{
	__u64 place = self->run.address / (16 * self->page) * 16 * self->page +
		      32 * self->page;
	struct pgarea_alloc block = {
		.size = 3 * self->page,
		.address = place,
		.align = 16 * self->page,
		.boundary = 4 * self->page,
		.lowest = place,
		.highest = place + 3 * self->page - 1,
		.flags = PGAREA_ALLOC_EXACT,
	};

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(place, block.phys);
}

/* A dry run returns the same place as the real one, and changes nothing. */
static void check_dry_run(struct __test_metadata *_metadata, int fd,
			  __u32 area, struct pgarea_alloc wanted)
{
	struct pgarea_alloc dry = wanted, real = wanted;
	struct pga_snapshot before;

	dry.flags |= PGAREA_ALLOC_DRY_RUN;
	ASSERT_EQ(0, pga_snapshot(fd, &before));
	ASSERT_EQ(0, pga_alloc_in(fd, area, &dry));
	EXPECT_TRUE(pga_is_as(fd, &before));
	EXPECT_EQ(0, dry.id);
	EXPECT_EQ(0, dry.mmap_offset);
	ASSERT_EQ(0, pga_alloc_in(fd, area, &real));
	EXPECT_EQ(real.phys, dry.phys);
	EXPECT_EQ(real.alloc_size, dry.alloc_size);
	EXPECT_EQ(real.area, dry.area);
	EXPECT_EQ(real.alloc_node, dry.alloc_node);
	EXPECT_EQ(real.nr_segments, dry.nr_segments);
	EXPECT_EQ(real.contiguous, dry.contiguous);
}

TEST_F(place, dry_run)
{
	struct pgarea_alloc plain = { .size = 5 * self->page };
	struct pgarea_alloc aligned = { .size = 1, .align = 64 * self->page };
	struct pgarea_alloc bound = {
		.size = 5 * self->page,
		.boundary = 8 * self->page,
	};
	struct pgarea_alloc limited = {
		.size = 5 * self->page,
		.lowest = self->run.address + 100 * self->page,
	};
	struct pgarea_alloc exact = {
		.size = 5 * self->page,
		.address = self->run.address + 200 * self->page,
		.flags = PGAREA_ALLOC_EXACT,
	};

	check_dry_run(_metadata, self->fd, self->area.id, plain);
	check_dry_run(_metadata, self->fd, self->area.id, aligned);
	check_dry_run(_metadata, self->fd, self->area.id, bound);
	check_dry_run(_metadata, self->fd, self->area.id, limited);
	check_dry_run(_metadata, self->fd, self->area.id, exact);
}

TEST_F(place, dry_run_of_what_does_not_fit)
{
	struct pgarea_alloc block = {
		.size = 1ULL << 60,
		.flags = PGAREA_ALLOC_DRY_RUN,
	};

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &block));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(place, no_grow_is_known)
{
	struct pgarea_alloc block = {
		.size = 1,
		.flags = PGAREA_ALLOC_NO_GROW,
	};

	EXPECT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
}

TEST_HARNESS_MAIN
