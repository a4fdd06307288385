// SPDX-License-Identifier: GPL-2.0
/* pgarea alloc: allocate memory at a physical address, and hold it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/acquire.h"
#include "cli/allocation.h"
#include "cli/cli.h"
#include "cli/cmd_alloc.h"
#include "cli/opt_access.h"
#include "cli/opt_claim.h"
#include "cli/opt_lifetime.h"
#include "cli/opt_placement.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/print_acquired.h"
#include "cli/request.h"
#include "cli/seconds.h"
#include "cli/verb.h"
#include "cli/wait_signal.h"
#include "lib/pgarea.h"

enum {
	OPT_HOLD_FOR = 0x3000,
	OPT_FILL,
	OPT_PERSISTENT,
};

#define MAX_COUNT 100000
/* Parsers of the options that verbs share */
#define NR_CHILDREN 5

/**
 * struct alloc_args - arguments of the command line
 * @child: input of the child parsers
 * @request: the block
 * @count: number of blocks
 * @seconds: how long to hold them
 * @fill: byte to fill them with, when @filled
 * @filled: whether to fill them
 */
struct alloc_args {
	struct request_args child;
	struct request request;
	unsigned long count;
	unsigned long seconds;
	unsigned long fill;
	bool filled;
};

/* Why only one such block can exist, NULL when many can */
static const char *why_single(const struct request *request)
{
	if (request->dry_run)
		return "a dry run places one block";
	if (request->exact)
		return "only one block fits at an address";
	if (request->persistent)
		return "a name belongs to one persistent block";
	return NULL;
}

static error_t parse_end(struct cli *cli, struct alloc_args *args,
			 struct argp_state *state)
{
	if (!state->arg_num)
		return usage_error(cli, state, "a size is missing");
	if (args->count > 1 && why_single(&args->request))
		return usage_error(cli, state, "%s; leave out --count",
				   why_single(&args->request));
	if (args->filled && args->request.access == PGAREA_ACCESS_READ_ONLY)
		return usage_error(cli, state,
				   "--fill cannot write to a read-only block");
	if (args->request.persistent && args->seconds != SECONDS_FOREVER)
		return usage_error(cli, state,
				   "a persistent block is not held; leave out --hold-for");
	return check_request(cli, state, &args->request);
}

static error_t parse_size(struct cli *cli, struct alloc_args *args,
			  struct argp_state *state, const char *arg)
{
	if (state->arg_num)
		return ARGP_ERR_UNKNOWN;
	return option_size(cli, state, "size", arg, &args->request.size);
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct alloc_args *args = data;

