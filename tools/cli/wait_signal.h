/* SPDX-License-Identifier: GPL-2.0 */
/* Holding memory until a signal or for a time. */
#ifndef _PGAREA_CLI_WAIT_SIGNAL_H
#define _PGAREA_CLI_WAIT_SIGNAL_H

#include "cli/request.h"

/*
 * Block SIGINT, SIGTERM and SIGHUP until hold_until_signal().  Call it
 * before printing the answer: a reader of the answer may send a signal at once.
 */
void block_signals(void);
/*
 * Report on stderr that memory is held, and wait for a signal or so many
 * seconds.  For a persistent block, only report how to remove it.
 */
void hold_until_signal(const struct request *request, unsigned long seconds);

#endif /* _PGAREA_CLI_WAIT_SIGNAL_H */
