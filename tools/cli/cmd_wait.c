// SPDX-License-Identifier: GPL-2.0
/* pgarea wait: until no block is draining or orphaned. */
#include <fcntl.h>

#include "cli/cli.h"
#include "cli/cmd_wait.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_drained.h"

struct wait_args {
	unsigned long seconds;
};

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct wait_args *args = data;

	switch (key) {
	case 'a':
		return 0;
	case 't':
		return option_number(cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0,
	  "Wait for the blocks of every process (the default)", 0 },
	{ "timeout", 't', "SECONDS", 0,
	  "Maximum time; 0: only check. Default: no limit", 0 },
	{ 0 }
};

static int run(struct cli *cli, const void *data)
{
	const struct wait_args *args = data;
	int code = wait_drained(cli, 0, args->seconds);

	if (code == EXIT_OK && cli->json)
		code = output_json(json_pack("{s:i}", "left", 0));
	return code;
}

const struct verb cmd_wait = {
	.name = "wait",
	.summary = "wait until no block is draining or orphaned",
	.doc = "Wait until no block is draining or orphaned; needs CAP_SYS_ADMIN.\v\n"
	       "Then only open files and persistent blocks keep the module loaded. On timeout\n"
	       "the exit status is 4, and the message lists what is left and its holders.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea wait --timeout 10 && rmmod pgarea\n"
	       "  pgarea wait --timeout 0 || echo not yet\n"
	       "  pgarea wait --timeout 5 --json | jq '.error.blocks[] | {id, holders}'\n",
	.options = options,
	.access = O_RDONLY,
	.needs_areas = true,
	.args_size = sizeof(struct wait_args),
	.defaults = &(const struct wait_args){ .seconds = SECONDS_FOREVER },
	.parse = parse,
	.run = run,
};
