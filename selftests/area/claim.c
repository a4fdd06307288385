// SPDX-License-Identifier: GPL-2.0
/* Exact memory of the host is claimed, used, and given back as a whole. */
#include <sys/wait.h>

#include "include/host_clear.h"
#include "include/number.h"
#include "include/pga_claim.h"

#define DIRTY		(256 * MIB)
#define NAME		"test-claim"
#define BUFFER_SIZE	(32 * MIB)

FIXTURE(claim) {
	int fd;
	__u64 block;		/* size of a pageblock */
	__u64 place;		/* of the host */
	struct pgarea_info info;
	struct pga_snapshot before;
	struct pga_claimed got;
	struct pgarea_area area;
};

FIXTURE_SETUP(claim)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_CLAIMS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	self->block = self->info.pageblock_size;
	PGA_PLACE_OR_SKIP(self->fd, 2, &self->place);
}

FIXTURE_TEARDOWN(claim)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_claims_end(watch));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

TEST_F(claim, a_block_lies_where_it_was_claimed)
{
	struct pgarea_alloc *block = &self->got.block;
	char *at;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, self->block, &self->got));
	EXPECT_EQ(self->place, block->phys);
	EXPECT_EQ(self->block, block->alloc_size);
	EXPECT_EQ(0, block->refusals.count);
	at = pga_map(self->fd, block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->block));
	EXPECT_TRUE(pga_lies_at(at, self->place, self->block));
	pga_fill((unsigned char *)at, self->block, 7);
	EXPECT_TRUE(pga_shows((unsigned char *)at, self->block, 7));
	munmap(at, self->block);
	EXPECT_EQ(0, pga_free(self->fd, block->id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* The host clears what it gives, or the module does; the rest when it is had. */
TEST_F(claim, it_is_cleared_once)
{
	__u64 page = page_size(), before;
	struct pga_claimed rest;
	int clears = PGA_HOST_CLEARS_OR_SKIP();
	char *at;

	ASSERT_TRUE(pga_dirty_host(DIRTY));
	before = pga_cleared(self->fd);
	ASSERT_EQ(0, pga_claim(self->fd, self->place, self->block - page,
			       &self->got));
	EXPECT_EQ(clears ? 0 : self->block - page,
		  pga_cleared(self->fd) - before);
	at = pga_map(self->fd, &self->got.block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->block - page));
	munmap(at, self->block - page);
	before = pga_cleared(self->fd);
	ASSERT_EQ(0, pga_claim(self->fd, self->place + self->block - page, page,
			       &rest));
	EXPECT_EQ(page, pga_cleared(self->fd) - before);
}

/* Two huge pages at @phys, of which the program uses the first one. */
static char *map_huge_pages(__u64 phys[2])
{
	char *at = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	pga_fill((unsigned char *)at, 4 * MIB, 5);
	phys[0] = phys_of(at);
	phys[1] = phys_of(at + 2 * MIB);
	return munmap(at + 2 * MIB, 2 * MIB) ? NULL : at;
}

/* The host moves one that a program uses, and replaces one that waits for use. */
TEST_F(claim, huge_pages_of_the_host_make_room)
{
	long pages = pga_read_number(PROBE_HUGETLB);
	struct pgarea_obstacle entry;
	__u64 phys[2];
	char *at;
	int i;

	if (pages < 0 || self->block != 2 * MIB)
		SKIP(return, "no huge pages of 2 MiB");
	ASSERT_EQ(0, pga_write_number(PROBE_HUGETLB, pages + 3));
	at = map_huge_pages(phys);
	ASSERT_NE(NULL, at);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, probe_at(self->fd, phys[i], &entry));
		EXPECT_EQ(PGAREA_OBSTACLE_HUGETLB, entry.kind);
		EXPECT_EQ(OBTAINABLE, entry.flags);
		ASSERT_EQ(0, pga_claim(self->fd, phys[i], 2 * MIB, &self->got));
		EXPECT_EQ(phys[i], self->got.block.phys);
		EXPECT_EQ(pages + 3, pga_read_number(PROBE_HUGETLB));
	}
	EXPECT_NE(phys[0], phys_of(at));
	EXPECT_TRUE(pga_shows((unsigned char *)at, 2 * MIB, 5));
	munmap(at, 2 * MIB);
	EXPECT_EQ(0, pga_write_number(PROBE_HUGETLB, pages));
}

