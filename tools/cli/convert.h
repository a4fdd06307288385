/* SPDX-License-Identifier: GPL-2.0 */
/* Requests as structs of the uapi, and the kernel's answers as allocations. */
#ifndef _PGAREA_CLI_CONVERT_H
#define _PGAREA_CLI_CONVERT_H

#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/request.h"

/*
 * The struct for a block, with room for a refusal and an id of every area; an
 * exit code, errors are printed.  Call put_alloc() in any case.
 */
int convert_to_alloc(struct cli *cli, const struct request *request,
		     struct pgarea_alloc *block);
void put_alloc(struct pgarea_alloc *block);
/* The same for @n blocks; borrows the arrays of @block */
void convert_to_bulk(const struct pgarea_alloc *block,
		     struct pgarea_bulk_block *blocks, __u32 n,
		     struct pgarea_alloc_bulk *bulk);
void convert_to_reserve(const struct request *request,
			struct pgarea_reserve *range);

void convert_from_alloc(const struct pgarea_alloc *block,
			struct allocation *allocation);
void convert_from_bulk(const struct pgarea_alloc_bulk *bulk,
		       struct allocation *allocations);
void convert_from_reserve(const struct pgarea_reserve *range,
			  struct allocation *allocation);

#endif /* _PGAREA_CLI_CONVERT_H */
