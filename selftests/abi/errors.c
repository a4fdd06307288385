// SPDX-License-Identifier: GPL-2.0
/*
 * Invalid input: in each test one field is wrong, the errno is the one that the
 * documentation names, and neither the struct nor anything else changes.
 */
#include <stddef.h>
#include <sys/resource.h>

#include "include/pga_lifetime.h"

/* Ids that the module never assigns */
#define NO_SUCH_AREA	0xfffffffe
#define NO_SUCH_ID	0xfffffffe

#define LABEL_TOO_LONG	"a label of 32 bytes, and no NUL."

/* ALLOC: a request that would succeed, except for one field */
FIXTURE(alloc) {
	int fd;
	struct pga_snapshot before;
};

FIXTURE_VARIANT(alloc) {
	struct pgarea_alloc arg;
	int err;
};

FIXTURE_SETUP(alloc)
{
	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(alloc)
{
	close(self->fd);
}

#define BAD_ALLOC(_name, _err, ...) \
FIXTURE_VARIANT_ADD(alloc, _name) { \
	.arg = { __VA_ARGS__ }, \
	.err = _err, \
}

BAD_ALLOC(size_0, EINVAL, .size = 0);
BAD_ALLOC(size_that_overflows, EOVERFLOW, .size = ~0ULL);
BAD_ALLOC(align_3, EINVAL, .size = 1, .align = 3);
BAD_ALLOC(align_all_ones, EINVAL, .size = 1, .align = ~0ULL);
BAD_ALLOC(boundary_3, EINVAL, .size = 1, .boundary = 3);
BAD_ALLOC(boundary_below_size, EINVAL, .size = 129, .boundary = 128);
BAD_ALLOC(lowest_above_highest, EINVAL, .size = 1,
	  .lowest = 2 * GIB, .highest = GIB);
BAD_ALLOC(address_without_flag, EINVAL, .size = 1, .address = GIB);
BAD_ALLOC(exact_unaligned, EINVAL, .size = 1,
	  .flags = PGAREA_ALLOC_EXACT, .address = GIB + 1);
BAD_ALLOC(exact_against_align, EINVAL, .size = 1,
	  .flags = PGAREA_ALLOC_EXACT, .address = GIB, .align = 2 * GIB);
BAD_ALLOC(exact_against_boundary, EINVAL, .size = 2 * MIB,
	  .flags = PGAREA_ALLOC_EXACT, .address = GIB - MIB,
	  .boundary = 2 * MIB);
BAD_ALLOC(exact_below_lowest, EINVAL, .size = 1,
	  .flags = PGAREA_ALLOC_EXACT, .address = GIB, .lowest = GIB + 1);
BAD_ALLOC(exact_above_highest, EINVAL, .size = MIB,
	  .flags = PGAREA_ALLOC_EXACT, .address = GIB,
	  .highest = GIB + MIB - 2);
BAD_ALLOC(exact_that_overflows, EOVERFLOW, .size = 2 * GIB,
	  .flags = PGAREA_ALLOC_EXACT, .address = 0 - GIB);
BAD_ALLOC(node_without_flag, EINVAL, .size = 1, .node = 1);
BAD_ALLOC(unknown_flag, EOPNOTSUPP, .size = 1, .flags = 1ULL << 63);
BAD_ALLOC(node_that_is_none, ENODEV, .size = 1, .flags = PGAREA_ALLOC_NODE,
	  .node = ~0U);
BAD_ALLOC(node_preferred_that_is_none, ENODEV, .size = 1,
	  .flags = PGAREA_ALLOC_PREFER_NODE, .node = ~0U);
BAD_ALLOC(node_twice, EINVAL, .size = 1,
	  .flags = PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE);
BAD_ALLOC(node_of_exact, EINVAL, .size = 1, .address = GIB,
	  .flags = PGAREA_ALLOC_EXACT | PGAREA_ALLOC_NODE);
BAD_ALLOC(node_preferred_of_exact, EINVAL, .size = 1, .address = GIB,
	  .flags = PGAREA_ALLOC_EXACT | PGAREA_ALLOC_PREFER_NODE);
BAD_ALLOC(flag_fresh, EOPNOTSUPP, .size = 1, .flags = PGAREA_ALLOC_FRESH);
BAD_ALLOC(cache_unknown, EOPNOTSUPP, .size = 1, .cache = 99);
BAD_ALLOC(layout_scattered, EOPNOTSUPP, .size = 1,
	  .layout = PGAREA_LAYOUT_SCATTERED);
BAD_ALLOC(layout_unknown, EOPNOTSUPP, .size = 1, .layout = 99);
BAD_ALLOC(access_unknown, EOPNOTSUPP, .size = 1, .access = 99);
BAD_ALLOC(reserved, EINVAL, .size = 1, .__reserved = 1);
BAD_ALLOC(reserved2, EINVAL, .size = 1, .__reserved2 = 1);
BAD_ALLOC(orphan_too_long, EINVAL, .size = 1,
	  .orphan_ms = PGAREA_ORPHAN_MAX_MS + 1);
BAD_ALLOC(orphan_almost_none, EINVAL, .size = 1,
	  .orphan_ms = PGAREA_ORPHAN_NONE - 1);
BAD_ALLOC(label_too_long, EINVAL, .size = 1, .name = LABEL_TOO_LONG);
BAD_ALLOC(label_unprintable, EINVAL, .size = 1, .name = "tab\there");
BAD_ALLOC(label_del, EINVAL, .size = 1, .name = "\x7f");
BAD_ALLOC(areas_reserved, EINVAL, .size = 1, .areas.__reserved = 1);
BAD_ALLOC(segments_reserved, EINVAL, .size = 1, .segments.__reserved = 1);
BAD_ALLOC(refusals_reserved, EINVAL, .size = 1, .refusals.__reserved = 1);

TEST_F(alloc, is_refused)
{
	struct pgarea_alloc arg = variant->arg;

	EXPECT_EQ(-variant->err, pga_alloc(self->fd, &arg));
	EXPECT_EQ(0, memcmp(&variant->arg, &arg, sizeof(arg)));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(alloc, is_refused_in_a_dry_run)
{
	struct pgarea_alloc arg = variant->arg;

	arg.flags |= PGAREA_ALLOC_DRY_RUN;
	EXPECT_EQ(-variant->err, pga_alloc(self->fd, &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* Not on every machine: the features say whether this one supports it. */
FIXTURE(choice) {
	int fd;
	struct pga_snapshot before;
};

FIXTURE_VARIANT(choice) {
	struct pgarea_alloc arg;
	__u64 feature;
};

FIXTURE_VARIANT_ADD(choice, write_combining) {
	.arg = { .size = 1, .cache = PGAREA_CACHE_WC },
	.feature = PGAREA_FEATURE_WC,
};

FIXTURE_VARIANT_ADD(choice, uncached) {
	.arg = { .size = 1, .cache = PGAREA_CACHE_UC },
	.feature = PGAREA_FEATURE_UC,
};

FIXTURE_VARIANT_ADD(choice, read_only) {
	.arg = { .size = 1, .access = PGAREA_ACCESS_READ_ONLY },
	.feature = PGAREA_FEATURE_ACCESS,
};

FIXTURE_VARIANT_ADD(choice, execute) {
	.arg = { .size = 1, .access = PGAREA_ACCESS_EXECUTE },
	.feature = PGAREA_FEATURE_ACCESS,
};

FIXTURE_SETUP(choice)
{
	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(choice)
{
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

TEST_F(choice, is_as_the_features_say)
{
	bool named = pga_info(self->fd).features & variant->feature;
	struct pgarea_alloc arg = variant->arg;

	EXPECT_EQ(named ? 0 : -EOPNOTSUPP, pga_alloc(self->fd, &arg));
	if (named)
		EXPECT_EQ(0, pga_free(self->fd, arg.id));
}

TEST_F(choice, is_as_the_features_say_in_bulk)
{
	bool named = pga_info(self->fd).features & variant->feature;
	struct pgarea_bulk_block block;
	struct pgarea_alloc_bulk arg = {
		.size = 1,
		.cache = variant->arg.cache,
		.access = variant->arg.access,
		.blocks = PGA_ARRAY(&block, 1),
	};

	EXPECT_EQ(named ? 0 : -EOPNOTSUPP, pga_alloc_bulk(self->fd, &arg));
	if (named)
		EXPECT_EQ(0, pga_free(self->fd, block.id));
}

/* The processor cannot execute uncached memory. */
TEST_F(choice, is_not_for_execution)
{
	struct pgarea_alloc arg = variant->arg;

	if (!arg.cache || !(pga_info(self->fd).features & variant->feature))
		SKIP(return, "needs a caching attribute of this machine");
	arg.access = PGAREA_ACCESS_EXECUTE;
	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &arg));
}

/* Sets of areas */
FIXTURE(set) {
	int fd;
	struct pga_snapshot before;
	struct pgarea_area_id ids[PGA_MOST_AREAS + 1];
	struct pgarea_alloc arg;
};

FIXTURE_SETUP(set)
{
	int i;

	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	if (!self->before.nr)
		SKIP(return, "no areas");
	memset(self->ids, 0, sizeof(self->ids));
	for (i = 0; i < self->before.nr; i++)
		self->ids[i].id = self->before.areas[i].id;
	self->arg = (struct pgarea_alloc){
		.size = 1,
		.areas = PGA_ARRAY(self->ids, self->before.nr),
	};
}

FIXTURE_TEARDOWN(set)
{
	close(self->fd);
}

static void expect_refusal(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_alloc *arg,
			   const struct pga_snapshot *before)
{
	EXPECT_EQ(err, pga_alloc(fd, arg));
	EXPECT_TRUE(pga_is_as(fd, before));
}

#define EXPECT_REFUSAL(_err) \
	expect_refusal(_metadata, self->fd, _err, &self->arg, &self->before)

TEST_F(set, unknown_area)
{
	self->ids[self->before.nr - 1].id = NO_SUCH_AREA;
	EXPECT_REFUSAL(-ENOENT);
}

TEST_F(set, area_0)
{
	self->ids[0].id = 0;
	EXPECT_REFUSAL(-ENOENT);
}

TEST_F(set, area_twice)
{
	self->ids[1] = self->ids[0];
	self->arg.areas.count = 2;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(set, reserved_not_zero)
{
	self->ids[self->before.nr - 1].__reserved = 1;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(set, more_areas_than_a_set_can_have)
{
	self->arg.areas.count = PGAREA_SET_MAX + 1;
	EXPECT_REFUSAL(-EINVAL);
}

TEST_F(set, all_the_memory_there_is)
{
	self->arg.areas.entry_size = 4096;
	self->arg.areas.count = ~0U;
	self->arg.areas.entries = ~0ULL - 4096;
	EXPECT_REFUSAL(-EOVERFLOW);
}

/*
 * RESERVE: @change is added to the address and size of a free page, and gives
 * the other fields.
 */
FIXTURE(reserve) {
	int fd;
	struct pgarea_reserve arg;
	struct pga_snapshot before;
};

FIXTURE_VARIANT(reserve) {
	struct pgarea_reserve change;
	int err;
};

FIXTURE_SETUP(reserve)
{
	struct pgarea_range run;
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2, &area);
	ASSERT_EQ(0, pga_longest_free(self->fd, area.id, &run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->arg = variant->change;
	self->arg.address += run.address;
	self->arg.size += page_size();
}

FIXTURE_TEARDOWN(reserve)
{
	close(self->fd);
}

#define BAD_RESERVE(_name, _err, ...) \
FIXTURE_VARIANT_ADD(reserve, _name) { \
	.change = { __VA_ARGS__ }, \
	.err = _err, \
}

BAD_RESERVE(address_unaligned, EINVAL, .address = 1);
BAD_RESERVE(size_unaligned, EINVAL, .size = 1);
BAD_RESERVE(size_below_a_page, EINVAL, .size = -1);
BAD_RESERVE(size_that_overflows, EOVERFLOW, .size = -MIB);
BAD_RESERVE(dry_run_of_a_claim, EINVAL,
	    .flags = PGAREA_RESERVE_CLAIM | PGAREA_RESERVE_DRY_RUN);
BAD_RESERVE(unknown_flag, EOPNOTSUPP, .flags = 1ULL << 63);
BAD_RESERVE(label_too_long, EINVAL, .name = LABEL_TOO_LONG);
BAD_RESERVE(label_unprintable, EINVAL, .name = "\x1b[2J");
BAD_RESERVE(reserved, EINVAL, .__reserved = 1);
BAD_RESERVE(reserved2, EINVAL, .__reserved2 = 1);
BAD_RESERVE(orphan_too_long, EINVAL, .orphan_ms = PGAREA_ORPHAN_MAX_MS + 1);

TEST_F(reserve, is_refused)
{
	struct pgarea_reserve arg = self->arg;

	EXPECT_EQ(-variant->err, pga_reserve(self->fd, &arg));
	EXPECT_EQ(0, memcmp(&self->arg, &arg, sizeof(arg)));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(reserve, is_refused_in_a_dry_run)
{
	struct pgarea_reserve arg = self->arg;

	arg.flags |= PGAREA_RESERVE_DRY_RUN;
	EXPECT_EQ(-variant->err, pga_reserve(self->fd, &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* A block and a reservation, and wrong uses of their ids */
FIXTURE(held) {
	int fd;
	__u64 page;
	struct pgarea_alloc block;
	struct pgarea_reserve reservation;
	struct pga_snapshot before;
};

FIXTURE_SETUP(held)
{
	struct pgarea_range run;
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 8, &area);
	ASSERT_EQ(0, pga_longest_free(self->fd, area.id, &run));
	self->page = page_size();
	self->reservation = (struct pgarea_reserve){
		.address = run.address,
		.size = 4 * self->page,
	};
	ASSERT_EQ(0, pga_reserve(self->fd, &self->reservation));
	self->block = (struct pgarea_alloc){ .size = 1 };
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(held)
{
	close(self->fd);
}

TEST_F(held, free_of_unknown_ids)
{
	EXPECT_EQ(-ENOENT, pga_free(self->fd, 0));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, NO_SUCH_ID));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, ~0ULL));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, self->block.id + (1ULL << 32)));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, free_with_a_flag)
{
	struct pgarea_free arg = { .id = self->block.id, .flags = 1 };

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_FREE, &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, free_of_a_reservation)
{
	EXPECT_EQ(-ENOENT, pga_free(self->fd, self->reservation.id));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, free_twice)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, self->block.id));
}

TEST_F(held, unreserve_of_a_block)
{
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, self->block.id));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, unreserve_of_unknown_ids)
{
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, 0));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, NO_SUCH_ID));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, ~0ULL));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, unreserve_twice)
{
	ASSERT_EQ(0, pga_unreserve(self->fd, self->reservation.id));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, self->reservation.id));
}

