/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading and unloading the module from a program.  0 or -errno; -EWOULDBLOCK
 * while it is in use.
 */
#ifndef PGA_LOAD_H
#define PGA_LOAD_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int pga_load(const char *module, const char *parameters)
{
	int file = open(module, O_RDONLY | O_CLOEXEC), err;

	if (file < 0)
		return -errno;
	err = syscall(SYS_finit_module, file, parameters, 0) ? -errno : 0;
	close(file);
	return err;
}

static inline int pga_unload(void)
{
	return syscall(SYS_delete_module, "pgarea", O_NONBLOCK) ? -errno : 0;
}

#endif /* PGA_LOAD_H */
