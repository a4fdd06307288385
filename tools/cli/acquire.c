// SPDX-License-Identifier: GPL-2.0
/* Blocks and reservations that this process holds, by the open device. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/request.h"

/* One array entry by name; an exit code, the error is told */
static int add_area(struct cli *cli, struct pgarea_area_id *ids, __u32 *n,
		    const char *name)
{
	const struct pgarea_area *area = area_by_name(cli, name);

	if (!area)
		return out_error(cli, EXIT_REFUSED, -ENOENT, NULL,
				 "there is no area '%s'; `pgarea areas` lists them",
				 name);
	for (__u32 i = 0; i < *n; i++) {
		if (ids[i].id == area->id)
			return out_error(cli, EXIT_USAGE, 0, NULL,
					 "area '%s' is named twice", name);
	}
	ids[(*n)++].id = area->id;
	return EXIT_OK;
}

/* "lowest,low" to ids, at most one for each area there is */
static int find_areas(struct cli *cli, const char *names,
		      struct pgarea_area_id *ids, __u32 *n)
{
	char *copy = strdup(names);
	char *rest = copy;
	int code = copy ? EXIT_OK : EXIT_REFUSED;

	while (code == EXIT_OK && rest)
		code = add_area(cli, ids, n, strsep(&rest, ",+"));
	free(copy);
	return code;
}

static __u64 request_flags(const struct request *request)
{
	return (request->exact ? PGAREA_ALLOC_EXACT : 0) |
	       (request->dry_run ? PGAREA_ALLOC_DRY_RUN : 0) |
	       (request->persistent ? PGAREA_ALLOC_PERSISTENT : 0) |
	       (request->top_down ? PGAREA_ALLOC_TOP_DOWN : 0);
}

static void request_to_alloc(const struct request *request,
			     struct pgarea_alloc *block)
{
	block->size = request->size;
	block->align = request->align;
	block->boundary = request->boundary;
	block->lowest = request->lowest;
	block->highest = request->highest;
	block->address = request->address;
	block->flags = request_flags(request);
	block->cache = request->cache;
	block->access = request->access;
	block->orphan_ms = request->orphan_ms;
	memcpy(block->name, request->name, sizeof(block->name));
}

static void alloc_to_held(const struct pgarea_alloc *block, struct held *held)
{
	held->kind = PGAREA_KIND_BLOCK;
	memcpy(held->name, block->name, sizeof(held->name));
	held->id = block->id;
	held->address = block->phys;
	held->size = block->granted;
	held->mmap_offset = block->mmap_offset;
	held->area = block->area;
	held->node = block->alloc_node;
	held->persistent = block->flags & PGAREA_ALLOC_PERSISTENT;
}

/* The struct for a request, with room for a refusal and an id of every area */
static int begin_alloc(struct cli *cli, const struct request *request,
		       struct pgarea_alloc *block)
{
	size_t n = cli->nr_areas + 1;
	struct pgarea_refusal *refusals = calloc(n, sizeof(*refusals));
	struct pgarea_area_id *ids = calloc(n, sizeof(*ids));

	*block = (struct pgarea_alloc){
		.refusals.entries = (uintptr_t)refusals,
		.refusals.count = cli->nr_areas,
		.areas.entries = (uintptr_t)ids,
	};
	if (!refusals || !ids)
		return EXIT_REFUSED;
	request_to_alloc(request, block);
	if (!request->areas)
		return EXIT_OK;
	return find_areas(cli, request->areas, ids, &block->areas.count);
}

static void end_alloc(struct pgarea_alloc *block)
{
	free((void *)(uintptr_t)block->refusals.entries);
	free((void *)(uintptr_t)block->areas.entries);
}

static int hold_block(struct cli *cli, const struct request *request,
		      struct held *held)
{
	struct pgarea_alloc block;
	int code = begin_alloc(cli, request, &block);
	int err = code == EXIT_OK ? pgarea_alloc(cli->fd, &block) : 0;

	if (err)
		code = alloc_refused(cli, &block, err);
	else if (code == EXIT_OK)
		alloc_to_held(&block, held);
	end_alloc(&block);
	return code;
}

/* ---- Binding ------------------------------------------------------------- */

static int bind_all(struct cli *cli, const struct request *request,
		    const struct held *held, unsigned long n)
{
	struct pgarea_bind bind = request->function;
	int err = 0;

	for (unsigned long i = 0; request->bound && !err && i < n; i++) {
		bind.id = held[i].id;
		err = pgarea_bind(cli->fd, &bind);
	}
	return err ? bind_refused(cli, &bind, err) : EXIT_OK;
}

/* ---- Many at once -------------------------------------------------------- */

