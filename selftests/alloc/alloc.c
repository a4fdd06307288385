// SPDX-License-Identifier: GPL-2.0
/*
 * How many pages an allocation takes, what is in it, and that all of it is
 * returned.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "include/exhaust.h"

/* Enough blocks to split an area's free memory into many pieces */
#define MANY		96
#define MOST_ORDERS	64

FIXTURE(alloc) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(alloc)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 1024, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->page = page_size();
}

FIXTURE_TEARDOWN(alloc)
{
	close(self->fd);
}

FIXTURE(size) {
	int fd;
	__u64 page;
	struct pgarea_area area;
};

FIXTURE_VARIANT(size) {
	__u64 pages;
	int more;
};

FIXTURE_VARIANT_ADD(size, one_byte) { .pages = 0, .more = 1 };
FIXTURE_VARIANT_ADD(size, page_less_a_byte) { .pages = 1, .more = -1 };
FIXTURE_VARIANT_ADD(size, page) { .pages = 1 };
FIXTURE_VARIANT_ADD(size, page_and_a_byte) { .pages = 1, .more = 1 };
FIXTURE_VARIANT_ADD(size, three_pages) { .pages = 3 };
FIXTURE_VARIANT_ADD(size, five_pages) { .pages = 5 };
FIXTURE_VARIANT_ADD(size, sixteen_pages) { .pages = 16 };
FIXTURE_VARIANT_ADD(size, odd_hundreds) { .pages = 333, .more = -7 };
FIXTURE_VARIANT_ADD(size, power_and_a_byte) { .pages = 512, .more = 1 };
FIXTURE_VARIANT_ADD(size, thousand_pages) { .pages = 1000 };

FIXTURE_SETUP(size)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 1024, &self->area);
	self->page = page_size();
}

FIXTURE_TEARDOWN(size)
{
	close(self->fd);
}

/* A block takes its own pages and nothing else, whatever its size. */
TEST_F(size, costs_its_pages)
{
	struct pgarea_alloc block = {
		.size = variant->pages * self->page + variant->more,
	};
	__u64 cost = (variant->pages + (variant->more > 0)) * self->page;
	struct pgarea_area now;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(cost, block.alloc_size);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(self->area.free - cost, now.free);
	EXPECT_EQ(self->area.allocated + cost, now.allocated);
	EXPECT_EQ(self->area.owned, now.owned);
}

TEST_F(alloc, answer)
{
	struct pgarea_alloc block = { .size = 3 * self->page };

	memset(&block.id, 0xff, offsetof(struct pgarea_alloc, __reserved) -
	       offsetof(struct pgarea_alloc, id));
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_NE(0, block.id);
	EXPECT_NE(0, block.mmap_offset);
	EXPECT_GT(1ULL << 44, block.mmap_offset);
	EXPECT_EQ(0, block.phys % self->page);
	EXPECT_EQ(3 * self->page, block.alloc_size);
	EXPECT_EQ(self->area.id, block.area);
	EXPECT_LE(0, block.alloc_node);
	EXPECT_EQ(1, block.nr_segments);
	EXPECT_EQ(1, block.contiguous);
	EXPECT_EQ(3 * self->page, block.size);
}

TEST_F(alloc, ids_differ_and_are_not_reused)
{
	struct pgarea_alloc first = { .size = 1 }, second = { .size = 1 };

	ASSERT_EQ(0, pga_alloc(self->fd, &first));
	ASSERT_EQ(0, pga_free(self->fd, first.id));
	ASSERT_EQ(0, pga_alloc(self->fd, &second));
	EXPECT_NE(first.id, second.id);
}

static bool adds_up(const struct pgarea_area *area)
{
	return area->owned == area->free + area->allocated + area->reserved +
			      area->draining;
}

TEST_F(alloc, counters_add_up_at_each_step)
{
	struct pgarea_alloc block = { .size = 7 * self->page };
	struct pgarea_area now;
	__u64 reservation;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_TRUE(adds_up(&now));
	EXPECT_EQ(self->area.allocated + 7 * self->page, now.allocated);

	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	ASSERT_EQ(0, pga_reserve_at(self->fd, block.phys, 5 * self->page,
				    &reservation));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_TRUE(adds_up(&now));
	EXPECT_EQ(self->area.reserved + 5 * self->page, now.reserved);

	ASSERT_EQ(0, pga_unreserve(self->fd, reservation));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* Blocks of 1 to 8 pages.  All of them fit. */
static void alloc_many(struct __test_metadata *_metadata, int fd, __u32 area,
		       __u64 *seed, __u64 *ids)
{
	int i;

	for (i = 0; i < MANY; i++) {
		struct pgarea_alloc block = {
			.size = (pga_random(seed) % 8 + 1) * page_size(),
		};

		ASSERT_EQ(0, pga_alloc_in(fd, area, &block));
		ids[i] = block.id;
	}
}

static void shuffle(__u64 *ids, __u64 *seed)
{
	int i;

	for (i = MANY - 1; i > 0; i--) {
		int j = pga_random(seed) % (i + 1);
		__u64 id = ids[i];

		ids[i] = ids[j];
		ids[j] = id;
	}
}

TEST_F(alloc, free_memory_joins_in_any_order)
{
	struct pgarea_order before[MOST_ORDERS], after[MOST_ORDERS];
	__u64 seed = pga_seed(), ids[MANY];
	int i, nr;

	nr = pga_orders(self->fd, self->area.id, before, MOST_ORDERS);
	ASSERT_LT(0, nr);
	alloc_many(_metadata, self->fd, self->area.id, &seed, ids);
	shuffle(ids, &seed);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, pga_free(self->fd, ids[i]));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	ASSERT_EQ(nr, pga_orders(self->fd, self->area.id, after, MOST_ORDERS));
	EXPECT_EQ(0, memcmp(before, after, nr * sizeof(*before)));
}