/* UNRESERVE of a part: @first and @size are added to the reservation's first page. */
static int unreserve_part(int fd, const struct pgarea_reserve *reservation,
			  __u64 address, __u64 size, __u64 flags)
{
	struct pgarea_unreserve arg = {
		.id = reservation->id,
		.address = address,
		.size = size,
		.flags = flags,
	};

	return pga_ioctl(fd, PGAREA_IOC_UNRESERVE, &arg);
}

#define UNRESERVE_PART(...) \
	unreserve_part(self->fd, &self->reservation, __VA_ARGS__)

TEST_F(held, unreserve_of_a_bad_part)
{
	__u64 first = self->reservation.address;

	EXPECT_EQ(-EINVAL, UNRESERVE_PART(first, 0, 0));
	EXPECT_EQ(-EINVAL, UNRESERVE_PART(0, self->page, 0));
	EXPECT_EQ(-EINVAL, UNRESERVE_PART(first + 1, self->page, 0));
	EXPECT_EQ(-EINVAL, UNRESERVE_PART(first, self->page - 1, 0));
	EXPECT_EQ(-EOVERFLOW, UNRESERVE_PART(first, 0 - self->page, 0));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, unreserve_with_a_flag)
{
	EXPECT_EQ(-EOPNOTSUPP, UNRESERVE_PART(0, 0, 1));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

static int wait_with(int fd, __u64 id, __u64 flags)
{
	struct pgarea_wait arg = { .id = id, .flags = flags };

	return pga_ioctl(fd, PGAREA_IOC_WAIT, &arg);
}

TEST_F(held, wait_with_an_unknown_flag)
{
	EXPECT_EQ(-EOPNOTSUPP, wait_with(self->fd, 0, 1ULL << 63));
	EXPECT_EQ(-EOPNOTSUPP, wait_with(self->fd, 0, 2));
}

TEST_F(held, wait_for_a_block_that_lives)
{
	EXPECT_EQ(-EBUSY, wait_with(self->fd, self->block.id, 0));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, wait_for_a_reservation_that_lives)
{
	EXPECT_EQ(-EBUSY, wait_with(self->fd, self->reservation.id, 0));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* ENOENT for an id that does not exist and for another file's. */
TEST_F(held, wait_for_unknown_ids)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	EXPECT_EQ(0, wait_with(self->fd, NO_SUCH_ID, 0));
	EXPECT_EQ(0, wait_with(self->fd, ~0ULL, 0));
	EXPECT_EQ(0, wait_with(other, self->block.id, 0));
	close(other);
}

/* EXPORT with one wrong field */
static int export_with(int fd, struct pgarea_export arg)
{
	struct pgarea_export as_before = arg;
	int err = pga_ioctl(fd, PGAREA_IOC_EXPORT, &arg);

	return err && memcmp(&arg, &as_before, sizeof(arg)) ? -EPROTO : err;
}

#define EXPORT_WITH(_id, ...) \
	export_with(self->fd, (struct pgarea_export){ .id = _id, __VA_ARGS__ })

TEST_F(held, export_of_a_bad_part)
{
	__u64 id = self->block.id, page = self->page;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .offset = 1));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .offset = page));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .offset = 2 * page));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .size = 1));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .size = page - 1));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .size = 2 * page));
	EXPECT_EQ(-EINVAL, EXPORT_WITH(id, .offset = page, .size = page));
	EXPECT_EQ(-EOVERFLOW, EXPORT_WITH(id, .offset = 0 - page,
					  .size = 2 * page));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(held, export_with_an_unknown_flag)
{
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	EXPECT_EQ(-EOPNOTSUPP, EXPORT_WITH(self->block.id, .flags = 2));
	EXPECT_EQ(-EOPNOTSUPP, EXPORT_WITH(self->block.id,
					   .flags = 1ULL << 63));
}

