// SPDX-License-Identifier: GPL-2.0
/* Requests as structs of the uapi, and the kernel's answers as allocations. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/convert.h"
#include "cli/device.h"
#include "cli/output.h"
#include "cli/request.h"
#include "lib/pgarea.h"

/* Append the id of an area; an exit code, errors are printed */
static int add_area(struct cli *cli, struct pgarea_area_id *ids, __u32 *n,
		    const char *name)
{
	const struct pgarea_area *area = area_by_name(cli, name);

	if (!area)
		return output_error(cli, EXIT_REFUSED, -ENOENT, NULL,
				    "there is no area '%s'; `pgarea areas` lists them",
				    name);
	for (__u32 i = 0; i < *n; i++) {
		if (ids[i].id == area->id)
			return output_error(cli, EXIT_USAGE, 0, NULL,
					    "area '%s' is named twice", name);
	}
	ids[(*n)++].id = area->id;
	return EXIT_OK;
}

/* The ids of "lowest,low", at most one for each area */
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

static __u64 alloc_flags(const struct request *request)
{
	return (request->exact ? PGAREA_ALLOC_EXACT : 0) |
	       (request->dry_run ? PGAREA_ALLOC_DRY_RUN : 0) |
	       (request->persistent ? PGAREA_ALLOC_PERSISTENT : 0) |
	       (request->top_down ? PGAREA_ALLOC_TOP_DOWN : 0) |
	       (request->no_grow ? PGAREA_ALLOC_NO_GROW : 0) |
	       (request->claim ? PGAREA_ALLOC_CLAIM : 0) | request->by_node;
}

static void copy_to_alloc(const struct request *request,
			  struct pgarea_alloc *block)
{
	block->size = request->size;
	block->align = request->align;
	block->boundary = request->boundary;
	block->lowest = request->lowest;
	block->highest = request->highest;
	block->address = request->address;
	block->flags = alloc_flags(request);
	block->node = request->node;
	block->cache = request->cache;
	block->access = request->access;
	block->orphan_ms = request->orphan_ms;
	memcpy(block->name, request->name, sizeof(block->name));
}

int convert_to_alloc(struct cli *cli, const struct request *request,
		     struct pgarea_alloc *block)
{
	size_t n = cli->nr_areas + 1;
	struct pgarea_refusal *refusals = calloc(n, sizeof(*refusals));
	struct pgarea_area_id *ids = calloc(n, sizeof(*ids));

	*block = (struct pgarea_alloc){
		.refusals.entries = (uintptr_t)refusals,
		.refusals.count = n,
		.areas.entries = (uintptr_t)ids,
	};
	if (!refusals || !ids)
		return EXIT_REFUSED;
	copy_to_alloc(request, block);
	if (!request->areas)
		return EXIT_OK;
	return find_areas(cli, request->areas, ids, &block->areas.count);
}

void put_alloc(struct pgarea_alloc *block)
{
	free((void *)(uintptr_t)block->refusals.entries);
	free((void *)(uintptr_t)block->areas.entries);
}

void convert_to_bulk(const struct pgarea_alloc *block,
		     struct pgarea_bulk_block *blocks, __u32 n,
		     struct pgarea_alloc_bulk *bulk)
{
	*bulk = (struct pgarea_alloc_bulk){
		.size = block->size,
		.align = block->align,
		.boundary = block->boundary,
		.lowest = block->lowest,
		.highest = block->highest,
		.flags = block->flags,
		.node = block->node,
		.cache = block->cache,
		.access = block->access,
		.orphan_ms = block->orphan_ms,
		.areas = block->areas,
		.blocks.entries = (uintptr_t)blocks,
		.blocks.count = n,
		.refusals = block->refusals,
	};
	memcpy(bulk->name, block->name, sizeof(bulk->name));
}

void convert_to_reserve(const struct request *request,
			struct pgarea_reserve *range)
{
	*range = (struct pgarea_reserve){
		.address = request->address,
		.size = request->size,
		.flags = (request->dry_run ? PGAREA_RESERVE_DRY_RUN : 0) |
			 (request->persistent ? PGAREA_RESERVE_PERSISTENT : 0) |
			 (request->claim ? PGAREA_RESERVE_CLAIM : 0),
		.orphan_ms = request->orphan_ms,
	};
	memcpy(range->name, request->name, sizeof(range->name));
}

void convert_from_alloc(const struct pgarea_alloc *block,
			struct allocation *allocation)
{
	*allocation = (struct allocation){
		.kind = PGAREA_KIND_BLOCK,
		.id = block->id,
		.address = block->phys,
		.size = block->alloc_size,
		.mmap_offset = block->mmap_offset,
		.area = block->area,
		.node = block->alloc_node,
		.persistent = block->flags & PGAREA_ALLOC_PERSISTENT,
	};
	memcpy(allocation->name, block->name, sizeof(allocation->name));
}

void convert_from_bulk(const struct pgarea_alloc_bulk *bulk,
		       struct allocation *allocations)
{
	const struct pgarea_bulk_block *blocks =
		(void *)(uintptr_t)bulk->blocks.entries;

	for (__u32 i = 0; i < bulk->done; i++) {
		allocations[i] = (struct allocation){
			.kind = PGAREA_KIND_BLOCK,
			.id = blocks[i].id,
			.address = blocks[i].phys,
			.size = blocks[i].alloc_size,
			.mmap_offset = blocks[i].mmap_offset,
			.area = blocks[i].area,
			.node = blocks[i].node,
		};
		memcpy(allocations[i].name, bulk->name, sizeof(bulk->name));
	}
}

void convert_from_reserve(const struct pgarea_reserve *range,
			  struct allocation *allocation)
{
	*allocation = (struct allocation){
		.kind = PGAREA_KIND_RESERVATION,
		.id = range->id,
		.address = range->address,
		.size = range->size,
		.area = range->area,
		.node = PGAREA_NODE_ANY,
		.persistent = range->flags & PGAREA_RESERVE_PERSISTENT,
	};
	memcpy(allocation->name, range->name, sizeof(allocation->name));
}
