// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea free: end the quarantine of orphans.
 *
 * A block that has an owner is freed by its owner, so this verb frees only orphans.
 * The option makes the caller say so, because a device may still write to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_free.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

enum {
	OPT_ORPHANS = 0x100,
	OPT_AREA,
	OPT_PID,
	OPT_UID,
	OPT_ID,
};

/**
 * struct free_args - arguments of the command line
 * @orphans: orphans were named
 * @area: name of their area, or NULL
 * @which: the other choices
 */
struct free_args {
	bool orphans;
	const char *area;
	struct pgarea_end_orphans which;
};

static error_t choose(struct cli *cli, struct argp_state *state,
		      struct free_args *args, int key, const char *arg)
{
	struct pgarea_end_orphans *which = &args->which;
	unsigned long value;
	error_t err;

	err = option_number(cli, state, arg, 0,
			    key == OPT_ID ? ULONG_MAX :
			    key == OPT_PID ? INT_MAX : UINT_MAX - 1, &value);
	if (err)
		return err;
	if (key == OPT_ID) {
		which->flags |= PGAREA_ORPHANS_ID;
		which->id = value;
	} else if (key == OPT_PID) {
		which->flags |= PGAREA_ORPHANS_PID;
		which->pid = value;
	} else {
		which->flags |= PGAREA_ORPHANS_UID;
		which->uid = value;
	}
	return 0;
}

static error_t check(struct cli *cli, struct argp_state *state,
		     const struct free_args *args)
{
	bool all = args->which.flags & PGAREA_ORPHANS_ALL;
	bool some = args->area || args->which.flags & ~PGAREA_ORPHANS_ALL;

	if (!args->orphans)
		return usage_error(cli, state,
				   "say --orphans: a block that has an owner is freed by its owner");
	if (all && some)
		return usage_error(cli, state,
				   "leave out --all, or the choice of some");
	if (!all && !some)
		return usage_error(cli, state,
				   "which orphans? --id, --pid, --uid and --area name some, --all names all");
	return 0;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct free_args *args = data;

	switch (key) {
	case OPT_ORPHANS:
		args->orphans = true;
		return 0;
	case 'a':
		args->which.flags |= PGAREA_ORPHANS_ALL;
		return 0;
	case OPT_AREA:
		args->area = arg;
		return 0;
	case OPT_PID:
	case OPT_UID:
	case OPT_ID:
		return choose(cli, state, args, key, arg);
	case ARGP_KEY_END:
		return check(cli, state, args);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "orphans", OPT_ORPHANS, NULL, 0,
	  "Blocks without an owner, in quarantine", 0 },
	{ "id", OPT_ID, "ID", 0, "The one with this id", 0 },
	{ "pid", OPT_PID, "PID", 0, "Those of this process", 0 },
	{ "uid", OPT_UID, "UID", 0, "Those of this user", 0 },
	{ "area", OPT_AREA, "NAME", 0, "Those in this area", 0 },
	{ "all", 'a', NULL, 0, "All", 0 },
	{ 0 }
};

static int choose_area(struct cli *cli, const char *name,
		       struct pgarea_end_orphans *which)
{
	const struct pgarea_area *area;

	if (!name)
		return EXIT_OK;
	area = area_by_name(cli, name);
	if (!area)
		return output_error(cli, EXIT_USAGE, -ENOENT, NULL,
				    "there is no area '%s'; `pgarea areas` lists them all",
				    name);
	which->flags |= PGAREA_ORPHANS_AREA;
	which->area = area->id;
	return EXIT_OK;
}

static int end_failed(struct cli *cli, const struct pgarea_end_orphans *which,
		      int err)
{
	char *text = pgarea_explain_end_orphans(cli->fd, which, err);

	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

static int run(struct cli *cli, const void *data)
{
	const struct free_args *args = data;
	struct pgarea_end_orphans which = args->which;
	int code = choose_area(cli, args->area, &which);
	int err;

	if (code != EXIT_OK)
		return code;
	err = pgarea_end_orphans(cli->fd, &which);
	if (err)
		return end_failed(cli, &which, err);
	if (cli->json)
		return output_json(json_pack("{s:I}", "ended",
					     (json_int_t)which.ended));
	printf("%u %s\n", which.ended,
	       which.ended == 1 ? "orphan ended" : "orphans ended");
	return EXIT_OK;
}

const struct verb cmd_free = {
	.name = "free",
	.summary = "end the quarantine of orphans",
	.args_doc = "--orphans",
	.doc = "End the quarantine of orphans; needs CAP_SYS_ADMIN.\v\n"
	       "An orphan is a block or reservation that its owner did not free. A device may\n"
	       "still write to it: stop the device first, or the next owner of the memory gets\n"
	       "what it writes. It is free at once, or when its last holder releases it, for\n"
	       "which `pgarea wait` waits. With several choices, all of them must fit.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea free --orphans --all && pgarea wait --timeout 5 && rmmod pgarea\n"
	       "  pgarea free --orphans --pid 4711\n"
	       "  pgarea free --orphans --area low --uid 1000\n",
	.options = options,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct free_args),
	.parse = parse,
	.run = run,
};
