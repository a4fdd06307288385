/* SPDX-License-Identifier: GPL-2.0 */
/* The options of a request in one word of `pgarea run`. */
#ifndef _PGAREA_CLI_WORDS_H
#define _PGAREA_CLI_WORDS_H

#include "cli/request.h"

/*
 * "SIZE[,OPTION=VALUE]...", with a range in place of the size for a
 * reservation; modifies @text
 */
error_t set_words(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text);

#endif /* _PGAREA_CLI_WORDS_H */
