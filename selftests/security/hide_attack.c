// SPDX-License-Identifier: GPL-2.0
/*
 * Attacks on hidden addresses, with the module loaded with hide_phys=1: a user
 * without capabilities combines requests and answers to find an address, or
 * rather its pageblock.  Root then looks whether the guess is right.
 *
 * Each strategy makes a guess only where its answers leave one address, so that
 * a right guess is not luck.  The bounds of areas are no secret: limits outside
 * them tell nothing new.
 */
#include "include/pga_lifetime.h"
#include "include/testmod.h"
#include "hidden.h"

#define LOWEST_BIT	24
#define HIGHEST_BIT	44
#define SHIFTS		4
#define TOO_MUCH	(1ULL << 50)

/* @fd: root's, for the truth; @file: the user's, for the attacks */
struct attack {
	int fd;
	int file;
	__u64 page;
	__u64 pageblock;
	struct pga_snapshot before;
};

FIXTURE(attack)
{
	struct attack a;
};

FIXTURE_SETUP(attack)
{
	PGA_OPEN_OR_SKIP(self->a.fd);
	PGA_ROOT_OR_SKIP();
	ASSERT_EQ(0, pga_snapshot(self->a.fd, &self->a.before));
	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	self->a.file = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, self->a.file);
	self->a.page = page_size();
	self->a.pageblock = pga_info(self->a.fd).pageblock_size;
}

FIXTURE_TEARDOWN(attack)
{
	close(self->a.file);
	EXPECT_TRUE(pga_returns_to(self->a.fd, &self->a.before));
	close(self->a.fd);
}

/* Calls @_try for each power of two inside an area; sums what it returns. */
#define SUM_OF_LIMITS(_self, _try) ({					\
	int _sum = 0, _i, _bit;						\
									\
	for (_i = 0; _i < (_self)->before.nr; _i++)			\
		for (_bit = LOWEST_BIT; _bit < HIGHEST_BIT; _bit++)	\
			if (inside(&(_self)->before.areas[_i], 1ULL << _bit)) \
				_sum += _try(_self, &(_self)->before.areas[_i], \
					     1ULL << _bit);		\
	_sum;								\
})

static bool inside(const struct pgarea_area *area, __u64 address)
{
	return area->start < address && address < area->end;
}

/* Root: are these pages free? */
static bool is_free(int fd, __u64 address, __u64 size)
{
	struct pgarea_alloc exact = {
		.size = size,
		.address = address,
		.flags = PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN,
	};

	return !pga_alloc(fd, &exact);
}

/* Root: is this a run of free memory, from its first to its last page? */
static bool is_run(int fd, __u64 address, __u64 size)
{
	__u64 page = page_size();

	return is_free(fd, address, size) && !is_free(fd, address - page, page) &&
	       !is_free(fd, address + size, page);
}

/* The largest free run within limits, as the refusal of a request tells. */
static __u64 largest_by_refusal(int fd, const struct pgarea_area *area,
				__u64 lowest, __u64 highest)
{
	struct pgarea_refusal refusal = {};
	struct pgarea_alloc arg = {
		.size = TOO_MUCH,
		.lowest = lowest,
		.highest = highest,
		.refusals = PGA_ARRAY(&refusal, 1),
	};

	pga_alloc_in(fd, area->id, &arg);
	return refusal.largest_free;
}

/* The same, as the success of dry runs tells. */
static __u64 largest_by_dry_runs(int fd, const struct pgarea_area *area,
				 __u64 lowest, __u64 highest)
{
	__u64 fits = 0, fails = area->owned / page_size() + 1, size;

	while (fits + 1 < fails) {
		struct pgarea_alloc arg = {
			.lowest = lowest,
			.highest = highest,
			.flags = PGAREA_ALLOC_DRY_RUN,
		};

		size = (fits + fails) / 2;
		arg.size = size * page_size();
		if (pga_alloc_in(fd, area->id, &arg))
			fails = size;
		else
			fits = size;
	}
	return fits * page_size();
}

/*
 * The largest run consists of the largest ones below and above a limit: then it
 * lies across the limit.  1 if the user found where it begins.
 */
