// SPDX-License-Identifier: GPL-2.0
/*
 * A claim over several areas: each page counts in the area that owns it, and goes
 * back there.
 *
 * Four pageblocks of the host follow one another.  The first and the third become
 * areas, "one" and "two"; the claim begins in the middle of the first, and ends in
 * the middle of the fourth.  So its own area has the second and the fourth.
 */
#include "include/pga_claim.h"

#define NAME		"test-several"
#define ONE		0
#define TWO		1
#define OWN		2

FIXTURE(several) {
	int fd;
	__u64 block;		/* size of a pageblock */
	__u64 half;
	__u64 place;		/* of the four pageblocks */
	__u64 size;		/* of the claim */
	__u32 areas[3];
	struct pga_snapshot before;
	struct pga_claimed got;
	struct pgarea_reserve range;
};

static int create_at(int fd, const char *name, __u64 start, __u64 size, __u32 *id)
{
	struct pgarea_create_area arg = {
		.flags = PGAREA_AREA_REQUIRE,
		.start = start,
		.end = start + size,
		.size = size,
	};
	int err;

	pga_set_name(arg.name, name);
	err = pga_create_area(fd, &arg);
	*id = arg.id;
	return err;
}

FIXTURE_SETUP(several)
{
	int err;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_CLAIMS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->block = pga_pageblock(self->fd);
	self->half = self->block / 2;
	self->size = 3 * self->block;
	PGA_PLACE_OR_SKIP(self->fd, 4, &self->place);
	err = create_at(self->fd, NAME "-one", self->place, self->block,
			&self->areas[ONE]) ?:
	      create_at(self->fd, NAME "-two", self->place + 2 * self->block,
			self->block, &self->areas[TWO]);
	if (err == -ENOSPC)
		SKIP(return, "the host uses the place now");
	ASSERT_EQ(0, err);
}

FIXTURE_TEARDOWN(several)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	close(self->fd);
	EXPECT_TRUE(pga_claims_end(watch));
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

/* Claim the range, as a block or as a reservation. */
#define CLAIM_OR_SKIP(_call) do {					\
	int _err = _call;						\
									\
	if (_err == -EBUSY && self->got.refusal.area == 0 &&		\
	    self->range.area == 0)					\
		SKIP(return, "the host uses the place now");		\
	ASSERT_EQ(0, _err);						\
} while (0)

#define CLAIM_BLOCK()							\
	CLAIM_OR_SKIP(pga_claim_with(self->fd, self->place + self->half,	\
				     self->size, &self->got))

#define CLAIM_RANGE()							\
	CLAIM_OR_SKIP(pga_claim_reserve(self->fd,				\
					self->place + self->half,		\
					self->size, &self->range))

/* The area of the claim, from the second pageblock on */
#define FIND_OWN() do {							\
	struct pgarea_area _area;					\
									\
	ASSERT_EQ(0, pga_area_at(self->fd, self->place + self->block,	\
				 &_area));				\
	EXPECT_EQ(PGAREA_AREA_CLAIM, _area.flags);			\
	EXPECT_EQ(self->place + self->block, _area.start);		\
	EXPECT_EQ(self->place + 4 * self->block, _area.end);		\
	EXPECT_EQ(2 * self->block, _area.owned);			\
	self->areas[OWN] = _area.id;					\
} while (0)

/* A counter of the three areas, one after the other */
#define EXPECT_COUNTED(_counter, _one, _two, _own) do {			\
	const __u64 _wanted[] = { _one, _two, _own };			\
	struct pgarea_area _area;					\
	int _i;								\
									\
	for (_i = 0; _i < 3; _i++) {					\
		ASSERT_EQ(0, pga_area_by_id(self->fd, self->areas[_i],	\
					    &_area));			\
		EXPECT_EQ(_wanted[_i], _area._counter)			\
			TH_LOG("of area %d", _i);			\
		EXPECT_EQ(_area.owned, _area.free + _area._counter);	\
	}								\
} while (0)

TEST_F(several, each_page_counts_in_its_area)
{
	char *at;

	CLAIM_BLOCK();
	FIND_OWN();
	EXPECT_EQ(self->areas[ONE], self->got.block.area);
	EXPECT_COUNTED(allocated, self->half, self->block,
		       self->block + self->half);
	at = pga_map(self->fd, &self->got.block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->size));
	EXPECT_TRUE(pga_lies_at(at, self->place + self->half, self->size));
	pga_fill((unsigned char *)at, self->size, 13);
	ASSERT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_COUNTED(draining, self->half, self->block,
		       self->block + self->half);
	EXPECT_TRUE(pga_shows((unsigned char *)at, self->size, 13));
	munmap(at, self->size);
	EXPECT_TRUE(pga_claims_end(self->fd));
	self->areas[OWN] = self->areas[TWO];
	EXPECT_COUNTED(allocated, 0, 0, 0);
}

