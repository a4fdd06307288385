/* SPDX-License-Identifier: GPL-2.0 */
/* Options that every verb has, and usage errors. */
#ifndef _PGAREA_CLI_OPTIONS_H
#define _PGAREA_CLI_OPTIONS_H

#include <argp.h>

#include "cli/cli.h"

/* --json, --device, --help: child of every verb's parser, input struct cli */
extern const struct argp common_argp;
extern const struct argp_child common_children[];

/* argp_parse() for a verb: an exit code, EXIT_OK to go on */
int parse_options(struct cli *cli, const struct argp *argp, int argc,
		  char **argv, unsigned int flags, void *input);
/* Report a usage error; returns the value that ends the parsing */
error_t usage_error(struct cli *cli, struct argp_state *state,
		    const char *format, ...) __printf(3, 4);
/* A size or an address from the command line, or a usage error */
error_t option_size(struct cli *cli, struct argp_state *state, const char *what,
		    const char *text, __u64 *value);
/* The same, a power of two */
error_t option_power(struct cli *cli, struct argp_state *state,
		     const char *what, const char *text, __u64 *value);
/* A highest address; with @open the first one after it */
error_t option_highest(struct cli *cli, struct argp_state *state,
		       const char *text, bool open, __u64 *value);
/* A number from @lowest to @highest from the command line, or a usage error */
error_t option_number(struct cli *cli, struct argp_state *state,
		      const char *text, unsigned long lowest,
		      unsigned long highest, unsigned long *value);
/* The number of a NUMA node from the command line, or a usage error */
error_t option_node(struct cli *cli, struct argp_state *state,
		    const char *text, __u32 *node);

#endif /* _PGAREA_CLI_OPTIONS_H */