static int cut_a_run(int fd, int file, const struct pgarea_area *area,
		     __u64 limit,
		     __u64 (*largest)(int fd, const struct pgarea_area *area,
				      __u64 lowest, __u64 highest))
{
	__u64 below = largest(file, area, 0, limit - 1);
	__u64 above = largest(file, area, limit, 0);
	__u64 all = largest(file, area, 0, 0);

	return below && above && below + above == all &&
	       is_run(fd, limit - below, all);
}

static int cut_by_refusals(struct attack *a,
			   const struct pgarea_area *area, __u64 limit)
{
	return cut_a_run(a->fd, a->file, area, limit, largest_by_refusal);
}

TEST_F(attack, runs_are_cut_at_powers_of_two_by_refusals)
{
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, cut_by_refusals));
}

static int cut_by_dry_runs(struct attack *a,
			   const struct pgarea_area *area, __u64 limit)
{
	return cut_a_run(a->fd, a->file, area, limit, largest_by_dry_runs);
}

TEST_F(attack, runs_are_cut_at_powers_of_two_by_dry_runs)
{
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, cut_by_dry_runs));
}

/* Pageblocks in an area up to a limit, allocated with a new file of the user */
struct filled {
	int fd;
	int nr;
	struct pgarea_bulk_block *blocks;
};

static int fill(struct filled *filled, const struct pgarea_area *area,
		__u64 size, __u64 highest, __u64 flags)
{
	struct pgarea_area_id set = { .id = area->id };
	struct pgarea_alloc_bulk arg = {
		.size = size,
		.align = size,
		.highest = highest,
		.flags = flags,
		.orphan_ms = PGAREA_ORPHAN_NONE,
		.areas = PGA_ARRAY(&set, 1),
	};
	__u32 room = area->owned / size + 1;

	filled->fd = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	filled->blocks = calloc(room, sizeof(*filled->blocks));
	if (filled->fd < 0 || !filled->blocks)
		return -ENOMEM;
	arg.blocks = PGA_ARRAY(filled->blocks, room);
	filled->nr = pga_alloc_bulk(filled->fd, &arg) ? 0 : arg.done;
	return filled->nr;
}

static void empty(struct filled *filled)
{
	int i;

	for (i = 0; i < filled->nr; i++)
		pga_free(filled->fd, filled->blocks[i].id);
	free(filled->blocks);
	close(filled->fd);
}

/*
 * An area is filled in order, so the first pageblock that does not fit below the
 * limit begins there.  1 if it does.
 */
static int cross(struct attack *a, const struct pgarea_area *area,
		 __u64 limit)
{
	struct filled below, all;
	int right = 0;

	fill(&below, area, a->pageblock, limit - 1, 0);
	empty(&below);
	if (!below.nr)
		return 0;
	fill(&all, area, a->pageblock, 0, 0);
	if (below.nr < all.nr)
		right = pga_phys_at(all.fd, all.blocks[below.nr].mmap_offset) == limit;
	empty(&all);
	return right;
}

TEST_F_TIMEOUT(attack, an_area_is_filled_until_a_limit_is_crossed, 120)
{
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, cross));
}

/* The highest page below a limit is the one before it. */
static int under(struct attack *a, const struct pgarea_area *area,
		 __u64 limit)
{
	struct pgarea_alloc block = {
		.size = a->page,
		.highest = limit - 1,
		.flags = PGAREA_ALLOC_TOP_DOWN,
	};
	int right;

	if (pga_alloc_in(a->file, area->id, &block))
		return 0;
	right = pga_phys_at(a->file, block.mmap_offset) == limit - a->page;
	pga_free(a->file, block.id);
	return right;
}

TEST_F(attack, the_highest_page_below_a_limit)
{
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, under));
}

/* The lowest page from a limit on is at the limit. */
static int above(struct attack *a, const struct pgarea_area *area,
		 __u64 limit)
{
	struct pgarea_alloc block = { .size = a->page, .lowest = limit };
	int right;

	if (pga_alloc_in(a->file, area->id, &block))
		return 0;
	right = pga_phys_at(a->file, block.mmap_offset) == limit;
	pga_free(a->file, block.id);
	return right;
}

TEST_F(attack, the_lowest_page_above_a_limit)
{
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, above));
}

/*
 * A large block lies at a multiple of its size, however much was allocated
 * before it.  Return whether it does.
 */
