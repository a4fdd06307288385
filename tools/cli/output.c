// SPDX-License-Identifier: GPL-2.0
/* Answers and errors, as text and as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

int out_json(json_t *root)
{
	int err;

	if (!root) {
		fputs("pgarea: no memory for the answer\n", stderr);
		return EXIT_REFUSED;
	}
	err = json_dumpf(root, stdout, JSON_INDENT(2));
	json_decref(root);
	putchar('\n');
	return err ? EXIT_REFUSED : EXIT_OK;
}

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
	snprintf(text, SPAN_TEXT_SIZE, "0x%llx-0x%llx",
		 address, (address + size - 1));
	return text;
}

const char *format_ms(__u32 ms, char text[PGAREA_TEXT_SIZE])
{
	if (ms < 10000)
		snprintf(text, PGAREA_TEXT_SIZE, "%u ms", ms);
	else
		snprintf(text, PGAREA_TEXT_SIZE, "%u s", ms / 1000);
	return text;
}

static void error_as_json(struct cli *cli, int code, int err, json_t *details,
			  const char *text)
{
	json_t *error = json_pack("{s:s, s:i}", "message", text, "exit", code);

	if (error && err)
		json_object_set_new(error, "errno",
				    json_string(strerrorname_np(-err)));
	if (error && details)
		json_object_update(error, details);
	if (error)
		out_json(json_pack("{s:o}", "error", error));
	cli->error_told = true;
}

int out_error(struct cli *cli, int code, int err, json_t *details,
	      const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fprintf(stderr, "pgarea: %s\n", text ? text : "no memory");
	if (cli->json && text)
		error_as_json(cli, code, err, details, text);
	json_decref(details);
	free(text);
	return code;
}