TEST_F(claim, its_area_is_listed_and_ends_with_it)
{
	struct pgarea_info now;
	char name[32];

	ASSERT_EQ(0, pga_claim(self->fd, self->place, page_size(), &self->got));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->got.block.area, &self->area));
	snprintf(name, sizeof(name), "claim-%llx", self->place);
	EXPECT_STREQ(name, (char *)self->area.name);
	EXPECT_EQ(PGAREA_AREA_CLAIM, self->area.flags);
	EXPECT_EQ(self->place, self->area.start);
	EXPECT_EQ(self->place + self->block, self->area.end);
	EXPECT_EQ(self->block, self->area.owned);
	EXPECT_EQ(self->block, self->area.target_size);
	EXPECT_EQ(self->block, self->area.maximum);
	EXPECT_EQ(page_size(), self->area.allocated);
	EXPECT_EQ(self->block - page_size(), self->area.free);
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(self->info.owned + self->block, now.owned);
	EXPECT_EQ(self->info.nr_areas + 1, now.nr_areas);
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_TRUE(pga_claims_end(self->fd));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(self->info.owned, now.owned);
	EXPECT_EQ(now.chunks_taken - self->info.chunks_taken,
		  now.chunks_returned - self->info.chunks_returned);
	EXPECT_EQ(-ENOENT, pga_area_at(self->fd, self->place, &self->area));
}

