// SPDX-License-Identifier: GPL-2.0
/* pgarea areas: the areas, their bounds and how full they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/cmd_areas.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

struct areas_args {
	char **names;
	bool orders;
	bool require;
};

/* Columns that are printed only when one of the areas needs them */
struct rare {
	bool orphaned;
	bool poisoned;
	bool grows;
};

static struct rare look_for_rare(const struct pgarea_area **areas, size_t n)
{
	struct rare rare = { false, false, false };

	for (size_t i = 0; i < n; i++) {
		rare.orphaned |= areas[i]->orphaned;
		rare.poisoned |= areas[i]->poisoned;
		rare.grows |= areas[i]->flags & PGAREA_AREA_GROW;
	}
	return rare;
}

static void area_row(struct table *table, const struct pgarea_area *area,
		     const struct rare *rare)
{
	char span[SPAN_TEXT_SIZE];

	table_cell(table, "%s", area->name);
	table_cell(table, "%s",
		   format_span(area->start, area->end - area->start, span));
	if (area->node == PGAREA_NODE_ANY)
		table_cell(table, "any");
	else
		table_cell(table, "%d", area->node);
	table_size_cell(table, area->target_size);
	table_size_cell(table, area->owned);
	table_size_cell(table, area->free);
	table_size_cell(table, area->allocated);
	table_size_cell(table, area->reserved);
	table_size_cell(table, area->draining);
	if (rare->orphaned)
		table_size_cell(table, area->orphaned);
	if (rare->poisoned)
		table_size_cell(table, area->poisoned);
	table_size_cell(table, area->largest_free);
	table_cell(table, "%llu", area->nr_chunks);
	if (area->flags & PGAREA_AREA_GROW)
		table_size_cell(table, area->maximum);
	else if (rare->grows)
		table_cell(table, "no");
}

static void print_areas(const struct pgarea_area **areas, size_t n)
{
	static const char *const head[] = {
		"NAME", "BOUNDS", "NODE", "WANTED", "OWNED", "FREE",
		"ALLOCATED", "RESERVED", "DRAINING",
	};
	struct rare rare = look_for_rare(areas, n);
	struct table table = {
		.columns = ARRAY_SIZE(head) + rare.orphaned + rare.poisoned +
			   rare.grows + 2,
		.right = 0x3ff8,
	};

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	if (rare.orphaned)
		table_cell(&table, "ORPHANED");
	if (rare.poisoned)
		table_cell(&table, "POISONED");
	table_cell(&table, "LARGEST");
	table_cell(&table, "CHUNKS");
	if (rare.grows)
		table_cell(&table, "GROWS TO");
	for (size_t i = 0; i < n; i++)
		area_row(&table, areas[i], &rare);
	table_print(&table);
}

static json_t *area_json(const struct pgarea_area *area)
{
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:b}",
			 "id", (json_int_t)area->id,
			 "name", (const char *)area->name,
			 "node", area->node == PGAREA_NODE_ANY ?
				 json_null() : json_integer(area->node),
			 "start", json_address(area->start),
			 "end", json_address(area->end),
			 "target_size", (json_int_t)area->target_size,
			 "owned", (json_int_t)area->owned,
			 "free", (json_int_t)area->free,
			 "allocated", (json_int_t)area->allocated,
			 "reserved", (json_int_t)area->reserved,
			 "draining", (json_int_t)area->draining,
			 "orphaned", (json_int_t)area->orphaned,
			 "poisoned", (json_int_t)area->poisoned,
			 "largest_free", (json_int_t)area->largest_free,
			 "chunks", (json_int_t)area->nr_chunks,
			 "chunk_size", (json_int_t)area->chunk_size,
			 "minimum", (json_int_t)area->minimum,
			 "maximum", (json_int_t)area->maximum,
			 "grow", (int)!!(area->flags & PGAREA_AREA_GROW));
}

/* The orders of an area; an exit code, errors are printed */
static int load_orders(struct cli *cli, const struct pgarea_area *area,
		       struct pgarea_order **orders, size_t *n)
{
	int err = pgarea_list_orders(cli->fd, area->id, orders, n);

	if (err)
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "cannot count the orders of %s: %s",
				    area->name, pgarea_error_text(err));
	return EXIT_OK;
}

static int print_orders(struct cli *cli, const struct pgarea_area *area)
{
	struct table table = { .columns = 3, .right = 0x7 };
	struct pgarea_order *orders;
	size_t n;

	if (load_orders(cli, area, &orders, &n))
		return EXIT_REFUSED;
	printf("\n%s%s\n", area->name, n ? "" : ": nothing is free");
	if (n) {
		table_cell(&table, "ORDER");
		table_cell(&table, "SIZE");
		table_cell(&table, "FREE BLOCKS");
	}
	for (size_t i = 0; i < n; i++) {
		table_cell(&table, "%u", orders[i].order);
		table_size_cell(&table, cli->info.page_size << orders[i].order);
		table_cell(&table, "%llu", orders[i].free_blocks);
	}
	table_print(&table);
	free(orders);
	return EXIT_OK;
}

