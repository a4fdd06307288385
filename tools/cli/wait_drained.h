/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting until blocks have drained. */
#ifndef _PGAREA_CLI_WAIT_DRAINED_H
#define _PGAREA_CLI_WAIT_DRAINED_H

#include "cli/cli.h"

/*
 * Wait for block @id, or for those of every process with 0; an exit code.
 * Errors are printed, and on a timeout the holders of what is left.
 */
int wait_drained(struct cli *cli, __u64 id, unsigned long seconds);

#endif /* _PGAREA_CLI_WAIT_DRAINED_H */
