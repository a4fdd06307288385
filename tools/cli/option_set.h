/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a request, grouped by kind. */
#ifndef _PGAREA_CLI_OPTION_SET_H
#define _PGAREA_CLI_OPTION_SET_H

#include "cli/request.h"

/* First keys of the options of each kind */
enum {
	OPT_PLACEMENT = 0x2000,
	OPT_ACCESS = 0x2100,
	OPT_LIFETIME = 0x2200,
	OPT_CLAIM = 0x2300,
};

/**
 * struct option_set - options of one kind
 * @options: their table
 * @set: handles one of them; ARGP_ERR_UNKNOWN when it is not in the table
 */
struct option_set {
	const struct argp_option *options;
	error_t (*set)(struct cli *cli, struct argp_state *state,
		       struct request *request, int key, const char *arg);
};

/**
 * struct request_args - input of the parsers of these options
 * @cli: the context
 * @request: the request that the options set
 */
struct request_args {
	struct cli *cli;
	struct request *request;
};

#endif /* _PGAREA_CLI_OPTION_SET_H */
