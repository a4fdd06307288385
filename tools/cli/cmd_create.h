/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea create. */
#ifndef _PGAREA_CLI_CMD_CREATE_H
#define _PGAREA_CLI_CMD_CREATE_H

#include "cli/verb.h"

extern const struct verb cmd_create;

#endif /* _PGAREA_CLI_CMD_CREATE_H */
