// SPDX-License-Identifier: GPL-2.0
/* pgarea - the verbs, and which one is meant. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/array_size.h"

static int cmd_help(struct cli *cli, int argc, char **argv);

static const struct verb verbs[] = {
	{ "info", "what the module can do, and what it holds", cmd_info },
	{ "areas", "the areas, their bounds and how full they are", cmd_areas },
	{ "map", "a picture of what the areas' memory is used for", cmd_map },
	{ "blocks", "blocks and reservations that are held", cmd_blocks },
	{ "alloc", "allocate memory at a physical place, and hold it", cmd_alloc },
	{ "reserve", "keep an exact range out of use, and hold it", cmd_reserve },
	{ "run", "hold memory while a command runs", cmd_run },
	{ "remove", "end a persistent block or reservation", cmd_remove },
	{ "wait", "wait until nothing drains and nothing is orphaned", cmd_wait },
	{ "help", "this, or the help of a verb", cmd_help },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* Run a verb with its name in argv[0], as messages and help show it */
static int run_verb(struct cli *cli, const char *name, int argc, char **argv)
{
	const struct verb *verb = find_verb(name);
	char title[32];

	if (!verb)
		return output_error(
			cli, EXIT_USAGE, 0, NULL,
			"there is no verb '%s'; `pgarea help` lists them",
			name);
	snprintf(title, sizeof(title), "pgarea %s", name);
	argv[0] = title;
	return verb->run(cli, argc, argv);
}

/* The text behind the options of `pgarea --help` */
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
		fprintf(out, "  %-8s  %s\n", verbs[i].name, verbs[i].summary);
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
	.doc = "Memory at a physical place, for test programs.\v\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea areas                      what there is\n"
	       "  pgarea alloc 64K --below 16M      a buffer that ISA DMA can reach\n"
	       "  pgarea reserve 0x1200000+64K      keep this range out of use\n"
	       "  pgarea alloc 1M --persistent --name fb   stays, as /dev/pgarea-fb\n"
	       "  pgarea map lowest                 a picture of an area\n"
	       "  pgarea run --alloc RING=64K,below=4G -- ./test\n"
	       "                                    addresses in the environment of ./test\n"
	       "\n"
	       "`pgarea VERB --help` explains a verb.\n",
	.children = common_children,
	.help_filter = list_verbs,
};

static int cmd_help(struct cli *cli, int argc, char **argv)
{
	const char *name = argv[1];

	if (argc > 1) {
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
	if (code == EXIT_OK)
		code = run_verb(&cli, args.verb[0], args.count, args.verb);
	device_close(&cli);
	if (fflush(stdout) || ferror(stdout)) {
		fputs("pgarea: cannot write to standard output\n", stderr);
		return code ? code : EXIT_REFUSED;
	}
	return code;
}
