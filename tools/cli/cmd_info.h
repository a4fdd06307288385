/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea info. */
#ifndef _PGAREA_CLI_CMD_INFO_H
#define _PGAREA_CLI_CMD_INFO_H

#include "cli/verb.h"

extern const struct verb cmd_info;

#endif /* _PGAREA_CLI_CMD_INFO_H */
