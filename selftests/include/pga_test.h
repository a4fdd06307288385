/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the test programs: the device, requests with default values, and a
 * check of addresses that does not rely on the module.
 *
 * The helpers return values like system calls: 0 or more, or -errno.
 */
#ifndef PGA_TEST_H
#define PGA_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pgarea.h>

#include "kselftest_harness.h"

#include "pga_rights.h"

#define NO_PFN		(~0ULL)
#define MIB		(1024ULL * 1024)
#define GIB		(1024 * MIB)

/* How long a test waits for the blocks of the previous one */
#define PGA_BLOCKS_MS	3000

/* Skip if there is no device to test.  Used in FIXTURE_SETUP. */
#define PGA_OPEN_OR_SKIP(fd) do {					\
	int _fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);			\
									\
	(fd) = _fd;							\
	if (_fd < 0)							\
		SKIP(return, PGA_DEVICE ": %s; is the module loaded?",	\
		     strerror(errno));					\
	pga_settle(_fd);						\
} while (0)

/* The factor by which this machine is slower than others */
static inline int pga_slow(void)
{
	const char *times = getenv("PGA_SLOW");

	return times && atoi(times) > 1 ? atoi(times) : 1;
}

/* The factor by which the timeout of each test grows */
static inline void pga_stretch_timeouts(void)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			t->timeout *= pga_slow();
}

/*
 * Built with PGA_AS_USER, a program runs as a user without any capability,
 * after root has opened the device.
 */
static inline void pga_be_tested_user(void)
{
#ifdef PGA_AS_USER
	if (geteuid())
		ksft_exit_skip("needs root\n");
	if (pga_open_to_all(PGA_DEVICE) || pga_become(PGA_USER))
		ksft_exit_fail_msg("cannot become a user: %s\n", strerror(errno));
#endif
}

/*
 * The harness reports a pass if every test skips.  The program as a whole must
 * then skip, which the exit status shows (4).
 */
static inline int pga_test_main(int argc, char **argv)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_skip(PGA_DEVICE ": %s; is the module loaded?\n",
			       strerror(errno));
	close(fd);
	pga_stretch_timeouts();
	pga_be_tested_user();
	return test_harness_run(argc, argv);
}

#undef TEST_HARNESS_MAIN
#define TEST_HARNESS_MAIN						\
	int main(int argc, char **argv)					\
	{								\
		return pga_test_main(argc, argv);			\
	}

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static inline int pga_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

static inline int pga_alloc(int fd, struct pgarea_alloc *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_ALLOC, arg);
}

static inline int pga_free(int fd, __u64 id)
{
	struct pgarea_free arg = { .id = id };

	return pga_ioctl(fd, PGAREA_IOC_FREE, &arg);
}

static inline int pga_alloc_bulk(int fd, struct pgarea_alloc_bulk *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_ALLOC_BULK, arg);
}

static inline int pga_free_bulk(int fd, struct pgarea_free_bulk *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_FREE_BULK, arg);
}

/* Trim a block to @size bytes. */
static inline int pga_trim(int fd, __u64 id, __u64 size)
{
	struct pgarea_trim arg = { .id = id, .size = size };

	return pga_ioctl(fd, PGAREA_IOC_TRIM, &arg);
}

/* 0 once it is gone, else its holders are in @arg. */
static inline int pga_wait(int fd, struct pgarea_wait *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_WAIT, arg);
}

static inline int pga_bind(int fd, struct pgarea_bind *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_BIND, arg);
}

static inline int pga_reserve(int fd, struct pgarea_reserve *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_RESERVE, arg);
}

static inline int pga_unreserve(int fd, __u64 id)
{
	struct pgarea_unreserve arg = { .id = id };

	return pga_ioctl(fd, PGAREA_IOC_UNRESERVE, &arg);
}

