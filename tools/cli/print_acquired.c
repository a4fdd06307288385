// SPDX-License-Identifier: GPL-2.0
/* Blocks and reservations that were just created: as a table, and as JSON. */
#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/print_acquired.h"
#include "cli/table.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

static void allocation_row(const struct cli *cli, struct table *table,
			   const struct allocation *allocation)
{
	char span[SPAN_TEXT_SIZE], path[PGAREA_PATH_SIZE];

	if (allocation->id)
		table_cell(table, "%llu", allocation->id);
	else
		table_cell(table, "-");
	table_cell(table, "%s",
		   format_span(allocation->address, allocation->size, span));
	table_size_cell(table, allocation->size);
	table_cell(table, "%s", area_name(cli, allocation->area));
	if (allocation->node == PGAREA_NODE_ANY)
		table_cell(table, "-");
	else
		table_cell(table, "%d", allocation->node);
	if (allocation->kind == PGAREA_KIND_BLOCK && allocation->id)
		table_cell(table, "0x%llx", allocation->mmap_offset);
	else
		table_cell(table, "-");
	if (allocation->persistent)
		table_cell(table, "%s",
			   pgarea_node_path(allocation->name, path));
	else
		table_cell(table, "%s", allocation->name);
}

static void print_table(const struct cli *cli,
			const struct allocation *allocations, size_t n)
{
	const char *const head[] = {
		"ID",
		"PHYSICAL",
		"SIZE",
		"AREA",
		"NODE",
		"OFFSET",
		allocations->persistent ? "PATH" : "NAME",
	};
	struct table table = { .columns = ARRAY_SIZE(head), .right = 0x35 };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	for (size_t i = 0; i < n; i++)
		allocation_row(cli, &table, &allocations[i]);
	table_print(&table);
}

static json_t *allocation_json(const struct cli *cli,
			       const struct allocation *allocation)
{
	bool block = allocation->kind == PGAREA_KIND_BLOCK;
	char path[PGAREA_PATH_SIZE];

	pgarea_node_path(allocation->name, path);
	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:s, s:o, s:o, s:b, s:o}",
			 "kind", kind_name(allocation->kind),
			 "id", allocation->id ?
				 json_integer(allocation->id) : json_null(),
			 "name", json_name(allocation->name),
			 "address", json_address(allocation->address),
			 "size", (json_int_t)allocation->size,
			 "area", area_name(cli, allocation->area),
			 "node", allocation->node == PGAREA_NODE_ANY ?
				 json_null() : json_integer(allocation->node),
			 "mmap_offset", block && allocation->id ?
				 json_integer(allocation->mmap_offset) : json_null(),
			 "persistent", (int)allocation->persistent,
			 "path", allocation->persistent ?
				 json_string(path) : json_null());
}

int output_acquired(const struct cli *cli, const struct allocation *allocations,
		    size_t n)
{
	json_t *list;

	if (!cli->json) {
		print_table(cli, allocations, n);
		return EXIT_OK;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      allocation_json(cli, &allocations[i]));
	return output_json(json_pack("{s:o}", "held", list));
}
