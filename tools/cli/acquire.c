// SPDX-License-Identifier: GPL-2.0
/* Blocks and reservations that this process owns, by the open device. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/acquire.h"
#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/convert.h"
#include "cli/device.h"
#include "cli/print_error.h"
#include "cli/request.h"
#include "lib/pgarea.h"

static int acquire_block(struct cli *cli, const struct request *request,
			 struct allocation *allocation)
{
	struct pgarea_alloc block;
	int code = convert_to_alloc(cli, request, &block);
	int err = code == EXIT_OK ? pgarea_alloc(cli->fd, &block) : 0;

	if (err)
		code = print_alloc_error(cli, &block, err);
	else if (code == EXIT_OK)
		convert_from_alloc(&block, allocation);
	put_alloc(&block);
	return code;
}

static int acquire_range(struct cli *cli, const struct request *request,
			 struct allocation *allocation)
{
	struct pgarea_reserve range;
	int err;

	convert_to_reserve(request, &range);
	err = pgarea_reserve(cli->fd, &range);
	if (err)
		return print_reserve_error(cli, &range, err);
	convert_from_reserve(&range, allocation);
	return EXIT_OK;
}

static int bind_all(struct cli *cli, const struct request *request,
		    const struct allocation *allocations, unsigned long n)
{
	struct pgarea_bind bind = request->function;
	int err = 0;

	for (unsigned long i = 0; request->bound_to_pci && !err && i < n; i++) {
		bind.id = allocations[i].id;
		err = pgarea_bind(cli->fd, &bind);
	}
	return err ? print_bind_error(cli, &bind, err) : EXIT_OK;
}

int acquire(struct cli *cli, const struct request *request,
	    struct allocation *allocation)
{
	int code;

	if (request->kind == PGAREA_KIND_RESERVATION)
		code = acquire_range(cli, request, allocation);
	else
		code = acquire_block(cli, request, allocation);
	/* A claim may have made an area. */
	if (code == EXIT_OK && request->claim)
		code = device_list_areas(cli);
	return code == EXIT_OK ? bind_all(cli, request, allocation, 1) : code;
}

/* ---- Many at once -------------------------------------------------------- */

/* Explain as for one block, with the refusals of the last one */
static int print_bulk_error(struct cli *cli, struct pgarea_alloc *block,
			    const struct pgarea_alloc_bulk *bulk, int err,
			    unsigned long n)
{
	block->refusals = bulk->refusals;
	print_alloc_error(cli, block, err ? err : -(int)bulk->error);
	if (!err)
		fprintf(stderr,
			"pgarea: %u of %lu blocks fit; all were freed\n",
			bulk->done, n);
	return EXIT_REFUSED;
}

/* @block: the request for a single block */
static int alloc_bulk(struct cli *cli, struct pgarea_alloc *block,
		      struct pgarea_bulk_block *blocks,
		      struct allocation *allocations, unsigned long n)
{
	struct pgarea_alloc_bulk bulk;
	int err;

	convert_to_bulk(block, blocks, n, &bulk);
	err = pgarea_alloc_bulk(cli->fd, &bulk);
	if (err || bulk.done < n)
		return print_bulk_error(cli, block, &bulk, err, n);
	convert_from_bulk(&bulk, allocations);
	return EXIT_OK;
}

int acquire_many(struct cli *cli, const struct request *request,
		 struct allocation *allocations, unsigned long n)
{
	struct pgarea_bulk_block *blocks = calloc(n, sizeof(*blocks));
	struct pgarea_alloc block;
	int code = convert_to_alloc(cli, request, &block);

	if (!blocks)
		code = EXIT_REFUSED;
	if (code == EXIT_OK)
		code = alloc_bulk(cli, &block, blocks, allocations, n);
	if (code == EXIT_OK)
		code = bind_all(cli, request, allocations, n);
	put_alloc(&block);
	free(blocks);
	return code;
}

/* ---- The end ------------------------------------------------------------- */

/* Release reservations, and collect the ids of blocks in @ids */
static __u32 release_ranges(struct cli *cli, const struct pgarea_block *blocks,
			    size_t n, __u64 *ids)
{
	__u32 nr_blocks = 0;

	for (size_t i = 0; i < n; i++) {
		if (blocks[i].kind == PGAREA_KIND_RESERVATION)
			pgarea_unreserve(cli->fd, blocks[i].id, 0, 0, NULL);
		else if (blocks[i].state == PGAREA_STATE_ALLOCATED)
			ids[nr_blocks++] = blocks[i].id;
	}
	return nr_blocks;
}

void release_all(struct cli *cli)
{
	struct pgarea_block *blocks;
	__u64 *ids;
	size_t n;

	/* includes blocks that the command of `pgarea run` created */
	if (pgarea_list_blocks(cli->fd, 0, &blocks, &n))
		return;
	ids = calloc(n, sizeof(*ids));
	if (ids && n) {
		n = release_ranges(cli, blocks, n, ids);
		pgarea_free_bulk(cli->fd, ids, n, NULL);
	}
	free(ids);
	free(blocks);
}
