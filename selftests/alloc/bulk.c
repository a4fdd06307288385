// SPDX-License-Identifier: GPL-2.0
/*
 * ALLOC_BULK: many blocks in one call equal as many single ones.  If not all
 * can be allocated, the call returns the number that were, and the reason.
 */
#include <stddef.h>

#include "include/exhaust.h"

/* Blocks of one call, where the number does not matter */
#define NR	40
#define GAPS	5

/* Close to the limit of 16 bits */
#define WIDE	65536

FIXTURE(bulk) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_bulk_block blocks[NR + 1];
};

FIXTURE_SETUP(bulk)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 1024, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
	memset(self->blocks, 0xa5, sizeof(self->blocks));
}

FIXTURE_TEARDOWN(bulk)
{
	close(self->fd);
}

/* Is this entry unchanged by the call? */
static bool is_untouched(const struct pgarea_bulk_block *block)
{
	struct pgarea_bulk_block as_before;

	memset(&as_before, 0xa5, sizeof(as_before));
	return !memcmp(block, &as_before, sizeof(as_before));
}

TEST_F(bulk, answer)
{
	struct pgarea_alloc_bulk arg = {
		.size = 3 * self->page - 1,
		.blocks = PGA_ARRAY(self->blocks, NR),
		.done = 99,
		.error = 99,
	};
	int i;

	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(NR, arg.done);
	EXPECT_EQ(0, arg.error);
	EXPECT_EQ(NR, arg.blocks.count);
	EXPECT_EQ(NR, arg.blocks.total);
	EXPECT_EQ(0, arg.blocks.cursor);
	EXPECT_EQ(3 * self->page - 1, arg.size);
	for (i = 0; i < NR; i++) {
		EXPECT_NE(0, self->blocks[i].id);
		EXPECT_NE(0, self->blocks[i].mmap_offset);
		EXPECT_GT(1ULL << 44, self->blocks[i].mmap_offset);
		EXPECT_EQ(0, self->blocks[i].phys % self->page);
		EXPECT_EQ(3 * self->page, self->blocks[i].alloc_size);
		EXPECT_LE(0, self->blocks[i].node);
	}
	EXPECT_TRUE(is_untouched(&self->blocks[NR]));
}

/* As of a program for a later version, whose entries are longer. */
TEST_F(bulk, longer_entries)
{
	struct {
		struct pgarea_bulk_block block;
		__u64 more[3];
	} entries[GAPS + 1], untouched;
	struct pgarea_alloc_bulk arg = {
		.size = self->page,
		.blocks = pga_array(entries, sizeof(entries[0]), GAPS),
	};
	int i, j;

	memset(entries, 0xa5, sizeof(entries));
	memset(&untouched, 0xa5, sizeof(untouched));
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(GAPS, arg.blocks.total);
	for (i = 0; i < GAPS; i++) {
		EXPECT_EQ(self->page, entries[i].block.alloc_size);
		EXPECT_EQ(0, pga_free(self->fd, entries[i].block.id));
		for (j = 0; j < 3; j++)
			EXPECT_EQ(0, entries[i].more[j]);
	}
	EXPECT_EQ(0, memcmp(&untouched, &entries[GAPS], sizeof(untouched)));
}

TEST_F(bulk, costs_its_pages)
{
	struct pgarea_area now;

	ASSERT_EQ(NR, pga_bulk_in(self->fd, self->area.id, 5 * self->page,
				  self->blocks, NR));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.free - NR * 5 * self->page, now.free);
	EXPECT_EQ(self->area.allocated + NR * 5 * self->page, now.allocated);
	EXPECT_EQ(self->area.owned, now.owned);
}

TEST_F(bulk, of_one)
{
	ASSERT_EQ(1, pga_bulk_in(self->fd, self->area.id, 1, self->blocks, 1));
	EXPECT_EQ(self->page, self->blocks[0].alloc_size);
	EXPECT_TRUE(is_untouched(&self->blocks[1]));
}

