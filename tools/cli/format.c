// SPDX-License-Identifier: GPL-2.0
/* Fields of the uapi as text and as JSON. */
#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "lib/pgarea.h"

/* Kinds of holders that this program knows: from owner to cache */
#define NR_HOLDERS 7

json_t *json_address(__u64 address)
{
	return address == PGAREA_NO_ADDRESS ? json_null() :
					      json_integer(address);
}

json_t *json_name(const char *name)
{
	return *name ? json_string(name) : json_null();
}

const char *format_span(__u64 address, __u64 size, char text[SPAN_TEXT_SIZE])
{
	if (address == PGAREA_NO_ADDRESS)
		return "hidden";
	snprintf(text, SPAN_TEXT_SIZE, "0x%llx-0x%llx", address,
		 (address + size - 1));
	return text;
}

const char *format_ms(__u64 ms, char text[PGAREA_TEXT_SIZE])
{
	if (ms < 10000)
		snprintf(text, PGAREA_TEXT_SIZE, "%llu ms", ms);
	else
		snprintf(text, PGAREA_TEXT_SIZE, "%llu s", ms / 1000);
	return text;
}

const char *kind_name(__u32 kind)
{
	return kind == PGAREA_KIND_RESERVATION ? "reservation" : "block";
}

const char *format_holders(__u32 holders, char text[HOLDERS_TEXT_SIZE])
{
	strcpy(text, holders ? "" : "-");
	for (unsigned int bit = 0; bit < NR_HOLDERS; bit++) {
		if (!(holders & 1U << bit))
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, pgarea_holder_name(bit));
	}
	return text;
}

json_t *json_holders(__u32 holders)
{
	json_t *list = json_array();

	for (unsigned int bit = 0; bit < NR_HOLDERS; bit++) {
		if (holders & 1U << bit)
			json_array_append_new(list,
					      json_string(pgarea_holder_name(bit)));
	}
	return list;
}
