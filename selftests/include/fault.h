/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection of the kernel: the n-th allocation, or copy from or to user
 * memory, that the kernel makes for this thread from now on fails.  A child
 * does not inherit it.  jobs/failnth chooses in debugfs what can fail.
 */
#ifndef PGA_FAULT_H
#define PGA_FAULT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULT_FILE	"/proc/thread-self/fail-nth"

/* The descriptor for the other functions; -errno without that facility. */
static inline int fault_open(void)
{
	int fd = open(FAULT_FILE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * The write copies from user memory itself: if a fault is left, it may be that of
 * the write, and none is left for a second one.
 */
static inline int fault_set(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fd, text, len, 0) == len)
		return 0;
	if (errno != EFAULT)
		return -errno;
	return pwrite(fd, text, len, 0) == len ? 0 : -errno;
}

static inline int fault_read(int fd)
{
	char text[16] = "";
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return len ? -errno : -EIO;
	return atoi(text);
}

/*
 * How many are left until the fault; 0: it has happened; -errno.  The read copies
 * to user memory itself: if only one was left, the read gets the fault, and a
 * second read finds that it has happened.
 */
static inline int fault_left(int fd)
{
	int left = fault_read(fd);

	if (left != -EFAULT)
		return left;
	return fault_read(fd) ? -EFAULT : 1;
}

/*
 * The same for the kernel's worker threads, which run what the module puts off:
 * each of them has a fault.  Those that other parts of the kernel use count
 * their allocations too, and these must cope with an error as well.
 */
#define FAULT_WORKERS	128

struct fault_workers {
	int nr;
	int fds[FAULT_WORKERS];
};

/* The descriptor for one process if it is a worker, or -errno. */
static inline int fault_open_worker(const char *pid)
{
	char path[300], name[64] = "";
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	if (strncmp(name, "kworker/", 8))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%s/fail-nth", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Set the fault of each worker that exists now; 0 or -errno. */
static inline int fault_set_workers(struct fault_workers *workers,
				    unsigned int nth)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int fd;

	workers->nr = 0;
	if (!proc)
		return -errno;
	while (workers->nr < FAULT_WORKERS && (entry = readdir(proc))) {
		fd = fault_open_worker(entry->d_name);
		if (fd < 0)
			continue;
		workers->fds[workers->nr++] = fd;
		/* It may have ended. */
		fault_set(fd, nth);
	}
	closedir(proc);
	return workers->nr ? 0 : -ENOENT;
}

/* No fault is to come; 0: one has happened, else some number. */
static inline int fault_end_workers(struct fault_workers *workers)
{
	int i, left = 1;

	for (i = 0; i < workers->nr; i++) {
		if (!fault_left(workers->fds[i]))
			left = 0;
		fault_set(workers->fds[i], 0);
		close(workers->fds[i]);
	}
	workers->nr = 0;
	return left;
}

#endif /* PGA_FAULT_H */
