// SPDX-License-Identifier: GPL-2.0
/* Areas return memory to the host when they are asked to. */
#include "include/pga_area.h"
#include "include/pga_claim.h"

#define NAME		"test-giveback"

FIXTURE(giveback) {
	int fd;
	__u64 block;		/* size of a pageblock */
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
}

FIXTURE_TEARDOWN(giveback)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

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

TEST_HARNESS_MAIN
