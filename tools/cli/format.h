/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of the uapi as text and as JSON. */
#ifndef _PGAREA_CLI_FORMAT_H
#define _PGAREA_CLI_FORMAT_H

#include <jansson.h>

#include "lib/pgarea.h"

/* An address as JSON: a number, null when hidden */
json_t *json_address(__u64 address);
/* A name as JSON: a string, null when empty */
json_t *json_name(const char *name);
/* "0x100000-0x1fffff", or "hidden" */
#define SPAN_TEXT_SIZE 48
const char *format_span(__u64 address, __u64 size, char text[SPAN_TEXT_SIZE]);

/* "800 ms", "60 s" */
const char *format_ms(__u64 ms, char text[PGAREA_TEXT_SIZE]);

/* "block" or "reservation" */
const char *kind_name(__u32 kind);

#define HOLDERS_TEXT_SIZE 64
/* "owner,mapping", or "-" */
const char *format_holders(__u32 holders, char text[HOLDERS_TEXT_SIZE]);
json_t *json_holders(__u32 holders);

#endif /* _PGAREA_CLI_FORMAT_H */
