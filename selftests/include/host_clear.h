/* SPDX-License-Identifier: GPL-2.0 */
/* Does the host clear all memory that it gives, and what the module clears. */
#ifndef HOST_CLEAR_H
#define HOST_CLEAR_H

#include <stdlib.h>
#include <sys/mman.h>

#include "klog.h"
#include "pga_lifetime.h"

/*
 * 1: it does when it gives the memory; 0: it does not, or has cleared it when the
 * memory became free; -ENOENT: the kernel's log does not go back that far.
 */
static inline int pga_host_clears(void)
{
	const char *const any[] = { "mem auto-init: ", NULL };
	const char *const clears[] = {
		"mem auto-init: ", "heap alloc:on", "heap free:off", NULL
	};
	int fd = klog_open(), found, does;

	if (fd < 0)
		return fd;
	lseek(fd, 0, SEEK_SET);
	found = klog_count(fd, any);
	lseek(fd, 0, SEEK_SET);
	does = klog_count(fd, clears);
	close(fd);
	return found ? !!does : -ENOENT;
}

#define PGA_HOST_CLEARS_OR_SKIP() ({					\
	int _does = pga_host_clears();					\
									\
	if (_does < 0)							\
		SKIP(return, "the kernel's log does not say whether it clears"); \
	_does;								\
})

/* Leave as many bytes of free memory dirty as that. */
static inline bool pga_dirty_host(size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return false;
	memset(at, 0xa5, size);
	return !munmap(at, size);
}

/* Bytes that the module has cleared */
static inline __u64 pga_cleared(int fd)
{
	return pga_info(fd).cleared;
}

#endif /* HOST_CLEAR_H */
