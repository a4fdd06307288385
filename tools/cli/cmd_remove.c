// SPDX-License-Identifier: GPL-2.0
/* pgarea remove: end a persistent block or reservation. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_drained.h"
#include "lib/pgarea.h"

/**
 * struct remove_args - what the command line said
 * @cli: the context; first, as parse_options() wants it
 * @name: what is to end
 * @wait: also wait until it is gone
 * @seconds: how long
 */
struct remove_args {
	struct cli *cli;
	const char *name;
	bool wait;
	unsigned long seconds;
};

static error_t parse_name(struct remove_args *args, struct argp_state *state,
			  const char *arg)
{
	if (args->name && args->wait && args->seconds == SECONDS_FOREVER)
		return usage_error(args->cli, state,
				   "'%s' is one argument too many; a time is --wait=%s",
				   arg, arg);
	if (args->name)
		return usage_error(args->cli, state,
				   "'%s' is one argument too many", arg);
	args->name = arg;
	return 0;
}

static error_t parse_remove(int key, char *arg, struct argp_state *state)
{
	struct remove_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = args->cli;
		return 0;
	case 'w':
		args->wait = true;
		if (!arg)
			return 0;
		return option_number(args->cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	case ARGP_KEY_ARG:
		return parse_name(args, state, arg);
	case ARGP_KEY_NO_ARGS:
		return usage_error(args->cli, state, "a name is missing");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "wait", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Also wait until nobody holds it any more, at most so long", 0 },
	{ 0 }
};

static const struct argp remove_argp = {
	.options = options,
	.parser = parse_remove,
	.args_doc = "NAME",
	.doc = "End a persistent block or reservation; needs CAP_SYS_ADMIN.\v\n"
	       "Its node /dev/pgarea-NAME is gone behind this. Who has it open or mapped\n"
	       "keeps the memory until he lets go, as of a deleted file; it drains meanwhile.\n"
	       "When the time of --wait runs out, the exit status is 4, and it stays removed.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea remove fb\n"
	       "  pgarea remove fb --wait=10\n",
	.children = common_children,
};

static int remove_failed(struct cli *cli, const char *name, int err)
{
	char *text = pgarea_explain_remove(cli->fd, name, err);

	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

/* Say that it is removed, and who still holds it as far as one look tells */
static int show(struct cli *cli, const char *name, __u64 id)
{
	struct pgarea_wait look = { .id = id };
	bool gone = !pgarea_wait(cli->fd, &look);
	char holders[HOLDERS_TEXT_SIZE];

	if (cli->json)
		return output_json(json_pack(
			"{s:{s:s, s:I, s:b, s:o}}", "removed", "name", name,
			"id", (json_int_t)id, "gone", (int)gone, "holders",
			json_holders(gone ? 0 : look.holders)));
	if (!gone)
		fprintf(stderr, "pgarea: %s is removed; its memory drains while it is held by %s\n",
			name, format_holders(look.holders, holders));
	return EXIT_OK;
}

static int end(const struct remove_args *args)
{
	struct cli *cli = args->cli;
	int code = EXIT_OK;
	__u64 id;
	int err = pgarea_remove(cli->fd, args->name, &id);

	if (err)
		return remove_failed(cli, args->name, err);
	if (args->wait)
		code = wait_drained(cli, id, args->seconds);
	return code == EXIT_OK ? show(cli, args->name, id) : code;
}

int cmd_remove(struct cli *cli, int argc, char **argv)
{
	struct remove_args args = { .cli = cli, .seconds = SECONDS_FOREVER };
	int code = parse_options(cli, &remove_argp, argc, argv, 0, &args);

	if (code == EXIT_OK)
		code = device_open(cli, O_RDWR);
	if (code == EXIT_OK)
		code = device_list_areas(cli);
	return code == EXIT_OK ? end(&args) : code;
}
