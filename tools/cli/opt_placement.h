/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a block: its placement. */
#ifndef _PGAREA_CLI_OPT_PLACEMENT_H
#define _PGAREA_CLI_OPT_PLACEMENT_H

#include "cli/option_set.h"

extern const struct option_set placement_options;
/* Parser of these options; input struct request_args */
extern const struct argp placement_argp;

#endif /* _PGAREA_CLI_OPT_PLACEMENT_H */
