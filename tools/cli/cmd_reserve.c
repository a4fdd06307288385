// SPDX-License-Identifier: GPL-2.0
/* pgarea reserve: keep an exact physical range out of use, and hold it. */
#include <fcntl.h>

#include "cli/acquire.h"
#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/cmd_reserve.h"
#include "cli/opt_claim.h"
#include "cli/opt_lifetime.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/print_acquired.h"
#include "cli/request.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_signal.h"
#include "lib/pgarea.h"

enum {
	OPT_HOLD_FOR = 0x3000,
	OPT_PERSISTENT,
};

struct reserve_args {
	struct request_args child;
	struct request request;
	unsigned long seconds;
	bool whole_range;
};

/* "0x1200000 64K", or one argument with the range */
static error_t parse_argument(struct cli *cli, struct reserve_args *args,
			      struct argp_state *state, char *arg)
{
	struct request *request = &args->request;
	bool first = state->arg_num == 0;

	if (first && state->next < state->argc)
		return option_size(cli, state, "address", arg,
				   &request->address);
	if (first) {
		args->whole_range = true;
		return set_range(cli, state, request, arg);
	}
	if (state->arg_num == 1 && !args->whole_range)
		return option_size(cli, state, "size", arg, &request->size);
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_end(struct cli *cli, struct reserve_args *args,
			 struct argp_state *state)
{
	if (args->request.persistent && args->seconds != SECONDS_FOREVER)
		return usage_error(cli, state,
				   "a persistent reservation is not held; leave out --hold-for");
	return check_request(cli, state, &args->request);
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct reserve_args *args = data;

	switch (key) {
	case ARGP_KEY_INIT:
		args->child = (struct request_args){ cli, &args->request };
		state->child_inputs[1] = &args->child;
		state->child_inputs[2] = &args->child;
		return 0;
	case 'n':
		return set_name(cli, state, &args->request, arg);
	case 'd':
		args->request.dry_run = true;
		return 0;
	case OPT_HOLD_FOR:
		return option_number(cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	case OPT_PERSISTENT:
		args->request.persistent = true;
		return 0;
	case ARGP_KEY_ARG:
		return parse_argument(cli, args, state, arg);
	case ARGP_KEY_NO_ARGS:
		return usage_error(cli, state, "a range is missing");
	case ARGP_KEY_END:
		return parse_end(cli, args, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "name", 'n', "LABEL", 0, "Label, for `pgarea blocks`", 1 },
	{ "hold-for", OPT_HOLD_FOR, "SECONDS", 0,
	  "Hold it for this time; 0: free it at once", 1 },
	{ "persistent", OPT_PERSISTENT, NULL, 0,
	  "Do not hold it: it persists, cleared, with a node /dev/pgarea-LABEL, until `pgarea remove LABEL`; needs CAP_SYS_ADMIN",
	  1 },
	{ "dry-run", 'd', NULL, 0, "Only report whether it can be reserved",
	  1 },
	{ 0 }
};

static const struct argp_child children[] = {
	{ &common_argp, 0, "Common options:", 10 },
	{ &claim_argp, 0, "Memory of the host:", 7 },
	{ &lifetime_argp, 0, "When its owner exits without freeing it:", 8 },
	{ 0 }
};

static int run(struct cli *cli, const void *data)
{
	const struct reserve_args *args = data;
	struct allocation allocation;
	int code = acquire(cli, &args->request, &allocation);

	block_signals();
	if (code == EXIT_OK)
		code = output_acquired(cli, &allocation, 1);
	if (code == EXIT_OK)
		hold_until_signal(&args->request, args->seconds);
	release_all(cli);
	return code;
}

const struct verb cmd_reserve = {
	.name = "reserve",
	.summary = "keep an exact range out of use, and hold it",
	.args_doc = "ADDR SIZE\nADDR+SIZE\nADDR-LAST",
	.doc = "Keep an exact physical range out of an area's free memory, and hold it until\n"
	       "Ctrl-C.\v\n"
	       "All or nothing: every page of the range must be free, and in one area; with\n"
	       "--claim it may be in several, or the host's. LAST belongs to the range, as in\n"
	       "/proc/iomem.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea reserve 0x1200000 64K --name fw-table\n"
	       "  pgarea reserve 0x1200000-0x120ffff\n"
	       "  pgarea reserve 18M+64K --dry-run\n"
	       "  pgarea reserve 0x40000000+64M --claim           whoever has it now\n"
	       "  pgarea reserve 18M+64K --name fw --persistent   persists as /dev/pgarea-fw\n",
	.options = options,
	.children = children,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct reserve_args),
	.defaults =
		&(const struct reserve_args){
			.request.kind = PGAREA_KIND_RESERVATION,
			.seconds = SECONDS_FOREVER,
		},
	.parse = parse,
	.run = run,
};
