/* SPDX-License-Identifier: GPL-2.0 */
/* The verbs of the command. */
#ifndef _PGAREA_CLI_VERB_H
#define _PGAREA_CLI_VERB_H

#include "cli/cli.h"

/**
 * struct verb - a word that the command knows
 * @name: the word
 * @summary: one line
 * @run: does it; argv[0] is "pgarea NAME".  Returns an exit code.
 */
struct verb {
	const char *name;
	const char *summary;
	int (*run)(struct cli *cli, int argc, char **argv);
};

int cmd_info(struct cli *cli, int argc, char **argv);
int cmd_areas(struct cli *cli, int argc, char **argv);
int cmd_map(struct cli *cli, int argc, char **argv);
int cmd_blocks(struct cli *cli, int argc, char **argv);
int cmd_alloc(struct cli *cli, int argc, char **argv);
int cmd_reserve(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_remove(struct cli *cli, int argc, char **argv);
int cmd_wait(struct cli *cli, int argc, char **argv);

#endif /* _PGAREA_CLI_VERB_H */
