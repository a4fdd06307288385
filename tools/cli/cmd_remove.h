/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea remove. */
#ifndef _PGAREA_CLI_CMD_REMOVE_H
#define _PGAREA_CLI_CMD_REMOVE_H

#include "cli/verb.h"

extern const struct verb cmd_remove;

#endif /* _PGAREA_CLI_CMD_REMOVE_H */
