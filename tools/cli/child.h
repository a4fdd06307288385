/* SPDX-License-Identifier: GPL-2.0 */
/* A command that runs as a child. */
#ifndef _PGAREA_CLI_CHILD_H
#define _PGAREA_CLI_CHILD_H

/*
 * Run a command that inherits one descriptor, wait for it, and pass signals on.
 * Returns its exit status, 128 + N when signal N killed it, 127 when it was not
 * found, 126 when it could not be run.
 */
int child_run(char **command, int inherited);

#endif /* _PGAREA_CLI_CHILD_H */
