/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea reserve. */
#ifndef _PGAREA_CLI_CMD_RESERVE_H
#define _PGAREA_CLI_CMD_RESERVE_H

#include "cli/verb.h"

extern const struct verb cmd_reserve;

#endif /* _PGAREA_CLI_CMD_RESERVE_H */
