/* SPDX-License-Identifier: GPL-2.0 */
/* Refusals of the kernel. */
#ifndef _PGAREA_CLI_PRINT_ERROR_H
#define _PGAREA_CLI_PRINT_ERROR_H

#include "cli/cli.h"

/* Print why the request failed; EXIT_REFUSED */
int print_alloc_error(struct cli *cli, const struct pgarea_alloc *block,
		      int err);
int print_reserve_error(struct cli *cli, const struct pgarea_reserve *range,
			int err);
int print_bind_error(struct cli *cli, const struct pgarea_bind *bind, int err);

#endif /* _PGAREA_CLI_PRINT_ERROR_H */
