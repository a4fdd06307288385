/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lifetime of a block: waiting for it, binding it to a device, exporting
 * it, and persistent blocks.
 */
#ifndef PGA_LIFETIME_H
#define PGA_LIFETIME_H

#include "pga_state.h"

/* Longer than the path of any node */
#define PGA_NODE_ROOM	(sizeof("/dev/" PGAREA_NODE_PREFIX) + PGAREA_NAME_SIZE)

/* A PCI address with no function on any machine */
#define PGA_NO_DOMAIN	0xfffffff0

/* Skip if the feature that the test needs is missing */
#define PGA_FEATURE_OR_SKIP(_fd, _feature) do {				\
	if (!(pga_info(_fd).features & (_feature)))			\
		SKIP(return, "not a feature here: " #_feature);		\
} while (0)

/* All zero if the device does not answer. */
static inline struct pgarea_info pga_info(int fd)
{
	struct pgarea_info info;

	if (pga_ioctl(fd, PGAREA_IOC_INFO, &info))
		memset(&info, 0, sizeof(info));
	return info;
}

/* 0, or -errno: -ETIMEDOUT while it is not gone. */
static inline int pga_wait_gone(int fd, __u64 id, __u64 timeout_ms)
{
	struct pgarea_wait arg = { .id = id, .timeout_ms = timeout_ms };

	return pga_ioctl(fd, PGAREA_IOC_WAIT, &arg);
}

/* Bind to a function that does not exist. */
static inline int pga_bind_nowhere(int fd, __u64 id)
{
	struct pgarea_bind arg = { .id = id, .domain = PGA_NO_DOMAIN };

	return pga_ioctl(fd, PGAREA_IOC_BIND, &arg);
}

/* End these orphans; how many, or -errno. */
static inline int pga_end_orphans(int fd, struct pgarea_end_orphans which)
{
	return pga_ioctl(fd, PGAREA_IOC_END_ORPHANS, &which) ?: (int)which.ended;
}

/* The descriptor, or -errno. */
static inline int pga_export_all(int fd, __u64 id)
{
	struct pgarea_export arg = { .id = id };

	return pga_ioctl(fd, PGAREA_IOC_EXPORT, &arg) ?: (int)arg.fd;
}

/* The path of the node of a persistent block. */
static inline const char *pga_node_of(const char *name,
				      char path[PGA_NODE_ROOM])
{
	snprintf(path, PGA_NODE_ROOM, "/dev/" PGAREA_NODE_PREFIX "%s", name);
	return path;
}

static inline bool pga_node_exists(const char *name)
{
	char path[PGA_NODE_ROOM];

	return !access(pga_node_of(name, path), F_OK);
}

static inline int pga_open_node(const char *name, int flags)
{
	char path[PGA_NODE_ROOM];
	int fd = open(pga_node_of(name, path), flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A name may fill the field; longer ones are truncated. */
static inline void pga_set_name(__u8 field[PGAREA_NAME_SIZE], const char *name)
{
	memset(field, 0, PGAREA_NAME_SIZE);
	memcpy(field, name, strnlen(name, PGAREA_NAME_SIZE));
}

/* ALLOC of a persistent block from this area.  @arg: as for pga_alloc_in() */
static inline int pga_persist(int fd, __u32 area, const char *name,
			      struct pgarea_alloc *arg)
{
	pga_set_name(arg->name, name);
	arg->flags |= PGAREA_ALLOC_PERSISTENT;
	return pga_alloc_in(fd, area, arg);
}

/* RESERVE, persistent. */
static inline int pga_persist_at(int fd, __u64 address, __u64 size,
				 const char *name, struct pgarea_reserve *arg)
{
	*arg = (struct pgarea_reserve){
		.address = address,
		.size = size,
		.flags = PGAREA_RESERVE_PERSISTENT,
	};
	pga_set_name(arg->name, name);
	return pga_reserve(fd, arg);
}

/* @id: may be NULL */
static inline int pga_remove(int fd, const char *name, __u64 *id)
{
	struct pgarea_remove arg = {};
	int err;

	pga_set_name(arg.name, name);
	err = pga_ioctl(fd, PGAREA_IOC_REMOVE, &arg);
	if (id)
		*id = arg.id;
	return err;
}

/* The entry of the block with this id in BLOCKS; 0 or -errno. */
static inline int pga_block_of(int fd, __u64 flags, __u64 id,
			       struct pgarea_block *out)
{
	struct pgarea_block *list;
	int i, nr = pga_blocks(fd, flags, &list), err = nr < 0 ? nr : -ENOENT;

	for (i = 0; i < nr && err; i++) {
		if (list[i].id != id)
			continue;
		*out = list[i];
		err = 0;
	}
	if (nr >= 0)
		free(list);
	return err;
}

#endif /* PGA_LIFETIME_H */
