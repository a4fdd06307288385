/* SPDX-License-Identifier: GPL-2.0 */
/* Growing an area in steps, with progress, until a signal arrives. */
#ifndef _PGAREA_CLI_GROW_H
#define _PGAREA_CLI_GROW_H

#include <jansson.h>

#include "cli/cli.h"

/*
 * Bytes that one call takes, for an area with this chunk size (0: the default): few,
 * so that a signal is noticed soon, but a chunk at least
 */
__u64 grow_step(const struct cli *cli, __u64 chunk_size);
/* Block SIGINT, SIGTERM and SIGHUP: grow_area() looks for them. */
void grow_block_signals(void);
/* Has one of them arrived? */
bool grow_is_interrupted(void);
/*
 * Grow an area to the size in @resize, by @step, from @resize->owned on: 0 (it
 * may be smaller, @resize has the shortage), -EINTR on a signal, or another
 * negative errno value.  Whatever was taken stays.
 */
int grow_area(struct cli *cli, struct pgarea_resize_area *resize, __u64 step);
/* Report what the area has now; an exit code */
int grow_report(struct cli *cli, const char *what, const char *name, __u32 id,
		__u64 size, __u64 owned, __u32 shortage);

#endif /* _PGAREA_CLI_GROW_H */
