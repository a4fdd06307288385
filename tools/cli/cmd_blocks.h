/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea blocks. */
#ifndef _PGAREA_CLI_CMD_BLOCKS_H
#define _PGAREA_CLI_CMD_BLOCKS_H

#include "cli/verb.h"

extern const struct verb cmd_blocks;

#endif /* _PGAREA_CLI_CMD_BLOCKS_H */