TEST_F(claim, a_reservation_is_claimed)
{
	struct pgarea_reserve arg;

	ASSERT_EQ(0, pga_claim_reserve(self->fd, self->place + page_size(),
				       self->block, &arg));
	EXPECT_NE(0, arg.id);
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.conflict);
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, arg.obstacle);
	ASSERT_EQ(0, pga_area_by_id(self->fd, arg.area, &self->area));
	EXPECT_EQ(2 * self->block, self->area.owned);
	EXPECT_EQ(self->block, self->area.reserved);
	EXPECT_EQ(0, pga_unreserve(self->fd, arg.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* Only exact requests get the pages that the claim does not cover. */
TEST_F(claim, its_spare_pages_are_for_exact_requests)
{
	struct pgarea_alloc other = { .size = page_size() };
	struct pgarea_refusal why;
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, pga_claim(self->fd, self->place, page_size(), &self->got));
	other.refusals = PGA_ARRAY(&why, 1);
	EXPECT_EQ(-ENOSPC, pga_alloc_in(fd, self->got.block.area, &other));
	EXPECT_EQ(PGAREA_REASON_BOUNDS, why.reason);
	other.refusals = (struct pgarea_array){};
	other.lowest = self->place;
	other.highest = self->place + self->block - 1;
	EXPECT_EQ(-ENOSPC, pga_alloc(fd, &other));
	ASSERT_EQ(0, pga_alloc_at(fd, self->place + 9 * page_size(), page_size(),
				  &other));
	EXPECT_EQ(self->got.block.area, other.area);
	EXPECT_EQ(-EBUSY, pga_alloc_at(fd, self->place, page_size(), &other));
	/* It lives on for the second block. */
	ASSERT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_EQ(1, pga_nr_claims(self->fd));
	close(fd);
	EXPECT_TRUE(pga_claims_end(self->fd));
}

/* A second claim in the same pageblock uses the area of the first. */
TEST_F(claim, two_claims_share_a_pageblock)
{
	struct pga_claimed second;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, page_size(), &self->got));
	ASSERT_EQ(0, pga_claim(self->fd, self->place + page_size(), page_size(),
			       &second));
	EXPECT_EQ(self->got.block.area, second.block.area);
	EXPECT_EQ(1, pga_nr_claims(self->fd));
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_EQ(1, pga_nr_claims(self->fd));
	EXPECT_EQ(0, pga_free(self->fd, second.block.id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

/* A process beside the claim: @to_child ends it when the claim was made. */
static int neighbour(int from_child, int to_child, int read_end, int write_end)
{
	unsigned char *at = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 phys;
	char go;

	close(from_child);
	close(to_child);
	if (at == MAP_FAILED)
		return 1;
	madvise(at, BUFFER_SIZE, MADV_NOHUGEPAGE);
	pga_fill(at, BUFFER_SIZE, 3);
	phys = phys_of(at + BUFFER_SIZE / 2);
	if (write(write_end, &phys, sizeof(phys)) != sizeof(phys) ||
	    read(read_end, &go, 1) != 1)
		return 2;
	if (phys_of(at + BUFFER_SIZE / 2) == phys)
		return 3;
	return pga_shows(at, BUFFER_SIZE, 3) ? 0 : 4;
}

TEST_F(claim, memory_of_a_program_moves_with_its_contents)
{
	int to[2], from[2], status = -1;
	__u64 phys = 0;
	pid_t child;

	ASSERT_EQ(0, pipe2(to, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(from, O_CLOEXEC));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(neighbour(from[0], to[1], to[0], from[1]));
	close(from[1]);
	ASSERT_EQ((ssize_t)sizeof(phys), read(from[0], &phys, sizeof(phys)));
	EXPECT_EQ(0, pga_claim(self->fd, phys, page_size(), &self->got))
		TH_LOG("obstacle %u at %#llx", self->got.refusal.obstacle,
		       self->got.refusal.obstacle_address);
	EXPECT_EQ(phys, self->got.block.phys);
	EXPECT_EQ(phys, pga_phys_at(self->fd, self->got.block.mmap_offset));
	ASSERT_EQ(1, write(to[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(from[0]);
	close(to[0]);
	close(to[1]);
}

/* A file in the page cache is moved or dropped, and reads as before. */
TEST_F(claim, page_cache_keeps_its_contents)
{
	int file = memfd_create("claim", MFD_CLOEXEC);
	unsigned char *at;
	__u64 phys;

	ASSERT_EQ(0, ftruncate(file, BUFFER_SIZE));
	at = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, at);
	pga_fill(at, BUFFER_SIZE, 5);
	phys = phys_of(at + BUFFER_SIZE / 2);
	ASSERT_EQ(0, pga_claim(self->fd, phys, page_size(), &self->got));
	EXPECT_NE(phys, phys_of(at + BUFFER_SIZE / 2));
	EXPECT_TRUE(pga_shows(at, BUFFER_SIZE, 5));
	munmap(at, BUFFER_SIZE);
	close(file);
}

/* While a mapping holds it, the area lives; a WAIT sees the end of both. */
TEST_F(claim, a_wait_sees_the_end)
{
	struct pgarea_wait wait = { .timeout_ms = PGA_SETTLE_MS };
	char *at;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, self->block, &self->got));
	at = pga_map(self->fd, &self->got.block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->got.block.area, &self->area));
	EXPECT_EQ(self->block, self->area.draining);
	at[0] = 1;
	munmap(at, self->block);
	ASSERT_EQ(0, pga_wait(self->fd, &wait));
	EXPECT_EQ(0, pga_nr_claims(self->fd));
	EXPECT_EQ(-ENOENT, pga_area_at(self->fd, self->place, &self->area));
}

TEST_F(claim, an_orphan_ends_it_too)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	self->got.block.orphan_ms = PGAREA_ORPHAN_MAX_MS;
	ASSERT_EQ(0, pga_claim_with(self->fd, self->place, page_size(),
				    &self->got));
	close(self->fd);
	ASSERT_EQ(0, pga_area_by_id(watch, self->got.block.area, &self->area));
	EXPECT_EQ(page_size(), self->area.orphaned);
	EXPECT_EQ(1, pga_end_orphans(watch, (struct pgarea_end_orphans){
		.flags = PGAREA_ORPHANS_AREA, .area = self->area.id }));
	EXPECT_TRUE(pga_claims_end(watch));
	self->fd = watch;
}

TEST_F(claim, a_persistent_block_outlives_its_file)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	pga_set_name(self->got.block.name, NAME);
	self->got.block.flags = PGAREA_ALLOC_PERSISTENT;
	ASSERT_EQ(0, pga_claim_with(fd, self->place, self->block, &self->got));
	close(fd);
	EXPECT_EQ(self->place,
		  pga_phys_at(self->fd, self->got.block.mmap_offset));
	EXPECT_EQ(1, pga_nr_claims(self->fd));
	EXPECT_EQ(0, pga_remove(self->fd, NAME, NULL));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

TEST_F(claim, its_area_is_not_changed_by_hand)
{
	struct pgarea_resize_area resize;
	struct pgarea_destroy_area gone;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, page_size(), &self->got));
	EXPECT_EQ(-EINVAL, pga_resize_area(self->fd, self->got.block.area,
					   2 * self->block, &resize));
	EXPECT_EQ(-EINVAL, pga_resize_area(self->fd, self->got.block.area, 0,
					   &resize));
	EXPECT_EQ(-EBUSY, pga_destroy_area(self->fd, self->got.block.area, &gone));
	EXPECT_EQ(self->got.block.id, gone.conflict_id);
	EXPECT_EQ(self->place, gone.conflict);
}

