/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection of the kernel: the n-th allocation, or copy from or to user
 * memory, that the kernel makes for this thread from now on fails.  A child
 * does not inherit it.  jobs/failnth chooses in debugfs what can fail.
 */
#ifndef PGA_FAULT_H
#define PGA_FAULT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FAULT_FILE	"/proc/thread-self/fail-nth"

/* The descriptor for the other functions; -errno without that facility. */
static inline int fault_open(void)
{
	int fd = open(FAULT_FILE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int fault_set(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fd, text, len, 0) == len ? 0 : -errno;
}

/* How many are left until the fault; 0: it has happened. */
static inline int fault_left(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) < 0 ? -errno : atoi(text);
}

#endif /* PGA_FAULT_H */
