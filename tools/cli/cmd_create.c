// SPDX-License-Identifier: GPL-2.0
/* pgarea create: create an area, and take its memory from the host. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_create.h"
#include "cli/grow.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

enum {
	OPT_WITHIN = 0x100,
	OPT_SIZE,
	OPT_MIN,
	OPT_MAX,
	OPT_CHUNK,
	OPT_NODE,
	OPT_GROW,
	OPT_REQUIRE,
	OPT_KEEP,
};

/**
 * struct create_args - arguments of the command line
 * @area: the request
 * @keep: keep what was taken when a signal arrives
 */
struct create_args {
	struct pgarea_create_area area;
	bool keep;
};

static error_t set_name(struct cli *cli, struct argp_state *state,
			struct pgarea_create_area *area, const char *name)
{
	if (*area->name)
		return ARGP_ERR_UNKNOWN;
	if (!*name || strlen(name) >= sizeof(area->name))
		return usage_error(cli, state,
				   "the name '%s' has not 1 to %zu characters",
				   name, sizeof(area->name) - 1);
	strcpy((char *)area->name, name);
	return 0;
}

/* "START-END"; END is the first address after the bounds. */
static error_t set_bounds(struct cli *cli, struct argp_state *state,
			  struct pgarea_create_area *area, const char *text)
{
	const char *dash = strchr(text, '-');
	char start[64];
	error_t err;

	if (!dash || dash - text >= (long)sizeof(start))
		return usage_error(cli, state,
				   "'%s' is not START-END, like 0-16M or 0x1000000-4G",
				   text);
	snprintf(start, sizeof(start), "%.*s", (int)(dash - text), text);
	err = option_size(cli, state, "the start", start, &area->start);
	if (!err)
		err = option_size(cli, state, "the end", dash + 1, &area->end);
	if (!err && area->start >= area->end)
		err = usage_error(cli, state,
				  "the bounds '%s' end before they begin", text);
	return err;
}

static error_t check(struct cli *cli, struct argp_state *state,
		     struct pgarea_create_area *area)
{
	if (!*area->name)
		return usage_error(cli, state, "a name is missing");
	if (!area->end)
		return usage_error(cli, state,
				   "the bounds are missing: --within START-END");
	if (area->minimum > area->size)
		return usage_error(cli, state,
				   "the minimum is larger than the size");
	if (area->maximum && area->maximum < area->size)
		return usage_error(cli, state,
				   "the maximum is smaller than the size");
	return 0;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct create_args *args = data;
	struct pgarea_create_area *area = &args->area;

	switch (key) {
	case OPT_WITHIN:
		return set_bounds(cli, state, area, arg);
	case OPT_SIZE:
		return option_size(cli, state, "the size", arg, &area->size);
	case OPT_MIN:
		return option_size(cli, state, "the minimum", arg,
				   &area->minimum);
	case OPT_MAX:
		return option_size(cli, state, "the maximum", arg,
				   &area->maximum);
	case OPT_CHUNK:
		return option_size(cli, state, "the chunk size", arg,
				   &area->chunk_size);
	case OPT_NODE:
		area->flags |= PGAREA_AREA_NODE;
		return option_node(cli, state, arg, &area->node);
	case OPT_GROW:
		area->flags |= PGAREA_AREA_GROW;
		return 0;
	case OPT_REQUIRE:
		area->flags |= PGAREA_AREA_REQUIRE;
		return 0;
	case OPT_KEEP:
		args->keep = true;
		return 0;
	case ARGP_KEY_ARG:
		return set_name(cli, state, area, arg);
	case ARGP_KEY_END:
		return check(cli, state, area);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "within", OPT_WITHIN, "START-END", 0,
	  "Bounds of all its memory; END is the first address after them", 0 },
	{ "size", OPT_SIZE, "SIZE", 0, "Memory to take (default: none)", 0 },
	{ "min", OPT_MIN, "SIZE", 0, "Fail with less; never shrink below it", 0 },
	{ "max", OPT_MAX, "SIZE", 0,
	  "Never grow above it (default: what the bounds have room for)", 0 },
	{ "chunk", OPT_CHUNK, "SIZE", 0,
	  "Memory to take and return at once, if possible", 0 },
	{ "node", OPT_NODE, "N", 0, "Only memory of this NUMA node", 0 },
	{ "grow", OPT_GROW, NULL, 0, "It may take more on demand", 0 },
	{ "require", OPT_REQUIRE, NULL, 0, "All of the size, or fail", 0 },
	{ "keep", OPT_KEEP, NULL, 0,
	  "On Ctrl-C, keep the area with what was taken", 0 },
	{ 0 }
};