TEST_F(several, ranges_and_blocks_show_it)
{
	struct pgarea_range range;
	struct pgarea_block block;
	struct pgarea_area area;

	CLAIM_BLOCK();
	FIND_OWN();
	ASSERT_EQ(0, pga_block_of(self->fd, 0, self->got.block.id, &block));
	EXPECT_EQ(self->place + self->half, block.address);
	EXPECT_EQ(self->size, block.size);
	EXPECT_EQ(self->areas[ONE], block.area);
	ASSERT_EQ(0, pga_range_at(self->fd, self->areas[ONE],
				  self->place + self->half, &range));
	EXPECT_EQ(self->half, range.size);
	ASSERT_EQ(0, pga_range_at(self->fd, self->areas[OWN],
				  self->place + 3 * self->block, &range));
	EXPECT_EQ(self->place + 3 * self->block, range.address);
	EXPECT_EQ(self->half, range.size);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, range.state);
	ASSERT_EQ(0, pga_area_at(self->fd, self->place + 2 * self->block, &area));
	EXPECT_EQ(self->areas[TWO], area.id);
}

/* What is used of an area keeps it from being destroyed or shrunk. */
TEST_F(several, its_areas_are_in_use)
{
	struct pgarea_destroy_area gone;
	struct pgarea_resize_area resize;

	CLAIM_BLOCK();
	FIND_OWN();
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->areas[ONE], &gone));
	EXPECT_EQ(self->got.block.id, gone.conflict_id);
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->areas[TWO], &gone));
	EXPECT_EQ(self->got.block.id, gone.conflict_id);
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->areas[OWN], &gone));
	EXPECT_EQ(-EBUSY, pga_resize_area(self->fd, self->areas[TWO], 0, &resize));
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_EQ(0, pga_destroy_area_soon(self->fd, self->areas[TWO]));
}

TEST_F(several, orphans_count_in_their_areas)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	self->got.block.orphan_ms = PGAREA_ORPHAN_MAX_MS;
	CLAIM_BLOCK();
	FIND_OWN();
	close(self->fd);
	self->fd = watch;
	EXPECT_COUNTED(orphaned, self->half, self->block,
		       self->block + self->half);
	/* It is in each of the three areas. */
	EXPECT_EQ(1, pga_end_orphans(watch, (struct pgarea_end_orphans){
		.flags = PGAREA_ORPHANS_AREA, .area = self->areas[TWO] }));
	EXPECT_TRUE(pga_claims_end(watch));
	self->areas[OWN] = self->areas[TWO];
	EXPECT_COUNTED(allocated, 0, 0, 0);
}

