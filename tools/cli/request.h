/* SPDX-License-Identifier: GPL-2.0 */
/* What the command line asks for, and what the kernel gave. */
#ifndef _PGAREA_REQUEST_H
#define _PGAREA_REQUEST_H

#include "cli/cli.h"

/**
 * struct request - a block or a reservation to make
 * @kind: PGAREA_KIND_*
 * @name: label, may be empty
 * @size: bytes
 * @align: bytes, 0 for none
 * @boundary: bytes, 0 for none
 * @lowest: lowest address allowed
 * @highest: highest address allowed, 0 for no limit
 * @address: where, for a reservation or when @exact
 * @exact: the block must begin at @address
 * @top_down: at the highest place instead of the lowest
 * @dry_run: only ask whether it fits
 * @persistent: it belongs to no file and has a node
 * @access: enum pgarea_access
 * @cache: enum pgarea_cache
 * @orphan_ms: how long it is kept back as an orphan; 0: as usual
 * @bound: it is to be bound to a PCI function
 * @function: address of that function
 * @areas: names of areas with ',' or '+' between them, NULL for all
 */
struct request {
	__u32 kind;
	char name[PGAREA_NAME_SIZE];
	__u64 size;
	__u64 align;
	__u64 boundary;
	__u64 lowest;
	__u64 highest;
	__u64 address;
	bool exact;
	bool top_down;
	bool dry_run;
	bool persistent;
	__u32 access;
	__u32 cache;
	__u32 orphan_ms;
	bool bound;
	struct pgarea_bind function;
	const char *areas;
};

/**
 * struct held - a block or a reservation that this process holds
 * @kind: PGAREA_KIND_*
 * @name: label, may be empty
 * @id: from the kernel, 0 after a dry run
 * @address: physical, PGAREA_NO_ADDRESS when hidden
 * @size: bytes
 * @mmap_offset: of a block, 0 otherwise
 * @area: id of the area
 * @node: NUMA node of a block, PGAREA_NODE_ANY otherwise
 * @persistent: it has a node of its own, and this process does not hold it
 */
struct held {
	__u32 kind;
	char name[PGAREA_NAME_SIZE];
	__u64 id;
	__u64 address;
	__u64 size;
	__u64 mmap_offset;
	__u32 area;
	__s32 node;
	bool persistent;
};

/* ---- request.c: command line to request ---------------------------------- */

/* First keys of the options of each kind */
enum {
	OPT_PLACE	= 0x2000,
	OPT_USE		= 0x2100,
	OPT_LIFE	= 0x2200,
};

/**
 * struct option_set - options of one kind that a request has
 * @options: their table
 * @set: takes one of them; ARGP_ERR_UNKNOWN for what is not in the table
 */
struct option_set {
	const struct argp_option *options;
	error_t (*set)(struct cli *cli, struct argp_state *state,
		       struct request *request, int key, const char *arg);
};

/* opt_placement.c, of a block: where it shall lie */
extern const struct option_set place_options;
/* opt_access.c, of a block: how it can be used */
extern const struct option_set use_options;
/* opt_lifetime.c, of a block or reservation: what becomes of it without its owner */
extern const struct option_set life_options;

/* Child parsers with these options; input struct request_args */
extern const struct argp place_argp;
extern const struct argp use_argp;
extern const struct argp life_argp;

struct request_args {
	struct cli *cli;
	struct request *request;
};

/* The parser of them all */
error_t parse_request(int key, char *arg, struct argp_state *state);

error_t set_name(struct cli *cli, struct argp_state *state,
		 struct request *request, const char *name);
/* "ADDR+SIZE" or "ADDR-LAST" */
error_t set_range(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text);
/* "SIZE[,OPTION=VALUE]...", a range where it is a reservation; cuts @text up */
error_t set_words(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text);
/* What only the whole request shows */
error_t check_request(struct cli *cli, struct argp_state *state,
		      const struct request *request);

/* ---- acquire.c: request to kernel ------------------------------------------- */

/* Allocate or reserve; an exit code, the refusal is told */
int hold(struct cli *cli, const struct request *request, struct held *held);
/* Allocate @n such blocks, all or none; an exit code, the refusal is told */
int hold_many(struct cli *cli, const struct request *request,
	      struct held *held, unsigned long n);
/*
 * Free whatever this process holds: it ends on purpose, and what it would leave to
 * the kernel would be kept back as an orphan.
 */
void give_back(struct cli *cli);

/* ---- print_acquired.c -------------------------------------------------------------- */

/* As a table on stdout */
void held_print(const struct cli *cli, const struct held *held, size_t n);
json_t *held_json(const struct cli *cli, const struct held *held, size_t n);

/* ---- print_error.c ----------------------------------------------------------- */

/* Tell why there is no block or reservation; EXIT_REFUSED */
int alloc_refused(struct cli *cli, const struct pgarea_alloc *block, int err);
int reserve_refused(struct cli *cli, const struct pgarea_reserve *range,
		    int err);
int bind_refused(struct cli *cli, const struct pgarea_bind *bind, int err);

/* ---- wait_signal.c -------------------------------------------------------------- */

/*
 * From here on SIGINT, SIGTERM and SIGHUP wait for wait_for_end().  To be
 * called before what is held is printed: whoever has read that may signal.
 */
void wait_prepare(void);
/*
 * Say on stderr that something is held, until a signal or so many seconds; or how
 * to end it, when nobody has to hold it
 */
void wait_for_end(const struct request *request, unsigned long seconds);

#endif /* _PGAREA_REQUEST_H */