TEST_F(held, export_with_padding)
{
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	EXPECT_EQ(-EINVAL, EXPORT_WITH(self->block.id, .__reserved = 1));
}

TEST_F(held, export_of_unknown_ids)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	EXPECT_EQ(-ENOENT, EXPORT_WITH(0));
	EXPECT_EQ(-ENOENT, EXPORT_WITH(NO_SUCH_ID));
	EXPECT_EQ(-ENOENT, EXPORT_WITH(self->reservation.id));
	EXPECT_EQ(-ENOENT, pga_export_all(other, self->block.id));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, EXPORT_WITH(self->block.id));
	close(other);
}

TEST_F(held, export_without_a_descriptor_left)
{
	struct rlimit limit, none;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, EXPORT_WITH(self->block.id));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, 1));
}

/*
 * A command for root only fails with EPERM for others, whatever else is wrong.
 */
#ifndef PGA_AS_USER
/* BIND with one wrong field */
#define BIND_WITH(_id, ...) ({						\
	struct pgarea_bind _arg = { .id = _id, __VA_ARGS__ };		\
									\
	pga_ioctl(self->fd, PGAREA_IOC_BIND, &_arg);			\
})

TEST_F(held, bind_to_a_bad_function)
{
	__u64 id = self->block.id;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .domain = PGA_NO_DOMAIN,
				     .device = 32));
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .domain = PGA_NO_DOMAIN,
				     .function = 8));
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .domain = PGA_NO_DOMAIN,
				     .__reserved = 1));
	EXPECT_EQ(-ENODEV, BIND_WITH(id, .domain = PGA_NO_DOMAIN));
	EXPECT_EQ(-ENODEV, BIND_WITH(id, .domain = ~0U));
}

