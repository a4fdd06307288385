/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a block or reservation: whether the host gives its memory. */
#ifndef _PGAREA_CLI_OPT_CLAIM_H
#define _PGAREA_CLI_OPT_CLAIM_H

#include "cli/option_set.h"

extern const struct option_set claim_options;
/* Parser of these options; input struct request_args */
extern const struct argp claim_argp;

#endif /* _PGAREA_CLI_OPT_CLAIM_H */
