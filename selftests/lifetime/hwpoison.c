// SPDX-License-Identifier: GPL-2.0
/*
 * Pages with a hardware memory error: the module unmaps their blocks and never
 * allocates them again, and everything else continues.
 *
 * Pages that lost a reference of their area are retired in the same way.
 *
 * The error is injected through debugfs (hwpoison_inject).  A page stays bad
 * until the module is unloaded, so this is not in the suite: a job that unloads
 * the module afterwards runs it.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include "include/exhaust.h"
#include "include/pga_lifetime.h"
#include "include/pga_rights.h"
#include "include/rt.h"
#include "include/testmod.h"

#define INJECT		"/sys/kernel/debug/hwpoison/corrupt-pfn"
#define UNPOISON	"/sys/kernel/debug/hwpoison/unpoison-pfn"
#define PAGES		4
#define BAD		2	/* index of the page */
#define FAR_PAGES	1540	/* of a block in several pageblocks */

/* The scan period; the rest is the delay of a busy machine. */
#define SCAN_MS		1000
#define LATE_MS		500
#define MOVE_MS		3000

#ifndef EHWPOISON
#define EHWPOISON	133
#endif

static int write_pfn(const char *path, __u64 phys)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	/* The kernel may report that it cannot handle the page. */
	if (dprintf(fd, "%#llx", (unsigned long long)(phys / page_size())) < 0 &&
	    errno != EIO && errno != EBUSY)
		err = -errno;
	close(fd);
	return err;
}

static int inject(__u64 phys)
{
	return write_pfn(INJECT, phys);
}

/* Whether the kernel does it or refuses it is its own decision. */
static int unpoison(__u64 phys)
{
	return write_pfn(UNPOISON, phys);
}

/* An error in the page that is mapped there, as a program may request it. */
static int inject_at(char *at)
{
	return madvise(at, page_size(), MADV_HWPOISON) && errno != EBUSY ?
		-errno : 0;
}

static sigjmp_buf on_bus_error;
static volatile sig_atomic_t bus_code;

static void bus_error(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	bus_code = info->si_code;
	siglongjmp(on_bus_error, 1);
}

/* Read a byte: 0, or the code of the SIGBUS that it raises. */
static int touch(const volatile char *at)
{
	struct sigaction act = { .sa_sigaction = bus_error, .sa_flags = SA_SIGINFO };
	struct sigaction old;
	int code = 0;

	sigaction(SIGBUS, &act, &old);
	if (!sigsetjmp(on_bus_error, 1))
		(void)*at;
	else
		code = bus_code;
	sigaction(SIGBUS, &old, NULL);
	return code;
}

/* Milliseconds until it raises SIGBUS; -1: not in time. */
static int ms_until_bus_error(const volatile char *at)
{
	__u64 begin = pga_now_ms(), limit = (SCAN_MS + LATE_MS) * pga_slow();

	while (pga_now_ms() - begin <= limit) {
		if (touch(at))
			return pga_now_ms() - begin;
		pga_sleep_ms(10);
	}
	return -1;
}

/*
 * The final SIGBUS code; 0: none in time.  The module unmaps the mappings of a
 * block, and the pages of one, one after the other.
 */
static int bus_error_at(const volatile char *at)
{
	return ms_until_bus_error(at) < 0 ? 0 : touch(at);
}

FIXTURE(poison)
{
	int fd;
	struct pgarea_area area;
	struct pgarea_alloc block;
	char *at;
	__u64 bad;
};

FIXTURE_SETUP(poison)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_POISON);
	if (access(INJECT, W_OK))
		SKIP(return, "no %s: is hwpoison_inject loaded?", INJECT);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_area_by_id(self->fd, self->area.id, &self->area));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	memset(self->at, 'x', self->block.alloc_size);
	self->bad = self->block.phys + BAD * page_size();
}

FIXTURE_TEARDOWN(poison)
{
	munmap(self->at, self->block.alloc_size);
	close(self->fd);
}

