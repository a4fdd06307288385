/* SPDX-License-Identifier: GPL-2.0 */
/* Answers in JSON, and errors. */
#ifndef _PGAREA_CLI_OUTPUT_H
#define _PGAREA_CLI_OUTPUT_H

#include <jansson.h>

#include "cli/cli.h"

/* Print @root and release it; an exit code */
int output_json(json_t *root);

/*
 * Report an error on stderr and, with --json, on stdout.  @details go into the
 * object; the reference is taken; may be NULL.  @err is a negative errno value
 * or 0.  Returns @code.
 */
int output_error(struct cli *cli, int code, int err, json_t *details,
		 const char *format, ...) __printf(5, 6);

#endif /* _PGAREA_CLI_OUTPUT_H */