TEST_F(held, bind_to_none_at_an_address)
{
	__u64 id = self->block.id, none = PGAREA_BIND_NONE;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .flags = none, .domain = 1));
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .flags = none, .bus = 1));
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .flags = none, .device = 1));
	EXPECT_EQ(-EINVAL, BIND_WITH(id, .flags = none, .function = 1));
	EXPECT_EQ(0, BIND_WITH(id, .flags = none));
	EXPECT_EQ(0, BIND_WITH(self->reservation.id, .flags = none));
}

TEST_F(held, bind_with_an_unknown_flag)
{
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	EXPECT_EQ(-EOPNOTSUPP, BIND_WITH(self->block.id, .flags = 2));
	EXPECT_EQ(-EOPNOTSUPP, BIND_WITH(self->block.id, .flags = 1ULL << 63));
}

TEST_F(held, bind_of_unknown_ids)
{
	__u64 none = PGAREA_BIND_NONE;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	EXPECT_EQ(-ENOENT, BIND_WITH(0, .flags = none));
	EXPECT_EQ(-ENOENT, BIND_WITH(NO_SUCH_ID, .flags = none));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, BIND_WITH(self->block.id, .flags = none));
}

TEST_F(held, bind_of_another_files_block)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_bind arg = {
		.id = self->block.id,
		.flags = PGAREA_BIND_NONE,
	};

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	EXPECT_EQ(-ENOENT, pga_ioctl(other, PGAREA_IOC_BIND, &arg));
	close(other);
}

