/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host does with an address, as a part of an explanation. */
#ifndef _PGAREA_LIB_OBSTACLE_H
#define _PGAREA_LIB_OBSTACLE_H

#include <stdbool.h>

#include <linux/types.h>

#include "lib/text.h"

/*
 * Add what the host does with an address that no area owns, and which command
 * shows more; false, and nothing is added, if the caller may not know.
 */
__hidden bool pga_text_add_host(struct pga_text *text, int fd, __u64 address,
				__u64 size);

#endif /* _PGAREA_LIB_OBSTACLE_H */
