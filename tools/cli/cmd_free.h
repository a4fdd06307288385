/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea free. */
#ifndef _PGAREA_CLI_CMD_FREE_H
#define _PGAREA_CLI_CMD_FREE_H

#include "cli/verb.h"

extern const struct verb cmd_free;

#endif /* _PGAREA_CLI_CMD_FREE_H */
