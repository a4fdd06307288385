// SPDX-License-Identifier: GPL-2.0
/* Options of a block or reservation: whether the host gives its memory. */
#include "cli/cli.h"
#include "cli/opt_claim.h"
#include "cli/option_set.h"
#include "cli/request.h"

enum {
	OPT_TAKE = OPT_CLAIM,
};

static const struct argp_option options[] = {
	{ "claim", OPT_TAKE, NULL, 0,
	  "Take from the host what no area owns at that exact address, whoever has it now; it goes back when this ends; needs CAP_SYS_ADMIN",
	  0 },
	{ 0 }
};

static error_t set_claim(struct cli *cli, struct argp_state *state,
			 struct request *request, int key, const char *arg)
{
	(void)cli;
	(void)state;
	(void)arg;
	if (key != OPT_TAKE)
		return ARGP_ERR_UNKNOWN;
	request->claim = true;
	return 0;
}

const struct option_set claim_options = { options, set_claim };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request_args *args = state->input;

	return set_claim(args->cli, state, args->request, key, arg);
}

const struct argp claim_argp = {
	.options = options,
	.parser = parse,
};
