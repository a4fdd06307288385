/* SPDX-License-Identifier: GPL-2.0 */
/* One block or reservation of a list. */
#ifndef _PGAREA_CLI_PRINT_BLOCK_H
#define _PGAREA_CLI_PRINT_BLOCK_H

#include <jansson.h>

#include "cli/cli.h"

/* "allocated", "persistent", ...; and whether it is poisoned */
#define STATE_TEXT_SIZE 64
const char *format_state(const struct pgarea_block *block,
			 char text[STATE_TEXT_SIZE]);
json_t *json_block(const struct cli *cli, const struct pgarea_block *block);
/* Every field, on several lines */
void print_block(const struct cli *cli, const struct pgarea_block *block);

#endif /* _PGAREA_CLI_PRINT_BLOCK_H */
