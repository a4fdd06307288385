/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations that were just created. */
#ifndef _PGAREA_CLI_PRINT_ACQUIRED_H
#define _PGAREA_CLI_PRINT_ACQUIRED_H

#include "cli/allocation.h"
#include "cli/cli.h"

/* Print them as a table or, with --json, in JSON; an exit code */
int output_acquired(const struct cli *cli, const struct allocation *allocations,
		    size_t n);

#endif /* _PGAREA_CLI_PRINT_ACQUIRED_H */
