// SPDX-License-Identifier: GPL-2.0
/* Blocks and reservations that were just made: as a table, and as JSON. */
#include <stdio.h>

#include "cli/request.h"

static void held_row(const struct cli *cli, struct table *table,
		     const struct held *held)
{
	char span[SPAN_TEXT_SIZE], path[PGAREA_PATH_SIZE];

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
	if (held->persistent)
		table_cell(table, "%s", pgarea_node_path(held->name, path));
	else
		table_cell(table, "%s", held->name);
}

void held_print(const struct cli *cli, const struct held *held, size_t n)
{
	const char *const head[] = {
		"ID", "PHYSICAL", "SIZE", "AREA", "NODE", "OFFSET",
		held->persistent ? "PATH" : "NAME",
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
	char path[PGAREA_PATH_SIZE];

	pgarea_node_path(held->name, path);
	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:s, s:o, s:o, s:b, s:o}",
			 "kind", kind_name(held->kind),
			 "id", held->id ? json_integer(held->id) : json_null(),
			 "name", json_name(held->name),
			 "address", json_address(held->address),
			 "size", (json_int_t)held->size,
			 "area", area_name(cli, held->area),
			 "node", held->node == PGAREA_NODE_ANY ?
				 json_null() : json_integer(held->node),
			 "mmap_offset", block && held->id ?
				 json_integer(held->mmap_offset) : json_null(),
			 "persistent", (int)held->persistent,
			 "path", held->persistent ? json_string(path) :
						    json_null());
}

json_t *held_json(const struct cli *cli, const struct held *held, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, held_one_json(cli, &held[i]));
	return json_pack("{s:o}", "held", list);
}
