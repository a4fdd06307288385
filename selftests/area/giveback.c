// SPDX-License-Identifier: GPL-2.0
/*
 * Areas return memory to the host: when they are asked to, what they have grown
 * by and do not need for a while, and what is free when the host is short of
 * memory.
 */
#include "include/number.h"
#include "include/pga_area.h"
#include "include/pga_claim.h"

#define NAME		"test-giveback"
#define PARAMETERS	"/sys/module/pgarea/parameters/"
#define IDLE_MS		300

FIXTURE(giveback) {
	int fd;
	__u64 block;		/* size of a pageblock */
	long idle_ms;
	struct pgarea_info info;
	struct pga_snapshot before;
	struct pgarea_create_area area;
	struct pgarea_shrink_area shrink;
};

FIXTURE_SETUP(giveback)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_SHRINK);
	PGA_AREAS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_destroy_areas(self->fd, NAME));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	self->block = self->info.pageblock_size;
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, 0, &self->area));
	self->area.flags = PGAREA_AREA_GROW;
	self->idle_ms = pga_read_number(PARAMETERS "idle_ms");
	ASSERT_EQ(0, pga_write_number(PARAMETERS "idle_ms", 0));
}

FIXTURE_TEARDOWN(giveback)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	pga_write_number(PARAMETERS "idle_ms", self->idle_ms);
	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

/* Create it; skip if the host does not have the memory now. */
#define CREATE_OR_SKIP() do {						\
	self->area.flags |= PGAREA_AREA_REQUIRE;			\
	if (pga_create_area(self->fd, &self->area) == -ENOSPC)		\
		SKIP(return, "the host has not enough: shortage %u",	\
		     self->area.shortage);				\
	ASSERT_NE(0, self->area.id);					\
} while (0)

/* Pageblocks that the area owns */
#define OWNED() ({							\
	struct pgarea_area _area = {};					\
									\
	EXPECT_EQ(0, pga_area_by_id(self->fd, self->area.id, &_area));	\
	_area.owned / self->block;					\
})

#define SHRINK(_keep) ({						\
	self->shrink = (struct pgarea_shrink_area){			\
		.area = self->area.id,					\
		.keep = _keep,						\
	};								\
	pga_ioctl(self->fd, PGAREA_IOC_SHRINK_AREA, &self->shrink);	\
})

/* A block of so many pageblocks, for which the area may have to grow */
#define ALLOC_OR_SKIP(_pageblocks, _block) do {				\
	*(_block) = (struct pgarea_alloc){				\
		.size = (_pageblocks) * self->block,			\
	};								\
	if (pga_alloc_in(self->fd, self->area.id, _block) == -ENOSPC)	\
		SKIP(return, "the area cannot grow now");		\
	ASSERT_NE(0, (_block)->id);					\
} while (0)

/* Does the area own so many pageblocks, now or soon? */
static bool comes_to(int fd, __u32 id, __u64 owned)
{
	struct pgarea_area area = {};
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 20) {
		if (!pga_area_by_id(fd, id, &area) && area.owned == owned)
			return true;
		pga_sleep_ms(20);
	}
	return false;
}

#define COMES_TO(_pageblocks) \
	comes_to(self->fd, self->area.id, (_pageblocks) * self->block)

TEST_F(giveback, what_is_free_is_returned_on_request)
{
	struct pgarea_info now;

	self->area.size = 4 * self->block;
	CREATE_OR_SKIP();
	EXPECT_EQ(0, SHRINK(0));
	EXPECT_EQ(4 * self->block, self->shrink.returned);
	EXPECT_EQ(0, self->shrink.owned);
	EXPECT_EQ(0, OWNED());
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(4 * self->block, now.bytes_taken - self->info.bytes_taken);
	EXPECT_EQ(4 * self->block,
		  now.bytes_returned - self->info.bytes_returned);
	EXPECT_LE(4, now.host_calls - self->info.host_calls);
	EXPECT_LT(self->info.host_us, now.host_us);
	/* Once more: nothing is left to return. */
	EXPECT_EQ(0, SHRINK(0));
	EXPECT_EQ(0, self->shrink.returned);
}

TEST_F(giveback, what_is_to_be_kept_is_kept)
{
	struct pgarea_area area;

	self->area.size = 6 * self->block;
	self->area.minimum = 2 * self->block;
	CREATE_OR_SKIP();
	EXPECT_EQ(0, SHRINK(4 * self->block));
	EXPECT_EQ(2 * self->block, self->shrink.returned);
	EXPECT_EQ(4 * self->block, self->shrink.owned);
	EXPECT_EQ(0, SHRINK(self->block));
	EXPECT_EQ(2 * self->block, self->shrink.returned);
	EXPECT_EQ(2 * self->block, self->shrink.owned);
	EXPECT_EQ(0, SHRINK(~0ULL));
	EXPECT_EQ(0, self->shrink.returned);
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &area));
	EXPECT_EQ(self->area.size, area.target_size);
}

