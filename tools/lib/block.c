// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lifetime and sharing of a block: bind, export, remove, wait, device nodes.
 *
 * Only WAIT may take long, so it is the only command that a signal ends: Ctrl-C
 * must work while a device hangs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/call.h"
#include "lib/pgarea.h"

int pgarea_wait(int fd, struct pgarea_wait *wait)
{
	return ioctl(fd, PGAREA_IOC_WAIT, wait) ? -errno : 0;
}

int pgarea_bind(int fd, struct pgarea_bind *bind)
{
	return pga_call(fd, PGAREA_IOC_BIND, bind);
}

int pgarea_export(int fd, __u64 id, __u64 offset, __u64 size, __u64 flags)
{
	struct pgarea_export request = {
		.id = id,
		.flags = flags,
		.offset = offset,
		.size = size,
	};
	int err = pga_call(fd, PGAREA_IOC_EXPORT, &request);

	return err ? err : request.fd;
}

int pgarea_remove(int fd, const char *name, __u64 *id)
{
	struct pgarea_remove request = { 0 };
	size_t length = strlen(name);
	int err;

	if (length >= sizeof(request.name))
		return -EINVAL;
	memcpy(request.name, name, length);
	err = pga_call(fd, PGAREA_IOC_REMOVE, &request);
	if (!err && id)
		*id = request.id;
	return err;
}

int pgarea_end_orphans(int fd, struct pgarea_end_orphans *which)
{
	return pga_call(fd, PGAREA_IOC_END_ORPHANS, which);
}

const char *pgarea_node_path(const char *name, char path[PGAREA_PATH_SIZE])
{
	snprintf(path, PGAREA_PATH_SIZE, PGAREA_NODE_DIRECTORY "%s%s",
		 PGAREA_NODE_PREFIX, name);
	return path;
}

int pgarea_open_node(const char *name, int access)
{
	char path[PGAREA_PATH_SIZE];

	return pgarea_open(pgarea_node_path(name, path), access);
}
