// SPDX-License-Identifier: GPL-2.0
/*
 * PGAREA_ALLOC_TOP_DOWN: the highest place in the highest free piece that is a
 * power of two and aligned to its size, and if there is none, the highest place
 * that fits.  RANGES lists the free pieces.
 *
 * The area has holes of all lengths, and the requests are random.  The test
 * prints the seed, and PGA_SEED sets it.
 */
#include "include/pga_state.h"

#define FIELD	1024	/* pages that have holes */
#define BELOW	64	/* pages right below them that have none */
#define HOLES	120
#define REQUESTS 200

FIXTURE(top_down) {
	int fd;
	__u64 page;
	__u64 seed;
	__u64 field;
	struct pgarea_area area;
	struct pga_snapshot before;
};

/* The holes are at the end of the longest run of free memory. */
FIXTURE_SETUP(top_down)
{
	struct pgarea_range run;
	struct pgarea_alloc hole;
	int i;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, FIELD + BELOW, &self->area);
	self->page = page_size();
	self->seed = pga_seed();
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	self->field = run.address + run.size - FIELD * self->page;
	for (i = 0; i < HOLES; i++) {
		__u64 nr = pga_random(&self->seed) % FIELD;
		int err = pga_alloc_at(self->fd, self->field + nr * self->page,
				       self->page, &hole);

		ASSERT_TRUE(!err || err == -EBUSY);
	}
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(top_down)
{
	close(self->fd);
}

static bool crosses(__u64 first, __u64 size, __u64 boundary)
{
	return boundary && first / boundary != (first + size - 1) / boundary;
}

static __u64 align_of(const struct pgarea_alloc *arg)
{
	return arg->align > page_size() ? arg->align : page_size();
}

/*
 * The highest place in the free memory [low, end), found page by page; or
 * NO_PFN.
 */
static __u64 highest_in(__u64 low, __u64 end, const struct pgarea_alloc *arg)
{
	__u64 align = align_of(arg), first;

	if (arg->highest && arg->highest < end - 1)
		end = arg->highest + 1;
	if (low < arg->lowest)
		low = arg->lowest;
	if (end < arg->size || end - arg->size < low)
		return NO_PFN;
	first = (end - arg->size) & -align;
	while (first >= low && crosses(first, arg->size, arg->boundary)) {
		if (first < align)
			return NO_PFN;
		first -= align;
	}
	return first >= low ? first : NO_PFN;
}

/* The same over a list of ranges, whole pages. */
static __u64 highest_place(const struct pgarea_range *list, int nr,
			   const struct pgarea_alloc *arg)
{
	__u64 low = 0, end = 0, found;

	while (nr-- > 0) {
		if (list[nr].state != PGAREA_STATE_FREE)
			continue;
		/*
		 * Free ranges that touch are one run, however they are listed.
		 */
		if (list[nr].address + list[nr].size != low)
			end = list[nr].address + list[nr].size;
		low = list[nr].address;
		found = highest_in(low, end, arg);
		if (found != NO_PFN)
			return found;
	}
	return NO_PFN;
}

/* First find a whole piece within the limits, then the place in it. */
static __u64 preferred_place(const struct pgarea_range *list, int nr,
			     const struct pgarea_alloc *arg)
{
	struct pgarea_alloc piece = {
		.size = align_of(arg),
		.lowest = arg->lowest,
		.highest = arg->highest,
	};
	__u64 found;

	while (piece.size < arg->size)
		piece.size *= 2;
	piece.align = piece.size;
	found = highest_place(list, nr, &piece);
	if (found != NO_PFN)
		found = highest_in(found, found + piece.size, arg);
	return found == NO_PFN ? highest_place(list, nr, arg) : found;
}

static __u64 expected_place(int fd, __u32 area, const struct pgarea_alloc *arg)
{
	struct pgarea_range *list;
	int nr = pga_ranges(fd, area, &list);
	__u64 place = nr < 0 ? NO_PFN : preferred_place(list, nr, arg);

	free(list);
	return place;
}

/*
 * One request: it lies where the ranges predict, or they have no place for it.
 */
static void check(struct __test_metadata *_metadata, int fd, __u32 area,
		  struct pgarea_alloc *arg)
{
	__u64 place = expected_place(fd, area, arg);
	int err;

	arg->flags |= PGAREA_ALLOC_TOP_DOWN;
	err = pga_alloc_in(fd, area, arg);
	ASSERT_EQ(place == NO_PFN ? -ENOSPC : 0, err)
		TH_LOG("size %#llx, align %#llx, boundary %#llx, in [%#llx, %#llx]",
		       arg->size, arg->align, arg->boundary, arg->lowest,
		       arg->highest);
	if (!err)
		ASSERT_EQ(place, arg->phys)
			TH_LOG("size %#llx, align %#llx, boundary %#llx, in [%#llx, %#llx]",
			       arg->size, arg->align, arg->boundary,
			       arg->lowest, arg->highest);
}

#define CHECK(...) \
	check(_metadata, self->fd, self->area.id, \
	      &(struct pgarea_alloc){ __VA_ARGS__ })

TEST_F(top_down, single_pages)
{
	int i;

	for (i = 0; i < REQUESTS; i++)
		CHECK(.size = self->page);
}

TEST_F(top_down, odd_sizes)
{
	int i;

	for (i = 1; i < 40; i++)
		CHECK(.size = i * self->page);
}

TEST_F(top_down, alignments)
{
	int order;

	for (order = 0; order < 10; order++) {
		CHECK(.size = self->page, .align = self->page << order);
		CHECK(.size = 5 * self->page, .align = self->page << order);
	}
}