static bool is_aligned(struct attack *a,
		       const struct pgarea_area *area, __u64 size, __u64 flags)
{
	struct pgarea_alloc shift[SHIFTS], block;
	int i, j, aligned = 0;

	for (i = 0; i < SHIFTS; i++) {
		block = (struct pgarea_alloc){ .size = size, .flags = flags };
		shift[i] = (struct pgarea_alloc){
			.size = a->pageblock,
			.flags = flags,
		};
		if (pga_alloc_in(a->file, area->id, &shift[i]))
			break;
		if (pga_alloc_in(a->file, area->id, &block)) {
			i++;
			break;
		}
		aligned += !(pga_phys_at(a->file, block.mmap_offset) % size);
		pga_free(a->file, block.id);
	}
	for (j = 0; j < i; j++)
		pga_free(a->file, shift[j].id);
	return aligned == SHIFTS;
}

TEST_F(attack, large_blocks_lie_at_multiples_of_their_size)
{
	__u64 size = 4 * self->a.pageblock;
	int i, tried = 0;

	for (i = 0; i < self->a.before.nr; i++) {
		const struct pgarea_area *area = &self->a.before.areas[i];

		if (area->largest_free < 4 * size)
			continue;
		tried++;
		EXPECT_FALSE(is_aligned(&self->a, area, size, 0));
		EXPECT_FALSE(is_aligned(&self->a, area, size, PGAREA_ALLOC_TOP_DOWN));
	}
	if (!tried)
		SKIP(return, "no area is large enough");
}

TEST_F(attack, alignments_and_boundaries_beyond_a_pageblock)
{
	struct pgarea_alloc block = { .size = 1, .align = 2 * self->a.pageblock };

	EXPECT_EQ(-EPERM, pga_alloc(self->a.file, &block));
	block = (struct pgarea_alloc){
		.size = 1,
		.boundary = 2 * self->a.pageblock,
	};
	EXPECT_EQ(-EPERM, pga_alloc(self->a.file, &block));
	block = (struct pgarea_alloc){
		.size = 1,
		.align = self->a.pageblock,
		.boundary = self->a.pageblock,
	};
	EXPECT_EQ(0, pga_alloc(self->a.file, &block));
}

/* A new caching attribute splits large pages, and the kernel counts these. */
TEST_F(attack, caching_attributes)
{
	struct pgarea_alloc block = { .size = 1, .cache = PGAREA_CACHE_WC };

	PGA_FEATURE_OR_SKIP(self->a.fd, PGAREA_FEATURE_WC);
	EXPECT_EQ(-EPERM, pga_alloc(self->a.file, &block));
	block.cache = PGAREA_CACHE_UC;
	EXPECT_EQ(-EPERM, pga_alloc(self->a.file, &block));
	EXPECT_EQ(0, pga_alloc(self->a.fd, &block));
	EXPECT_EQ(0, pga_free(self->a.fd, block.id));
}

TEST_F(attack, orders_beyond_a_pageblock)
{
	struct pgarea_order orders[64];
	int i, nr;

	for (i = 0; i < self->a.before.nr; i++) {
		nr = pga_orders(self->a.file, self->a.before.areas[i].id, orders, 64);
		ASSERT_LE(0, nr);
		EXPECT_GE(self->a.pageblock, self->a.page << (nr ? nr - 1 : 0));
	}
}

/* A device that reaches a part of an area reaches none of it. */
static int reached(struct attack *a, const struct pgarea_area *area,
		   __u64 limit)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgt_entry entry;
	int test, fd, err;
	__u32 handle;

	if (pga_alloc_in(a->file, area->id, &block))
		return 0;
	test = open(PGT_DEVICE, O_RDWR | O_CLOEXEC);
	fd = pga_export_all(a->file, block.id);
	err = pgt_import_with(test, fd, __builtin_ctzll(limit), &handle);
	err = err ?: pgt_map(test, handle, &entry, 1);
	close(test);
	close(fd);
	pga_free(a->file, block.id);
	return err >= 0;
}

TEST_F(attack, devices_with_short_masks)
{
	int test;

	PGA_FEATURE_OR_SKIP(self->a.fd, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(test);
	close(test);
	EXPECT_EQ(0, SUM_OF_LIMITS(&self->a, reached));
}

int main(int argc, char **argv)
{
	return hidden_main(argc, argv);
}
