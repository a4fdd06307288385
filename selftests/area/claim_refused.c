// SPDX-License-Identifier: GPL-2.0
/*
 * Claims that are refused: each names what is in the way, as PROBE does, and
 * leaves everything as it was.
 */
#include "include/number.h"
#include "include/pga_claim.h"

#define BUFFER_SIZE	(64 * MIB)
/* Taken by several processors, in two parts or more */
#define LONG_RANGE	(32 * MIB)
#define BUFFERS		5
#define PARAMETERS	"/sys/module/pgarea/parameters/"

FIXTURE(refused) {
	int fd;
	__u64 block;		/* size of a pageblock */
	struct pgarea_info info;
	struct pga_snapshot before;
	struct pga_claimed got;
	struct pgarea_reserve range;
	char **pages;
};

FIXTURE_SETUP(refused)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_CLAIMS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	self->block = self->info.pageblock_size;
	self->pages = calloc(self->block / page_size(), sizeof(*self->pages));
}

FIXTURE_TEARDOWN(refused)
{
	struct pgarea_info now;

	free(self->pages);
	EXPECT_TRUE(pga_claims_end(self->fd));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(now.chunks_taken - self->info.chunks_taken,
		  now.chunks_returned - self->info.chunks_returned);
	close(self->fd);
}

/* Both commands refuse with the same words; the kind, or what they returned. */
static int refusal(int fd, __u64 address, __u64 size, int err)
{
	struct pgarea_reserve range;
	struct pga_claimed got;
	int found = pga_claim(fd, address, size, &got);

	if (!found)
		pga_free(fd, got.block.id);
	if (found != err)
		return found;
	found = pga_claim_reserve(fd, address, size, &range);
	if (!found)
		pga_unreserve(fd, range.id);
	if (found != err)
		return found;
	if (got.block.refusals.count != 1 ||
	    got.refusal.reason != PGAREA_REASON_NOT_OWNED ||
	    got.refusal.area || range.area || range.id || got.refusal.state ||
	    range.conflict_state ||
	    got.refusal.obstacle_address != got.refusal.address ||
	    got.refusal.address != range.conflict ||
	    got.refusal.obstacle != range.obstacle || !range.conflict_size)
		return -EPROTO;
	return range.obstacle;
}

TEST_F(refused, what_is_no_memory)
{
	__u64 code = iomem_start("Kernel code", page_size());
	__u64 firmware = iomem_start("Reserved", page_size());
	int kind;

	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM,
		  refusal(self->fd, 1ULL << 50, 1ULL << 50, -ENOSPC));
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM,
		  refusal(self->fd, 1ULL << 63, 1ULL << 62, -ENOSPC));
	kind = kind_at(self->fd, 0);
	EXPECT_EQ(kind, refusal(self->fd, 0, page_size(), -ENOSPC));
	EXPECT_EQ(kind, refusal(self->fd, 0, 1ULL << 62, -ENOSPC));
	if (code) {
		kind = kind_at(self->fd, code + self->block);
		/* With KASLR, its image may lie where the zone begins later. */
		EXPECT_TRUE(kind == PGAREA_OBSTACLE_KERNEL ||
			    kind == PGAREA_OBSTACLE_ZONE_MOVABLE);
		EXPECT_EQ(kind, refusal(self->fd, code + self->block,
					page_size(), -ENOSPC));
	}
	if (firmware >= 16 * MIB)
		EXPECT_EQ(kind_at(self->fd, firmware),
			  refusal(self->fd, firmware & -page_size(), page_size(),
				  -ENOSPC));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

static bool is_lasting(__u32 kind)
{
	return kind >= PGAREA_OBSTACLE_ZONE_MOVABLE;
}

/* One place of each kind that PROBE says cannot be had cannot be had, as it says. */
TEST_F(refused, what_probe_calls_unobtainable)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	struct pgarea_obstacle *list;
	int i, kind, nr = probe(self->fd, &arg, &list), tried = 0;
	__u64 seen = 0;

	ASSERT_LT(1, nr);
	for (i = 0; i < nr; i++) {
		if (list[i].flags || list[i].area || seen >> list[i].kind & 1)
			continue;
		seen |= 1ULL << list[i].kind;
		kind = refusal(self->fd, list[i].page, page_size(),
			       is_lasting(list[i].kind) ? -ENOSPC : -EBUSY);
		/* What is in use changes all the time. */
		if (kind == (int)list[i].kind ||
		    (!is_lasting(list[i].kind) &&
		     kind_at(self->fd, list[i].page) != (int)list[i].kind)) {
			tried++;
			continue;
		}
		EXPECT_EQ((int)list[i].kind, kind)
			TH_LOG("at %#llx", list[i].page);
	}
	EXPECT_LT(1, tried);
	free(list);
}

static bool is_obtainable(int fd, __u64 phys)
{
	struct pgarea_obstacle entry;

	return !probe_at(fd, phys, &entry) && pga_is_hosts(&entry, false);
}

/* Pages that another processor has in its hands cannot be had for a moment. */
static bool becomes_obtainable(int fd, __u64 phys)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (is_obtainable(fd, phys))
			return true;
		pga_sleep_ms(20 * pga_slow());
	}
	return false;
}

