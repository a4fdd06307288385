// SPDX-License-Identifier: GPL-2.0
/* Refusals: the text of the library, and every field of the kernel as JSON. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/print_error.h"
#include "lib/pgarea.h"

static json_t *obstacle_json(__u32 kind)
{
	return kind ? json_string(pgarea_obstacle_name(kind)) : json_null();
}

static json_t *refusal_json(const struct cli *cli,
			    const struct pgarea_refusal *refusal)
{
	bool page = refusal->address != PGAREA_NO_ADDRESS;
	bool obstacle = refusal->obstacle != PGAREA_OBSTACLE_NONE;

	return json_pack("{s:o, s:s, s:I, s:I, s:o, s:o, s:o, s:o}",
			 "area", refusal->area ?
				 json_string(area_name(cli, refusal->area)) :
				 json_null(),
			 "reason", pgarea_reason_name(refusal->reason),
			 "free", (json_int_t)refusal->free,
			 "largest_free", (json_int_t)refusal->largest_free,
			 "address", json_address(refusal->address),
			 "state", page ?
				 json_string(pgarea_state_name(refusal->state)) :
				 json_null(),
			 "obstacle", obstacle_json(refusal->obstacle),
			 "obstacle_address", obstacle ?
				 json_address(refusal->obstacle_address) :
				 json_null());
}

/* The node of a request that names one with this flag */
static json_t *node_json(const struct pgarea_alloc *block, __u64 flag)
{
	return block->flags & flag ? json_integer(block->node) : json_null();
}

static json_t *alloc_details(const struct cli *cli,
			     const struct pgarea_alloc *block)
{
	const struct pgarea_refusal *refusals =
		(void *)(uintptr_t)block->refusals.entries;
	bool exact = block->flags & PGAREA_ALLOC_EXACT;
	json_t *list = json_array();

	for (__u32 i = 0; i < block->refusals.count; i++)
		json_array_append_new(list, refusal_json(cli, &refusals[i]));
	return json_pack("{s:{s:I, s:I, s:I, s:I, s:o, s:o, s:b, s:b, s:b, "
			 "s:o, s:o, s:s, s:s, s:b}, s:o}",
			 "request",
			 "size", (json_int_t)block->size,
			 "align", (json_int_t)block->align,
			 "boundary", (json_int_t)block->boundary,
			 "lowest", (json_int_t)block->lowest,
			 "highest", block->highest ?
				 json_address(block->highest) : json_null(),
			 "address", exact ?
				 json_address(block->address) : json_null(),
			 "claim", (int)!!(block->flags & PGAREA_ALLOC_CLAIM),
			 "top_down",
			 (int)!!(block->flags & PGAREA_ALLOC_TOP_DOWN),
			 "no_grow",
			 (int)!!(block->flags & PGAREA_ALLOC_NO_GROW),
			 "node", node_json(block, PGAREA_ALLOC_NODE),
			 "prefer_node",
			 node_json(block, PGAREA_ALLOC_PREFER_NODE),
			 "access", pgarea_access_name(block->access),
			 "cache", pgarea_cache_name(block->cache),
			 "persistent",
			 (int)!!(block->flags & PGAREA_ALLOC_PERSISTENT),
			 "refusals", list);
}

/* Does the kernel fill in refusals with this error? */
static bool explained(int err)
{
	return err == -ENOSPC || err == -EBUSY;
}

int print_alloc_error(struct cli *cli, const struct pgarea_alloc *block,
		      int err)
{
	struct pgarea_alloc answer = *block;
	char *text;

	if (!explained(err))
		answer.refusals.count = 0;
	text = pgarea_explain_alloc(cli->fd, &answer, err);
	output_error(cli, EXIT_REFUSED, err, alloc_details(cli, &answer), "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

static json_t *reserve_details(const struct pgarea_reserve *range, int err)
{
	json_t *conflict = json_null();

	if (explained(err))
		conflict = json_pack("{s:o, s:I, s:s, s:o}",
				     "address", json_address(range->conflict),
				     "size", (json_int_t)range->conflict_size,
				     "state",
				     pgarea_state_name(range->conflict_state),
				     "obstacle", obstacle_json(range->obstacle));
	return json_pack("{s:{s:I, s:I, s:b}, s:o}", "request",
			 "address", (json_int_t)range->address,
			 "size", (json_int_t)range->size,
			 "claim", (int)!!(range->flags & PGAREA_RESERVE_CLAIM),
			 "conflict", conflict);
}

int print_reserve_error(struct cli *cli, const struct pgarea_reserve *range,
			int err)
{
	char *text = pgarea_explain_reserve(cli->fd, range, err);

	output_error(cli, EXIT_REFUSED, err, reserve_details(range, err), "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}

int print_bind_error(struct cli *cli, const struct pgarea_bind *bind, int err)
{
	char *text = pgarea_explain_bind(cli->fd, bind, err);

	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}
