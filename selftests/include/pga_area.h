/* SPDX-License-Identifier: GPL-2.0 */
/* Areas that a test creates, resizes and destroys. */
#ifndef PGA_AREA_H
#define PGA_AREA_H

#include "pga_lifetime.h"
#include "pga_state.h"

/* Skip if areas cannot be created: the file must be that of an administrator. */
#define PGA_AREAS_OR_SKIP(_fd) do {					\
	PGA_FEATURE_OR_SKIP(_fd, PGAREA_FEATURE_AREAS);			\
	PGA_ROOT_OR_SKIP();						\
} while (0)

static inline int pga_create_area(int fd, struct pgarea_create_area *arg)
{
	return pga_ioctl(fd, PGAREA_IOC_CREATE_AREA, arg);
}

static inline int pga_resize_area(int fd, __u32 area, __u64 size,
				  struct pgarea_resize_area *arg)
{
	*arg = (struct pgarea_resize_area){ .area = area, .size = size };
	return pga_ioctl(fd, PGAREA_IOC_RESIZE_AREA, arg);
}

static inline int pga_destroy_area(int fd, __u32 area,
				   struct pgarea_destroy_area *arg)
{
	*arg = (struct pgarea_destroy_area){ .area = area };
	return pga_ioctl(fd, PGAREA_IOC_DESTROY_AREA, arg);
}

/*
 * Destroy it, although blocks of a file that was just closed, or references of
 * the host's scanners, may hold pages for a while.  0 also if it does not exist.
 */
static inline int pga_destroy_area_soon(int fd, __u32 area)
{
	struct pgarea_destroy_area arg;
	int ms, err = 0;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		err = pga_destroy_area(fd, area, &arg);
		if (err != -EBUSY)
			break;
		pga_sleep_ms(10);
	}
	return err == -ENOENT ? 0 : err;
}

/* Destroy all areas whose name begins so. */
static inline int pga_destroy_areas(int fd, const char *prefix)
{
	struct pga_snapshot now;
	int i, err = pga_snapshot(fd, &now);

	for (i = 0; i < now.nr && !err; i++)
		if (!strncmp((const char *)now.areas[i].name, prefix,
			     strlen(prefix)))
			err = pga_destroy_area_soon(fd, now.areas[i].id);
	return err;
}

static inline __u64 pga_pageblock(int fd)
{
	struct pgarea_info info = {};

	return pga_ioctl(fd, PGAREA_IOC_INFO, &info) ? 0 : info.pageblock_size;
}

/*
 * A request for an area in the bounds of the one that owns most memory, where the
 * host is likely to have more.
 */
static inline int pga_area_template(int fd, const char *name, __u64 pageblocks,
				    struct pgarea_create_area *arg)
{
	struct pga_snapshot now;
	int i, best = 0, err = pga_snapshot(fd, &now);

	if (err || !now.nr)
		return err ?: -ENOENT;
	for (i = 1; i < now.nr; i++)
		if (now.areas[i].owned > now.areas[best].owned)
			best = i;
	*arg = (struct pgarea_create_area){
		.start = now.areas[best].start,
		.end = now.areas[best].end,
		.size = pageblocks * pga_pageblock(fd),
		.chunk_size = pga_pageblock(fd),
	};
	snprintf((char *)arg->name, sizeof(arg->name), "%s", name);
	return 0;
}

#endif /* PGA_AREA_H */
