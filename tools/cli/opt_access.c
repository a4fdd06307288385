// SPDX-License-Identifier: GPL-2.0
/* Options of a block: access rights and caching. */
#include "cli/cli.h"
#include "cli/opt_access.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/request.h"
#include "lib/pgarea.h"

enum {
	OPT_READ_ONLY = OPT_ACCESS,
	OPT_EXECUTE,
	OPT_WC,
	OPT_UC,
};

static const struct argp_option options[] = {
	{ "read-only", OPT_READ_ONLY, NULL, 0,
	  "Only devices and the kernel can write to it, not programs", 0 },
	{ "execute", OPT_EXECUTE, NULL, 0, "Programs can execute it", 0 },
	{ "wc", OPT_WC, NULL, 0, "Write-combining, not write-back", 0 },
	{ "uc", OPT_UC, NULL, 0, "Uncached, not write-back", 0 },
	{ 0 }
};

static error_t set_access(struct cli *cli, struct argp_state *state,
			  struct request *request, __u32 access)
{
	if (request->access && request->access != access)
		return usage_error(cli, state,
				   "a block is read-only or can be executed, not both");
	request->access = access;
	return 0;
}

static error_t set_cache(struct cli *cli, struct argp_state *state,
			 struct request *request, __u32 cache)
{
	if (request->cache && request->cache != cache)
		return usage_error(cli, state,
				   "a block is write-combining or uncached, not both");
	request->cache = cache;
	return 0;
}

static error_t set_access_option(struct cli *cli, struct argp_state *state,
				 struct request *request, int key,
				 const char *arg)
{
	(void)arg;
	switch (key) {
	case OPT_READ_ONLY:
		return set_access(cli, state, request, PGAREA_ACCESS_READ_ONLY);
	case OPT_EXECUTE:
		return set_access(cli, state, request, PGAREA_ACCESS_EXECUTE);
	case OPT_WC:
		return set_cache(cli, state, request, PGAREA_CACHE_WC);
	case OPT_UC:
		return set_cache(cli, state, request, PGAREA_CACHE_UC);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct option_set access_options = { options, set_access_option };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct request_args *args = state->input;

	return set_access_option(args->cli, state, args->request, key, arg);
}

const struct argp access_argp = {
	.options = options,
	.parser = parse,
};
