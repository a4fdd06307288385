// SPDX-License-Identifier: GPL-2.0
/* pgarea map: how the memory of the areas is used. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd_map.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

enum {
	OPT_ASCII = 0x3000,
	OPT_ROWS,
};

/* Columns of a row besides its cells: indentation, address, bars */
#define MARGIN 20

/**
 * struct map_args - arguments of the command line
 * @names: areas, NULL for all
 * @width: cells in a row, 0 to choose
 * @rows: rows of an area, 0 to choose
 * @ascii: only ASCII, no colours
 */
struct map_args {
	char **names;
	unsigned long width;
	unsigned long rows;
	bool ascii;
};

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct map_args *args = data;

	switch (key) {
	case 'w':
		return option_number(cli, state, arg, 8, 1024, &args->width);
	case OPT_ROWS:
		return option_number(cli, state, arg, 1, 100000, &args->rows);
	case OPT_ASCII:
		args->ascii = true;
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
	{ "width", 'w', "N", 0,
	  "Cells in a row, rounded down to a power of two", 0 },
	{ "rows", OPT_ROWS, "N", 0,
	  "Maximum number of rows for an area; sets the scale", 0 },
	{ "ascii", OPT_ASCII, NULL, 0, "No colours and no block characters",
	  0 },
	{ 0 }
};

/* ---- Text ---------------------------------------------------------------- */

static unsigned int power_below(unsigned long value)
{
	unsigned int power = 1;

	while (power * 2UL <= value)
		power *= 2;
	return power;
}

/* Fit the terminal where stdout is one; a page of a log otherwise */
static void choose_style(const struct cli *cli, const struct map_args *args,
			 size_t areas, struct render_style *style)
{
	const char *no_colour = getenv("NO_COLOR");
	bool terminal = isatty(STDOUT_FILENO) && !args->ascii;
	unsigned long width = 64, rows = 16;
	struct winsize size = { 0 };

	setlocale(LC_CTYPE, "");
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col) {
		width = size.ws_col > MARGIN + 8 ? size.ws_col - MARGIN : 8;
		rows = size.ws_row / (areas ? areas : 1);
		/* the title, the legend and the prompt need lines too */
		rows = rows > 8 ? rows - 4 : 4;
	}
	style->width = power_below(args->width ? args->width : width);
	style->rows = args->rows ? args->rows : rows;
	style->page_size = cli->info.page_size;
	style->colours = terminal && !(no_colour && *no_colour);
	style->shades = terminal && !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static void print_part(const char *what, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	if (size)
		printf(", %s %s", pgarea_format_size(size, text), what);
}

static void print_title(const struct pgarea_area *area)
{
	char span[SPAN_TEXT_SIZE], text[PGAREA_TEXT_SIZE];

	printf("%s  %s: %s owned", area->name,
	       format_span(area->start, area->end - area->start, span),
	       pgarea_format_size(area->owned, text));
	print_part("free", area->free);
	print_part("allocated", area->allocated);
	print_part("reserved", area->reserved);
	print_part("draining", area->draining);
	print_part("orphaned", area->orphaned);
	print_part("poisoned", area->poisoned);
	putchar('\n');
}

/* The ranges of an area; an exit code, errors are printed */
static int load_ranges(struct cli *cli, const struct pgarea_area *area,
		       struct pgarea_range **ranges, size_t *n)
{
	int err = pgarea_list_ranges(cli->fd, area->id, 0, 0, ranges, n);

	if (err == -EPERM)
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "the module hides physical addresses (hide_phys=1): listing ranges needs CAP_SYS_ADMIN; try as root");
	if (err)
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "cannot list the ranges of %s: %s",
				    area->name, pgarea_error_text(err));
	return EXIT_OK;
}

static int draw_area(struct cli *cli, const struct pgarea_area *area,
		     const struct render_style *style)
{
	struct pgarea_range *ranges;
	size_t n;

	if (load_ranges(cli, area, &ranges, &n))
		return EXIT_REFUSED;
	print_title(area);
	render_ranges(style, ranges, n);
	free(ranges);
	return EXIT_OK;
}

static int show_text(struct cli *cli, const struct map_args *args,
		     const struct pgarea_area **areas, size_t n)
{
	struct render_style style;
	int code = EXIT_OK;

	if (cli->info.flags & PGAREA_INFO_HIDE_PHYS)
		return output_error(cli, EXIT_REFUSED, -EPERM, NULL,
				    "the module hides physical addresses (hide_phys=1), so there is nothing to draw");
	choose_style(cli, args, n, &style);
	for (size_t i = 0; code == EXIT_OK && i < n; i++) {
		if (i)
			putchar('\n');
		code = draw_area(cli, areas[i], &style);
	}
	return code;
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *range_json(const struct pgarea_range *range)
{
	return json_pack("{s:o, s:I, s:s}", "address",
			 json_address(range->address), "size",
			 (json_int_t)range->size, "state",
			 pgarea_state_name(range->state));
}

static int add_area_json(struct cli *cli, const struct pgarea_area *area,
			 json_t *areas)
{
	json_t *list = json_array();
	struct pgarea_range *ranges;
	int code;
	size_t n;

	code = load_ranges(cli, area, &ranges, &n);
	if (code != EXIT_OK) {
		json_decref(list);
		return code;
	}
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, range_json(&ranges[i]));
	free(ranges);
	json_array_append_new(areas, json_pack("{s:s, s:o, s:o, s:o}", "name",
					       (const char *)area->name,
					       "start", json_address(area->start),
					       "end", json_address(area->end),
					       "ranges", list));
	return EXIT_OK;
}

static int show_json(struct cli *cli, const struct pgarea_area **areas,
		     size_t n)
{
	json_t *list = json_array();
	int code = EXIT_OK;

	for (size_t i = 0; code == EXIT_OK && i < n; i++)
		code = add_area_json(cli, areas[i], list);
	if (code != EXIT_OK) {
		json_decref(list);
		return code;
	}
	return output_json(json_pack("{s:o}", "areas", list));
}

static int run(struct cli *cli, const void *data)
{
	const struct map_args *args = data;
	const struct pgarea_area **areas;
	size_t n;
	int code;

	areas = pick_areas(cli, args->names, &n);
	if (!areas)
		return EXIT_REFUSED;
	code = cli->json ? show_json(cli, areas, n) :
			   show_text(cli, args, areas, n);
	free(areas);
	return code;
}

const struct verb cmd_map = {
	.name = "map",
	.summary = "a map of how the memory of the areas is used",
	.args_doc = "[AREA...]",
	.doc = "A map of how the memory of the areas is used.\v\n"
	       "A cell shows the state of most of its memory; a second set of characters marks\n"
	       "cells with other states too. --json lists the exact ranges instead. Colours\n"
	       "are used on terminals; NO_COLOR in the environment turns them off.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea map\n"
	       "  pgarea map lowest --rows 64\n"
	       "  pgarea map low --json | jq '.areas[0].ranges[] | select(.state == \"free\")'\n",
	.options = options,
	.access = O_RDONLY,
	.needs_areas = true,
	.args_size = sizeof(struct map_args),
	.parse = parse,
	.run = run,
};
