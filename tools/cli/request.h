/* SPDX-License-Identifier: GPL-2.0 */
/* A block or a reservation that the command line asks for. */
#ifndef _PGAREA_CLI_REQUEST_H
#define _PGAREA_CLI_REQUEST_H

#include <argp.h>
#include <stdbool.h>

#include "cli/cli.h"

/**
 * struct request - a block or a reservation to create
 * @kind: PGAREA_KIND_*
 * @name: label, may be empty
 * @size: bytes
 * @align: bytes, 0 for none
 * @boundary: bytes, 0 for none
 * @lowest: lowest address allowed
 * @highest: highest address allowed, 0 for no limit
 * @address: first byte, for a reservation or when @exact
 * @exact: the block must begin at @address
 * @claim: take from the host what no area owns of it
 * @top_down: take the highest free address instead of the lowest
 * @no_grow: no area grows for it
 * @by_node: PGAREA_ALLOC_NODE or PGAREA_ALLOC_PREFER_NODE; 0: of any node
 * @node: the NUMA node
 * @dry_run: only check whether it fits
 * @persistent: it belongs to no file and has a node
 * @access: enum pgarea_access
 * @cache: enum pgarea_cache
 * @orphan_ms: how long it is quarantined as an orphan; 0: the default
 * @bound_to_pci: bind it to a PCI function
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
	bool claim;
	bool top_down;
	bool no_grow;
	__u64 by_node;
	__u32 node;
	bool dry_run;
	bool persistent;
	__u32 access;
	__u32 cache;
	__u32 orphan_ms;
	bool bound_to_pci;
	struct pgarea_bind function;
	const char *areas;
};

error_t set_name(struct cli *cli, struct argp_state *state,
		 struct request *request, const char *name);
/* "ADDR+SIZE" or "ADDR-LAST"; modifies @text */
error_t set_range(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text);
/* Check what depends on more than one option */
error_t check_request(struct cli *cli, struct argp_state *state,
		      const struct request *request);

#endif /* _PGAREA_CLI_REQUEST_H */
