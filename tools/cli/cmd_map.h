/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea map. */
#ifndef _PGAREA_CLI_CMD_MAP_H
#define _PGAREA_CLI_CMD_MAP_H

#include "cli/verb.h"

extern const struct verb cmd_map;

#endif /* _PGAREA_CLI_CMD_MAP_H */
