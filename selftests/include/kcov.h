/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Coverage of the module by system calls, where the kernel can report it (KCOV)
 * and the module was built for it: the points of its code that none of the
 * processes sharing the list has reached before.
 */
#ifndef PGA_KCOV_H
#define PGA_KCOV_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>

#define KCOV_FILE	"/sys/kernel/debug/kcov"

/* Points of one call; any more are lost. */
#define KCOV_ROOM	(64UL * 1024)

/*
 * More than the number of points in the module, so that the table stays sparse
 */
#define KCOV_POINTS	(64UL * 1024)

/* All points ever reached, by hash */
struct kcov_points {
	unsigned long nr;
	uintptr_t at[KCOV_POINTS];
};

/* The points of this thread; @trace[0] is the number of entries after it. */
struct kcov {
	unsigned long *trace;
};

/* Shared with the children of this process; NULL: no memory */
static inline struct kcov_points *kcov_points(void)
{
	void *at = mmap(NULL, sizeof(struct kcov_points), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Trace this thread until it ends; false if that is not available. */
static inline bool kcov_start(struct kcov *kcov)
{
	int fd = open(KCOV_FILE, O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (fd >= 0 && !ioctl(fd, KCOV_INIT_TRACE, KCOV_ROOM))
		at = mmap(NULL, KCOV_ROOM * sizeof(long), PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		close(fd);
		kcov->trace = NULL;
		return false;
	}
	kcov->trace = at;
	return true;
}

static inline void kcov_clear(struct kcov *kcov)
{
	if (kcov->trace)
		__atomic_store_n(&kcov->trace[0], 0, __ATOMIC_RELAXED);
}

/* True if this is the first call that reached @point. */
static inline bool kcov_add(struct kcov_points *points, uintptr_t point)
{
	unsigned long i = point * 0x9e3779b97f4a7c15ULL >> 32;
	uintptr_t *at, found;

	for (;; i++) {
		at = &points->at[i % KCOV_POINTS];
		found = __atomic_load_n(at, __ATOMIC_RELAXED);
		/*
		 * It is usually there: a write by each processor would be slow.
		 */
		if (!found &&
		    __atomic_compare_exchange_n(at, &found, point, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			break;
		if (found == point)
			return false;
	}
	__atomic_add_fetch(&points->nr, 1, __ATOMIC_RELAXED);
	return true;
}

/* The number of points reached for the first time since kcov_clear() */
static inline unsigned int kcov_new(const struct kcov *kcov,
				    struct kcov_points *points)
{
	unsigned long i, nr = kcov->trace ? kcov->trace[0] : 0;
	unsigned int fresh = 0;

	for (i = 1; i <= nr; i++)
		if (kcov->trace[i] != kcov->trace[i - 1])
			fresh += kcov_add(points, kcov->trace[i]);
	return fresh;
}

#endif /* PGA_KCOV_H */