/* All areas, in @areas; the number, or -errno (-EMSGSIZE: more than @room). */
static inline int pga_areas(int fd, struct pgarea_area *areas, int room)
{
	struct pgarea_areas arg = {
		.areas = {
			.entries = (uintptr_t)areas,
			.entry_size = sizeof(*areas),
			.count = room,
		},
	};
	int err = pga_ioctl(fd, PGAREA_IOC_AREAS, &arg);

	return err ?: (int)arg.areas.count;
}

/*
 * A previous test may have closed a file that had blocks: they are orphans for
 * a while, then drain until they are checked, and the counters of this test
 * would change when they end.  The last of them may be between its end and the
 * release of its pages: WAIT waits for that, also with nothing else to wait for.
 */
static inline void pga_settle(int fd)
{
	struct pgarea_area areas[64];
	struct pgarea_wait wait = {};
	__u64 left = 1;
	int i, nr, ms;

	for (ms = 0; ms < PGA_BLOCKS_MS && left; ms += 5) {
		nr = pga_areas(fd, areas, 64);
		for (i = 0, left = 0; i < nr; i++)
			left += areas[i].orphaned + areas[i].draining;
		if (left)
			usleep(5000);
	}
	pga_ioctl(fd, PGAREA_IOC_WAIT, &wait);
}

/* The area of this name, in @area; 0 or -errno (-ENOENT: there is none). */
static inline int pga_area_by_name(int fd, const char *name,
				   struct pgarea_area *area)
{
	struct pgarea_area areas[64];
	int i, nr = pga_areas(fd, areas, 64);

	for (i = 0; i < nr; i++) {
		if (!strcmp((const char *)areas[i].name, name)) {
			*area = areas[i];
			return 0;
		}
	}
	return nr < 0 ? nr : -ENOENT;
}

/* Map a whole block; MAP_FAILED with errno set when it cannot be. */
static inline void *pga_map(int fd, const struct pgarea_alloc *block)
{
	return mmap(NULL, block->alloc_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, block->mmap_offset);
}

/* Allocate a block and map the whole of it.  0 or -errno. */
static inline int pga_alloc_mapped(int fd, struct pgarea_alloc *block, void **at)
{
	int err = pga_alloc(fd, block);

	if (err)
		return err;
	*at = pga_map(fd, block);
	return *at == MAP_FAILED ? -errno : 0;
}

/* As pga_map() for a block of a bulk command. */
static inline void *pga_map_one(int fd, const struct pgarea_bulk_block *block)
{
	return mmap(NULL, block->alloc_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, block->mmap_offset);
}

static inline bool pga_is_zero(const char *at, size_t size)
{
	return !at[0] && !memcmp(at, at + 1, size - 1);
}

/* A pattern that shows the place of each byte, and which pattern it is. */
static inline unsigned char pga_pattern(size_t i, unsigned int seed)
{
	return seed + i + (i >> 8) * 7;
}

static inline void pga_fill(unsigned char *at, size_t size, unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		at[i] = pga_pattern(i, seed);
}

static inline bool pga_shows(const unsigned char *at, size_t size,
			     unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (at[i] != pga_pattern(i, seed))
			return false;
	return true;
}

/* The physical address of @addr in the kernel's page tables; NO_PFN if none. */
static inline __u64 pfn_of(const void *addr)
{
	__u64 entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NO_PFN;
	if (pread(fd, &entry, sizeof(entry),
		  (uintptr_t)addr / page_size() * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	if (!(entry & (1ULL << 63)))
		return NO_PFN;
	return entry & ((1ULL << 55) - 1);
}

static inline __u64 phys_of(const void *addr)
{
	__u64 pfn = pfn_of(addr);

	return pfn == NO_PFN ? NO_PFN : pfn * page_size();
}

/* The same for the first page of a block, which is mapped for that. */
static inline __u64 pga_phys_at(int fd, __u64 mmap_offset)
{
	char *at = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, mmap_offset);
	__u64 phys;

	if (at == MAP_FAILED)
		return NO_PFN;
	phys = phys_of(at);
	munmap(at, page_size());
	return phys;
}

#endif /* PGA_TEST_H */
