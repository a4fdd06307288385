// SPDX-License-Identifier: GPL-2.0
/* pgarea shrink: return what areas do not use. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_shrink.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

enum {
	OPT_KEEP = 0x100,
};

/**
 * struct shrink_args - arguments of the command line
 * @names: of the areas, NULL-terminated; NULL without any
 * @all: all areas but those of claims
 * @keep: bytes that each area keeps, at least
 */
struct shrink_args {
	char **names;
	bool all;
	__u64 keep;
};

static error_t check(struct cli *cli, struct argp_state *state,
		     const struct shrink_args *args)
{
	if (args->all && args->names)
		return usage_error(cli, state, "leave out --all, or the names");
	if (!args->all && !args->names)
		return usage_error(cli, state,
				   "which areas? name some, or all of them with --all");
	return 0;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct shrink_args *args = data;

	switch (key) {
	case 'a':
		args->all = true;
		return 0;
	case OPT_KEEP:
		return option_size(cli, state, "the size", arg, &args->keep);
	case ARGP_KEY_ARG:
		args->names = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return check(cli, state, args);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "keep", OPT_KEEP, "SIZE", 0, "Leave each area at least this (default 0)", 0 },
	{ "all", 'a', NULL, 0, "All areas, except those of claims", 0 },
	{ 0 }
};

/* With --json, also what was returned before the failure: it is not undone. */
static int shrink_failed(struct cli *cli, const struct pgarea_area *area,
			 const struct pgarea_shrink_area *shrink, json_t *done,
			 int err)
{
	char *text = pgarea_explain_shrink_area(cli->fd, shrink,
						(const char *)area->name, err);

	output_error(cli, EXIT_REFUSED, err, json_pack("{s:o}", "shrunk", done),
		     "%s", text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

static void report(const struct cli *cli, const struct pgarea_area *area,
		   const struct pgarea_shrink_area *shrink, json_t *done)
{
	char returned[PGAREA_TEXT_SIZE], owned[PGAREA_TEXT_SIZE];

	if (cli->json)
		json_array_append_new(done,
				      json_pack("{s:s, s:I, s:I, s:I}",
						"name", area->name,
						"id", (json_int_t)area->id,
						"returned", (json_int_t)shrink->returned,
						"owned", (json_int_t)shrink->owned));
	else
		printf("%s: returned %s, keeps %s\n", area->name,
		       pgarea_format_size(shrink->returned, returned),
		       pgarea_format_size(shrink->owned, owned));
}

static int shrink_areas(struct cli *cli, const struct shrink_args *args,
			const struct pgarea_area **areas, size_t n)
{
	json_t *done = json_array();

	for (size_t i = 0; i < n; i++) {
		struct pgarea_shrink_area shrink = {
			.area = areas[i]->id,
			.keep = args->keep,
		};
		int err;

		if (args->all && areas[i]->flags & PGAREA_AREA_CLAIM)
			continue;
		err = pgarea_shrink_area(cli->fd, &shrink);
		if (err)
			return shrink_failed(cli, areas[i], &shrink, done, err);
		report(cli, areas[i], &shrink, done);
	}
	if (cli->json)
		return output_json(json_pack("{s:o}", "shrunk", done));
	json_decref(done);
	return EXIT_OK;
}

static int run(struct cli *cli, const void *data)
{
	const struct shrink_args *args = data;
	const struct pgarea_area **areas;
	int code;
	size_t n;

	areas = pick_areas(cli, args->names, &n);
	if (!areas)
		return EXIT_REFUSED;
	code = shrink_areas(cli, args, areas, n);
	free(areas);
	return code;
}

const struct verb cmd_shrink = {
	.name = "shrink",
	.summary = "return what an area does not use",
	.args_doc = "NAME...\n--all",
	.doc = "Return what an area does not use to the host; needs CAP_SYS_ADMIN.\v\n"
	       "Every chunk that is wholly free goes, the highest first, as long as the area\n"
	       "keeps its minimum and what --keep says. What is in use stays, which is no\n"
	       "error. The wanted size of the area remains, and one that may grow gets memory\n"
	       "back on demand.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea shrink low\n"
	       "  pgarea shrink low high --keep 64M\n"
	       "  pgarea shrink --all\n"
	       "  pgarea shrink --all --json | jq '[.shrunk[].returned] | add'\n",
	.options = options,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct shrink_args),
	.parse = parse,
	.run = run,
};