static __u64 poisoned_in(int fd, __u32 id)
{
	struct pgarea_area area;

	return pga_area_by_id(fd, id, &area) ? ~0ULL : area.poisoned;
}

/* All of the area except its bad pages is free, or becomes so. */
static bool all_else_is_free(int fd, __u32 id)
{
	struct pgarea_area area = {};
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (!pga_area_by_id(fd, id, &area) &&
		    area.free + area.poisoned == area.owned)
			return true;
		pga_sleep_ms(10);
	}
	pga_say("area", &area);
	return false;
}

/* Is this page refused to every kind of request? */
static bool is_retired(int fd, __u32 area, __u64 phys)
{
	struct pgarea_range range;
	struct pgarea_alloc exact;
	struct pga_grabbed grabbed;
	bool got;

	if (pga_alloc_at(fd, phys, page_size(), &exact) != -EBUSY ||
	    pga_range_at(fd, area, phys, &range) ||
	    range.state != PGAREA_STATE_POISONED || range.size != page_size())
		return false;
	got = pga_exhaust(&grabbed, area) ||
	      pga_grabbed_has(&grabbed, phys, page_size());
	pga_grabbed_free(&grabbed);
	return !got && all_else_is_free(fd, area);
}

/* Does the area count one page more with an error than before the test? */
static bool is_counted(const struct _test_data_poison *self)
{
	return poisoned_in(self->fd, self->area.id) ==
	       self->area.poisoned + page_size();
}

static int let_go(int fd, const struct pgarea_alloc *block, char *at)
{
	munmap(at, block->alloc_size);
	return pga_free(fd, block->id);
}

TEST_F(poison, a_mapped_block_is_unmapped_within_a_scan_period)
{
	int ms;

	ASSERT_EQ(0, inject(self->bad));
	ms = ms_until_bus_error(self->at + BAD * page_size());
	TH_LOG("SIGBUS after %d ms", ms);
	ASSERT_LE(0, ms);
	EXPECT_EQ(BUS_MCEERR_AR, bus_error_at(self->at + BAD * page_size()));
	EXPECT_EQ(BUS_ADRERR, bus_error_at(self->at));
	EXPECT_EQ(BUS_ADRERR, bus_error_at(self->at + (PAGES - 1) * page_size()));
	EXPECT_TRUE(is_counted(self));
}

/* The scan reaches every page of a block, however many it has. */
TEST_F(poison, a_bad_page_far_into_a_block_is_found)
{
	struct pgarea_alloc far = { .size = FAR_PAGES * page_size() };
	size_t last = far.size - page_size();
	struct pgarea_area area;
	char *at;

	PGA_PICK_OR_SKIP(self->fd, FAR_PAGES, &area);
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &far));
	at = pga_map(self->fd, &far);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, inject(far.phys + last));
	ASSERT_LE(0, ms_until_bus_error(at + last));
	EXPECT_EQ(BUS_MCEERR_AR, bus_error_at(at + last));
	EXPECT_EQ(BUS_ADRERR, bus_error_at(at));
	EXPECT_EQ(area.poisoned + page_size(), poisoned_in(self->fd, area.id));
	EXPECT_EQ('x', self->at[0]);
	ASSERT_EQ(0, let_go(self->fd, &far, at));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	EXPECT_TRUE(is_retired(self->fd, area.id, far.phys + last));
}

TEST_F(poison, the_block_is_told_to_be_bad_and_gets_no_mapping)
{
	struct pgarea_block seen = {};

	ASSERT_EQ(0, inject(self->bad));
	ASSERT_LE(0, ms_until_bus_error(self->at));
	ASSERT_EQ(0, pga_block_of(self->fd, 0, self->block.id, &seen));
	EXPECT_EQ(1, seen.poisoned);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
	EXPECT_EQ(MAP_FAILED, pga_map(self->fd, &self->block));
	EXPECT_EQ(EHWPOISON, errno);
	EXPECT_EQ(-EHWPOISON, pga_export_all(self->fd, self->block.id));
}

