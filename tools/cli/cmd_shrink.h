/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea shrink. */
#ifndef _PGAREA_CLI_CMD_SHRINK_H
#define _PGAREA_CLI_CMD_SHRINK_H

#include "cli/verb.h"

extern const struct verb cmd_shrink;

#endif /* _PGAREA_CLI_CMD_SHRINK_H */
