// SPDX-License-Identifier: GPL-2.0
/* pgarea: the table of verbs, and the choice of one. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_alloc.h"
#include "cli/cmd_areas.h"
#include "cli/cmd_blocks.h"
#include "cli/cmd_create.h"
#include "cli/cmd_destroy.h"
#include "cli/cmd_free.h"
#include "cli/cmd_info.h"
#include "cli/cmd_map.h"
#include "cli/cmd_probe.h"
#include "cli/cmd_remove.h"
#include "cli/cmd_reserve.h"
#include "cli/cmd_resize.h"
#include "cli/cmd_run.h"
#include "cli/cmd_shrink.h"
#include "cli/cmd_wait.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/array_size.h"

static const struct verb *const verbs[] = {
	&cmd_info,    &cmd_areas, &cmd_map,    &cmd_blocks, &cmd_alloc,
	&cmd_reserve, &cmd_probe,  &cmd_run,	&cmd_remove, &cmd_free,
	&cmd_wait,    &cmd_create, &cmd_resize, &cmd_shrink, &cmd_destroy,
};

static int run_verb(struct cli *cli, const char *name, int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i]->name, name))
			return verb_run(verbs[i], cli, argc, argv);
	}
	return output_error(cli, EXIT_USAGE, 0, NULL,
			    "there is no verb '%s'; `pgarea help` lists them",
			    name);
}

/* The text after the options of `pgarea --help` */
#define VERB_LINE "  %-8s  %s\n"

static char *list_verbs(int key, const char *text, void *input)
{
	char *list;
	size_t length;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	out = open_memstream(&list, &length);
	if (!out)
		return (char *)text;
	fputs("Verbs:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, VERB_LINE, verbs[i]->name, verbs[i]->summary);
	fprintf(out, VERB_LINE, "help", "show this help, or the help of a verb");
	fputs(text, out);
	fclose(out);
	return list;
}

struct main_args {
	struct cli *cli;
	char **verb;
	int count;
};

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	struct main_args *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = args->cli;
		return 0;
	case ARGP_KEY_ARG:
		args->verb = state->argv + state->next - 1;
		args->count = state->argc - state->next + 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		return usage_error(args->cli, state, "a verb is missing");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp main_argp = {
	.parser = parse_main,
	.args_doc = "VERB [ARGUMENT...]",
	.doc = "Allocate memory at chosen physical addresses, for test programs.\v\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea areas                      the areas and how full they are\n"
	       "  pgarea alloc 64K --below 16M      a buffer that ISA DMA can reach\n"
	       "  pgarea reserve 0x1200000+64K      keep this range out of use\n"
	       "  pgarea alloc 1M --persistent --name fb   persists as /dev/pgarea-fb\n"
	       "  pgarea map lowest                 how an area is used\n"
	       "  pgarea create isa --within 2M-16M --size 4M   a new area\n"
	       "  pgarea run --alloc RING=64K,below=4G -- ./test\n"
	       "                                    addresses in the environment of ./test\n"
	       "\n"
	       "`pgarea VERB --help` explains a verb.\n",
	.children = common_children,
	.help_filter = list_verbs,
};

/* "help" alone, or "help VERB" */
static int run_help(struct cli *cli, int argc, char **argv)
{
	const char *name = argv[1];

	if (argc > 1 && strcmp(name, "help")) {
		argv[1] = "--help";
		return run_verb(cli, name, 2, argv);
	}
	argp_help(&main_argp, stdout, ARGP_HELP_STD_HELP, "pgarea");
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct cli cli = { .fd = -1 };
	struct main_args args = { .cli = &cli };
	int code;

	code = parse_options(&cli, &main_argp, argc, argv, ARGP_IN_ORDER, &args);
	if (code == EXIT_OK && !strcmp(args.verb[0], "help"))
		code = run_help(&cli, args.count, args.verb);
	else if (code == EXIT_OK)
		code = run_verb(&cli, args.verb[0], args.count, args.verb);
	if (fflush(stdout) || ferror(stdout)) {
		fputs("pgarea: cannot write to standard output\n", stderr);
		return code ? code : EXIT_REFUSED;
	}
	return code;
}
