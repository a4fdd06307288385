/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a block: access rights and caching. */
#ifndef _PGAREA_CLI_OPT_ACCESS_H
#define _PGAREA_CLI_OPT_ACCESS_H

#include "cli/option_set.h"

extern const struct option_set access_options;
/* Parser of these options; input struct request_args */
extern const struct argp access_argp;

#endif /* _PGAREA_CLI_OPT_ACCESS_H */
