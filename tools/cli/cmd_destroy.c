// SPDX-License-Identifier: GPL-2.0
/* pgarea destroy: return all memory of an area, and remove it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_destroy.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

/**
 * struct destroy_args - arguments of the command line
 * @name: of the area
 */
struct destroy_args {
	const char *name;
};

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct destroy_args *args = data;

	switch (key) {
	case ARGP_KEY_ARG:
		if (args->name)
			return ARGP_ERR_UNKNOWN;
		args->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		return usage_error(cli, state, "a name is missing");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int destroy_failed(struct cli *cli, const char *name,
			  const struct pgarea_destroy_area *gone, int err)
{
	char *text = pgarea_explain_destroy_area(cli->fd, gone, name, err);
	json_t *details = NULL;

	if (err == -EBUSY)
		details = json_pack("{s:{s:o, s:I, s:I, s:s}}", "conflict",
				    "address", json_address(gone->conflict),
				    "size", (json_int_t)gone->conflict_size,
				    "id", (json_int_t)gone->conflict_id, "state",
				    pgarea_state_name(gone->conflict_state));
	output_error(cli, EXIT_REFUSED, err, details, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

static int run(struct cli *cli, const void *data)
{
	const struct destroy_args *args = data;
	const struct pgarea_area *area = area_by_name(cli, args->name);
	struct pgarea_destroy_area gone = { 0 };
	int err;

	if (!area)
		return output_error(cli, EXIT_REFUSED, -ENOENT, NULL,
				    "there is no area '%s'; `pgarea areas` lists them",
				    args->name);
	gone.area = area->id;
	err = pgarea_destroy_area(cli->fd, &gone);
	if (err)
		return destroy_failed(cli, args->name, &gone, err);
	if (cli->json)
		return output_json(json_pack("{s:{s:s, s:I, s:I}}", "destroyed",
					     "name", args->name,
					     "id", (json_int_t)area->id,
					     "returned",
					     (json_int_t)area->owned));
	return EXIT_OK;
}

const struct verb cmd_destroy = {
	.name = "destroy",
	.summary = "return all memory of an area, and remove it",
	.args_doc = "NAME",
	.doc = "Return all memory of an area to the host, and remove it; needs CAP_SYS_ADMIN.\v\n"
	       "An area that is in use stays: the block or reservation in the way is named.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea destroy dma24\n"
	       "  pgarea wait --all --timeout 10 && pgarea destroy dma24\n",
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct destroy_args),
	.parse = parse,
	.run = run,
};
