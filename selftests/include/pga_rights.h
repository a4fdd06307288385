/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The identity of a test: another user, root without a capability, root of a
 * user namespace.  All start as root.
 *
 * The module checks the opener of a file, so most tests only open it as another
 * user.
 */
#ifndef PGA_RIGHTS_H
#define PGA_RIGHTS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/types.h>

#define PGA_DEVICE	"/dev/pgarea"

/* Two users that own nothing */
#define PGA_USER	65534
#define PGA_OTHER_USER	65533

#define PGA_CAP(_cap)	(1ULL << (_cap))
#define PGA_ALL_CAPS	(~0ULL)

struct pga_caps {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
};

static inline int pga_get_caps(struct pga_caps *caps)
{
	caps->header = (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	return syscall(SYS_capget, &caps->header, caps->data) ? -errno : 0;
}

static inline int pga_set_caps(struct pga_caps *caps)
{
	return syscall(SYS_capset, &caps->header, caps->data) ? -errno : 0;
}

/* Make only these of the permitted capabilities effective. */
static inline int pga_limit_caps(__u64 mask)
{
	struct pga_caps caps;
	int i, err = pga_get_caps(&caps);

	for (i = 0; i < 2; i++)
		caps.data[i].effective = caps.data[i].permitted &
					 (__u32)(mask >> 32 * i);
	return err ?: pga_set_caps(&caps);
}

/* open() as another user, with at most these capabilities. */
static inline int pga_open_as(uid_t uid, __u64 caps, const char *path,
			      int flags)
{
	int fd;

	if (setresuid(uid, uid, 0) || pga_limit_caps(caps))
		return -EPERM;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	if (setresuid(0, 0, 0) || pga_limit_caps(PGA_ALL_CAPS))
		return -EPERM;
	return fd;
}

/*
 * Become another user permanently.  A process that changes its user no longer
 * owns its own /proc files, until it is dumpable again.
 */
static inline int pga_become(uid_t uid)
{
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
	    prctl(PR_SET_DUMPABLE, 1))
		return -errno;
	return 0;
}

/*
 * Replace a node by one that all users may open, visible only to this process
 * and its children, and until they exit.
 */
static inline int pga_open_to_all(const char *path)
{
	struct stat device;

	if (stat(path, &device) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("pgarea", "/tmp", "tmpfs", 0, NULL) ||
	    mknod("/tmp/node", S_IFCHR, device.st_rdev) ||
	    chmod("/tmp/node", 0666) ||
	    mount("/tmp/node", path, NULL, MS_BIND, NULL) ||
	    umount2("/tmp", MNT_DETACH))
		return -errno;
	return 0;
}

static inline int pga_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

/* Become root of a new user namespace, which maps to the current user. */
static inline int pga_enter_user_namespace(int more_namespaces)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | more_namespaces))
		return -errno;
	return pga_write_text("/proc/self/setgroups", "deny") ?:
	       pga_write_text("/proc/self/uid_map", users) ?:
	       pga_write_text("/proc/self/gid_map", groups);
}

#endif /* PGA_RIGHTS_H */
