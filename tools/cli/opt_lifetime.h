/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a block or reservation: what happens when its owner exits. */
#ifndef _PGAREA_CLI_OPT_LIFETIME_H
#define _PGAREA_CLI_OPT_LIFETIME_H

#include "cli/option_set.h"

extern const struct option_set lifetime_options;
/* Parser of these options; input struct request_args */
extern const struct argp lifetime_argp;

#endif /* _PGAREA_CLI_OPT_LIFETIME_H */
