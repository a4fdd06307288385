/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share, and programs do not see. */
#ifndef _LIBPGAREA_PRIVATE_H
#define _LIBPGAREA_PRIVATE_H

#include <stdio.h>

#include "lib/pgarea.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

/* ioctl() until no signal comes between; 0 or a negative errno value */
__hidden int device_call(int fd, unsigned long command, void *argument);

/* ---- explain.c: errors that are not about room -------------------------- */

/**
 * struct reason - a refused request, as far as its rights and features go
 * @fd: the device
 * @features: PGAREA_FEATURE_* that it needs
 * @name: of the block or reservation, or NULL
 * @persistent: it makes a persistent one
 * @exact: it names a physical address
 * @limits: it has limits, or an alignment or boundary, that narrow it down
 * @invalid: what is wrong with it when the kernel says EINVAL, or NULL
 */
struct reason {
	int fd;
	__u64 features;
	const char *name;
	bool persistent;
	bool exact;
	bool limits;
	const char *invalid;
};

/* Is a page in this state on its way to be free, if only one waits? */
__hidden bool is_leaving(__u32 state);
__hidden void put_size(FILE *out, __u64 size);
/* Say why; @err is a negative errno value */
__hidden void put_reason(FILE *out, const struct reason *reason, int err);
/* Close a stream of open_memstream(): its text, or NULL without memory */
__hidden char *finish_text(FILE *out, char **text);

#endif /* _LIBPGAREA_PRIVATE_H */
