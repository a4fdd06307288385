// SPDX-License-Identifier: GPL-2.0
/* pgarea info: what the module can do, and what it holds. */
#include <fcntl.h>
#include <stdio.h>

#include "cli.h"

static const struct {
	__u64 flag;
	const char *name;
} features[] = {
	{ PGAREA_FEATURE_ALLOC, "alloc" },
	{ PGAREA_FEATURE_RESERVE, "reserve" },
	{ PGAREA_FEATURE_DRY_RUN, "dry-run" },
	{ PGAREA_FEATURE_EXACT, "exact" },
	{ PGAREA_FEATURE_BULK, "bulk" },
	{ PGAREA_FEATURE_TOP_DOWN, "top-down" },
	{ PGAREA_FEATURE_TRIM, "trim" },
};

static void size_line(const char *what, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	printf("%-20s%s\n", what, pgarea_format_size(size, text));
}

static void print_features(const struct pgarea_info *info)
{
	__u64 rest = info->features;

	printf("%-19s", "features");
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (info->features & features[i].flag)
			printf(" %s", features[i].name);
		rest &= ~features[i].flag;
	}
	if (rest)
		printf(" and others (0x%llx)", rest);
	putchar('\n');
}

static void print_info(const struct pgarea_info *info)
{
	bool hidden = info->flags & PGAREA_INFO_HIDE_PHYS;

	size_line("page", info->page_size);
	size_line("pageblock", info->pageblock_size);
	printf("%-20s%u of at most %u\n", "areas", info->nr_areas,
	       info->max_areas);
	size_line("owned", info->owned);
	printf("%-20s%llu taken, %llu given back\n", "chunks",
	       info->chunks_taken, info->chunks_returned);
	size_line("cleared", info->cleared);
	size_line("host has available", info->host_available);
	size_line("host keeps at least", info->host_reserve);
	printf("%-20s%s\n", "addresses", hidden ? "hidden" : "shown");
	print_features(info);
}

static json_t *features_json(const struct pgarea_info *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (info->features & features[i].flag)
			json_array_append_new(list,
					      json_string(features[i].name));
	}
	return list;
}

static json_t *info_json(const struct pgarea_info *info)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}",
			 "page_size", (json_int_t)info->page_size,
			 "pageblock_size", (json_int_t)info->pageblock_size,
			 "nr_areas", (json_int_t)info->nr_areas,
			 "max_areas", (json_int_t)info->max_areas,
			 "owned", (json_int_t)info->owned,
			 "host_available", (json_int_t)info->host_available,
			 "host_reserve", (json_int_t)info->host_reserve,
			 "chunks_taken", (json_int_t)info->chunks_taken,
			 "chunks_returned", (json_int_t)info->chunks_returned,
			 "cleared", (json_int_t)info->cleared,
			 "addresses_hidden",
			 (int)!!(info->flags & PGAREA_INFO_HIDE_PHYS),
			 "features", features_json(info));
}

struct info_args {
	struct cli *cli;
};

static error_t parse_info(int key, char *arg, struct argp_state *state)
{
	struct info_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = args->cli;
		return 0;
	case ARGP_KEY_ARG:
		return usage_error(args->cli, state,
				   "'%s' is one argument too many", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp info_argp = {
	.parser = parse_info,
	.doc = "What the module can do, and what it holds.\v\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea info\n"
	       "  pgarea info --json | jq .owned\n",
	.children = common_children,
};

int cmd_info(struct cli *cli, int argc, char **argv)
{
	struct info_args args = { .cli = cli };
	int code = parse_options(cli, &info_argp, argc, argv, 0, &args);

	if (code == EXIT_OK)
		code = cli_open(cli, O_RDONLY);
	if (code != EXIT_OK)
		return code;
	if (cli->json)
		return out_json(info_json(&cli->info));
	print_info(&cli->info);
	return EXIT_OK;
}
