// SPDX-License-Identifier: GPL-2.0
/*
 * A page that a program got a moment ago waits in a batch of its processor, and
 * is on none of the host's lists.  It can be had nevertheless.
 */
#include <sched.h>

#include "include/pga_area.h"
#include "probe/probe.h"

#define NAME		"test-batch"
#define ATTEMPTS	20
#define BUFFER		(8 * MIB)

FIXTURE(batch) {
	int fd;
	__u64 pageblock;
	struct pga_snapshot before;
	cpu_set_t cpus;
};

FIXTURE_SETUP(batch)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_GROW);
	PGA_AREAS_OR_SKIP(self->fd);
	self->pageblock = pga_pageblock(self->fd);
	ASSERT_EQ(0, pga_destroy_areas(self->fd, NAME));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(self->cpus), &self->cpus));
}

FIXTURE_TEARDOWN(batch)
{
	EXPECT_EQ(0, pga_destroy_areas(self->fd, NAME));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* Run on the processor with this number among those that are allowed. */
static int run_on(const cpu_set_t *allowed, int nr)
{
	cpu_set_t one;
	int cpu = -1;

	do {
		while (!CPU_ISSET(++cpu, allowed))
			;
	} while (nr--);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one);
}

/*
 * A buffer of new pages, got on the last of the processors; then run on the first.
 * Its last page is the newest.  Those before it lie in the same pageblock, where
 * otherwise others might have something.
 */
static char *new_buffer(const cpu_set_t *cpus)
{
	char *at = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || run_on(cpus, CPU_COUNT(cpus) - 1))
		return NULL;
	madvise(at, BUFFER, MADV_NOHUGEPAGE);
	memset(at, 'n', BUFFER);
	return run_on(cpus, 0) ? NULL : at;
}

/* Could the host give the pageblock that has this page? */
static bool is_obtainable(int fd, __u64 phys)
{
	struct pgarea_obstacle entry;

	return !probe_at(fd, phys, &entry) && entry.flags & OBTAINABLE &&
	       !entry.area;
}

/* Others may hold or move their pages of the pageblock at that moment. */
static int alloc_soon(int fd, __u32 area, struct pgarea_alloc *block)
{
	int i, err = pga_alloc_in(fd, area, block);

	for (i = 0; i < 5 && err == -ENOSPC; i++) {
		pga_sleep_ms(20 * pga_slow());
		err = pga_alloc_in(fd, area, block);
	}
	return err;
}

/*
 * ALLOC of one page in an area of its pageblock, which owns nothing yet: 0 or
 * -errno; 1 if others have something in the pageblock that cannot be moved.
 */
static int take_page(int fd, __u64 phys, __u64 pageblock)
{
	struct pgarea_create_area area = {
		.start = phys & -pageblock,
		.end = (phys & -pageblock) + pageblock,
		.chunk_size = pageblock,
		.flags = PGAREA_AREA_GROW,
		.name = NAME,
	};
	struct pgarea_alloc block = {
		.address = phys,
		.size = page_size(),
		.flags = PGAREA_ALLOC_EXACT,
	};
	int err;

	if (!is_obtainable(fd, phys))
		return 1;
	err = pga_create_area(fd, &area);
	if (err)
		return err;
	err = alloc_soon(fd, area.id, &block) ?: pga_free(fd, block.id);
	return pga_destroy_areas(fd, NAME) ?: err;
}

TEST_F(batch, a_new_page_is_taken)
{
	int i, err, nr = 0, refused = 0;

	for (i = 0; i < ATTEMPTS; i++) {
		char *buffer = new_buffer(&self->cpus);
		char *page = buffer + BUFFER - page_size();
		__u64 phys;

		ASSERT_NE(NULL, buffer);
		phys = phys_of(page);
		err = take_page(self->fd, phys, self->pageblock);
		nr += err != 1;
		refused += err == -ENOSPC;
		EXPECT_TRUE(err == 1 || err == -ENOSPC || !err)
			TH_LOG("error %d", err);
		EXPECT_TRUE(err || phys != phys_of(page));
		EXPECT_EQ('n', *page);
		munmap(buffer, BUFFER);
	}
	if (!nr)
		SKIP(return, "others have what cannot be moved in all pageblocks");
	EXPECT_EQ(0, refused)
		TH_LOG("%d of %d pages were refused", refused, nr);
}

TEST_HARNESS_MAIN
