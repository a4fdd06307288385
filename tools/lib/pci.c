// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses of PCI functions as text: 0000:00:10.0, or 00:10.0 in domain 0. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/pgarea.h"

/* Hexadecimal digits up to @end, which is skipped; at most @highest */
static int parse_hex(const char **text, char end, unsigned long highest,
		     unsigned long *value)
{
	char *rest;

	/* strtoul() would take a sign, blanks and 0x too */
	for (const char *c = *text; *c != end; c++) {
		if (!isxdigit((unsigned char)*c))
			return -EINVAL;
	}
	errno = 0;
	*value = strtoul(*text, &rest, 16);
	if (rest == *text || errno || *value > highest)
		return -EINVAL;
	*text = *rest ? rest + 1 : rest;
	return 0;
}

static bool has_domain(const char *text)
{
	unsigned int colons = 0;

	for (; *text; text++)
		colons += *text == ':';
	return colons > 1;
}

int pgarea_parse_pci(const char *text, struct pgarea_bind *bind)
{
	unsigned long domain = 0, bus, device, function;

	if (has_domain(text) && parse_hex(&text, ':', 0xffffffff, &domain))
		return -EINVAL;
	if (parse_hex(&text, ':', 0xff, &bus) ||
	    parse_hex(&text, '.', 0x1f, &device) ||
	    parse_hex(&text, '\0', 7, &function))
		return -EINVAL;
	bind->domain = domain;
	bind->bus = bus;
	bind->device = device;
	bind->function = function;
	return 0;
}

const char *pgarea_format_pci(__u32 domain, __u8 bus, __u8 device,
			      __u8 function, char text[PGAREA_TEXT_SIZE])
{
	snprintf(text, PGAREA_TEXT_SIZE, "%04x:%02x:%02x.%x", domain, bus,
		 device, function);
	return text;
}