/* Parts of a block are freed one by one; the memory returns as a whole. */
TEST_F(claim, it_returns_when_the_last_piece_is_free)
{
	struct pgarea_bulk_block pieces[2];
	struct pgarea_info info;

	ASSERT_EQ(0, pga_claim(self->fd, self->place, 2 * self->block, &self->got));
	ASSERT_EQ(2, pga_split(self->fd, self->got.block.id, self->block, 0,
			       pieces, 2));
	EXPECT_EQ(self->place + self->block, pieces[1].phys);
	EXPECT_EQ(self->got.block.area, pieces[1].area);
	EXPECT_EQ(0, pga_free(self->fd, pieces[0].id));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	EXPECT_EQ(self->info.owned + 2 * self->block, info.owned);
	EXPECT_EQ(0, pga_free(self->fd, pieces[1].id));
	EXPECT_TRUE(pga_claims_end(self->fd));
}

/* Somebody's area may have the name already. */
TEST_F(claim, a_name_that_is_used_is_no_obstacle)
{
	struct pgarea_create_area other = {
		.start = GIB, .end = 2 * GIB,
	};

	snprintf((char *)other.name, sizeof(other.name), "claim-%llx", self->place);
	ASSERT_EQ(0, pga_create_area(self->fd, &other));
	ASSERT_EQ(0, pga_claim(self->fd, self->place, page_size(), &self->got));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->got.block.area, &self->area));
	EXPECT_STRNE((char *)other.name, (char *)self->area.name);
	EXPECT_EQ(0, pga_free(self->fd, self->got.block.id));
	EXPECT_EQ(0, pga_destroy_area_soon(self->fd, other.id));
}

TEST_F(claim, the_number_of_areas_is_limited)
{
	struct pgarea_create_area other = { .start = GIB, .end = 2 * GIB };
	struct pgarea_reserve range;
	unsigned int i;

	for (i = self->info.nr_areas; i < self->info.max_areas; i++) {
		snprintf((char *)other.name, sizeof(other.name), NAME "-%u", i);
		ASSERT_EQ(0, pga_create_area(self->fd, &other));
	}
	EXPECT_EQ(-ENOSPC, pga_claim(self->fd, self->place, page_size(),
				     &self->got));
	EXPECT_EQ(PGAREA_OBSTACLE_MAX_AREAS, self->got.refusal.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->got.refusal.obstacle_address);
	EXPECT_EQ(0, self->got.refusal.area);
	EXPECT_EQ(-ENOSPC, pga_claim_reserve(self->fd, self->place, page_size(),
					     &range));
	EXPECT_EQ(PGAREA_OBSTACLE_MAX_AREAS, range.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, range.conflict);
}

TEST_F(claim, the_capability_is_needed)
{
	int fd = pga_open_as(0, PGA_ALL_CAPS & ~PGA_CAP(CAP_SYS_ADMIN),
			     PGA_DEVICE, O_RDWR);
	struct pgarea_reserve range;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, pga_claim(fd, self->place, page_size(), &self->got));
	EXPECT_EQ(-EPERM, pga_claim_reserve(fd, self->place, page_size(), &range));
	close(fd);
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_HARNESS_MAIN
