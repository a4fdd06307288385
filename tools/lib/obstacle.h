/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host does with an address, as a part of an explanation. */
#ifndef _PGAREA_LIB_OBSTACLE_H
#define _PGAREA_LIB_OBSTACLE_H

#include <stdbool.h>

#include <linux/types.h>

#include "lib/text.h"

/*
 * Add what the host does with an address that no area owns, and that @command
 * gets it, or why nothing does; false, and nothing is added, if the caller may
 * not know.
 */
__hidden bool pga_text_add_host(struct pga_text *text, int fd, __u64 address,
				const char *command);
/*
 * Add what is in the way of a claim: the kind of obstacle at an address, and if
 * an area owns that, its state
 */
__hidden void pga_text_add_claim(struct pga_text *text, __u64 address,
				 __u32 kind, __u32 state);

#endif /* _PGAREA_LIB_OBSTACLE_H */
