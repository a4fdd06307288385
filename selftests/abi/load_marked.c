// SPDX-License-Identifier: GPL-2.0
/*
 * Load the module as a process whose allocations fail, as debugfs says: for
 * jobs/failnth.
 *
 *	load_marked MODULE.ko PARAMETERS
 *
 * The process is marked for the system call alone, and has all its pages by then.
 * A page fault of a marked process that fails is tried again for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK	"/proc/self/make-it-fail"

static int mark(int fd, const char *yes)
{
	return pwrite(fd, yes, 1, 0) == 1 ? 0 : -errno;
}

static int load(int file, const char *parameters)
{
	return syscall(SYS_finit_module, file, parameters, 0) ? -errno : 0;
}

int main(int argc, char **argv)
{
	int file = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	int fd = open(MARK, O_RDWR | O_CLOEXEC);
	int err, left;

	if (argc != 3 || file < 0 || fd < 0) {
		fprintf(stderr, "usage: load_marked MODULE.ko PARAMETERS, where " MARK " exists\n");
		return 4;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("mlockall");
		return 1;
	}
	err = mark(fd, "1");
	err = err ?: load(file, argv[2]);
	left = mark(fd, "0");
	if (!err && !left)
		return 0;
	fprintf(stderr, "load_marked: %s\n", strerror(-(err ?: left)));
	return 1;
}
