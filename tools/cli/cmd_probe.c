// SPDX-License-Identifier: GPL-2.0
/* pgarea probe: what could be had from the host, and what stands in the way. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_probe.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

enum {
	OPT_SIZE = 0x100,
	OPT_ALIGN,
	OPT_BOUNDARY,
	OPT_BELOW,
	OPT_HIGHEST,
	OPT_LOWEST,
	OPT_NODE,
};

/* Number of kinds that the summary of a search has room for */
#define MAX_KINDS 64

/**
 * struct probe_args - arguments of the command line
 * @range: the range, if one was given
 * @whole_range: it was given in one argument
 * @limits: an option that is for a search was given
 * @probe: the request
 */
struct probe_args {
	struct request range;
	bool whole_range;
	bool limits;
	struct pgarea_probe probe;
};

/**
 * struct sum - the memory of one kind
 * @size: bytes
 * @first: address of the first page of the kind
 */
struct sum {
	__u64 size;
	__u64 first;
};

static bool can_be_had(const struct pgarea_probe *probe)
{
	return probe->place != PGAREA_NO_ADDRESS &&
	       probe->kind == PGAREA_OBSTACLE_NONE;
}

static bool obtainable(const struct pgarea_obstacle *run)
{
	return run->flags & PGAREA_OBSTACLE_OBTAINABLE;
}

/* "slab", "low: allocated (block 12)" */
static void what_cell(const struct cli *cli, struct table *table,
		      const struct pgarea_obstacle *run)
{
	if (run->kind != PGAREA_OBSTACLE_OWNED)
		table_cell(table, "%s", pgarea_obstacle_name(run->kind));
	else if (run->block)
		table_cell(table, "%s: %s (block %llu)",
			   area_name(cli, run->area),
			   pgarea_state_name(run->state), run->block);
	else
		table_cell(table, "%s: %s", area_name(cli, run->area),
			   pgarea_state_name(run->state));
}

static void run_row(const struct cli *cli, struct table *table,
		    const struct pgarea_obstacle *run)
{
	char span[SPAN_TEXT_SIZE];

	table_cell(table, "%s", format_span(run->address, run->size, span));
	table_size_cell(table, run->size);
	table_cell(table, "%s", obtainable(run) ? "yes" : "no");
	what_cell(cli, table, run);
	table_cell(table, "0x%llx", run->page);
	table_cell(table, "%s", obtainable(run) ?
		   "-" : pgarea_obstacle_advice(run->kind));
}

static void print_runs(const struct cli *cli,
		       const struct pgarea_obstacle *list, size_t n)
{
	static const char *const head[] = {
		"RANGE", "SIZE", "HAD", "WHAT", "FIRST PAGE", "WHAT TO DO",
	};
	struct table table = { .columns = ARRAY_SIZE(head), .right = 0x2 };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	for (size_t i = 0; i < n; i++)
		run_row(cli, &table, &list[i]);
	table_print(&table);
}

static void sum_row(struct table *table, __u32 kind, const struct sum *sum,
		    bool had)
{
	table_cell(table, "%s", pgarea_obstacle_name(kind));
	table_size_cell(table, sum->size);
	table_cell(table, "%s", had ? "yes" : "no");
	table_cell(table, "0x%llx", sum->first);
	table_cell(table, "%s", had ? "-" : pgarea_obstacle_advice(kind));
}

/* After a search without result, the runs may be many: a line for each kind */
static void print_sums(const struct pgarea_obstacle *list, size_t n)
{
	static const char *const head[] = {
		"WHAT", "SIZE", "HAD", "FIRST PAGE", "WHAT TO DO",
	};
	struct table table = { .columns = ARRAY_SIZE(head), .right = 0x2 };
	struct sum sums[2][MAX_KINDS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct sum *sum = &sums[obtainable(&list[i])]
				       [list[i].kind % MAX_KINDS];

		if (!sum->size)
			sum->first = list[i].page;
		sum->size += list[i].size;
	}
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	for (__u32 kind = 0; kind < 2 * MAX_KINDS; kind++) {
		bool had = kind < MAX_KINDS;
		const struct sum *sum = &sums[had][kind % MAX_KINDS];

		if (sum->size)
			sum_row(&table, kind % MAX_KINDS, sum, had);
	}
	table_print(&table);
}

