/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks and reservations that this process owns. */
#ifndef _PGAREA_CLI_ACQUIRE_H
#define _PGAREA_CLI_ACQUIRE_H

#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/request.h"

/* Allocate or reserve; an exit code, a refusal is printed */
int acquire(struct cli *cli, const struct request *request,
	    struct allocation *allocation);
/* Allocate @n such blocks, all or none; an exit code, a refusal is printed */
int acquire_many(struct cli *cli, const struct request *request,
		 struct allocation *allocations, unsigned long n);
/*
 * Free everything that this process owns.  Call it before an exit on purpose:
 * the kernel would quarantine whatever is left as an orphan.
 */
void release_all(struct cli *cli);

#endif /* _PGAREA_CLI_ACQUIRE_H */