TEST_F(top_down, boundaries)
{
	int order;

	for (order = 3; order < 10; order++) {
		CHECK(.size = 5 * self->page, .boundary = self->page << order);
		CHECK(.size = 8 * self->page, .boundary = self->page << order);
	}
}

TEST_F(top_down, limits)
{
	__u64 middle = self->field + FIELD / 2 * self->page;
	int i;

	for (i = 1; i < 16; i++) {
		CHECK(.size = i * self->page, .highest = middle - 1);
		CHECK(.size = i * self->page, .highest = middle,
		      .lowest = middle - 64 * self->page);
		CHECK(.size = i * self->page, .highest = middle + i * 77);
		CHECK(.size = i * self->page, .lowest = middle + i * 77);
	}
}

/* A limit inside a page excludes the page. */
TEST_F(top_down, highest_inside_of_a_page)
{
	struct pgarea_alloc arg = {
		.size = self->page,
		.highest = self->field - 2,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &arg));
	EXPECT_EQ(self->field - 2 * self->page, arg.phys);
	arg.highest++;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &arg));
	EXPECT_EQ(self->field - self->page, arg.phys);
}

/* Everything at once, while the area fills up. */
TEST_F(top_down, whatever_is_asked_for)
{
	int i;

	for (i = 0; i < 2 * REQUESTS; i++) {
		struct pgarea_alloc arg = {
			.size = (1 + pga_random(&self->seed) % 12) * self->page,
		};

		if (pga_random(&self->seed) % 2)
			arg.align = self->page <<
				    pga_random(&self->seed) % 8;
		if (pga_random(&self->seed) % 2)
			arg.boundary = self->page <<
				       (4 + pga_random(&self->seed) % 5);
		if (pga_random(&self->seed) % 2)
			arg.lowest = self->field + self->page *
				     (pga_random(&self->seed) % (FIELD / 2));
		if (pga_random(&self->seed) % 2)
			arg.highest = self->field + FIELD / 2 * self->page +
				      pga_random(&self->seed) %
				      (FIELD / 2 * self->page);
		check(_metadata, self->fd, self->area.id, &arg);
	}
}

/* All of it, page by page from the top, as RANGES lists it from the bottom. */
TEST_F(top_down, down_to_the_last_page)
{
	__u64 last = ~0ULL, nr = 0, most = self->area.free / self->page;
	struct pgarea_alloc arg = {
		.size = self->page,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};
	struct pgarea_area now;

	while (nr <= most && !pga_alloc_in(self->fd, self->area.id, &arg)) {
		ASSERT_GT(last, arg.phys);
		last = arg.phys;
		nr++;
	}
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(0, now.free);
	EXPECT_LT(FIELD - HOLES, nr);
}

TEST_F(top_down, free_memory_joins_again)
{
	struct pga_snapshot before;
	struct pgarea_alloc arg;
	__u64 ids[100];
	int i;

	ASSERT_EQ(0, pga_snapshot(self->fd, &before));
	for (i = 0; i < 100; i++) {
		arg = (struct pgarea_alloc){
			.size = (1 + i % 7) * self->page,
			.flags = PGAREA_ALLOC_TOP_DOWN * (i % 2),
		};
		ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &arg));
		ids[i] = arg.id;
	}
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, pga_free(self->fd, ids[i]));
	EXPECT_TRUE(pga_returns_to(self->fd, &before));
}

/* The order of the areas is the same: the flag is about places in one area. */
TEST_F(top_down, the_order_of_areas_is_the_same)
{
	struct pgarea_alloc down = {
		.size = self->page,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};
	struct pgarea_alloc up = { .size = self->page };

	ASSERT_EQ(0, pga_alloc(self->fd, &up));
	ASSERT_EQ(0, pga_alloc(self->fd, &down));
	EXPECT_EQ(up.area, down.area);
	EXPECT_LT(up.phys, down.phys);
}

TEST_F(top_down, a_dry_run_tells_the_place)
{
	struct pgarea_alloc dry = {
		.size = 3 * self->page,
		.align = 8 * self->page,
		.flags = PGAREA_ALLOC_TOP_DOWN | PGAREA_ALLOC_DRY_RUN,
	};
	struct pgarea_alloc real = dry;

	real.flags = PGAREA_ALLOC_TOP_DOWN;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &dry));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &real));
	EXPECT_EQ(real.phys, dry.phys);
}

/* With an exact address the flag has no effect. */
TEST_F(top_down, exact)
{
	struct pgarea_alloc arg = {
		.size = self->page,
		.address = self->field - 7 * self->page,
		.flags = PGAREA_ALLOC_TOP_DOWN | PGAREA_ALLOC_EXACT,
	};

	ASSERT_EQ(0, pga_alloc(self->fd, &arg));
	EXPECT_EQ(self->field - 7 * self->page, arg.phys);
}

TEST_F(top_down, is_listed)
{
	struct pgarea_alloc arg = {
		.size = self->page,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_block *list;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_alloc(fd, &arg));
	ASSERT_EQ(1, pga_blocks(fd, 0, &list));
	EXPECT_EQ(PGAREA_ALLOC_TOP_DOWN, list->flags);
}

TEST_F(top_down, too_large)
{
	struct pgarea_alloc arg = {
		.size = 1ULL << 60,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};

	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* The highest possible page is no special case. */
TEST_F(top_down, limits_at_the_ends)
{
	struct pgarea_alloc arg = {
		.size = 1,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};

	arg.highest = 5;
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &arg));
	arg.highest = 0;
	arg.lowest = ~0ULL;
	EXPECT_EQ(-ENOSPC, pga_alloc(self->fd, &arg));
	arg.lowest = 0;
	arg.highest = ~0ULL;
	EXPECT_EQ(0, pga_alloc(self->fd, &arg));
}

TEST_HARNESS_MAIN