TEST_F(poison, a_child_loses_its_mapping_too)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(ms_until_bus_error(self->at) < 0);
	ASSERT_EQ(0, inject(self->bad));
	EXPECT_LE(0, ms_until_bus_error(self->at));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(poison, a_dma_buf_loses_its_mapping_too)
{
	int buf = pga_export_all(self->fd, self->block.id);
	char *at;

	if (buf == -EOPNOTSUPP)
		SKIP(return, "no dma-bufs here");
	ASSERT_LE(0, buf);
	at = mmap(NULL, self->block.alloc_size, PROT_READ, MAP_SHARED, buf, 0);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ('x', *at);
	munmap(self->at, self->block.alloc_size);
	ASSERT_EQ(0, inject(self->bad));
	EXPECT_LE(0, ms_until_bus_error(at));
	munmap(at, self->block.alloc_size);
	at = mmap(NULL, self->block.alloc_size, PROT_READ, MAP_SHARED, buf, 0);
	EXPECT_EQ(MAP_FAILED, at);
	EXPECT_EQ(EHWPOISON, errno);
	close(buf);
}

TEST_F(poison, a_freed_page_is_never_handed_out_again)
{
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	EXPECT_TRUE(is_counted(self));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

TEST_F(poison, a_free_page_is_found_when_it_is_wanted)
{
	struct pgarea_alloc again;

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, inject(self->bad));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys,
				       self->block.alloc_size, &again));
	EXPECT_TRUE(is_counted(self));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
	/* Its neighbours are still good. */
	EXPECT_EQ(0, pga_alloc_at(self->fd, self->block.phys,
				  BAD * page_size(), &again));
}

TEST_F(poison, a_search_passes_over_it)
{
	struct pga_grabbed grabbed;

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->bad, page_size()));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 'y'));
	pga_grabbed_free(&grabbed);
	EXPECT_TRUE(all_else_is_free(self->fd, self->area.id));
}

TEST_F(poison, many_blocks_at_once_pass_over_it)
{
	struct pgarea_bulk_block blocks[16];
	int i, nr;

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, inject(self->bad));
	nr = pga_bulk_in(self->fd, self->area.id, page_size(), blocks, 16);
	ASSERT_EQ(16, nr);
	for (i = 0; i < nr; i++)
		EXPECT_NE(self->bad, blocks[i].phys);
}

TEST_F(poison, a_reservation_gives_back_the_rest)
{
	__u64 id;

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, pga_reserve_at(self->fd, self->block.phys,
				    self->block.alloc_size, &id));
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

TEST_F(poison, a_part_of_a_reservation_gives_back_the_rest)
{
	struct pgarea_unreserve part = { .address = self->bad, .size = page_size() };

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, pga_reserve_at(self->fd, self->block.phys,
				    self->block.alloc_size, &part.id));
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_UNRESERVE, &part));
	EXPECT_TRUE(is_counted(self));
	ASSERT_EQ(0, pga_unreserve(self->fd, part.id));
	ASSERT_EQ(0, pga_unreserve(self->fd, part.rest_id));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

TEST_F(poison, without_its_bad_end_a_block_is_good_again)
{
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_LE(0, ms_until_bus_error(self->at));
	munmap(self->at, self->block.alloc_size);
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, BAD * page_size()));
	self->block.alloc_size = BAD * page_size();
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	EXPECT_EQ('x', self->at[0]);
	EXPECT_TRUE(is_counted(self));
}

TEST_F(poison, the_good_pieces_of_a_block_are_good)
{
	struct pgarea_bulk_block pieces[PAGES];
	char *at;
	int i;

	ASSERT_EQ(0, inject(self->bad));
	ASSERT_LE(0, ms_until_bus_error(self->at));
	munmap(self->at, self->block.alloc_size);
	ASSERT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, page_size(),
				   pieces, PAGES));
	for (i = 0; i < PAGES; i++) {
		at = pga_map_one(self->fd, &pieces[i]);
		EXPECT_EQ(i == BAD, at == MAP_FAILED);
		if (at != MAP_FAILED)
			munmap(at, pieces[i].alloc_size);
		EXPECT_EQ(0, pga_free(self->fd, pieces[i].id));
	}
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