/* The longest run of memory that could be had; its size, 0: none */
static __u64 longest(const struct pgarea_obstacle *list, size_t n, __u64 *at)
{
	__u64 best = 0, size = 0;

	for (size_t i = 0; i < n; i++) {
		size = obtainable(&list[i]) ? size + list[i].size : 0;
		if (size > best) {
			best = size;
			*at = list[i].address + list[i].size - size;
		}
	}
	return best;
}

static void print_no_place(const struct pgarea_probe *probe,
			   const struct pgarea_obstacle *list, size_t n)
{
	char text[PGAREA_TEXT_SIZE];
	__u64 at = 0, size = longest(list, n, &at);

	printf("%s can be had nowhere within the limits",
	       pgarea_format_size(probe->size, text));
	if (probe->kind)
		printf("; most of it is %s", pgarea_obstacle_text(probe->kind));
	if (size)
		printf("; the longest run that could be had is %s at 0x%llx",
		       pgarea_format_size(size, text), at);
	putchar('\n');
}

static void print_verdict(const struct pgarea_probe *probe,
			  const struct pgarea_obstacle *list, size_t n)
{
	char span[SPAN_TEXT_SIZE];

	if (probe->place == PGAREA_NO_ADDRESS) {
		print_no_place(probe, list, n);
		return;
	}
	format_span(probe->place, probe->size, span);
	if (can_be_had(probe))
		printf("%s could be had\n", span);
	else if (probe->conflict != PGAREA_NO_ADDRESS)
		printf("%s cannot be had: 0x%llx is %s\n", span,
		       probe->conflict, pgarea_obstacle_text(probe->kind));
	else
		printf("%s cannot be had as a whole: a part of it is %s\n",
		       span, pgarea_obstacle_text(probe->kind));
}

static json_t *run_json(const struct cli *cli, const struct pgarea_obstacle *run)
{
	bool owned = run->kind == PGAREA_OBSTACLE_OWNED;

	return json_pack("{s:o, s:I, s:s, s:b, s:o, s:I, s:I, s:o, s:o, s:o}",
			 "address", json_address(run->address),
			 "size", (json_int_t)run->size,
			 "kind", pgarea_obstacle_name(run->kind),
			 "obtainable", (int)obtainable(run),
			 "page", json_address(run->page),
			 "free", (json_int_t)run->free,
			 "movable", (json_int_t)run->movable,
			 "area", owned ? json_string(area_name(cli, run->area)) :
					 json_null(),
			 "state", owned ?
				 json_string(pgarea_state_name(run->state)) :
				 json_null(),
			 "block", run->block ? json_integer(run->block) :
					       json_null());
}

static int show_json(const struct cli *cli, const struct pgarea_probe *probe,
		     const struct pgarea_obstacle *list, size_t n)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(runs, run_json(cli, &list[i]));
	return output_json(json_pack("{s:b, s:o, s:I, s:s, s:o, s:o}",
				     "obtainable", (int)can_be_had(probe),
				     "place", json_address(probe->place),
				     "size", (json_int_t)probe->size,
				     "kind", pgarea_obstacle_name(probe->kind),
				     "conflict", json_address(probe->conflict),
				     "obstacles", runs));
}