static void bulk_to_held(const struct request *request,
			 const struct pgarea_bulk_block *blocks,
			 struct held *held, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		held[i] = (struct held){
			.kind = PGAREA_KIND_BLOCK,
			.id = blocks[i].id,
			.address = blocks[i].phys,
			.size = blocks[i].granted,
			.mmap_offset = blocks[i].mmap_offset,
			.area = blocks[i].area,
			.node = blocks[i].node,
		};
		memcpy(held[i].name, request->name, sizeof(held[i].name));
	}
}

/* Why not all could be had is the same as for one; its refusals are told. */
static int bulk_refused(struct cli *cli, struct pgarea_alloc *one,
			const struct pgarea_alloc_bulk *bulk, int err,
			unsigned long n)
{
	one->refusals = bulk->refusals;
	alloc_refused(cli, one, err ? err : -(int)bulk->error);
	if (!err)
		fprintf(stderr, "pgarea: %u of %lu blocks fitted; all are given back\n",
			bulk->done, n);
	return EXIT_REFUSED;
}

/* @one: what is asked for, for a single block */
static int alloc_bulk(struct cli *cli, struct pgarea_alloc *one,
		      struct pgarea_bulk_block *blocks, unsigned long n)
{
	struct pgarea_alloc_bulk bulk = {
		.size = one->size,
		.align = one->align,
		.boundary = one->boundary,
		.lowest = one->lowest,
		.highest = one->highest,
		.flags = one->flags,
		.cache = one->cache,
		.access = one->access,
		.orphan_ms = one->orphan_ms,
		.areas = one->areas,
		.blocks.entries = (uintptr_t)blocks,
		.blocks.count = n,
		.refusals = one->refusals,
	};
	int err;

	memcpy(bulk.name, one->name, sizeof(bulk.name));
	err = pgarea_alloc_bulk(cli->fd, &bulk);
	if (err || bulk.done < n)
		return bulk_refused(cli, one, &bulk, err, n);
	return EXIT_OK;
}

int hold_many(struct cli *cli, const struct request *request,
	      struct held *held, unsigned long n)
{
	struct pgarea_bulk_block *blocks = calloc(n, sizeof(*blocks));
	struct pgarea_alloc one;
	int code = begin_alloc(cli, request, &one);

	if (!blocks)
		code = EXIT_REFUSED;
	if (code == EXIT_OK)
		code = alloc_bulk(cli, &one, blocks, n);
	if (code == EXIT_OK) {
		bulk_to_held(request, blocks, held, n);
		code = bind_all(cli, request, held, n);
	}
	end_alloc(&one);
	free(blocks);
	return code;
}

/* ---- Reservations -------------------------------------------------------- */

static int hold_range(struct cli *cli, const struct request *request,
		      struct held *held)
{
	struct pgarea_reserve range = {
		.address = request->address,
		.size = request->size,
		.flags = (request->dry_run ? PGAREA_RESERVE_DRY_RUN : 0) |
			 (request->persistent ? PGAREA_RESERVE_PERSISTENT : 0),
		.orphan_ms = request->orphan_ms,
	};
	int err;

	memcpy(range.name, request->name, sizeof(range.name));
	err = pgarea_reserve(cli->fd, &range);
	if (err)
		return reserve_refused(cli, &range, err);
	*held = (struct held){
		.kind = PGAREA_KIND_RESERVATION,
		.id = range.id,
		.address = range.address,
		.size = range.size,
		.area = range.area,
		.node = PGAREA_NODE_ANY,
		.persistent = request->persistent,
	};
	memcpy(held->name, range.name, sizeof(held->name));
	return EXIT_OK;
}

int hold(struct cli *cli, const struct request *request, struct held *held)
{
	int code;

	if (request->kind == PGAREA_KIND_RESERVATION)
		code = hold_range(cli, request, held);
	else
		code = hold_block(cli, request, held);
	return code == EXIT_OK ? bind_all(cli, request, held, 1) : code;
}

/* ---- Giving back --------------------------------------------------------- */

/* Ids of blocks come first in @ids, reservations are given back here */
static __u32 give_ranges_back(struct cli *cli,
			      const struct pgarea_block *blocks, size_t n,
			      __u64 *ids)
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

void give_back(struct cli *cli)
{
	struct pgarea_block *blocks;
	__u64 *ids;
	size_t n;

	/* also what a command of `pgarea run` made through its descriptor */
	if (pgarea_list_blocks(cli->fd, 0, &blocks, &n))
		return;
	ids = calloc(n, sizeof(*ids));
	if (ids && n) {
		n = give_ranges_back(cli, blocks, n, ids);
		pgarea_free_bulk(cli->fd, ids, n, NULL);
	}
	free(ids);
	free(blocks);
}