/* A node as a container has it: not created by the module, nor in devtmpfs. */
TEST_F(poison, a_mapping_by_another_node_is_taken_away_too)
{
	struct pgarea_alloc block = { .size = PAGES * page_size() };
	char *at;
	int fd;

	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	fd = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_alloc_in(fd, self->area.id, &block));
	at = pga_map(fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, inject(block.phys + BAD * page_size()));
	ASSERT_LE(0, ms_until_bus_error(at + BAD * page_size()));
	EXPECT_EQ(BUS_MCEERR_AR, bus_error_at(at + BAD * page_size()));
	EXPECT_EQ(BUS_ADRERR, bus_error_at(at));
	EXPECT_EQ('x', self->at[0]);
	ASSERT_EQ(0, let_go(fd, &block, at));
	close(fd);
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	EXPECT_TRUE(is_retired(self->fd, self->area.id,
			       block.phys + BAD * page_size()));
}

/* The same for a persistent block, through its own node and through another. */
TEST_F(poison, all_mappings_of_a_node_are_taken_away)
{
	struct pgarea_alloc block = { .size = PAGES * page_size() };
	char path[PGA_NODE_ROOM], *at, *other_at;
	int node, other;

	ASSERT_EQ(0, pga_persist(self->fd, self->area.id, "poison", &block));
	node = pga_open_node("poison", O_RDWR);
	ASSERT_LE(0, node);
	ASSERT_EQ(0, pga_open_to_all(pga_node_of("poison", path)));
	other = pga_open_as(PGA_USER, 0, path, O_RDWR);
	ASSERT_LE(0, other);
	at = mmap(NULL, block.alloc_size, PROT_READ, MAP_SHARED, node, 0);
	other_at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, other,
			page_size());
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_NE(MAP_FAILED, other_at);
	ASSERT_EQ(0, inject(block.phys + BAD * page_size()));
	ASSERT_LE(0, ms_until_bus_error(at));
	EXPECT_EQ(BUS_MCEERR_AR, bus_error_at(at + BAD * page_size()));
	EXPECT_EQ(BUS_ADRERR, bus_error_at(other_at));
	munmap(at, block.alloc_size);
	munmap(other_at, page_size());
	close(node);
	close(other);
	EXPECT_EQ(0, pga_remove(self->fd, "poison", NULL));
}

TEST_F(poison, a_node_reads_up_to_it)
{
	struct pgarea_alloc block = { .size = PAGES * page_size() };
	char *data = malloc(block.size);
	int node;

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, pga_persist(self->fd, self->area.id, "poison", &block));
	node = pga_open_node("poison", O_RDONLY);
	ASSERT_LE(0, node);
	EXPECT_EQ(0, inject(block.phys + BAD * page_size()));
	EXPECT_EQ(BAD * page_size(), read(node, data, block.size));
	EXPECT_EQ(-1, read(node, data, block.size));
	EXPECT_EQ(EHWPOISON, errno);
	close(node);
	EXPECT_EQ(0, pga_remove(self->fd, "poison", NULL));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	EXPECT_TRUE(is_retired(self->fd, self->area.id,
			       block.phys + BAD * page_size()));
	free(data);
}

/* The handler of such an error keeps the reference of madvise(). */
TEST_F(poison, nothing_waits_for_a_reference_to_it)
{
	ASSERT_EQ(0, inject_at(self->at + BAD * page_size()));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id,
				   PGA_SETTLE_MS));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	EXPECT_TRUE(is_counted(self));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

/* Good pages of the block are waited for all the same. */
TEST_F(poison, its_neighbours_are_waited_for)
{
	int test;
	__u32 bad, good;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, pgt_hold(test, self->at + BAD * page_size(), 0, &bad, NULL));
	ASSERT_EQ(0, pgt_hold(test, self->at, PGT_HOLD_PIN, &good, NULL));
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 100));
	ASSERT_EQ(0, pgt_drop(test, good));
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id,
				   PGA_SETTLE_MS));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
	ASSERT_EQ(0, pgt_drop(test, bad));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
	close(test);
}