static int probe_failed(struct cli *cli, const struct pgarea_probe *probe,
			int err)
{
	char *text = pgarea_explain_probe(cli->fd, probe, err);

	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

/* "0x1200000 64K", or one argument with the range */
static error_t parse_argument(struct cli *cli, struct probe_args *args,
			      struct argp_state *state, char *arg)
{
	bool first = state->arg_num == 0;

	if (first && state->next < state->argc && !strpbrk(arg, "+-"))
		return option_size(cli, state, "address", arg,
				   &args->range.address);
	if (first) {
		args->whole_range = true;
		return set_range(cli, state, &args->range, arg);
	}
	if (state->arg_num == 1 && !args->whole_range)
		return option_size(cli, state, "size", arg, &args->range.size);
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_end(struct cli *cli, struct argp_state *state,
			 struct probe_args *args)
{
	bool search = args->probe.flags & PGAREA_PROBE_SEARCH;

	if (search && state->arg_num)
		return usage_error(cli, state,
				   "give a range, or the --size of a place to look for");
	if (!search && args->limits)
		return usage_error(cli, state,
				   "a limit is for a search: give --size");
	if (!search && !state->arg_num)
		return usage_error(cli, state, "a range or --size is missing");
	if (search)
		return 0;
	args->probe.address = args->range.address;
	args->probe.size = args->range.size;
	return 0;
}

static error_t parse_limit(struct cli *cli, struct argp_state *state,
			   struct pgarea_probe *probe, int key, const char *arg)
{
	switch (key) {
	case OPT_ALIGN:
		return option_power(cli, state, "alignment", arg, &probe->align);
	case OPT_BOUNDARY:
		return option_power(cli, state, "boundary", arg,
				    &probe->boundary);
	case OPT_BELOW:
		return option_highest(cli, state, arg, true, &probe->highest);
	case OPT_HIGHEST:
		return option_highest(cli, state, arg, false, &probe->highest);
	case OPT_LOWEST:
		return option_size(cli, state, "limit", arg, &probe->lowest);
	case OPT_NODE:
		probe->flags |= PGAREA_PROBE_NODE;
		return option_node(cli, state, arg, &probe->node);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct probe_args *args = data;

	switch (key) {
	case OPT_SIZE:
		args->probe.flags |= PGAREA_PROBE_SEARCH;
		return option_size(cli, state, "size", arg, &args->probe.size);
	case OPT_ALIGN:
	case OPT_BOUNDARY:
	case OPT_BELOW:
	case OPT_HIGHEST:
	case OPT_LOWEST:
	case OPT_NODE:
		args->limits = true;
		return parse_limit(cli, state, &args->probe, key, arg);
	case ARGP_KEY_ARG:
		return parse_argument(cli, args, state, arg);
	case ARGP_KEY_END:
		return parse_end(cli, state, args);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "size", OPT_SIZE, "SIZE", 0, "Look for a place of SIZE", 0 },
	{ "align", OPT_ALIGN, "SIZE", 0,
	  "Begin at a multiple of SIZE, a power of two", 0 },
	{ "boundary", OPT_BOUNDARY, "SIZE", 0,
	  "Do not cross a multiple of SIZE, a power of two", 0 },
	{ "below", OPT_BELOW, "ADDR", 0, "Lie wholly below ADDR", 0 },
	{ "highest", OPT_HIGHEST, "ADDR", 0, "Have no byte above ADDR", 0 },
	{ "above", OPT_LOWEST, "ADDR", 0, "Have no byte below ADDR", 0 },
	{ "lowest", OPT_LOWEST, NULL, OPTION_ALIAS, NULL, 0 },
	{ "node", OPT_NODE, "N", 0, "Lie on NUMA node N", 0 },
	{ 0 }
};

static int run(struct cli *cli, const void *data)
{
	const struct probe_args *args = data;
	struct pgarea_probe probe = args->probe;
	struct pgarea_obstacle *list;
	int err, code = EXIT_OK;
	size_t n;

	err = pgarea_probe(cli->fd, &probe, &list, &n);
	if (err)
		return probe_failed(cli, &probe, err);
	if (cli->json) {
		code = show_json(cli, &probe, list, n);
	} else {
		if (probe.place == PGAREA_NO_ADDRESS)
			print_sums(list, n);
		else
			print_runs(cli, list, n);
		print_verdict(&probe, list, n);
	}
	free(list);
	if (code == EXIT_OK && !can_be_had(&probe))
		return EXIT_REFUSED;
	return code;
}

const struct verb cmd_probe = {
	.name = "probe",
	.summary = "what could be had from the host, and what stands in the way",
	.args_doc = "ADDR+SIZE\nADDR-LAST\nADDR SIZE\n--size SIZE",
	.doc = "What the host does with an exact range, or where a place could be had;\n"
	       "needs CAP_SYS_ADMIN.\v\n"
	       "Nothing is taken, moved or changed, and the answer is of the moment. The\n"
	       "host gives away whole pageblocks, so a line is a run of pageblocks alike:\n"
	       "whether it could be HAD, WHAT it is, and the FIRST PAGE in it that is. A\n"
	       "pageblock is what the first page is that cannot be had. With --size it\n"
	       "looks for the lowest place that could be had; if there is none, a line is\n"
	       "all memory of a kind.\n"
	       "\n"
	       "Exit status 0: it could be had; 1: it cannot.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea probe 0x40000000+64M\n"
	       "  pgarea probe --size 64M --below 4G --align 64M\n"
	       "  pgarea probe 0+4G --json | jq '.obstacles[] | select(.obtainable)'\n",
	.options = options,
	.access = O_RDONLY,
	.needs_areas = true,
	.args_size = sizeof(struct probe_args),
	.parse = parse,
	.run = run,
};
