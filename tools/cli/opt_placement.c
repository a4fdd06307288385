// SPDX-License-Identifier: GPL-2.0
/* Options of a block: its placement. */
#include "cli/cli.h"
#include "cli/opt_placement.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/request.h"

enum {
	OPT_ALIGN = OPT_PLACEMENT,
	OPT_BOUNDARY,
	OPT_BELOW,
	OPT_HIGHEST,
	OPT_LOWEST,
	OPT_AT,
	OPT_TOP_DOWN,
	OPT_NO_GROW,
	OPT_NODE,
	OPT_PREFER_NODE,
	OPT_AREA,
};

static const struct argp_option options[] = {
	{ "align", OPT_ALIGN, "SIZE", 0,
	  "Begin at a multiple of SIZE, a power of two", 0 },
	{ "boundary", OPT_BOUNDARY, "SIZE", 0,
	  "Do not cross a multiple of SIZE, a power of two", 0 },
	{ "below", OPT_BELOW, "ADDR", 0, "Place it wholly below ADDR", 0 },
	{ "highest", OPT_HIGHEST, "ADDR", 0,
	  "Have no byte above ADDR (--highest 0xffffff is --below 16M)", 0 },
	{ "above", OPT_LOWEST, "ADDR", 0, "Have no byte below ADDR", 0 },
	{ "lowest", OPT_LOWEST, NULL, OPTION_ALIAS, NULL, 0 },
	{ "at", OPT_AT, "ADDR", 0, "Begin exactly at ADDR", 0 },
	{ "top-down", OPT_TOP_DOWN, NULL, 0,
	  "Take the highest free address of an area, not the lowest", 0 },
	{ "no-grow", OPT_NO_GROW, NULL, 0,
	  "Take no memory from the host for it, if an area could grow", 0 },
	{ "node", OPT_NODE, "N", 0, "Only memory of NUMA node N", 0 },
	{ "prefer-node", OPT_PREFER_NODE, "N", 0,
	  "Memory of NUMA node N, or of another if that has no room", 0 },
	{ "area", OPT_AREA, "NAME[,NAME...]", 0,
	  "Try these areas only, in this order", 0 },
	{ 0 }
};

static error_t set_placement(struct cli *cli, struct argp_state *state,
			     struct request *request, int key, const char *arg)
{
	switch (key) {
	case OPT_ALIGN:
		return option_power(cli, state, "alignment", arg,
				    &request->align);
	case OPT_BOUNDARY:
		return option_power(cli, state, "boundary", arg,
				    &request->boundary);
	case OPT_BELOW:
		return option_highest(cli, state, arg, true, &request->highest);
	case OPT_HIGHEST:
		return option_highest(cli, state, arg, false, &request->highest);
	case OPT_LOWEST:
		return option_size(cli, state, "limit", arg, &request->lowest);
	case OPT_AT:
		request->exact = true;
		return option_size(cli, state, "address", arg,
				   &request->address);
	case OPT_TOP_DOWN:
		request->top_down = true;
		return 0;
	case OPT_NO_GROW:
		request->no_grow = true;
		return 0;
	case OPT_NODE:
		request->by_node = PGAREA_ALLOC_NODE;
		return option_node(cli, state, arg, &request->node);
	case OPT_PREFER_NODE:
		request->by_node = PGAREA_ALLOC_PREFER_NODE;
		return option_node(cli, state, arg, &request->node);
	case OPT_AREA:
		request->areas = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct option_set placement_options = { options, set_placement };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request_args *args = state->input;

	return set_placement(args->cli, state, args->request, key, arg);
}

const struct argp placement_argp = {
	.options = options,
	.parser = parse,
};