/* Pages of our own, with these contents; NULL: there is no room. */
static char *filled_buffer(unsigned int seed)
{
	char *at = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, BUFFER_SIZE, MADV_NOHUGEPAGE);
	pga_fill((unsigned char *)at, BUFFER_SIZE, seed);
	return at;
}

/* A pageblock of our own buffer before which lies one that could be had */
static __u64 buffer_after_place(int fd, char *at, __u64 block, char **pages)
{
	__u64 phys = own_pageblock(at, BUFFER_SIZE, block, pages);

	return phys && becomes_obtainable(fd, phys) &&
	       becomes_obtainable(fd, phys - block) ? phys : 0;
}

TEST_F(refused, a_pinned_page_in_the_last_pageblock)
{
	struct iovec page = { .iov_len = page_size() };
	char *at = filled_buffer(11);
	__u64 phys, pinned;
	int pipes[2];

	ASSERT_NE(NULL, at);
	phys = buffer_after_place(self->fd, at, self->block, self->pages);
	if (!phys)
		SKIP(return, "no pageblock is in one buffer alone");
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	page.iov_base = self->pages[100];
	ASSERT_EQ((ssize_t)page_size(), vmsplice(pipes[1], &page, 1, 0));
	pinned = phys_of(page.iov_base);
	EXPECT_EQ(-EBUSY, pga_claim(self->fd, phys - self->block,
				    2 * self->block, &self->got));
	EXPECT_EQ(PGAREA_OBSTACLE_PINNED, self->got.refusal.obstacle);
	EXPECT_EQ(pinned, self->got.refusal.obstacle_address);
	EXPECT_EQ(PGAREA_OBSTACLE_PINNED,
		  refusal(self->fd, phys, page_size(), -EBUSY));
	EXPECT_EQ(pinned, phys_of(page.iov_base));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(pipes[0]);
	close(pipes[1]);
	EXPECT_EQ(0, pga_claim(self->fd, phys - self->block, 2 * self->block,
			       &self->got));
	EXPECT_TRUE(pga_shows((unsigned char *)at, BUFFER_SIZE, 11));
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	munmap(at, BUFFER_SIZE);
}

/* Are all pageblocks of a long range as @is says, apart from this one? */
static bool rest_is(bool (*is)(int fd, __u64 phys), int fd, __u64 range,
		    __u64 apart, __u64 block)
{
	__u64 phys;

	for (phys = range; phys < range + LONG_RANGE; phys += block)
		if (phys != apart && !is(fd, phys))
			return false;
	return true;
}

/*
 * One of our pageblocks in a long range that can be had, in a buffer @at; 0: there
 * is none.  The buffers that are in no such range stay where they are.
 */
static __u64 in_long_range(int fd, char **at, __u64 block, char **pages)
{
	__u64 phys;
	int i;

	for (i = 0; i < BUFFERS; i++) {
		*at = filled_buffer(13);
		if (!*at)
			return 0;
		phys = own_pageblock(*at, BUFFER_SIZE, block, pages);
		if (phys && rest_is(is_obtainable, fd, phys & -LONG_RANGE, phys,
				    block))
			return phys;
	}
	return 0;
}

/* The parts that could be had go back to the host. */
TEST_F_TIMEOUT(refused, a_pinned_page_in_a_long_range, 90)
{
	struct iovec page = { .iov_len = page_size() };
	__u64 phys, range;
	int pipes[2];
	char *at;

	phys = in_long_range(self->fd, &at, self->block, self->pages);
	range = phys & -LONG_RANGE;
	if (!phys)
		SKIP(return, "others have what cannot be moved near each buffer");
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	page.iov_base = self->pages[100];
	ASSERT_EQ((ssize_t)page_size(), vmsplice(pipes[1], &page, 1, 0));
	EXPECT_EQ(-EBUSY, pga_claim(self->fd, range, LONG_RANGE, &self->got));
	EXPECT_EQ(PGAREA_OBSTACLE_PINNED, self->got.refusal.obstacle);
	EXPECT_EQ(phys_of(page.iov_base), self->got.refusal.obstacle_address);
	EXPECT_TRUE(rest_is(becomes_obtainable, self->fd, range, phys,
			    self->block));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(pipes[0]);
	close(pipes[1]);
	EXPECT_EQ(0, pga_claim(self->fd, range, LONG_RANGE, &self->got));
	EXPECT_TRUE(pga_shows((unsigned char *)at, BUFFER_SIZE, 13));
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	munmap(at, BUFFER_SIZE);
}