/* Blocks with gaps between their ids */
static void make_gaps(struct __test_metadata *_metadata, int fd, __u32 area)
{
	struct pgarea_bulk_block blocks[2 * GAPS];
	__u64 ids[GAPS];
	int i;

	ASSERT_EQ(2 * GAPS, pga_bulk_in(fd, area, 1, blocks, 2 * GAPS));
	for (i = 0; i < GAPS; i++)
		ids[i] = blocks[2 * i].id;
	ASSERT_EQ(GAPS, pga_free_ids(fd, ids, GAPS));
}

/* BLOCKS lists each in the order of the ids, with the label that all have. */
TEST_F(bulk, blocks_are_listed)
{
	struct pgarea_alloc_bulk arg = {
		.size = 2 * self->page,
		.flags = PGAREA_ALLOC_NO_GROW,
		.blocks = PGA_ARRAY(self->blocks, NR),
		.name = "ring",
	};
	struct pgarea_block *list, seen;
	int i;

	make_gaps(_metadata, self->fd, self->area.id);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	ASSERT_EQ(NR + GAPS, pga_blocks(self->fd, 0, &list));
	for (i = 1; i < NR + GAPS; i++)
		EXPECT_LT(list[i - 1].id, list[i].id);
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(0, pga_block_at(self->fd, 0, self->blocks[i].phys,
					  &seen));
		EXPECT_EQ(self->blocks[i].id, seen.id);
		EXPECT_EQ(self->blocks[i].alloc_size, seen.size);
		EXPECT_EQ(self->blocks[i].mmap_offset, seen.mmap_offset);
		EXPECT_EQ(self->blocks[i].area, seen.area);
		EXPECT_EQ(self->blocks[i].node, seen.node);
		EXPECT_EQ(PGAREA_ALLOC_NO_GROW, seen.flags);
		EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
		EXPECT_STREQ("ring", (char *)seen.name);
	}
}

TEST_F(bulk, each_is_mapped_and_freed_on_its_own)
{
	char *at[NR];
	int i;

	ASSERT_EQ(NR, pga_bulk_in(self->fd, self->area.id, 2 * self->page,
				  self->blocks, NR));
	for (i = 0; i < NR; i++) {
		at[i] = pga_map_one(self->fd, &self->blocks[i]);
		ASSERT_NE(MAP_FAILED, at[i]);
		EXPECT_TRUE(pga_is_zero(at[i], 2 * self->page));
		memset(at[i], i + 1, 2 * self->page);
	}
	for (i = 0; i < NR; i++) {
		EXPECT_EQ(i + 1, at[i][0]);
		EXPECT_EQ(i + 1, at[i][2 * self->page - 1]);
		munmap(at[i], 2 * self->page);
		ASSERT_EQ(0, pga_free(self->fd, self->blocks[i].id));
	}
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(bulk, pages_are_where_it_says)
{
	int i;

	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(NR, pga_bulk_in(self->fd, self->area.id, 2 * self->page,
				  self->blocks, NR));
	for (i = 0; i < NR; i++) {
		char *at = pga_map_one(self->fd, &self->blocks[i]);

		ASSERT_NE(MAP_FAILED, at);
		EXPECT_EQ(self->blocks[i].phys, phys_of(at));
		EXPECT_EQ(self->blocks[i].phys + self->page,
			  phys_of(at + self->page));
	}
}

/* Write to all memory of an area and free it: the next owner reads zeros. */
TEST_F(bulk, zero_after_another_owner)
{
	__u32 nr = self->area.free / self->page, i;
	struct pgarea_bulk_block *blocks = calloc(nr, sizeof(*blocks));
	struct pga_grabbed grabbed;

	ASSERT_NE(NULL, blocks);
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	ASSERT_EQ(0, pga_grabbed_fill(&grabbed, 0xa5));
	pga_grabbed_free(&grabbed);
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));

	ASSERT_EQ((int)nr, pga_bulk_in(self->fd, self->area.id, 1, blocks, nr));
	for (i = 0; i < nr; i++) {
		char *at = pga_map_one(self->fd, &blocks[i]);

		ASSERT_NE(MAP_FAILED, at);
		ASSERT_TRUE(pga_is_zero(at, self->page));
		munmap(at, self->page);
	}
	free(blocks);
}

