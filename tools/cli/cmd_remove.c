// SPDX-License-Identifier: GPL-2.0
/* pgarea remove: remove a persistent block or reservation. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_remove.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_drained.h"
#include "lib/pgarea.h"

/**
 * struct remove_args - arguments of the command line
 * @name: of the block or reservation
 * @wait: also wait until it has drained
 * @seconds: how long
 */
struct remove_args {
	const char *name;
	bool wait;
	unsigned long seconds;
};

static error_t parse_name(struct cli *cli, struct remove_args *args,
			  struct argp_state *state, const char *arg)
{
	if (args->name && args->wait && args->seconds == SECONDS_FOREVER)
		return usage_error(cli, state,
				   "'%s' is one argument too many; a time is --wait=%s",
				   arg, arg);
	if (args->name)
		return ARGP_ERR_UNKNOWN;
	args->name = arg;
	return 0;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct remove_args *args = data;

	switch (key) {
	case 'w':
		args->wait = true;
		if (!arg)
			return 0;
		return option_number(cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	case ARGP_KEY_ARG:
		return parse_name(cli, args, state, arg);
	case ARGP_KEY_NO_ARGS:
		return usage_error(cli, state, "a name is missing");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "wait", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Also wait until its memory is free, for at most this time", 0 },
	{ 0 }
};

static int remove_failed(struct cli *cli, const char *name, int err)
{
	char *text = pgarea_explain_remove(cli->fd, name, err);

	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

/* Report the removal, and the holders that one check finds */
static int show(struct cli *cli, const char *name, __u64 id)
{
	struct pgarea_wait look = { .id = id };
	bool gone = !pgarea_wait(cli->fd, &look);
	char holders[HOLDERS_TEXT_SIZE];

	if (cli->json)
		return output_json(json_pack("{s:{s:s, s:I, s:b, s:o}}", "removed",
					     "name", name,
					     "id", (json_int_t)id,
					     "gone", (int)gone, "holders",
					     json_holders(gone ? 0 : look.holders)));
	if (!gone)
		fprintf(stderr, "pgarea: %s is removed; its memory drains while it is held by %s\n",
			name, format_holders(look.holders, holders));
	return EXIT_OK;
}

static int run(struct cli *cli, const void *data)
{
	const struct remove_args *args = data;
	int code = EXIT_OK;
	__u64 id;
	int err = pgarea_remove(cli->fd, args->name, &id);

	if (err)
		return remove_failed(cli, args->name, err);
	if (args->wait)
		code = wait_drained(cli, id, args->seconds);
	return code == EXIT_OK ? show(cli, args->name, id) : code;
}

const struct verb cmd_remove = {
	.name = "remove",
	.summary = "remove a persistent block or reservation",
	.args_doc = "NAME",
	.doc = "Remove a persistent block or reservation; needs CAP_SYS_ADMIN.\v\n"
	       "The node /dev/pgarea-NAME disappears at once. Processes that have it open or\n"
	       "mapped keep the memory, as with an unlinked file, and it drains until the last\n"
	       "of them closes it. When --wait times out, the exit status is 4.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea remove fb\n"
	       "  pgarea remove fb --wait=10\n",
	.options = options,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct remove_args),
	.defaults = &(const struct remove_args){ .seconds = SECONDS_FOREVER },
	.parse = parse,
	.run = run,
};
