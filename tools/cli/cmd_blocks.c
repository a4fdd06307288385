// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea blocks: blocks and reservations, with their holders.
 *
 * This process owns nothing.  Without --all it lists what belongs to the open
 * file that `pgarea run` passed to its command, in PGAREA_FD.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_blocks.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/print_block.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

struct blocks_args {
	bool all;
	bool in_full;
};

/* Columns that are printed only when the list needs them */
struct rare {
	bool user;
	bool function;
};

static struct rare look_for_rare(const struct pgarea_block *blocks, size_t n,
				 bool all)
{
	struct rare rare = { .user = all };

	for (size_t i = 0; i < n; i++)
		rare.function |= blocks[i].bound_to_pci;
	return rare;
}

/* As lspci writes it, without domain 0, to keep the row short */
static void function_cell(struct table *table,
			  const struct pgarea_block *block)
{
	char text[PGAREA_TEXT_SIZE] = "-";
	size_t skip = 0;

	if (block->bound_to_pci) {
		pgarea_format_pci(block->pci_domain, block->pci_bus,
				  block->pci_device, block->pci_function, text);
		skip = block->pci_domain ? 0 : strlen("0000:");
	}
	table_cell(table, "%s", text + skip);
}

static void block_row(const struct cli *cli, struct table *table,
		      const struct pgarea_block *block, const struct rare *rare)
{
	char span[SPAN_TEXT_SIZE], state[STATE_TEXT_SIZE];
	char holders[HOLDERS_TEXT_SIZE];

	table_cell(table, "%llu", block->id);
	table_cell(table, "%s", kind_name(block->kind));
	table_cell(table, "%s", format_span(block->address, block->size, span));
	table_size_cell(table, block->size);
	table_cell(table, "%s", area_name(cli, block->area));
	table_cell(table, "%s", format_state(block, state));
	table_cell(table, "%s", format_holders(block->holders, holders));
	if (rare->function)
		function_cell(table, block);
	if (block->pid)
		table_cell(table, "%d", block->pid);
	else
		table_cell(table, "-");
	if (rare->user)
		table_cell(table, "%u", block->uid);
	table_cell(table, "%s", block->name);
}

static void head_row(struct table *table, const struct rare *rare)
{
	static const char *const head[] = {
		"ID", "KIND", "PHYSICAL", "SIZE", "AREA", "STATE", "HOLDERS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_cell(table, "%s", head[i]);
	if (rare->function)
		table_cell(table, "PCI");
	table_cell(table, "PID");
	if (rare->user)
		table_cell(table, "UID");
	table_cell(table, "NAME");
	table->columns = table->n;
	/* the numbers: ID, SIZE, PID, and UID */
	table->right = 0x9 | (rare->user ? 3 : 1) << (rare->function ? 8 : 7);
}

static void print_table(const struct cli *cli,
			const struct pgarea_block *blocks, size_t n, bool all)
{
	struct rare rare = look_for_rare(blocks, n, all);
	struct table table = { 0 };

	head_row(&table, &rare);
	for (size_t i = 0; i < n; i++)
		block_row(cli, &table, &blocks[i], &rare);
	table_print(&table);
}

static int show_json(const struct cli *cli, const struct pgarea_block *blocks,
		     size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_block(cli, &blocks[i]));
	return output_json(json_pack("{s:o}", "blocks", list));
}

/* The descriptor inherited from `pgarea run`, or -1 */
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
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "cannot list the blocks of all processes: this needs CAP_SYS_ADMIN; try as root");
	return output_error(cli, EXIT_REFUSED, err, NULL,
			    "cannot list the blocks: %s",
			    pgarea_error_text(err));
}

static int show_in_full(const struct cli *cli,
			const struct pgarea_block *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar('\n');
		print_block(cli, &blocks[i]);
	}
	return EXIT_OK;
}

static int list_blocks(struct cli *cli, const void *data)
{
	const struct blocks_args *args = data;
	struct pgarea_block *blocks;
	bool all = args->all;
	int fd = all ? cli->fd : inherited_device();
	int err, code = EXIT_OK;
	size_t n;

	if (fd < 0)
		return output_error(cli, EXIT_USAGE, 0, NULL,
				    "this is not a child of `pgarea run` and owns nothing; `pgarea blocks --all` lists the blocks of all processes, as root");
	err = pgarea_list_blocks(fd, all ? PGAREA_BLOCKS_ALL : 0, &blocks, &n);
	if (err)
		return list_failed(cli, err);
	if (cli->json)
		code = show_json(cli, blocks, n);
	else if (args->in_full)
		code = show_in_full(cli, blocks, n);
	else
		print_table(cli, blocks, n, all);
	free(blocks);
	return code;
}

static error_t parse(struct cli *cli, struct argp_state *state, void *data,
		     int key, char *arg)
{
	struct blocks_args *args = data;

	(void)cli;
	(void)state;
	(void)arg;
	switch (key) {
	case 'a':
		args->all = true;
		return 0;
	case 'l':
		args->in_full = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Those of every process; needs CAP_SYS_ADMIN",
	  0 },
	{ "long", 'l', NULL, 0, "Every field of each, on several lines", 0 },
	{ 0 }
};

const struct verb cmd_blocks = {
	.name = "blocks",
	.summary = "blocks and reservations, with their holders",
	.doc = "Blocks and reservations, with their holders.\v\n"
	       "Without --all, those of the `pgarea run` that started this command.\n"
	       "\n"
	       "STATE  allocated or reserved  it has an owner\n"
	       "       persistent             it has no owner: `pgarea remove NAME` removes it\n"
	       "       orphaned               its owner exited; quarantined for this time\n"
	       "       draining               freed, but its pages are still held\n"
	       "HOLDERS  owner      the open file that allocated it\n"
	       "         mapping    a process has it mapped\n"
	       "         reference  pinned, in I/O or in a pipe (checked while it drains)\n"
	       "         dma-buf    an exported dma-buf is open\n"
	       "         node       its node /dev/pgarea-NAME is open\n"
	       "         device     possibly a device, since the owner did not free it\n"
	       "         cache      its write-back attribute is not restored yet\n"
	       "PCI, the function it is bound to, is shown when there is one.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea blocks --all\n"
	       "  pgarea blocks --all --long\n"
	       "  pgarea run --alloc BUF=2M -- pgarea blocks\n"
	       "  pgarea blocks --all --json | jq '.blocks[] | select(.state == \"draining\")'\n",
	.options = options,
	.access = O_RDONLY,
	.needs_areas = true,
	.args_size = sizeof(struct blocks_args),
	.parse = parse,
	.run = list_blocks,
};