TEST_F(held, remove_with_a_flag)
{
	struct pgarea_remove arg = { .flags = 1, .name = "test-none" };

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_REMOVE, &arg));
	arg.flags = 1ULL << 63;
	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_REMOVE, &arg));
}

TEST_F(held, wait_for_all_and_one)
{
	EXPECT_EQ(-EINVAL, wait_with(self->fd, self->block.id,
				     PGAREA_WAIT_ALL));
	EXPECT_EQ(-EINVAL, wait_with(self->fd, NO_SUCH_ID, PGAREA_WAIT_ALL));
}
#endif

/* Queries change nothing, so only the errno is checked. */
FIXTURE(query) {
	int fd;
	struct pgarea_area area;
};

FIXTURE_SETUP(query)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 1, &self->area);
}

FIXTURE_TEARDOWN(query)
{
	close(self->fd);
}

TEST_F(query, areas)
{
	struct pgarea_areas arg = { .flags = 1 };

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_AREAS, &arg));
}

TEST_F(query, orders)
{
	struct pgarea_orders flag = { .area = self->area.id, .flags = 1 };
	struct pgarea_orders padding = {
		.area = self->area.id,
		.__reserved = 1,
	};
	struct pgarea_orders unknown = { .area = NO_SUCH_AREA };
	struct pgarea_orders none = {};

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_ORDERS, &flag));
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_ORDERS, &padding));
	EXPECT_EQ(-ENOENT, pga_ioctl(self->fd, PGAREA_IOC_ORDERS, &unknown));
	EXPECT_EQ(-ENOENT, pga_ioctl(self->fd, PGAREA_IOC_ORDERS, &none));
}

