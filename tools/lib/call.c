// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One command of the device.
 *
 * EINTR means that nothing happened, so one loop here repeats every command;
 * no caller has to.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "lib/call.h"

int pga_call(int fd, unsigned long command, void *argument)
{
	while (ioctl(fd, command, argument)) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}
