/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea areas. */
#ifndef _PGAREA_CLI_CMD_AREAS_H
#define _PGAREA_CLI_CMD_AREAS_H

#include "cli/verb.h"

extern const struct verb cmd_areas;

#endif /* _PGAREA_CLI_CMD_AREAS_H */
