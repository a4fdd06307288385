/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea destroy. */
#ifndef _PGAREA_CLI_CMD_DESTROY_H
#define _PGAREA_CLI_CMD_DESTROY_H

#include "cli/verb.h"

extern const struct verb cmd_destroy;

#endif /* _PGAREA_CLI_CMD_DESTROY_H */
