// SPDX-License-Identifier: GPL-2.0
/* pgarea resize: take more memory for an area, or return some to the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_resize.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/grow.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

enum {
	OPT_REQUIRE = 0x100,
	OPT_KEEP,
};

/**
 * struct resize_args - arguments of the command line
 * @name: of the area
 * @size_text: as given, NULL before
 * @size: the size
 * @require: all of it or nothing
 * @keep: keep what was taken when a signal arrives
 */
struct resize_args {
	const char *name;
	const char *size_text;
	__u64 size;
	bool require;
	bool keep;
};

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct resize_args *args = data;

	switch (key) {
	case OPT_REQUIRE:
		args->require = true;
		return 0;
	case OPT_KEEP:
		args->keep = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->name) {
			args->name = arg;
			return 0;
		}
		if (args->size_text)
			return ARGP_ERR_UNKNOWN;
		args->size_text = arg;
		return option_size(cli, state, "the size", arg, &args->size);
	case ARGP_KEY_END:
		return args->size_text ? 0 :
			usage_error(cli, state, "an area and a size are needed");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "require", OPT_REQUIRE, NULL, 0, "All of the size, or change nothing",
	  0 },
	{ "keep", OPT_KEEP, NULL, 0, "On Ctrl-C, keep what was taken", 0 },
	{ 0 }
};

static json_t *conflict_json(const struct pgarea_resize_area *resize)
{
	return json_pack("{s:{s:o, s:I, s:I, s:s}}", "conflict",
			 "address", json_address(resize->conflict),
			 "size", (json_int_t)resize->conflict_size,
			 "id", (json_int_t)resize->conflict_id,
			 "state", pgarea_state_name(resize->conflict_state));
}

static int resize_failed(struct cli *cli, const char *name,
			 const struct pgarea_resize_area *resize, int err)
{
	char *text = pgarea_explain_resize_area(cli->fd, resize, name, err);
	json_t *details = NULL;

	if (err == -EBUSY)
		details = conflict_json(resize);
	else if (err == -ENOSPC)
		details = json_pack("{s:s}", "shortage",
				    pgarea_shortage_name(resize->shortage));
	output_error(cli, EXIT_REFUSED, err, details, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

/* As it was, unless others use it already */
static void shrink_back(struct cli *cli, __u32 area, __u64 owned)
{
	struct pgarea_resize_area resize = { .area = area, .size = owned };

	if (pgarea_resize_area(cli->fd, &resize))
		fprintf(stderr, "pgarea: a part of what was taken is in use already, and stays\n");
}

static int grow(struct cli *cli, const struct resize_args *args,
		const struct pgarea_area *area)
{
	struct pgarea_resize_area resize = {
		.area = area->id,
		.size = args->size,
		.owned = area->owned,
	};
	int err = grow_area(cli, &resize, grow_step(cli, area->chunk_size));

	if (err == -EINTR && !args->keep) {
		shrink_back(cli, area->id, area->owned);
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "interrupted; what was taken is returned to the host");
	}
	if (err && err != -EINTR)
		return resize_failed(cli, args->name, &resize, err);
	if (args->require && resize.owned < args->size) {
		shrink_back(cli, area->id, area->owned);
		return resize_failed(cli, args->name, &resize, -ENOSPC);
	}
	return grow_report(cli, "resized", args->name, area->id, args->size,
			   resize.owned, resize.shortage);
}

static int shrink(struct cli *cli, const struct resize_args *args,
		  const struct pgarea_area *area)
{
	struct pgarea_resize_area resize = {
		.area = area->id,
		.size = args->size,
	};
	int err = pgarea_resize_area(cli->fd, &resize);

	return err ? resize_failed(cli, args->name, &resize, err) :
		     grow_report(cli, "resized", args->name, area->id,
				 args->size, resize.owned, resize.shortage);
}

static int run(struct cli *cli, const void *data)
{
	const struct resize_args *args = data;
	const struct pgarea_area *area = area_by_name(cli, args->name);

	if (!area)
		return output_error(cli, EXIT_REFUSED, -ENOENT, NULL,
				    "there is no area '%s'; `pgarea areas` lists them",
				    args->name);
	grow_block_signals();
	return args->size > area->owned ? grow(cli, args, area) :
					  shrink(cli, args, area);
}

const struct verb cmd_resize = {
	.name = "resize",
	.summary = "take more memory for an area, or return some",
	.args_doc = "NAME SIZE",
	.doc = "Take more memory for an area, or return some; needs CAP_SYS_ADMIN.\v\n"
	       "An area shrinks by wholly free chunks, the highest first. If one that must go\n"
	       "is in use, nothing changes, and the block in the way is named. What was\n"
	       "allocated from the area does not notice. Ctrl-C returns what was taken, unless\n"
	       "--keep is given.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea resize low 1G\n"
	       "  pgarea resize low 0\n",
	.options = options,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct resize_args),
	.parse = parse,
	.run = run,
};
