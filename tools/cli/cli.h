/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the command share: the context, output and options. */
#ifndef _PGAREA_CLI_H
#define _PGAREA_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lib/pgarea.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

/* Exit codes.  `run` adds those of its command, and 126 and 127 as env(1) has */
enum {
	EXIT_OK		= 0,
	EXIT_REFUSED	= 1,	/* the kernel said no: no room, busy */
	EXIT_USAGE	= 2,	/* the command line makes no sense */
	EXIT_DEVICE	= 3,	/* no device, or no permission */
	EXIT_TIMEOUT	= 4,	/* what was waited for did not happen in time */
};

/**
 * struct cli - one run of the command
 * @device: path of the device, NULL for the default
 * @json: answer in JSON
 * @error_told: the error that ends this run is on stdout as JSON already
 * @fd: the device, -1 before cli_open()
 * @info: what it said about itself
 * @areas: its areas, @nr_areas of them, after cli_open_with_areas()
 * @nr_areas: number of @areas
 */
struct cli {
	const char *device;
	bool json;
	bool error_told;
	int fd;
	struct pgarea_info info;
	struct pgarea_area *areas;
	size_t nr_areas;
};

/**
 * struct verb - a word that the command knows
 * @name: the word
 * @summary: one line
 * @run: does it; argv[0] is "pgarea NAME".  Returns an exit code.
 */
struct verb {
	const char *name;
	const char *summary;
	int (*run)(struct cli *cli, int argc, char **argv);
};

int cmd_info(struct cli *cli, int argc, char **argv);
int cmd_areas(struct cli *cli, int argc, char **argv);
int cmd_map(struct cli *cli, int argc, char **argv);
int cmd_blocks(struct cli *cli, int argc, char **argv);
int cmd_alloc(struct cli *cli, int argc, char **argv);
int cmd_reserve(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_remove(struct cli *cli, int argc, char **argv);
int cmd_wait(struct cli *cli, int argc, char **argv);

/* ---- device.c ------------------------------------------------------------ */

/* Open the device, check that it is one; an exit code, the error is told */
int cli_open(struct cli *cli, int access);
/* The same, and fill @areas */
int cli_open_with_areas(struct cli *cli, int access);
void cli_close(struct cli *cli);

const struct pgarea_area *area_by_id(const struct cli *cli, __u32 id);
const struct pgarea_area *area_by_name(const struct cli *cli, const char *name);
/* Name of an area for output, "?" when it is gone */
const char *area_name(const struct cli *cli, __u32 id);
/* Areas named on the command line, all without any; NULL when one does not exist */
const struct pgarea_area **pick_areas(struct cli *cli, char **names,
				      size_t *n);

/* ---- options.c ----------------------------------------------------------- */

/* --json, --device, --help: child of every verb's parser, input struct cli */
extern const struct argp common_argp;
extern const struct argp_child common_children[];

/*
 * argp_parse() for a verb: an exit code, EXIT_OK to go on.  @input must begin
 * with a pointer to the struct cli.
 */
int parse_options(struct cli *cli, const struct argp *argp, int argc,
		  char **argv, unsigned int flags, void *input);
/* Tell a usage error; returns the value that ends the parsing */
error_t usage_error(struct cli *cli, struct argp_state *state,
		    const char *format, ...) __printf(3, 4);
/* A size or an address from the command line, or a usage error */
error_t option_size(struct cli *cli, struct argp_state *state,
		    const char *what, const char *text, __u64 *value);
/* A number from @lowest to @highest from the command line, or a usage error */
error_t option_number(struct cli *cli, struct argp_state *state,
		      const char *text, unsigned long lowest,
		      unsigned long highest, unsigned long *value);

/* ---- output.c --------------------------------------------------------------- */

/* Print @root and release it; an exit code */
int out_json(json_t *root);
/* An address as JSON: a number, null when hidden */
json_t *json_address(__u64 address);
/* A name as JSON: a string, null when empty */
json_t *json_name(const char *name);
/* "0x100000-0x1fffff", or "hidden" */
#define SPAN_TEXT_SIZE 48
const char *format_span(__u64 address, __u64 size, char text[SPAN_TEXT_SIZE]);

/* "800 ms", "60 s" */
const char *format_ms(__u32 ms, char text[PGAREA_TEXT_SIZE]);

/*
 * Tell an error on stderr, and as JSON on stdout where asked for.  @details, of
 * which the reference is taken, go into the object; may be NULL.  @err is a
 * negative errno value or 0.  Returns @code.
 */
int out_error(struct cli *cli, int code, int err, json_t *details,
	      const char *format, ...) __printf(5, 6);

/* ---- print_block.c ------------------------------------------------------------- */

#define HOLDERS_TEXT_SIZE 64

/* "owner,mapping", or "-" */
const char *format_holders(__u32 holders, char text[HOLDERS_TEXT_SIZE]);
json_t *json_holders(__u32 holders);
/* "block" or "reservation" */
const char *kind_name(__u32 kind);
/* "allocated", or "persistent" of one that is; and if it is poisoned */
#define STATE_TEXT_SIZE 64
const char *format_state(const struct pgarea_block *block,
			 char text[STATE_TEXT_SIZE]);
json_t *json_block(const struct cli *cli, const struct pgarea_block *block);
/* All that there is to say about it, on several lines */
void print_block(const struct cli *cli, const struct pgarea_block *block);

/* ---- wait_drained.c -------------------------------------------------------------- */

#define SECONDS_MAX	(1UL << 30)
#define SECONDS_FOREVER	(~0UL)

/*
 * Wait for @id, or for everybody's with 0; an exit code.  The error is told, and
 * what still holds what.
 */
int wait_gone(struct cli *cli, __u64 id, unsigned long seconds);

/* ---- table.c ------------------------------------------------------------- */

#define TABLE_MAX_COLUMNS 16

/**
 * struct table - text in columns
 * @columns: number of columns, at most TABLE_MAX_COLUMNS
 * @right: bit n is set when column n is aligned to the right
 * @cells: @n texts, row by row, the head first
 * @n: number of cells
 */
struct table {
	unsigned int columns;
	unsigned int right;
	char **cells;
	size_t n;
};

void table_cell(struct table *table, const char *format, ...) __printf(2, 3);
void table_size_cell(struct table *table, __u64 size);
/* Print it and release the cells */
void table_print(struct table *table);

#endif /* _PGAREA_CLI_H */