TEST_F(query, ranges)
{
	struct pgarea_ranges flag = { .area = self->area.id, .flags = 1 };
	struct pgarea_ranges padding = {
		.area = self->area.id,
		.__reserved = 1,
	};
	struct pgarea_ranges unknown = { .area = NO_SUCH_AREA };
	struct pgarea_ranges crossed = {
		.area = self->area.id,
		.lowest = 2,
		.highest = 1,
	};

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &flag));
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &padding));
	EXPECT_EQ(-ENOENT, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &unknown));
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, PGAREA_IOC_RANGES, &crossed));
}

TEST_F(query, blocks)
{
	struct pgarea_blocks arg = { .flags = 1ULL << 63 };

	EXPECT_EQ(-EOPNOTSUPP, pga_ioctl(self->fd, PGAREA_IOC_BLOCKS, &arg));
}

/* PROBE: the values are checked first, then the right to ask. */
FIXTURE(probe)
{
	int fd;
};

FIXTURE_VARIANT(probe)
{
	struct pgarea_probe arg;
	int err;
};

FIXTURE_SETUP(probe)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PROBE);
}

FIXTURE_TEARDOWN(probe)
{
	close(self->fd);
}

#define BAD_PROBE(_name, _err, ...) \
FIXTURE_VARIANT_ADD(probe, _name) { \
	.arg = { __VA_ARGS__ }, \
	.err = _err, \
}

