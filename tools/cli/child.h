/* SPDX-License-Identifier: GPL-2.0 */
/* A command that runs as a child. */
#ifndef _PGAREA_CHILD_H
#define _PGAREA_CHILD_H

/*
 * Run a command with one descriptor that it inherits, wait for it, and pass on
 * the signals that are meant for it.  Returns its exit status, 128 + N when
 * signal N killed it, 127 when it was not found, 126 when it could not be run.
 */
int child_run(char **command, int inherited);

#endif /* _PGAREA_CHILD_H */
