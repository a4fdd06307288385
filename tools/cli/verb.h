/* SPDX-License-Identifier: GPL-2.0 */
/* A verb of the command, and the frame in which every verb runs. */
#ifndef _PGAREA_CLI_VERB_H
#define _PGAREA_CLI_VERB_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/**
 * struct verb - a word that the command knows
 * @name: the word
 * @summary: one line for `pgarea --help`
 * @args_doc: its arguments, NULL without any
 * @doc: its help, with examples
 * @options: its options, NULL without any
 * @children: parsers of shared options, common_argp first; NULL: no other
 * @in_order: options end at the first argument
 * @access: O_RDONLY or O_RDWR, to open the device
 * @needs_areas: list the areas too
 * @args_size: size of its arguments
 * @defaults: their initial value, NULL for zeros
 * @parse: handles one key of argp; may be NULL.  An argument that it leaves as
 *	ARGP_ERR_UNKNOWN is one too many.
 * @run: does the work on the open device; returns an exit code
 * @cleanup: frees what @parse allocated; may be NULL
 */
struct verb {
	const char *name;
	const char *summary;
	const char *args_doc;
	const char *doc;
	const struct argp_option *options;
	const struct argp_child *children;
	bool in_order;
	int access;
	bool needs_areas;
	size_t args_size;
	const void *defaults;
	error_t (*parse)(struct cli *cli, struct argp_state *state, void *data,
			 int key, char *arg);
	int (*run)(struct cli *cli, const void *data);
	void (*cleanup)(void *data);
};

/* Parse the command line, open the device, run, and close; an exit code */
int verb_run(const struct verb *verb, struct cli *cli, int argc, char **argv);

#endif /* _PGAREA_CLI_VERB_H */