static int compare_ids(const void *a, const void *b)
{
	const struct pgarea_bulk_block *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* An area with that many free pages, contiguous or not; 0 or -ENOSPC. */
static int pick_by_free(int fd, __u64 pages, struct pgarea_area *area)
{
	struct pga_snapshot now;
	int i;

	if (pga_snapshot(fd, &now))
		return -ENOSPC;
	for (i = 0; i < now.nr; i++) {
		*area = now.areas[i];
		if (area->free >= pages * page_size())
			return 0;
	}
	return -ENOSPC;
}

/* Numbers that just fit, or do not fit, into 16 bits are valid. */
TEST_F_TIMEOUT(bulk, counts_around_16_bits, 90)
{
	struct pgarea_bulk_block *blocks = calloc(WIDE + 1, sizeof(*blocks));
	struct pgarea_area area;
	int nr, i;

	ASSERT_NE(NULL, blocks);
	if (pick_by_free(self->fd, WIDE + 1, &area))
		SKIP(return, "no area has %d pages", WIDE + 1);
	for (nr = WIDE - 1; nr <= WIDE + 1; nr++) {
		int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

		ASSERT_LE(0, fd);
		ASSERT_EQ(nr, pga_bulk_in(fd, area.id, 1, blocks, nr));
		qsort(blocks, nr, sizeof(*blocks), compare_ids);
		for (i = 1; i < nr; i++)
			ASSERT_NE(blocks[i - 1].id, blocks[i].id);
		close(fd);
		ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	}
	free(blocks);
}

/* Far more than any area can hold: the number itself must cost nothing. */
TEST_F(bulk, of_as_many_as_can_be_written)
{
	size_t room = (size_t)~0U * sizeof(struct pgarea_bulk_block);
	void *blocks = mmap(NULL, room, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct pgarea_area_id set = { .id = self->area.id };
	struct pgarea_alloc_bulk arg = {
		.size = self->page,
		.areas = PGA_ARRAY(&set, 1),
	};

	if (blocks == MAP_FAILED)
		SKIP(return, "no room for an array of that size");
	arg.blocks = pga_array(blocks, sizeof(struct pgarea_bulk_block), ~0U);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(self->area.free / self->page, arg.done);
	EXPECT_EQ(ENOSPC, arg.error);
}

/* The area becomes full in the middle of the call */
TEST_F(bulk, some_fit)
{
	struct pgarea_area_id set = { .id = self->area.id };
	struct pgarea_refusal refusal[2];
	struct pgarea_alloc_bulk arg = {
		.size = self->area.largest_free / 3 / self->page * self->page,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(self->blocks, NR),
		.refusals = PGA_ARRAY(refusal, 2),
	};
	struct pgarea_area now;

	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	ASSERT_LE(1, arg.done);
	ASSERT_GT(NR, arg.done);
	EXPECT_EQ(ENOSPC, arg.error);
	EXPECT_EQ(arg.done, arg.blocks.count);
	EXPECT_EQ(arg.done, arg.blocks.total);
	EXPECT_EQ(0, arg.blocks.cursor);
	EXPECT_FALSE(is_untouched(&self->blocks[arg.done - 1]));
	EXPECT_TRUE(is_untouched(&self->blocks[arg.done]));
	EXPECT_EQ(1, arg.refusals.count);
	EXPECT_EQ(1, arg.refusals.total);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.free - arg.done * arg.size, now.free);
	EXPECT_EQ(self->area.id, refusal[0].area);
	EXPECT_EQ(now.free, refusal[0].free);
	EXPECT_EQ(now.largest_free, refusal[0].largest_free);
	EXPECT_EQ(now.free < arg.size ? PGAREA_REASON_FULL : PGAREA_REASON_FRAGMENTED,
		  refusal[0].reason);
	EXPECT_EQ(-ENOSPC, pga_bulk_in(self->fd, self->area.id, arg.size,
				       self->blocks, 1));
}

TEST_F(bulk, the_last_page_fits)
{
	__u32 nr = self->area.free / self->page;
	struct pgarea_bulk_block *blocks = calloc(nr + 1, sizeof(*blocks));
	struct pgarea_area now;

	ASSERT_NE(NULL, blocks);
	ASSERT_EQ((int)nr, pga_bulk_in(self->fd, self->area.id, 1, blocks, nr));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(0, now.free);
	free(blocks);
}

/* None fits: the call is refused as ALLOC would be. */
TEST_F(bulk, none_fits)
{
	struct pgarea_refusal refusals[PGA_MOST_AREAS];
	struct pgarea_alloc_bulk arg = {
		.size = 1ULL << 60,
		.blocks = PGA_ARRAY(self->blocks, NR),
		.refusals = PGA_ARRAY(refusals, PGA_MOST_AREAS),
	};
	int i;

	ASSERT_EQ(-ENOSPC, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(0, arg.done);
	EXPECT_EQ(0, arg.blocks.count);
	EXPECT_EQ(0, arg.blocks.total);
	EXPECT_EQ(self->before.nr, (int)arg.refusals.count);
	for (i = 0; i < self->before.nr; i++)
		EXPECT_EQ(PGAREA_REASON_FULL, refusals[i].reason);
	EXPECT_TRUE(is_untouched(&self->blocks[0]));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(bulk, refusals_are_not_touched_when_all_fit)
{
	struct pgarea_refusal refusal, as_before;
	struct pgarea_alloc_bulk arg = {
		.size = 1,
		.blocks = PGA_ARRAY(self->blocks, NR),
		.refusals = PGA_ARRAY(&refusal, 1),
	};

	memset(&refusal, 0xa5, sizeof(refusal));
	as_before = refusal;
	arg.refusals.total = 99;
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(0, arg.refusals.count);
	EXPECT_EQ(0, arg.refusals.total);
	EXPECT_EQ(0, memcmp(&as_before, &refusal, sizeof(refusal)));
}

/* The second area serves what the first one cannot. */
TEST_F(bulk, goes_on_in_the_next_area)
{
	struct pgarea_area_id set[2] = { { .id = self->area.id } };
	__u64 size = 8 * self->page, i, fit = 0;
	__u32 nr = self->area.free / size + 5;
	struct pgarea_bulk_block *blocks = calloc(nr, sizeof(*blocks));
	struct pgarea_alloc_bulk arg = {
		.size = size,
		.blocks = PGA_ARRAY(blocks, nr),
	};

	ASSERT_NE(NULL, blocks);
	for (i = 0; i < (__u64)self->before.nr; i++)
		if (self->before.areas[i].id != self->area.id &&
		    self->before.areas[i].largest_free >= nr * size)
			set[1].id = self->before.areas[i].id;
	if (!set[1].id)
		SKIP(return, "there is no second area");
	arg.areas = PGA_ARRAY(set, 2);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	ASSERT_EQ(nr, arg.done);
	while (fit < nr && blocks[fit].area == set[0].id)
		fit++;
	EXPECT_LT(0, fit);
	EXPECT_GE(self->area.free / size, fit);
	for (i = fit; i < nr; i++)
		ASSERT_EQ(set[1].id, blocks[i].area);
	EXPECT_EQ(-ENOSPC, pga_bulk_in(self->fd, set[0].id, size, blocks, 1));
	free(blocks);
}

TEST_HARNESS_MAIN