TEST_F(poison, a_free_page_stays_retired_when_it_is_unpoisoned)
{
	struct pgarea_alloc again;

	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_EQ(0, unpoison(self->bad));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->bad, page_size(), &again));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
	EXPECT_TRUE(is_counted(self));
}

TEST_F(poison, a_counted_page_stays_retired_when_it_is_unpoisoned)
{
	ASSERT_EQ(0, inject(self->bad));
	ASSERT_LE(0, ms_until_bus_error(self->at));
	ASSERT_EQ(0, unpoison(self->bad));
	EXPECT_EQ(MAP_FAILED, pga_map(self->fd, &self->block));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	ASSERT_EQ(0, unpoison(self->bad));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
	EXPECT_TRUE(is_counted(self));
}

TEST_F(poison, a_page_that_lost_a_reference_is_retired)
{
	__u32 handle;
	int test;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, pgt_hold(test, self->at + BAD * page_size(), 0, &handle,
			      NULL));
	ASSERT_EQ(0, pgt_overdrop(test, handle));
	ASSERT_EQ(0, pgt_drop(test, handle));
	close(test);
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id,
				   PGA_SETTLE_MS));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	EXPECT_TRUE(is_counted(self));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, self->bad));
}

TEST_F(poison, an_orphan_gives_back_the_rest)
{
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block = { .size = PAGES * page_size() };

	ASSERT_LE(0, other);
	ASSERT_EQ(0, pga_alloc_in(other, self->area.id, &block));
	close(other);
	ASSERT_EQ(0, inject(block.phys));
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_TRUE(all_else_is_free(self->fd, self->area.id));
	EXPECT_TRUE(is_retired(self->fd, self->area.id, block.phys));
}

/*
 * Milliseconds until it raises SIGBUS, without ever sleeping; -1: too long.  The
 * worker may have to move to another processor first.
 */
static int spin_until_bus_error(const volatile char *at)
{
	__u64 begin = pga_now_ms(), limit = (SCAN_MS + MOVE_MS) * pga_slow();

	while (pga_now_ms() - begin <= limit)
		if (touch(at))
			return pga_now_ms() - begin;
	return -1;
}

/* As a real-time thread on this processor, map the block and poll it. */
static int poll_in_real_time(int cpu, int fd, const struct pgarea_alloc *block,
			     __u64 bad)
{
	int ms = -EPERM;
	char *at;

	if (pga_pin_to(cpu) || pga_set_realtime(true))
		return ms;
	at = pga_map(fd, block);
	if (at != MAP_FAILED && !inject(bad))
		ms = spin_until_bus_error(at);
	pga_set_realtime(false);
	if (at != MAP_FAILED)
		munmap(at, block->alloc_size);
	return ms;
}

/* The scan must not need the processor on which the block was mapped. */
TEST_F(poison, a_real_time_owner_that_polls_is_told)
{
	long runtime = pga_rt_runtime();
	struct pgarea_alloc block;
	int cpu, ms;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || runtime < -1)
		SKIP(return, "needs two processors, and real-time threads");
	ASSERT_EQ(0, let_go(self->fd, &self->block, self->at));
	ASSERT_EQ(0, pga_set_rt_runtime(-1));
	for (cpu = 0; cpu < 2; cpu++) {
		block = (struct pgarea_alloc){ .size = PAGES * page_size() };
		EXPECT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
		/* The scan that goes on elsewhere ends without a mapping. */
		pga_sleep_ms(2 * SCAN_MS);
		ms = poll_in_real_time(cpu, self->fd, &block,
				       block.phys + BAD * page_size());
		EXPECT_LE(0, ms)
			TH_LOG("processor %d: error %d", cpu, ms);
		EXPECT_EQ(0, pga_free(self->fd, block.id));
	}
	EXPECT_EQ(0, pga_set_rt_runtime(runtime));
}

TEST_HARNESS_MAIN
