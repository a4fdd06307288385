// SPDX-License-Identifier: GPL-2.0
/* Options of a block or reservation: what happens when its owner exits. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/opt_lifetime.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/request.h"
#include "lib/pgarea.h"

enum {
	OPT_ORPHAN_MS = OPT_LIFETIME,
	OPT_BIND,
};

static const struct argp_option options[] = {
	{ "orphan-ms", OPT_ORPHAN_MS, "MS|none", 0,
	  "Quarantine it for MS milliseconds when its owner exits without freeing it (default: see `pgarea info`)",
	  0 },
	{ "bind", OPT_BIND, "BDF", 0,
	  "When its owner exits, clear bus mastering of this PCI function instead; 0000:00:10.0 or 00:10.0; needs CAP_SYS_ADMIN",
	  0 },
	{ 0 }
};

static error_t set_orphan_ms(struct cli *cli, struct argp_state *state,
			     struct request *request, const char *text)
{
	unsigned long value;
	char *end;

	if (!strcmp(text, "none")) {
		request->orphan_ms = PGAREA_ORPHAN_NONE;
		return 0;
	}
	/* the kernel takes 0 as the default, not as "no quarantine" */
	value = strtoul(text, &end, 10);
	if (*end || text[0] < '0' || text[0] > '9' || !value ||
	    value > PGAREA_ORPHAN_MAX_MS)
		return usage_error(cli, state,
				   "'%s' is neither `none` nor a number of milliseconds from 1 to %d",
				   text, PGAREA_ORPHAN_MAX_MS);
	request->orphan_ms = value;
	return 0;
}

static error_t set_bind(struct cli *cli, struct argp_state *state,
			struct request *request, const char *text)
{
	if (pgarea_parse_pci(text, &request->function))
		return usage_error(cli, state,
				   "'%s' is not a PCI function like 0000:00:10.0 or 00:10.0",
				   text);
	request->bound_to_pci = true;
	return 0;
}

static error_t set_lifetime(struct cli *cli, struct argp_state *state,
			    struct request *request, int key, const char *arg)
{
	switch (key) {
	case OPT_ORPHAN_MS:
		return set_orphan_ms(cli, state, request, arg);
	case OPT_BIND:
		return set_bind(cli, state, request, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct option_set lifetime_options = { options, set_lifetime };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request_args *args = state->input;

	return set_lifetime(args->cli, state, args->request, key, arg);
}

const struct argp lifetime_argp = {
	.options = options,
	.parser = parse,
};