TEST_F(several, pieces_lie_in_their_areas)
{
	struct pgarea_bulk_block pieces[6];
	const __u32 *areas = self->areas;
	int i;

	CLAIM_BLOCK();
	FIND_OWN();
	ASSERT_EQ(6, pga_split(self->fd, self->got.block.id, 0, self->half,
			       pieces, 6));
	const __u32 wanted[] = {
		areas[ONE], areas[OWN], areas[OWN],
		areas[TWO], areas[TWO], areas[OWN],
	};
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(self->place + (i + 1) * self->half, pieces[i].phys);
		EXPECT_EQ(wanted[i], pieces[i].area);
	}
	EXPECT_EQ(0, pga_free(self->fd, pieces[0].id));
	EXPECT_COUNTED(allocated, 0, self->block, self->block + self->half);
	EXPECT_EQ(0, pga_free(self->fd, pieces[3].id));
	EXPECT_COUNTED(allocated, 0, self->half, self->block + self->half);
	EXPECT_EQ(0, pga_free(self->fd, pieces[1].id));
	EXPECT_COUNTED(allocated, 0, self->half, self->block);
	EXPECT_EQ(0, pga_free(self->fd, pieces[5].id));
	EXPECT_EQ(0, pga_free(self->fd, pieces[4].id));
	EXPECT_EQ(0, pga_free(self->fd, pieces[2].id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

/* The first piece and the second each lie in two areas, or three. */
TEST_F(several, large_pieces_lie_in_several_areas)
{
	struct pgarea_bulk_block pieces[2];
	char *at;

	CLAIM_BLOCK();
	FIND_OWN();
	ASSERT_EQ(2, pga_split(self->fd, self->got.block.id, self->block, 0,
			       pieces, 2));
	EXPECT_EQ(self->areas[ONE], pieces[0].area);
	EXPECT_EQ(self->areas[OWN], pieces[1].area);
	EXPECT_EQ(0, pga_free(self->fd, pieces[0].id));
	EXPECT_COUNTED(allocated, 0, self->block, self->block);
	at = pga_map_one(self->fd, &pieces[1]);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_lies_at(at, self->place + 3 * self->half,
				2 * self->block));
	munmap(at, 2 * self->block);
	ASSERT_EQ(0, pga_trim(self->fd, pieces[1].id, self->block));
	EXPECT_COUNTED(allocated, 0, self->half, self->half);
	EXPECT_EQ(0, pga_free(self->fd, pieces[1].id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

TEST_F(several, parts_of_a_reservation_are_released)
{
	struct pgarea_unreserve part = { .size = self->block };

	CLAIM_RANGE();
	FIND_OWN();
	EXPECT_EQ(self->areas[ONE], self->range.area);
	EXPECT_COUNTED(reserved, self->half, self->block,
		       self->block + self->half);
	/* Half of the second pageblock, and half of the third */
	part.id = self->range.id;
	part.address = self->place + 3 * self->half;
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, &part));
	EXPECT_NE(0, part.rest_id);
	EXPECT_COUNTED(reserved, self->half, self->half,
		       self->half + self->half);
	ASSERT_EQ(0, pga_unreserve(self->fd, part.rest_id));
	EXPECT_COUNTED(reserved, self->half, 0, self->half);
	/* From the start: the rest begins in the area of the claim. */
	part.address = self->place + self->half;
	part.size = self->half;
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, &part));
	EXPECT_EQ(0, part.rest_id);
	EXPECT_COUNTED(reserved, 0, 0, self->half);
	ASSERT_EQ(0, pga_unreserve(self->fd, self->range.id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

TEST_F(several, a_persistent_one_is_read_and_written)
{
	const char *name = NAME;
	char text[] = "at the end of an area";
	char read_back[sizeof(text)] = "";
	__u64 at = self->half - 5;
	int node;

	pga_set_name(self->got.block.name, name);
	self->got.block.flags = PGAREA_ALLOC_PERSISTENT;
	CLAIM_BLOCK();
	FIND_OWN();
	node = pga_open_node(name, O_RDWR);
	ASSERT_LE(0, node);
	EXPECT_EQ((ssize_t)sizeof(text), pwrite(node, text, sizeof(text), at));
	EXPECT_EQ((ssize_t)sizeof(text),
		  pread(node, read_back, sizeof(text), at));
	EXPECT_STREQ(text, read_back);
	EXPECT_EQ(0, pga_remove(self->fd, name, NULL));
	EXPECT_COUNTED(draining, self->half, self->block,
		       self->block + self->half);
	close(node);
	EXPECT_TRUE(pga_claims_end(self->fd));
}

TEST_F(several, a_dma_buf_has_all_of_it)
{
	char *at;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	CLAIM_BLOCK();
	FIND_OWN();
	buf = pga_export_all(self->fd, self->got.block.id);
	ASSERT_LE(0, buf);
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	at = mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, buf, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_lies_at(at, self->place + self->half, self->size));
	munmap(at, self->size);
	EXPECT_COUNTED(draining, self->half, self->block,
		       self->block + self->half);
	close(buf);
	EXPECT_TRUE(pga_claims_end(self->fd));
}

/* A claim of what areas own takes nothing from the host. */
TEST_F(several, what_areas_own_needs_no_area)
{
	struct pgarea_area area;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, self->block, &self->got));
	EXPECT_EQ(self->areas[ONE], self->got.block.area);
	EXPECT_EQ(0, pga_nr_claims(self->fd));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->areas[ONE], &area));
	EXPECT_EQ(self->block, area.allocated);
}

TEST_F(several, two_areas_side_by_side)
{
	__u32 next;
	int err;

	err = create_at(self->fd, NAME "-next", self->place + self->block,
			self->block, &next);
	if (err == -ENOSPC)
		SKIP(return, "the host uses the place now");
	ASSERT_EQ(0, err);
	self->areas[OWN] = next;
	ASSERT_EQ(0, pga_claim(self->fd, self->place + self->half, 2 * self->block,
			       &self->got));
	EXPECT_EQ(0, pga_nr_claims(self->fd));
	EXPECT_COUNTED(allocated, self->half, self->half, self->block);
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_COUNTED(allocated, 0, 0, 0);
}

/* A page of the third pageblock is used: the rest is as before. */
TEST_F(several, nothing_is_taken_if_a_part_is_used)
{
	struct pgarea_alloc used = {};
	struct pga_snapshot now;

	ASSERT_EQ(0, pga_alloc_at(self->fd, self->place + 2 * self->block + self->half,
				  page_size(), &used));
	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	EXPECT_EQ(-EBUSY, pga_claim(self->fd, self->place + self->half,
				    self->size, &self->got));
	EXPECT_EQ(self->areas[TWO], self->got.refusal.area);
	EXPECT_EQ(used.phys, self->got.refusal.address);
	EXPECT_TRUE(pga_is_as(self->fd, &now));
	EXPECT_EQ(-EBUSY, pga_claim_reserve(self->fd, self->place + self->half,
					    self->size, &self->range));
	EXPECT_EQ(used.id, self->range.id);
	EXPECT_EQ(used.phys, self->range.conflict);
	EXPECT_TRUE(pga_is_as(self->fd, &now));
}

TEST_HARNESS_MAIN