TEST_F(giveback, what_is_in_use_stays)
{
	struct pgarea_alloc block = {};
	char *at;

	self->area.size = 4 * self->block;
	CREATE_OR_SKIP();
	block.size = page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	memcpy(at, "stays", 6);
	EXPECT_EQ(0, SHRINK(0));
	EXPECT_EQ(3 * self->block, self->shrink.returned);
	EXPECT_STREQ("stays", at);
	munmap(at, page_size());
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_EQ(0, SHRINK(0));
	EXPECT_EQ(self->block, self->shrink.returned);
}

TEST_F(giveback, bad_requests)
{
	struct pga_claimed got;
	int user;
	__u64 place;

	self->area.size = self->block;
	CREATE_OR_SKIP();
	self->shrink = (struct pgarea_shrink_area){ .area = self->area.id };
	self->shrink.flags = 1;
	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_SHRINK_AREA,
					 &self->shrink));
	self->shrink.flags = 0;
	self->shrink.__reserved = 1;
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_SHRINK_AREA,
				     &self->shrink));
	self->shrink.__reserved = 0;
	user = pga_open_as(PGA_USER, PGA_CAP(CAP_DAC_OVERRIDE), PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, user);
	EXPECT_EQ(-EPERM, pga_ioctl(user, PGAREA_IOC_SHRINK_AREA, &self->shrink));
	close(user);
	self->shrink.area = ~0U;
	EXPECT_EQ(-ENOENT, pga_ioctl(self->fd, PGAREA_IOC_SHRINK_AREA,
				     &self->shrink));
	EXPECT_EQ(1, OWNED());
	PGA_PLACE_OR_SKIP(self->fd, 1, &place);
	ASSERT_EQ(0, pga_claim(self->fd, place, page_size(), &got));
	self->shrink.area = got.block.area;
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_SHRINK_AREA,
				     &self->shrink));
	EXPECT_EQ(0, pga_free(self->fd, got.block.id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

TEST_F(giveback, what_has_grown_returns_when_it_is_idle)
{
	struct pgarea_alloc large, small;
	__u64 grown;

	self->area.size = 2 * self->block;
	CREATE_OR_SKIP();
	ALLOC_OR_SKIP(1, &small);
	ALLOC_OR_SKIP(4, &large);
	grown = OWNED();
	EXPECT_LE(5, grown);
	EXPECT_EQ(0, pga_free(self->fd, large.id));
	/* Not by itself, while idle_ms is 0 */
	pga_sleep_ms(3 * IDLE_MS);
	EXPECT_EQ(grown, OWNED());
	ASSERT_EQ(0, pga_write_number(PARAMETERS "idle_ms", IDLE_MS));
	/* The thread learns of it when an area grows. */
	ALLOC_OR_SKIP(grown, &large);
	EXPECT_EQ(0, pga_free(self->fd, large.id));
	EXPECT_TRUE(COMES_TO(2));
	EXPECT_EQ(0, pga_free(self->fd, small.id));
	pga_sleep_ms(3 * IDLE_MS);
	EXPECT_EQ(2, OWNED());
}

/* What is needed again and again is not taken again and again. */
TEST_F(giveback, a_loop_keeps_its_memory)
{
	struct pgarea_info first, now;
	struct pgarea_alloc block;
	__u64 until;

	ASSERT_EQ(0, pga_write_number(PARAMETERS "idle_ms", IDLE_MS));
	CREATE_OR_SKIP();
	ALLOC_OR_SKIP(3, &block);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &first));
	for (until = pga_now_ms() + 6 * IDLE_MS; pga_now_ms() < until;) {
		ALLOC_OR_SKIP(3, &block);
		EXPECT_EQ(0, pga_free(self->fd, block.id));
		pga_sleep_ms(IDLE_MS / 10);
	}
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(first.chunks_taken, now.chunks_taken);
	EXPECT_TRUE(COMES_TO(0));
}

/* Have all shrinkers of the kernel called. */
static int drop_slab(void)
{
	return pga_write_text("/proc/sys/vm/drop_caches", "2");
}

TEST_F(giveback, what_is_free_returns_under_pressure)
{
	struct pgarea_alloc block;

	self->area.size = 6 * self->block;
	self->area.minimum = 2 * self->block;
	self->area.maximum = 16 * self->block;
	CREATE_OR_SKIP();
	ALLOC_OR_SKIP(3, &block);
	ASSERT_EQ(0, drop_slab());
	EXPECT_TRUE(COMES_TO(3));
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, drop_slab());
	EXPECT_TRUE(COMES_TO(2));
}

/* It would not get it back. */
TEST_F(giveback, what_cannot_grow_keeps_what_it_has)
{
	self->area.size = 3 * self->block;
	self->area.flags = 0;
	CREATE_OR_SKIP();
	ASSERT_EQ(0, drop_slab());
	pga_sleep_ms(200 * pga_slow());
	EXPECT_EQ(3, OWNED());
}

TEST_HARNESS_MAIN
