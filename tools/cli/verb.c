// SPDX-License-Identifier: GPL-2.0
/* The frame in which every verb runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verb.h"

/**
 * struct frame - input of the parser
 * @cli: the context
 * @verb: the verb
 * @data: its arguments
 */
struct frame {
	struct cli *cli;
	const struct verb *verb;
	void *data;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct frame *frame = state->input;
	error_t err = ARGP_ERR_UNKNOWN;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = frame->cli;
	if (frame->verb->parse)
		err = frame->verb->parse(frame->cli, state, frame->data, key,
					 arg);
	if (err == ARGP_ERR_UNKNOWN && key == ARGP_KEY_ARG)
		return usage_error(frame->cli, state,
				   "'%s' is one argument too many", arg);
	return err;
}

/* argv[0] is the name in messages and in the help */
static int parse_arguments(struct frame *frame, int argc, char **argv)
{
	const struct verb *verb = frame->verb;
	const struct argp argp = {
		.options = verb->options,
		.parser = parse,
		.args_doc = verb->args_doc,
		.doc = verb->doc,
		.children = verb->children ? verb->children : common_children,
	};
	char title[32];

	snprintf(title, sizeof(title), "pgarea %s", verb->name);
	argv[0] = title;
	return parse_options(frame->cli, &argp, argc, argv,
			     verb->in_order ? ARGP_IN_ORDER : 0, frame);
}

static int run(struct frame *frame, int argc, char **argv)
{
	const struct verb *verb = frame->verb;
	int code = parse_arguments(frame, argc, argv);

	if (code == EXIT_OK)
		code = device_open(frame->cli, verb->access);
	if (code == EXIT_OK && verb->needs_areas)
		code = device_list_areas(frame->cli);
	if (code == EXIT_OK)
		code = verb->run(frame->cli, frame->data);
	device_close(frame->cli);
	return code;
}

int verb_run(const struct verb *verb, struct cli *cli, int argc, char **argv)
{
	struct frame frame = {
		.cli = cli,
		.verb = verb,
		.data = calloc(1, verb->args_size + 1),
	};
	int code;

	if (!frame.data)
		return output_error(cli, EXIT_REFUSED, -ENOMEM, NULL,
				    "no memory");
	if (verb->defaults)
		memcpy(frame.data, verb->defaults, verb->args_size);
	code = run(&frame, argc, argv);
	if (verb->cleanup)
		verb->cleanup(frame.data);
	free(frame.data);
	return code;
}