static int create_failed(struct cli *cli, const struct pgarea_create_area *area,
			 int err)
{
	char *text = pgarea_explain_create_area(cli->fd, area, err);

	output_error(cli, EXIT_REFUSED, err,
		     err == -ENOSPC ?
			     json_pack("{s:s}", "shortage",
				       pgarea_shortage_name(area->shortage)) :
			     NULL,
		     "%s", text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

static void destroy(struct cli *cli, const struct pgarea_create_area *area)
{
	struct pgarea_destroy_area gone = { .area = area->id };

	if (pgarea_destroy_area(cli->fd, &gone))
		fprintf(stderr, "pgarea: %s is in use already, and stays\n",
			area->name);
}

/* Take the rest; an exit code */
static int take_rest(struct cli *cli, const struct create_args *args,
		     struct pgarea_create_area *area)
{
	struct pgarea_resize_area resize = {
		.area = area->id,
		.size = args->area.size,
		.owned = area->owned,
		.shortage = area->shortage,
	};
	__u64 step = grow_step(cli, area->chunk_size);
	int err = area->owned < resize.size ? grow_area(cli, &resize, step) : 0;

	area->owned = resize.owned;
	area->shortage = resize.shortage;
	area->size = args->area.size;
	if (err == -EINTR && !args->keep) {
		destroy(cli, area);
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "interrupted; the memory is returned to the host");
	}
	if (err && err != -EINTR)
		return create_failed(cli, area, err);
	if (area->flags & PGAREA_AREA_REQUIRE && area->owned < area->size) {
		destroy(cli, area);
		return create_failed(cli, area, -ENOSPC);
	}
	return grow_report(cli, "created", (const char *)area->name, area->id,
			   area->size, area->owned, area->shortage);
}

/* The first call takes the minimum at least, and checks the whole request. */
static int run(struct cli *cli, const void *data)
{
	const struct create_args *args = data;
	struct pgarea_create_area area = args->area;
	__u64 step = grow_step(cli, area.chunk_size);
	int err;

	if (area.size > step)
		area.size = area.minimum > step ? area.minimum : step;
	grow_block_signals();
	err = pgarea_create_area(cli->fd, &area);
	return err ? create_failed(cli, &area, err) :
		     take_rest(cli, args, &area);
}

const struct verb cmd_create = {
	.name = "create",
	.summary = "create an area, and take its memory from the host",
	.args_doc = "NAME --within START-END",
	.doc = "Create an area, and take its memory from the host; needs CAP_SYS_ADMIN.\v\n"
	       "Bounds may overlap those of other areas; no page is owned twice. If the host\n"
	       "has less than the size, the area is smaller, and the reason is printed; with\n"
	       "--require, or below --min, it is not created. A terminal shows the progress.\n"
	       "Ctrl-C returns all to the host, unless --keep is given.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea create dma24 --within 0-16M --size 8M --max 12M --grow\n"
	       "  pgarea create big --within 4G-16T --size 8G --chunk 1G --require\n"
	       "  pgarea create far --within 16M-16T --node 1 --size 256M\n",
	.options = options,
	.access = O_RDWR,
	.args_size = sizeof(struct create_args),
	.parse = parse,
	.run = run,
};
