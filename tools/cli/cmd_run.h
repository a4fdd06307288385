/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea run. */
#ifndef _PGAREA_CLI_CMD_RUN_H
#define _PGAREA_CLI_CMD_RUN_H

#include "cli/verb.h"

extern const struct verb cmd_run;

#endif /* _PGAREA_CLI_CMD_RUN_H */