/* A range that begins with memory that could be had, and ends beyond RAM */
TEST_F(refused, the_end_of_memory)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	struct pgarea_obstacle *list;
	int i, nr = probe(self->fd, &arg, &list);
	__u64 end = 0;

	for (i = 1; i < nr; i++)
		if (!list[i].flags && is_lasting(list[i].kind) &&
		    pga_is_hosts(&list[i - 1], false))
			end = list[i].address;
	free(list);
	if (!end)
		SKIP(return, "no memory that could be had ends at such a place");
	EXPECT_LT(0, refusal(self->fd, end - self->block, 2 * self->block,
			     -ENOSPC));
	ASSERT_EQ(-ENOSPC, pga_claim_reserve(self->fd, end - self->block,
					     2 * self->block, &self->range));
	EXPECT_LE(end, self->range.conflict);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(refused, a_block_in_the_way_is_named)
{
	struct pgarea_alloc block = { .size = 3 * page_size() };
	struct pgarea_area area;
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	PGA_PICK_OR_SKIP(other, 64ULL, &area);
	ASSERT_EQ(0, pga_alloc_in(other, area.id, &block));
	EXPECT_EQ(-EBUSY, pga_claim(self->fd, block.phys + page_size(),
				    page_size(), &self->got));
	EXPECT_EQ(1, self->got.block.refusals.count);
	EXPECT_EQ(area.id, self->got.refusal.area);
	EXPECT_EQ(PGAREA_REASON_IN_USE, self->got.refusal.reason);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, self->got.refusal.state);
	EXPECT_EQ(PGAREA_OBSTACLE_OWNED, self->got.refusal.obstacle);
	EXPECT_EQ(block.phys + page_size(), self->got.refusal.address);
	EXPECT_EQ(-EBUSY, pga_claim_reserve(self->fd, block.phys, 4 * page_size(),
					    &self->range));
	EXPECT_EQ(block.id, self->range.id);
	EXPECT_EQ(area.id, self->range.area);
	EXPECT_EQ(block.phys, self->range.conflict);
	EXPECT_EQ(block.alloc_size, self->range.conflict_size);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, self->range.conflict_state);
	EXPECT_EQ(PGAREA_OBSTACLE_OWNED, self->range.obstacle);
	EXPECT_EQ(0, pga_free(other, block.id));
	close(other);
}

/* A bad request changes nothing, and is none of memory. */
TEST_F(refused, bad_requests)
{
	struct pgarea_area_id set = { .id = self->before.areas[0].id };
	struct pga_claimed *got = &self->got;
	struct pgarea_reserve range = {
		.address = GIB,
		.size = page_size(),
		.flags = PGAREA_RESERVE_CLAIM | PGAREA_RESERVE_DRY_RUN,
	};
	struct pgarea_alloc block = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_CLAIM,
	};

	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &block));
	EXPECT_EQ(-EINVAL, pga_reserve(self->fd, &range));
	EXPECT_EQ(-EINVAL, pga_claim(self->fd, GIB + 1, page_size(), got));
	EXPECT_EQ(-EINVAL, pga_claim(self->fd, GIB, 0, got));
	EXPECT_EQ(-EOVERFLOW, pga_claim(self->fd, -page_size(), 2 * page_size(),
					got));
	EXPECT_EQ(-EINVAL, pga_claim_reserve(self->fd, GIB, 1, &self->range));
	EXPECT_EQ(-EOVERFLOW, pga_claim_reserve(self->fd, -page_size(),
						2 * page_size(), &self->range));
	*got = (struct pga_claimed){ .block.flags = PGAREA_ALLOC_DRY_RUN };
	EXPECT_EQ(-EINVAL, pga_claim_with(self->fd, GIB, page_size(), got));
	*got = (struct pga_claimed){ .block.areas = PGA_ARRAY(&set, 1) };
	EXPECT_EQ(-EINVAL, pga_claim_with(self->fd, GIB, page_size(), got));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* The result cannot be written, or the limit of the user forbids it. */
TEST_F(refused, a_late_failure_undoes_everything)
{
	struct pgarea_segment segment;
	struct pga_claimed *got = &self->got;
	__u64 place;

	PGA_PLACE_OR_SKIP(self->fd, 1, &place);
	*got = (struct pga_claimed){
		.block.segments = PGA_ARRAY(&segment, 1),
	};
	got->block.segments.entries = 8;
	EXPECT_EQ(-EFAULT, pga_claim_with(self->fd, place, page_size(), got));
	EXPECT_EQ(0, pga_nr_claims(self->fd));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* Nothing is taken for a user beyond the limit. */
TEST_F(refused, what_the_user_may_not_hold)
{
	long before = pga_read_number(PARAMETERS "user_limit");
	struct pgarea_info now;
	__u64 place;
	int user;

	PGA_PLACE_OR_SKIP(self->fd, 2, &place);
	user = pga_open_as(PGA_USER, PGA_CAP(CAP_DAC_OVERRIDE) |
			   PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, user);
	ASSERT_EQ(0, pga_write_number(PARAMETERS "user_limit", self->block));
	EXPECT_EQ(-EDQUOT, pga_claim(user, place, 2 * self->block, &self->got));
	EXPECT_EQ(-EDQUOT, pga_claim_reserve(user, place, 2 * self->block,
					     &self->range));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(self->info.chunks_taken, now.chunks_taken);
	EXPECT_EQ(0, pga_claim(user, place, self->block, &self->got));
	EXPECT_EQ(0, pga_write_number(PARAMETERS "user_limit", before));
	close(user);
}

TEST_HARNESS_MAIN