	switch (key) {
	case ARGP_KEY_INIT:
		args->child = (struct request_args){ cli, &args->request };
		for (int i = 1; i < NR_CHILDREN; i++)
			state->child_inputs[i] = &args->child;
		return 0;
	case 'n':
		return set_name(cli, state, &args->request, arg);
	case 'c':
		return option_number(cli, state, arg, 1, MAX_COUNT,
				     &args->count);
	case 'd':
		args->request.dry_run = true;
		return 0;
	case OPT_HOLD_FOR:
		return option_number(cli, state, arg, 0, SECONDS_MAX,
				     &args->seconds);
	case OPT_PERSISTENT:
		args->request.persistent = true;
		return 0;
	case OPT_FILL:
		args->filled = true;
		return option_number(cli, state, arg, 0, 255, &args->fill);
	case ARGP_KEY_ARG:
		return parse_size(cli, args, state, arg);
	case ARGP_KEY_END:
		return parse_end(cli, args, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "name", 'n', "LABEL", 0, "Label of the block, for `pgarea blocks`",
	  1 },
	{ "count", 'c', "N", 0, "Allocate N such blocks, all or none", 1 },
	{ "fill", OPT_FILL, "BYTE", 0,
	  "Fill it with BYTE (0 to 255) instead of zeros", 1 },
	{ "hold-for", OPT_HOLD_FOR, "SECONDS", 0,
	  "Hold it for this time; 0: free it at once", 1 },
	{ "persistent", OPT_PERSISTENT, NULL, 0,
	  "Do not hold it: it persists, with a node /dev/pgarea-LABEL, until `pgarea remove LABEL`; needs CAP_SYS_ADMIN",
	  1 },
	{ "dry-run", 'd', NULL, 0, "Only report whether it fits, and where",
	  1 },
	{ 0 }
};

static const struct argp_child children[] = {
	{ &common_argp, 0, "Common options:", 10 },
	{ &placement_argp, 0, "Placement:", 5 },
	{ &access_argp, 0, "Access and caching:", 6 },
	{ &claim_argp, 0, "Memory of the host:", 7 },
	{ &lifetime_argp, 0, "When its owner exits without freeing it:", 8 },
	{ 0 }
};

/* Fill a block with a byte; an exit code */
static int fill(struct cli *cli, const struct allocation *allocation, int byte)
{
	struct pgarea_alloc block = {
		.alloc_size = allocation->size,
		.mmap_offset = allocation->mmap_offset,
	};
	void *memory = pgarea_mmap(cli->fd, &block, PROT_READ | PROT_WRITE);

	if (!memory)
		return output_error(cli, EXIT_REFUSED, -errno, NULL,
				    "cannot map the block: %m");
	memset(memory, byte, allocation->size);
	munmap(memory, allocation->size);
	return EXIT_OK;
}

static int alloc_all(struct cli *cli, const struct alloc_args *args,
		     struct allocation *allocations)
{
	const struct request *request = &args->request;
	unsigned long i;
	int code;

	if (args->count > 1)
		code = acquire_many(cli, request, allocations, args->count);
	else
		code = acquire(cli, request, allocations);
	if (!args->filled || request->dry_run)
		return code;
	for (i = 0; code == EXIT_OK && i < args->count; i++)
		code = fill(cli, &allocations[i], args->fill);
	return code;
}

static int run(struct cli *cli, const void *data)
{
	const struct alloc_args *args = data;
	struct allocation *allocations =
		calloc(args->count, sizeof(*allocations));
	int code = allocations ? alloc_all(cli, args, allocations) :
				 EXIT_REFUSED;

	block_signals();
	if (code == EXIT_OK)
		code = output_acquired(cli, allocations, args->count);
	free(allocations);
	if (code == EXIT_OK)
		hold_until_signal(&args->request, args->seconds);
	release_all(cli);
	return code;
}

const struct verb cmd_alloc = {
	.name = "alloc",
	.summary = "allocate memory at a physical address, and hold it",
	.args_doc = "SIZE",
	.doc = "Allocate physically contiguous memory, print its physical address, and\n"
	       "hold it until Ctrl-C.\v\n"
	       "Sizes and addresses: 4096, 4K, 2M, 1G (times 1024) or 0x1000.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea alloc 64K --below 16M      for a 24-bit DMA engine\n"
	       "  pgarea alloc 2M --align 2M --below 4G --boundary 16M\n"
	       "  pgarea alloc 1M --at 0x1200000    exactly there\n"
	       "  pgarea alloc 64M --at 0x40000000 --claim      there, whoever has it now\n"
	       "  pgarea alloc 1M --below 4G --top-down   as high as that allows\n"
	       "  pgarea alloc 1G --dry-run         would it fit, and where?\n"
	       "  pgarea alloc 8M --area low,lowest --count 4 --hold-for 60\n"
	       "  pgarea alloc 2M --wc --name fb --persistent   persists as /dev/pgarea-fb\n"
	       "  pgarea alloc 1M --below 4G --bind 03:00.0     that device writes to it\n",
	.options = options,
	.children = children,
	.access = O_RDWR,
	.needs_areas = true,
	.args_size = sizeof(struct alloc_args),
	.defaults =
		&(const struct alloc_args){
			.count = 1,
			.seconds = SECONDS_FOREVER,
		},
	.parse = parse,
	.run = run,
};
