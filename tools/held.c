// SPDX-License-Identifier: GPL-2.0
/* Blocks and reservations that this process holds, by the open device. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

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

static void request_to_alloc(const struct request *request,
			     struct pgarea_alloc *block)
{
	block->size = request->size;
	block->align = request->align;
	block->boundary = request->boundary;
	block->lowest = request->lowest;
	block->highest = request->highest;
	block->address = request->address;
	if (request->exact)
		block->flags |= PGAREA_ALLOC_EXACT;
	if (request->dry_run)
		block->flags |= PGAREA_ALLOC_DRY_RUN;
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
}

/* With room for a refusal and for an id of every area */
static int allocate(struct cli *cli, const struct request *request,
		    struct held *held, struct pgarea_refusal *refusals,
		    struct pgarea_area_id *ids)
{
	struct pgarea_alloc block = {
		.refusals.entries = (uintptr_t)refusals,
		.refusals.count = cli->nr_areas,
		.areas.entries = (uintptr_t)ids,
	};
	int code = EXIT_OK;
	int err;

	request_to_alloc(request, &block);
	if (request->areas)
		code = find_areas(cli, request->areas, ids, &block.areas.count);
	if (code != EXIT_OK)
		return code;
	err = pgarea_alloc(cli->fd, &block);
	if (err)
		return alloc_refused(cli, &block, err);
	alloc_to_held(&block, held);
	return EXIT_OK;
}

static int hold_block(struct cli *cli, const struct request *request,
		      struct held *held)
{
	size_t n = cli->nr_areas + 1;
	struct pgarea_refusal *refusals = calloc(n, sizeof(*refusals));
	struct pgarea_area_id *ids = calloc(n, sizeof(*ids));
	int code = EXIT_REFUSED;

	if (refusals && ids)
		code = allocate(cli, request, held, refusals, ids);
	free(refusals);
	free(ids);
	return code;
}

static int hold_range(struct cli *cli, const struct request *request,
		      struct held *held)
{
	struct pgarea_reserve range = {
		.address = request->address,
		.size = request->size,
		.flags = request->dry_run ? PGAREA_RESERVE_DRY_RUN : 0,
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
	};
	memcpy(held->name, range.name, sizeof(held->name));
	return EXIT_OK;
}

int hold(struct cli *cli, const struct request *request, struct held *held)
{
	if (request->kind == PGAREA_KIND_RESERVATION)
		return hold_range(cli, request, held);
	return hold_block(cli, request, held);
}

static void held_row(const struct cli *cli, struct table *table,
		     const struct held *held)
{
	char span[SPAN_TEXT_SIZE];

	if (held->id)
		table_cell(table, "%llu", held->id);
	else
		table_cell(table, "-");
	table_cell(table, "%s", format_span(held->address, held->size, span));
	table_size_cell(table, held->size);
	table_cell(table, "%s", area_name(cli, held->area));
	if (held->node == PGAREA_NODE_ANY)
		table_cell(table, "-");
	else
		table_cell(table, "%d", held->node);
	if (held->kind == PGAREA_KIND_BLOCK && held->id)
		table_cell(table, "0x%llx", held->mmap_offset);
	else
		table_cell(table, "-");
	table_cell(table, "%s", held->name);
}

void held_print(const struct cli *cli, const struct held *held, size_t n)
{
	static const char *const head[] = {
		"ID", "PHYSICAL", "SIZE", "AREA", "NODE", "OFFSET", "NAME",
	};
	struct table table = { .columns = ARRAY_SIZE(head), .right = 0x35 };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	for (size_t i = 0; i < n; i++)
		held_row(cli, &table, &held[i]);
	table_print(&table);
}

static json_t *held_one_json(const struct cli *cli, const struct held *held)
{
	bool block = held->kind == PGAREA_KIND_BLOCK;

	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:s, s:o, s:o}",
			 "kind", block ? "block" : "reservation",
			 "id", held->id ? json_integer(held->id) : json_null(),
			 "name", json_name(held->name),
			 "address", json_address(held->address),
			 "size", (json_int_t)held->size,
			 "area", area_name(cli, held->area),
			 "node", held->node == PGAREA_NODE_ANY ?
				 json_null() : json_integer(held->node),
			 "mmap_offset", block && held->id ?
				 json_integer(held->mmap_offset) : json_null());
}

json_t *held_json(const struct cli *cli, const struct held *held, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, held_one_json(cli, &held[i]));
	return json_pack("{s:o}", "held", list);
}
