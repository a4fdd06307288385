// SPDX-License-Identifier: GPL-2.0
/* Answers and errors, as text and as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output.h"

int output_json(json_t *root)
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

static void print_json_error(struct cli *cli, int code, int err,
			     json_t *details, const char *text)
{
	json_t *error = json_pack("{s:s, s:i}", "message", text, "exit", code);

	if (error && err)
		json_object_set_new(error, "errno",
				    json_string(strerrorname_np(-err)));
	if (error && details)
		json_object_update(error, details);
	if (error)
		output_json(json_pack("{s:o}", "error", error));
	cli->error_reported = true;
}

int output_error(struct cli *cli, int code, int err, json_t *details,
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
		print_json_error(cli, code, err, details, text);
	json_decref(details);
	free(text);
	return code;
}
