/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's log, from a moment on. */
#ifndef KLOG_H
#define KLOG_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define KLOG_RECORD	8192

/* A descriptor for what is logged from now on, or -errno. */
static inline int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

/* How many of the records not yet read have all these texts; the last is NULL. */
static inline int klog_count(int fd, const char *const *texts)
{
	char record[KLOG_RECORD];
	ssize_t length;
	int i, nr = 0;

	/* EPIPE: the oldest records were overwritten. */
	while ((length = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (length < 0 && errno == EPIPE)) {
		if (length < 0)
			continue;
		record[length] = '\0';
		for (i = 0; texts[i] && strstr(record, texts[i]); i++)
			;
		nr += !texts[i];
	}
	return nr;
}

#endif /* KLOG_H */
