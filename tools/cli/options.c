// SPDX-License-Identifier: GPL-2.0
/*
 * Options that every verb has, and usage errors.
 *
 * argp never exits here: with --json, wherever it stands on the line, an error
 * is also reported as JSON.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "lib/pgarea.h"

enum {
	OPT_DEVICE = 0x1000,
	OPT_USAGE,
};

/* Any value except 0 and ARGP_ERR_UNKNOWN ends the parsing */
enum {
	BAD_USAGE = EINVAL,
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Answer in JSON, errors too", -1 },
	{ "device", OPT_DEVICE, "PATH", 0,
	  "The device (default: $PGAREA_DEVICE, else /dev/pgarea)", -1 },
	{ "help", 'h', NULL, 0, "Show this help", -1 },
	{ "usage", OPT_USAGE, NULL, 0, "Show a short list of the options", -1 },
	{ 0 }
};

static __noreturn void show_help(struct argp_state *state, unsigned int flags)
{
	argp_state_help(state, stdout, flags & ~ARGP_HELP_EXIT_OK);
	exit(EXIT_OK);
}

static char *filter_help(int key, const char *text, void *input)
{
	(void)input;
	return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)text;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	switch (key) {
	case 'j':
		cli->json = true;
		return 0;
	case OPT_DEVICE:
		cli->device = arg;
		return 0;
	case 'h':
		show_help(state, ARGP_HELP_STD_HELP);
	case OPT_USAGE:
		show_help(state, ARGP_HELP_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp common_argp = {
	.options = options,
	.parser = parse_common,
	.help_filter = filter_help,
};

const struct argp_child common_children[] = {
	{ &common_argp, 0, "Common options:", 10 },
	{ 0 }
};

/* Look for --json before parsing: an error may precede it */
static bool wants_json(int argc, char **argv, unsigned int flags)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (flags & ARGP_IN_ORDER && argv[i][0] != '-')
			return false;
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-j"))
			return true;
	}
	return false;
}

int parse_options(struct cli *cli, const struct argp *argp, int argc,
		  char **argv, unsigned int flags, void *input)
{
	cli->json |= wants_json(argc, argv, flags);
	flags |= ARGP_NO_EXIT | ARGP_NO_HELP;
	if (!argp_parse(argp, argc, argv, flags, NULL, input))
		return EXIT_OK;
	if (cli->json && !cli->error_reported)
		output_error(cli, EXIT_USAGE, 0, NULL,
			     "bad usage; `%s --help` explains it", argv[0]);
	return EXIT_USAGE;
}

error_t usage_error(struct cli *cli, struct argp_state *state,
		    const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (cli->json)
		output_error(cli, EXIT_USAGE, 0, NULL, "%s", text ? text : "");
	else
		argp_error(state, "%s", text ? text : "");
	free(text);
	return BAD_USAGE;
}

error_t option_size(struct cli *cli, struct argp_state *state,
		    const char *what, const char *text, __u64 *value)
{
	switch (pgarea_parse_size(text, value)) {
	case 0:
		return 0;
	case -EOVERFLOW:
		return usage_error(cli, state, "%s '%s' exceeds 64 bits", what,
				   text);
	default:
		return usage_error(cli, state,
				   "%s '%s' is not a number like 4096, 4K, 2M, 1G or 0x1000",
				   what, text);
	}
}

error_t option_power(struct cli *cli, struct argp_state *state,
		     const char *what, const char *text, __u64 *value)
{
	error_t err = option_size(cli, state, what, text, value);

	if (!err && (!*value || *value & (*value - 1)))
		return usage_error(cli, state, "%s '%s' is not a power of two",
				   what, text);
	return err;
}

error_t option_highest(struct cli *cli, struct argp_state *state,
		       const char *text, bool open, __u64 *value)
{
	error_t err = option_size(cli, state, "limit", text, value);

	if (!err && !*value)
		return usage_error(cli, state, "nothing lies below address 0");
	if (!err && open)
		(*value)--;
	return err;
}

error_t option_number(struct cli *cli, struct argp_state *state,
		      const char *text, unsigned long lowest,
		      unsigned long highest, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' ||
	    *value < lowest || *value > highest)
		return usage_error(cli, state,
				   "'%s' is not a number from %lu to %lu", text,
				   lowest, highest);
	return 0;
}

error_t option_node(struct cli *cli, struct argp_state *state,
		    const char *text, __u32 *node)
{
	unsigned long value;
	error_t err = option_number(cli, state, text, 0, INT_MAX, &value);

	*node = value;
	return err;
}