#define SEARCH .flags = PGAREA_PROBE_SEARCH

BAD_PROBE(size_0, EINVAL, .address = GIB);
BAD_PROBE(address_unaligned, EINVAL, .address = GIB + 1, .size = MIB);
BAD_PROBE(size_unaligned, EINVAL, .address = GIB, .size = 1);
BAD_PROBE(that_overflows, EOVERFLOW, .address = 0 - GIB, .size = 2 * GIB);
BAD_PROBE(limit_without_search, EINVAL, .address = GIB, .size = MIB,
	  .highest = 2 * GIB);
BAD_PROBE(align_without_search, EINVAL, .address = GIB, .size = MIB,
	  .align = MIB);
BAD_PROBE(node_without_flag, EINVAL, SEARCH, .size = MIB, .node = 1);
BAD_PROBE(node_without_search, EINVAL, .flags = PGAREA_PROBE_NODE,
	  .address = GIB, .size = MIB);
BAD_PROBE(node_that_is_none, EINVAL, .size = MIB, .node = ~0U,
	  .flags = PGAREA_PROBE_SEARCH | PGAREA_PROBE_NODE);
BAD_PROBE(address_of_search, EINVAL, SEARCH, .address = GIB, .size = MIB);
BAD_PROBE(search_of_size_0, EINVAL, SEARCH);
BAD_PROBE(search_that_overflows, EOVERFLOW, SEARCH, .size = ~0ULL);
BAD_PROBE(align_3, EINVAL, SEARCH, .size = MIB, .align = 3);
BAD_PROBE(boundary_below_size, EINVAL, SEARCH, .size = 129, .boundary = 128);
BAD_PROBE(lowest_above_highest, EINVAL, SEARCH, .size = MIB,
	  .lowest = 2 * GIB, .highest = GIB);
BAD_PROBE(unknown_flag, EOPNOTSUPP, .flags = 4, .size = MIB);
BAD_PROBE(reserved, EINVAL, .address = GIB, .size = MIB, .__reserved = 1);
BAD_PROBE(array_reserved, EINVAL, .address = GIB, .size = MIB,
	  .obstacles.__reserved = 1);
BAD_PROBE(short_entries, EINVAL, .address = GIB, .size = MIB,
	  .obstacles.entry_size = 63, .obstacles.count = 1);

TEST_F(probe, is_refused)
{
	struct pgarea_probe arg = variant->arg;

	EXPECT_EQ(-variant->err, pga_ioctl(self->fd, PGAREA_IOC_PROBE, &arg));
	EXPECT_EQ(0, memcmp(&variant->arg, &arg, sizeof(arg)));
}

TEST_HARNESS_MAIN
