/* SPDX-License-Identifier: GPL-2.0 */
/* Times on the command line. */
#ifndef _PGAREA_CLI_SECONDS_H
#define _PGAREA_CLI_SECONDS_H

#define SECONDS_MAX (1UL << 30)
#define SECONDS_FOREVER (~0UL)

#endif /* _PGAREA_CLI_SECONDS_H */
