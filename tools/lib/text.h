/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text that grows piece by piece. */
#ifndef _PGAREA_LIB_TEXT_H
#define _PGAREA_LIB_TEXT_H

#include <stdio.h>

#include <linux/types.h>

/**
 * struct pga_text - a text under construction
 * @stream: writes to @bytes; NULL without memory, and then adding does nothing
 * @bytes: the text
 * @size: its length
 */
struct pga_text {
	FILE *stream;
	char *bytes;
	size_t size;
};

__hidden void pga_text_begin(struct pga_text *text);
__hidden void pga_text_add(struct pga_text *text, const char *format, ...)
	__printf(2, 3);
/* A size for people: "20 KiB" */
__hidden void pga_text_add_size(struct pga_text *text, __u64 size);
/* An address for people: "16 MiB", or hexadecimal when it is no whole MiB */
__hidden void pga_text_add_address(struct pga_text *text, __u64 address);
/* The text, for free(), or NULL without memory */
__hidden char *pga_text_end(struct pga_text *text);

#endif /* _PGAREA_LIB_TEXT_H */
