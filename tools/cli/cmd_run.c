// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea run: hold memory while a command runs.
 *
 * This process keeps the device open and waits, so the memory stays allocated
 * even if the command closes the descriptor that it inherits.  When this process
 * is killed, that descriptor keeps the memory for the command.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/acquire.h"
#include "cli/allocation.h"
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/cmd_run.h"
#include "cli/device.h"
#include "cli/options.h"
#include "cli/print_acquired.h"
#include "cli/request.h"
#include "cli/verb.h"
#include "cli/words.h"
#include "lib/pgarea.h"

/**
 * struct run_args - arguments of the command line
 * @requests: the memory to hold, in the order of the command line
 * @n: number of @requests
 * @command: the command and its arguments, NULL-terminated
 */
struct run_args {
	struct request *requests;
	size_t n;
	char **command;
};

/* ---- Command line -------------------------------------------------------- */

static bool good_name(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return !*name;
}

static error_t check_name(struct cli *cli, struct run_args *args,
			  struct argp_state *state, const char *name)
{
	if (!good_name(name))
		return usage_error(cli, state,
				   "'%s' is not a valid variable name: letters, digits and _",
				   name);
	for (size_t i = 0; i < args->n; i++) {
		if (!strcasecmp(args->requests[i].name, name))
			return usage_error(cli, state,
					   "the name '%s' is given twice",
					   name);
	}
	return 0;
}

/* "NAME=...": append a request of that name, and leave the rest in @text */
static error_t new_request(struct cli *cli, struct run_args *args,
			   struct argp_state *state, char **text,
			   struct request **request)
{
	char *name = strsep(text, "=");
	struct request *list;
	error_t err;

	if (!*text)
		return usage_error(cli, state,
				   "'%s' lacks a name; write NAME=%s", name,
				   name);
	err = check_name(cli, args, state, name);
	if (err)
		return err;
	list = reallocarray(args->requests, args->n + 1, sizeof(*list));
	if (!list)
		return usage_error(cli, state, "no memory");
	args->requests = list;
	*request = &list[args->n];
	memset(*request, 0, sizeof(**request));
	err = set_name(cli, state, *request, name);
	if (!err)
		args->n++;
	return err;
}

static error_t add_request(struct cli *cli, struct run_args *args,
			   struct argp_state *state, __u32 kind, char *text)
{
	struct request *request = NULL;
	error_t err = new_request(cli, args, state, &text, &request);

	if (err)
		return err;
	request->kind = kind;
	err = set_words(cli, state, request, text);
	return err ? err : check_request(cli, state, request);
}

static error_t parse_end(struct cli *cli, struct run_args *args,
			 struct argp_state *state)
{
	if (!args->command)
		return usage_error(cli, state, "a command is missing");
	if (!args->n)
		return usage_error(cli, state,
				   "there is nothing to hold: give --alloc or --reserve");
	return 0;
}

enum {
	OPT_ALLOC = 0x3000,
	OPT_RESERVE,
};

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct run_args *args = data;

	switch (key) {
	case OPT_ALLOC:
		return add_request(cli, args, state, PGAREA_KIND_BLOCK, arg);
	case OPT_RESERVE:
		return add_request(cli, args, state, PGAREA_KIND_RESERVATION,
				   arg);
	case ARGP_KEY_ARG:
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return parse_end(cli, args, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "alloc", OPT_ALLOC, "NAME=SIZE[,OPTION[=VALUE]...]", 0,
	  "Hold a block; its options are those of `pgarea alloc`, with + between several areas",
	  0 },
	{ "reserve", OPT_RESERVE, "NAME=ADDR+SIZE[,OPTION=VALUE]...", 0,
	  "Hold a reservation; also NAME=ADDR-LAST; its options are orphan-ms and bind",
	  0 },
	{ 0 }
};

/* ---- Environment of the command ------------------------------------------ */

static void set_variable(const char *name, const char *what, const char *value)
{
	char variable[PGAREA_NAME_SIZE + 32];

	snprintf(variable, sizeof(variable), "PGAREA_%s_%s", name, what);
	for (char *c = variable; *c; c++)
		*c = toupper((unsigned char)*c);
	setenv(variable, value, 1);
}

