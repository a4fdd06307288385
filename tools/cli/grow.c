// SPDX-License-Identifier: GPL-2.0
/*
 * Growing an area in steps, with progress, until a signal arrives.
 *
 * The kernel takes the memory for one call as a whole, and only a signal that
 * kills the process interrupts that.  So a large area grows by many calls, and
 * signals are looked for in between.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/grow.h"
#include "cli/output.h"
#include "lib/pgarea.h"

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void grow_block_signals(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool grow_is_interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) && (sigismember(&pending, SIGINT) == 1 ||
					 sigismember(&pending, SIGTERM) == 1 ||
					 sigismember(&pending, SIGHUP) == 1);
}

/* A line on the terminal that the next one replaces */
static void show_progress(const struct cli *cli, __u64 owned, __u64 goal)
{
	char done[PGAREA_TEXT_SIZE], all[PGAREA_TEXT_SIZE];

	if (cli->json || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s of %s%s", pgarea_format_size(owned, done),
		pgarea_format_size(goal, all), owned < goal ? "" : "\r\033[K");
	fflush(stderr);
}

static void end_progress(const struct cli *cli)
{
	if (!cli->json && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

__u64 grow_step(const struct cli *cli, __u64 chunk_size)
{
	__u64 step = 256ULL << 20;

	if (step < chunk_size)
		step = chunk_size;
	return step < cli->info.pageblock_size ? cli->info.pageblock_size : step;
}

int grow_area(struct cli *cli, struct pgarea_resize_area *resize, __u64 step)
{
	const __u64 goal = resize->size;
	bool more = true;
	int err = 0;

	while (more && !err) {
		__u64 owned = resize->owned, left = goal - owned;

		show_progress(cli, owned, goal);
		if (grow_is_interrupted()) {
			err = -EINTR;
			break;
		}
		resize->size = left > step ? owned + step : goal;
		err = pgarea_resize_area(cli->fd, resize);
		more = resize->size < goal;
		/* The host has less: the last call tells the area its goal. */
		if (!err && more && resize->owned < resize->size)
			resize->owned = goal - 1;
	}
	end_progress(cli);
	resize->size = goal;
	return err;
}

int grow_report(struct cli *cli, const char *what, const char *name, __u32 id,
		__u64 size, __u64 owned, __u32 shortage)
{
	char has[PGAREA_TEXT_SIZE], all[PGAREA_TEXT_SIZE];
	bool is_short = owned < size;

	if (cli->json)
		return output_json(json_pack("{s:{s:s, s:I, s:I, s:I, s:o}}",
					     what, "name", name,
					     "id", (json_int_t)id,
					     "size", (json_int_t)size,
					     "owned", (json_int_t)owned,
					     "shortage", is_short ?
					     json_string(pgarea_shortage_name(shortage)) :
					     json_null()));
	printf("%s owns %s\n", name, pgarea_format_size(owned, has));
	if (is_short)
		fprintf(stderr, "pgarea: it is smaller than %s: %s\n",
			pgarea_format_size(size, all),
			pgarea_shortage_text(shortage));
	return EXIT_OK;
}
