// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A text that grows piece by piece.
 *
 * Only the end reports lack of memory, so that callers that add to a text have
 * no error to handle.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/pgarea.h"
#include "lib/text.h"

void pga_text_begin(struct pga_text *text)
{
	*text = (struct pga_text){ 0 };
	text->stream = open_memstream(&text->bytes, &text->size);
}

void pga_text_add(struct pga_text *text, const char *format, ...)
{
	va_list args;

	if (!text->stream)
		return;
	va_start(args, format);
	vfprintf(text->stream, format, args);
	va_end(args);
}

void pga_text_add_size(struct pga_text *text, __u64 size)
{
	char buffer[PGAREA_TEXT_SIZE];

	pga_text_add(text, "%s", pgarea_format_size(size, buffer));
}

void pga_text_add_address(struct pga_text *text, __u64 address)
{
	if (address && !(address & 0xfffff))
		pga_text_add_size(text, address);
	else
		pga_text_add(text, "0x%llx", address);
}

char *pga_text_end(struct pga_text *text)
{
	bool bad;

	if (!text->stream)
		return NULL;
	bad = ferror(text->stream);
	if (!fclose(text->stream) && !bad)
		return text->bytes;
	free(text->bytes);
	return NULL;
}
