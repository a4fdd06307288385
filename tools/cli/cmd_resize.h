/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea resize. */
#ifndef _PGAREA_CLI_CMD_RESIZE_H
#define _PGAREA_CLI_CMD_RESIZE_H

#include "cli/verb.h"

extern const struct verb cmd_resize;

#endif /* _PGAREA_CLI_CMD_RESIZE_H */
