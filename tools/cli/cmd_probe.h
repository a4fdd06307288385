/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea probe. */
#ifndef _PGAREA_CLI_CMD_PROBE_H
#define _PGAREA_CLI_CMD_PROBE_H

#include "cli/verb.h"

extern const struct verb cmd_probe;

#endif /* _PGAREA_CLI_CMD_PROBE_H */
