/* SPDX-License-Identifier: GPL-2.0 */
/* pgarea alloc. */
#ifndef _PGAREA_CLI_CMD_ALLOC_H
#define _PGAREA_CLI_CMD_ALLOC_H

#include "cli/verb.h"

extern const struct verb cmd_alloc;

#endif /* _PGAREA_CLI_CMD_ALLOC_H */
