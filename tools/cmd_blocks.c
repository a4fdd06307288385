// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea blocks: what is held.
 *
 * This process holds nothing itself.  The file that it can ask about is the one
 * that `pgarea run` left open for its command, in PGAREA_FD.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct {
	__u32 flag;
	const char *name;
} holders[] = {
	{ PGAREA_HOLDER_OWNER, "owner" },
	{ PGAREA_HOLDER_MAPPING, "mapping" },
	{ PGAREA_HOLDER_REFERENCE, "reference" },
};

struct blocks_args {
	struct cli *cli;
	bool all;
};

static const char *kind_name(__u32 kind)
{
	return kind == PGAREA_KIND_RESERVATION ? "reservation" : "block";
}

static void holders_cell(struct table *table, __u32 flags)
{
	char text[64] = "";

	for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
		if (!(flags & holders[i].flag))
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, holders[i].name);
	}
	table_cell(table, "%s", *text ? text : "-");
}

static void block_row(const struct cli *cli, struct table *table,
		      const struct pgarea_block *block)
{
	char span[SPAN_TEXT_SIZE];

	table_cell(table, "%llu", block->id);
	table_cell(table, "%s", kind_name(block->kind));
	table_cell(table, "%s", format_span(block->address, block->size, span));
	table_size_cell(table, block->size);
	table_cell(table, "%s", area_name(cli, block->area));
	table_cell(table, "%s", pgarea_state_name(block->state));
	holders_cell(table, block->holders);
	if (block->pid)
		table_cell(table, "%d", block->pid);
	else
		table_cell(table, "-");
	table_cell(table, "%s", block->name);
}

static void print_blocks(const struct cli *cli,
			 const struct pgarea_block *blocks, size_t n)
{
	static const char *const head[] = {
		"ID", "KIND", "PHYSICAL", "SIZE", "AREA", "STATE", "HOLDERS",
		"PID", "NAME",
	};
	struct table table = { .columns = ARRAY_SIZE(head), .right = 0x89 };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(&table, "%s", head[i]);
	for (size_t i = 0; i < n; i++)
		block_row(cli, &table, &blocks[i]);
	table_print(&table);
}

static json_t *holders_json(__u32 flags)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
		if (flags & holders[i].flag)
			json_array_append_new(list,
					      json_string(holders[i].name));
	}
	return list;
}

static json_t *block_json(const struct cli *cli,
			  const struct pgarea_block *block)
{
	return json_pack("{s:I, s:s, s:o, s:o, s:I, s:s, s:o, s:s, s:o, s:o, s:I}",
			 "id", (json_int_t)block->id,
			 "kind", kind_name(block->kind),
			 "name", json_name((const char *)block->name),
			 "address", json_address(block->address),
			 "size", (json_int_t)block->size,
			 "area", area_name(cli, block->area),
			 "node", block->node == PGAREA_NODE_ANY ?
				 json_null() : json_integer(block->node),
			 "state", pgarea_state_name(block->state),
			 "holders", holders_json(block->holders),
			 "pid", block->pid ? json_integer(block->pid) :
					     json_null(),
			 "mmap_offset", (json_int_t)block->mmap_offset);
}

static int show_json(const struct cli *cli, const struct pgarea_block *blocks,
		     size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, block_json(cli, &blocks[i]));
	return out_json(json_pack("{s:o}", "blocks", list));
}

/* The descriptor that `pgarea run` passed on, or -1 */
static int inherited_device(void)
{
	const char *text = getenv("PGAREA_FD");
	struct pgarea_info info;
	int fd;

	if (!text || !*text)
		return -1;
	fd = atoi(text);
	return pgarea_get_info(fd, &info) ? -1 : fd;
}

static int list_failed(struct cli *cli, int err)
{
	if (err == -EPERM)
		return out_error(cli, EXIT_REFUSED, err, NULL,
				 "cannot list everybody's blocks: this needs CAP_SYS_ADMIN; try as root");
	return out_error(cli, EXIT_REFUSED, err, NULL,
			 "cannot list the blocks: %s", strerror(-err));
}

static int list_blocks(struct cli *cli, bool all)
{
	struct pgarea_block *blocks;
	int fd = all ? cli->fd : inherited_device();
	int err, code = EXIT_OK;
	size_t n;

	if (fd < 0)
		return out_error(cli, EXIT_USAGE, 0, NULL,
				 "this is not a command of `pgarea run`, so nothing is its own; `pgarea blocks --all` lists everybody's, as root");
	err = pgarea_list_blocks(fd, all ? PGAREA_BLOCKS_ALL : 0, &blocks, &n);
	if (err)
		return list_failed(cli, err);
	if (cli->json)
		code = show_json(cli, blocks, n);
	else
		print_blocks(cli, blocks, n);
	free(blocks);
	return code;
}

static error_t parse_blocks(int key, char *arg, struct argp_state *state)
{
	struct blocks_args *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = args->cli;
		return 0;
	case 'a':
		args->all = true;
		return 0;
	case ARGP_KEY_ARG:
		return usage_error(args->cli, state,
				   "'%s' is one argument too many", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Those of every process; needs CAP_SYS_ADMIN",
	  0 },
	{ 0 }
};

static const struct argp blocks_argp = {
	.options = options,
	.parser = parse_blocks,
	.doc = "Blocks and reservations that are held, and by whom.\v\n"
	       "Without --all, those of the `pgarea run` that this command was started by.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea blocks --all\n"
	       "  pgarea run --alloc BUF=2M -- pgarea blocks\n"
	       "  pgarea blocks --all --json | jq '.blocks[] | select(.state == \"draining\")'\n",
	.children = common_children,
};

int cmd_blocks(struct cli *cli, int argc, char **argv)
{
	struct blocks_args args = { .cli = cli };
	int code = parse_options(cli, &blocks_argp, argc, argv, 0, &args);

	if (code == EXIT_OK)
		code = cli_open_with_areas(cli, O_RDONLY);
	return code == EXIT_OK ? list_blocks(cli, args.all) : code;
}