static void set_number(const char *name, const char *what, const char *format,
		       __u64 value)
{
	char text[PGAREA_TEXT_SIZE];

	snprintf(text, sizeof(text), format, value);
	set_variable(name, what, text);
}

static void export_allocation(const struct cli *cli,
			      const struct allocation *allocation)
{
	if (allocation->address == PGAREA_NO_ADDRESS)
		set_variable(allocation->name, "PHYS", "");
	else
		set_number(allocation->name, "PHYS", "0x%llx",
			   allocation->address);
	set_number(allocation->name, "SIZE", "%llu", allocation->size);
	set_number(allocation->name, "ID", "%llu", allocation->id);
	set_variable(allocation->name, "AREA",
		     area_name(cli, allocation->area));
	if (allocation->kind == PGAREA_KIND_BLOCK)
		set_number(allocation->name, "OFFSET", "0x%llx",
			   allocation->mmap_offset);
}

static void export_device(const struct cli *cli)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", cli->fd);
	setenv("PGAREA_FD", text, 1);
	setenv("PGAREA_DEVICE", cli->device ? cli->device : pgarea_device_path(),
	       1);
}

/* ---- Holding ------------------------------------------------------------- */

static int acquire_all(struct cli *cli, const struct run_args *args,
		       struct allocation *allocations)
{
	int code = EXIT_OK;

	for (size_t i = 0; code == EXIT_OK && i < args->n; i++)
		code = acquire(cli, &args->requests[i], &allocations[i]);
	return code;
}

static int run_command(struct cli *cli, const struct run_args *args,
		       const struct allocation *allocations)
{
	int code = EXIT_OK;

	if (cli->json)
		code = output_acquired(cli, allocations, args->n);
	fflush(stdout);
	for (size_t i = 0; i < args->n; i++)
		export_allocation(cli, &allocations[i]);
	export_device(cli);
	if (code == EXIT_OK)
		code = child_run(args->command, cli->fd);
	/* a command that failed may have left a device running */
	if (code == EXIT_OK)
		release_all(cli);
	return code;
}

static int run(struct cli *cli, const void *data)
{
	const struct run_args *args = data;
	struct allocation *allocations = calloc(args->n, sizeof(*allocations));
	int code = allocations ? acquire_all(cli, args, allocations) :
				 EXIT_REFUSED;

	if (code == EXIT_OK)
		code = run_command(cli, args, allocations);
	else
		release_all(cli);
	free(allocations);
	return code;
}

static void cleanup(void *data)
{
	struct run_args *args = data;

	free(args->requests);
}

const struct verb cmd_run = {
	.name = "run",
	.summary = "hold memory while a command runs",
	.args_doc = "[--] COMMAND [ARGUMENT...]",
	.doc = "Hold memory while a command runs, and pass its addresses on.\v\n"
	       "The command finds PGAREA_NAME_PHYS, _SIZE, _ID, _AREA and, of a block,\n"
	       "_OFFSET in its environment, with the name in capitals; and in PGAREA_FD an\n"
	       "open descriptor of the device, to map a block with mmap(..., MAP_SHARED, fd,\n"
	       "offset). The exit status is the command's, 128 + N when signal N killed it,\n"
	       "127 when it was not found, 126 when it could not be run.\n"
	       "\n"
	       "When the command exits with 0, everything is freed. When it fails or is killed,\n"
	       "a device may still write to the memory: the kernel quarantines it for a while\n"
	       "(orphan-ms=), or stops the device (bind=).\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea run --alloc RING=64K,below=16M -- ./dma-test\n"
	       "  pgarea run --alloc A=2M,align=2M --alloc B=4M,area=low+lowest \\\n"
	       "         --reserve FW=0x1200000+64K -- sh -c 'echo $PGAREA_A_PHYS'\n"
	       "  pgarea run --alloc BUF=2M,uc,orphan-ms=5000 -- pgarea blocks --long\n"
	       "  pgarea run --alloc RX=1M,below=4G,bind=03:00.0 -- ./nic-test\n",
	.options = options,
	.in_order = true,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct run_args),
	.parse = parse,
	.run = run,
	.cleanup = cleanup,
};
