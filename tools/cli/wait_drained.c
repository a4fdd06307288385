// SPDX-License-Identifier: GPL-2.0
/* Waiting until blocks have drained, and reporting their holders on timeout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/print_block.h"
#include "cli/seconds.h"
#include "cli/wait_drained.h"
#include "lib/pgarea.h"

/* More lines would hide the message above them */
#define MAX_PRINTED 20

static bool is_left(const struct pgarea_block *block, __u64 id)
{
	if (id && block->id != id)
		return false;
	return block->state == PGAREA_STATE_DRAINING ||
	       block->state == PGAREA_STATE_ORPHANED;
}

/*
 * What is left, in an array for free().  Listed after the timeout, so it may be
 * less than the kernel counted; empty without the right to list it.
 */
static size_t list_left(struct cli *cli, __u64 id, struct pgarea_block **left)
{
	size_t n, kept = 0;

	if (pgarea_list_blocks(cli->fd, PGAREA_BLOCKS_ALL, left, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (is_left(&(*left)[i], id))
			(*left)[kept++] = (*left)[i];
	}
	return kept;
}

static void print_left(const struct cli *cli, const struct pgarea_block *block)
{
	char span[SPAN_TEXT_SIZE], size[PGAREA_TEXT_SIZE];
	char state[STATE_TEXT_SIZE], holders[HOLDERS_TEXT_SIZE];

	fprintf(stderr, "pgarea: %s %llu%s%s (%s, %s, in %s): %s, held by %s",
		kind_name(block->kind), block->id, *block->name ? " " : "",
		(const char *)block->name,
		format_span(block->address, block->size, span),
		pgarea_format_size(block->size, size),
		area_name(cli, block->area), format_state(block, state),
		format_holders(block->holders, holders));
	if (block->pid)
		fprintf(stderr, "; allocated by process %d", block->pid);
	fputc('\n', stderr);
}

static json_t *json_left(struct cli *cli, const struct pgarea_block *left,
			 size_t n, const struct pgarea_wait *wait)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_block(cli, &left[i]));
	return json_pack("{s:I, s:o, s:o}", "left", (json_int_t)wait->left,
			 "holders", json_holders(wait->holders), "blocks", list);
}

static int timed_out(struct cli *cli, const struct pgarea_wait *wait)
{
	char *text = pgarea_explain_wait(cli->fd, wait, -ETIMEDOUT);
	struct pgarea_block *left = NULL;
	size_t n = list_left(cli, wait->id, &left);

	output_error(cli, EXIT_TIMEOUT, -ETIMEDOUT,
		     json_left(cli, left, n, wait), "%s",
		     text ? text : "blocks are left");
	for (size_t i = 0; i < n && i < MAX_PRINTED; i++)
		print_left(cli, &left[i]);
	if (n > MAX_PRINTED)
		fprintf(stderr,
			"pgarea: and %zu more; `pgarea blocks --all` lists them\n",
			n - MAX_PRINTED);
	free(left);
	free(text);
	return EXIT_TIMEOUT;
}

/* A handled signal does not end the wait; the kernel updates the remaining time */
static int wait_through_signals(struct cli *cli, struct pgarea_wait *wait)
{
	int err;

	do {
		err = pgarea_wait(cli->fd, wait);
	} while (err == -EINTR);
	return err;
}

int wait_drained(struct cli *cli, __u64 id, unsigned long seconds)
{
	struct pgarea_wait wait = {
		.id = id,
		.flags = id ? 0 : PGAREA_WAIT_ALL,
		.timeout_ms = seconds == SECONDS_FOREVER ? PGAREA_WAIT_FOREVER :
							   seconds * 1000ULL,
	};
	int err = wait_through_signals(cli, &wait);
	char *text;

	if (!err)
		return EXIT_OK;
	if (err == -ETIMEDOUT)
		return timed_out(cli, &wait);
	text = pgarea_explain_wait(cli->fd, &wait, err);
	output_error(cli, EXIT_REFUSED, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_REFUSED;
}
