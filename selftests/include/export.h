/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks as dma-bufs, and how a block ends: shared by the tests of EXPORT and
 * by those that export a block for another reason.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <sys/resource.h>
#include <sys/wait.h>

#include <linux/dma-buf.h>

#include "exhaust.h"
#include "pga_lifetime.h"

/* The longest time from a block's last holder to the end of its draining */
#define PGA_GONE_MS	(1000 * pga_slow())

/* EXPORT of a part (@size 0: up to the end); the descriptor, or -errno. */
static inline int pga_export_part(int fd, __u64 id, __u64 offset, __u64 size,
				  __u64 flags)
{
	struct pgarea_export arg = {
		.id = id,
		.flags = flags,
		.offset = offset,
		.size = size,
	};

	return pga_ioctl(fd, PGAREA_IOC_EXPORT, &arg) ?: (int)arg.fd;
}

/* Map a dma-buf from its start; MAP_FAILED with errno set. */
static inline void *pga_map_buf(int buf, size_t size, int prot)
{
	return mmap(NULL, size, prot, MAP_SHARED, buf, 0);
}

/* WAIT; its results are in @arg.  0 once the block is gone, or -errno. */
static inline int pga_wait_until(int fd, __u64 id, __u64 ms,
				 struct pgarea_wait *arg)
{
	*arg = (struct pgarea_wait){ .id = id, .timeout_ms = ms };
	return pga_ioctl(fd, PGAREA_IOC_WAIT, arg);
}

/* Is it gone within the time limit of a block? */
static inline int pga_is_gone(int fd, __u64 id)
{
	return pga_wait_gone(fd, id, PGA_GONE_MS);
}

/* The holders of a block that was freed; 0: it is gone. */
static inline __u32 pga_held_by(int fd, __u64 id)
{
	struct pgarea_wait arg;

	return pga_wait_until(fd, id, 0, &arg) ? arg.holders : 0;
}

/* The errno of a mapping that must fail; 0 if it does not. */
static inline int pga_map_errno(int fd, __u64 offset, size_t size, int prot,
				int flags)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, size);
	return 0;
}

/* The same for a change of protection. */
static inline int pga_protect_errno(void *at, size_t size, int prot)
{
	return mprotect(at, size, prot) ? errno : 0;
}

/* Index of the first page at a wrong place, -1 if none is. */
static inline long pga_first_misplaced(const char *at, __u64 phys, size_t size)
{
	size_t i;

	for (i = 0; i < size / page_size(); i++)
		if (phys_of(at + i * page_size()) != phys + i * page_size())
			return i;
	return -1;
}

/* Wait for a child; true if it exits by itself with status 0. */
static inline bool pga_child_went_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && !status;
}

#endif /* EXPORT_H */