TEST_F(alloc, orders_add_up_to_free)
{
	__u64 seed = pga_seed(), ids[MANY], free = 0;
	struct pgarea_order orders[MOST_ORDERS];
	struct pgarea_area now;
	int i, nr;

	alloc_many(_metadata, self->fd, self->area.id, &seed, ids);
	for (i = 0; i < MANY; i += 2)
		ASSERT_EQ(0, pga_free(self->fd, ids[i]));
	nr = pga_orders(self->fd, self->area.id, orders, MOST_ORDERS);
	ASSERT_LT(0, nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(i, (int)orders[i].order);
		free += orders[i].free_blocks * self->page << orders[i].order;
	}
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(now.free, free);
}

/*
 * Allocate all pages of an area, one by one.  Return the number and addresses.
 */
static __u64 take_all(int fd, const struct pgarea_area *area, __u64 *pages)
{
	struct pgarea_alloc block = { .size = 1 };
	__u64 nr = 0;

	while (nr <= area->free / page_size() &&
	       !pga_alloc_in(fd, area->id, &block))
		pages[nr++] = block.phys;
	return nr;
}

static int compare_pages(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

TEST_F(alloc, every_page_of_an_area_once)
{
	__u64 nr, i, most = self->area.free / self->page;
	__u64 *pages = calloc(most + 1, sizeof(*pages));

	ASSERT_NE(NULL, pages);
	nr = take_all(self->fd, &self->area, pages);
	ASSERT_EQ(most, nr);
	qsort(pages, nr, sizeof(*pages), compare_pages);
	EXPECT_LE(self->area.start, pages[0]);
	EXPECT_GT(self->area.end, pages[nr - 1]);
	for (i = 1; i < nr; i++)
		ASSERT_LE(pages[i - 1] + self->page, pages[i]);
	close(self->fd);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, a_full_area_says_so)
{
	__u64 *pages = calloc(self->area.free / self->page + 1, sizeof(*pages));
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_refusal refusal;
	struct pgarea_area now;

	ASSERT_NE(NULL, pages);
	take_all(self->fd, &self->area, pages);
	block.refusals = PGA_ARRAY(&refusal, 1);
	EXPECT_EQ(-ENOSPC, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(PGAREA_REASON_FULL, refusal.reason);
	EXPECT_EQ(0, refusal.free);
	EXPECT_EQ(0, refusal.largest_free);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &now));
	EXPECT_EQ(0, now.free);
	EXPECT_EQ(0, now.largest_free);
	EXPECT_EQ(0, pga_orders(self->fd, self->area.id, NULL, 0));
}

TEST_F(alloc, the_largest_run_at_once)
{
	struct pgarea_alloc block = { .size = self->area.largest_free };

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(self->area.largest_free, block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* Allocate the same place again, after a short drain. */
static int alloc_again(int fd, struct pgarea_alloc *block)
{
	return pga_wait_exact(fd, block->phys, block->alloc_size, block);
}

/* Write to all of a new block, and unmap it again. */
static void alloc_and_soil(struct __test_metadata *_metadata, int fd,
			   struct pgarea_alloc *block)
{
	char *at;

	ASSERT_EQ(0, pga_alloc(fd, block));
	at = pga_map(fd, block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, block->alloc_size));
	memset(at, 0xa5, block->alloc_size);
	munmap(at, block->alloc_size);
}

TEST_F(alloc, zero_after_a_free)
{
	struct pgarea_alloc block = { .size = 600 * self->page };
	char *at;

	alloc_and_soil(_metadata, self->fd, &block);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, alloc_again(self->fd, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, block.alloc_size));
}

TEST_F(alloc, zero_after_another_owner)
{
	struct pgarea_alloc block = { .size = 5 * self->page };
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	char *at;

	ASSERT_LE(0, other);
	alloc_and_soil(_metadata, other, &block);
	close(other);
	ASSERT_EQ(0, alloc_again(self->fd, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, block.alloc_size));
}

/*
 * A process that holds a block, a reservation and a mapping until it is killed.
 */
static void hold_for_ever(int ready)
{
	struct pgarea_alloc block = { .size = 20 * page_size() };
	struct pgarea_alloc freed = { .size = 1 };
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	__u64 id;

	if (fd < 0 || pga_alloc(fd, &block) ||
	    pga_map(fd, &block) == MAP_FAILED)
		_exit(1);
	if (pga_alloc(fd, &freed) || pga_free(fd, freed.id) ||
	    pga_reserve_at(fd, freed.phys, page_size(), &id))
		_exit(2);
	if (write(ready, "r", 1) != 1)
		_exit(3);
	for (;;)
		pause();
}

TEST_F(alloc, a_killed_process_leaves_nothing)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->fd);
		close(ready[0]);
		hold_for_ever(ready[1]);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_FALSE(pga_is_as(self->fd, &self->before));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(alloc, the_last_descriptor_counts)
{
	struct pgarea_alloc block = { .size = 1 };
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), copy;

	ASSERT_LE(0, other);
	copy = dup(other);
	ASSERT_LE(0, copy);
	ASSERT_EQ(0, pga_alloc(other, &block));
	close(other);
	EXPECT_FALSE(pga_is_as(self->fd, &self->before));
	EXPECT_EQ(0, pga_free(copy, block.id));
	close(copy);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_HARNESS_MAIN
