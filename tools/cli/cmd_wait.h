/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea wait. */
#ifndef _PGAREA_CLI_CMD_WAIT_H
#define _PGAREA_CLI_CMD_WAIT_H

#include "cli/verb.h"

extern const struct verb cmd_wait;

#endif /* _PGAREA_CLI_CMD_WAIT_H */
