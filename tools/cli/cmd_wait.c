// SPDX-License-Identifier: GPL-2.0
/* pgarea wait: until nothing drains and nothing is orphaned. */
#include <fcntl.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_drained.h"

struct wait_args {
	struct cli *cli;
	unsigned long seconds;
};

static error_t parse_wait(int key, char *arg, struct argp_state *state)
{
	struct wait_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = args->cli;
		return 0;
	case 'a':
		return 0;
	case 't':
		return option_number(args->cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	case ARGP_KEY_ARG:
		return usage_error(args->cli, state,
				   "'%s' is one argument too many", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "For those of every process (the default)", 0 },
	{ "timeout", 't', "SECONDS", 0,
	  "At most so long; 0: only look. Without it: until it is so", 0 },
	{ 0 }
};

static const struct argp wait_argp = {
	.options = options,
	.parser = parse_wait,
	.doc = "Wait until no block drains and none is orphaned; needs CAP_SYS_ADMIN.\v\n"
	       "Then nothing keeps the module loaded but what lives. When the time runs out,\n"
	       "the exit status is 4, and the message says who still holds what.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea wait --timeout 10 && rmmod pgarea\n"
	       "  pgarea wait --timeout 0 || echo not yet\n"
	       "  pgarea wait --timeout 5 --json | jq '.error.blocks[] | {id, holders}'\n",
	.children = common_children,
};

int cmd_wait(struct cli *cli, int argc, char **argv)
{
	struct wait_args args = { .cli = cli, .seconds = SECONDS_FOREVER };
	int code = parse_options(cli, &wait_argp, argc, argv, 0, &args);

	if (code == EXIT_OK)
		code = device_open(cli, O_RDONLY);
	if (code == EXIT_OK)
		code = device_list_areas(cli);
	if (code == EXIT_OK)
		code = wait_drained(cli, 0, args.seconds);
	if (code == EXIT_OK && cli->json)
		code = output_json(json_pack("{s:i}", "left", 0));
	return code;
}