static json_t *orders_json(const struct pgarea_order *orders, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:I, s:I}", "order",
						(json_int_t)orders[i].order,
						"free_blocks",
						(json_int_t)orders[i].free_blocks));
	return list;
}

static int add_orders_json(struct cli *cli, const struct pgarea_area *area,
			   json_t *object)
{
	struct pgarea_order *orders;
	size_t n;

	if (load_orders(cli, area, &orders, &n))
		return EXIT_REFUSED;
	json_object_set_new(object, "orders", orders_json(orders, n));
	free(orders);
	return EXIT_OK;
}

static int show_json(struct cli *cli, const struct areas_args *args,
		     const struct pgarea_area **areas, size_t n)
{
	json_t *list = json_array();
	int code = EXIT_OK;

	for (size_t i = 0; code == EXIT_OK && i < n; i++) {
		json_t *object = area_json(areas[i]);

		if (args->orders)
			code = add_orders_json(cli, areas[i], object);
		json_array_append_new(list, object);
	}
	if (code != EXIT_OK) {
		json_decref(list);
		return code;
	}
	return output_json(json_pack("{s:o}", "areas", list));
}

static int show_text(struct cli *cli, const struct areas_args *args,
		     const struct pgarea_area **areas, size_t n)
{
	int code = EXIT_OK;

	print_areas(areas, n);
	for (size_t i = 0; args->orders && code == EXIT_OK && i < n; i++)
		code = print_orders(cli, areas[i]);
	return code;
}

static bool is_short(const struct pgarea_area *area)
{
	return area->owned < area->target_size;
}

/* "low has 12 MiB of 64 MiB" for each area that is short, or NULL */
static char *describe_short(const struct pgarea_area **areas, size_t n)
{
	char owned[PGAREA_TEXT_SIZE], target[PGAREA_TEXT_SIZE];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; out && i < n; i++) {
		if (!is_short(areas[i]))
			continue;
		fprintf(out, "%s%s has %s of %s", ftell(out) ? ", " : "",
			areas[i]->name,
			pgarea_format_size(areas[i]->owned, owned),
			pgarea_format_size(areas[i]->target_size, target));
	}
	if (out && fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static json_t *short_json(const struct pgarea_area **areas, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		if (is_short(areas[i]))
			json_array_append_new(list, area_json(areas[i]));
	}
	return json_pack("{s:o}", "short", list);
}

/* With --require: an exit code, and what is short is printed instead. */
static int check_required(struct cli *cli, const struct pgarea_area **areas,
			  size_t n)
{
	size_t nr_short = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		nr_short += is_short(areas[i]);
	if (!nr_short)
		return EXIT_OK;
	text = describe_short(areas, n);
	output_error(cli, EXIT_REFUSED, -ENOSPC, short_json(areas, n),
		     "%s; the kernel's log has the reason",
		     text ? text : "an area is not full");
	free(text);
	return EXIT_REFUSED;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct areas_args *args = data;

	(void)cli;
	(void)arg;
	switch (key) {
	case 'o':
		args->orders = true;
		return 0;
	case 'r':
		args->require = true;
		return 0;
	case ARGP_KEY_ARG:
		args->names = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "orders", 'o', NULL, 0, "Also count the free blocks of each order",
	  0 },
	{ "require", 'r', NULL, 0,
	  "Fail if the host could not give an area all of its size", 0 },
	{ 0 }
};

static int run(struct cli *cli, const void *data)
{
	const struct areas_args *args = data;
	const struct pgarea_area **areas;
	int code = EXIT_OK;
	size_t n;

	areas = pick_areas(cli, args->names, &n);
	if (!areas)
		return EXIT_REFUSED;
	if (args->require)
		code = check_required(cli, areas, n);
	if (code == EXIT_OK)
		code = cli->json ? show_json(cli, args, areas, n) :
				   show_text(cli, args, areas, n);
	free(areas);
	return code;
}

const struct verb cmd_areas = {
	.name = "areas",
	.summary = "the areas, their bounds and how full they are",
	.args_doc = "[AREA...]",
	.doc = "The areas, their bounds and how full they are.\v\n"
	       "WANTED is the requested size of the area, OWNED what the host provided.\n"
	       "DRAINING was freed but is still in use. ORPHANED (the owner exited without\n"
	       "freeing it, and a device may still write to it) and POISONED (the hardware\n"
	       "reported an error) are shown when there is any. LARGEST is the largest\n"
	       "contiguous free run.\n"
	       "\n"
	       "With --require it fails, and names them, if areas OWN less than WANTED.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea areas\n"
	       "  pgarea areas --orders lowest\n"
	       "  pgarea areas --require low high >/dev/null || exit\n"
	       "  pgarea areas --json | jq '.areas[] | {name, free}'\n",
	.options = options,
	.access = O_RDONLY,
	.needs_areas = true,
	.args_size = sizeof(struct areas_args),
	.parse = parse,
	.run = run,
};
