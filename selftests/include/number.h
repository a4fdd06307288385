/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the kernel that contain one number: parameters and settings.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* The number in the file, or -errno. */
static inline long pga_read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number;

	if (!file)
		return -errno;
	if (fscanf(file, "%ld", &number) != 1)
		number = -EIO;
	fclose(file);
	return number;
}

/* Write it; 0 or -errno. */
static inline int pga_write_number(const char *path, long number)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%ld", number) < 0)
		err = -errno;
	close(fd);
	return err;
}

#endif /* NUMBER_H */
