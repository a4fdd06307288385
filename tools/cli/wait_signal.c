// SPDX-License-Identifier: GPL-2.0
/* Holding memory until a signal arrives or a time expires. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/request.h"
#include "cli/seconds.h"
#include "cli/wait_signal.h"

static void end_signals(sigset_t *set)
{
	struct sigaction hangup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	/* nohup ignores SIGHUP, and so do its children */
	sigaction(SIGHUP, NULL, &hangup);
	if (hangup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

void block_signals(void)
{
	sigset_t set;

	end_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Seconds from @start until @seconds are over, 0 when they are */
static unsigned long seconds_left(time_t start, unsigned long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((unsigned long)(now.tv_sec - start) >= seconds)
		return 0;
	return seconds - (now.tv_sec - start);
}

static void wait_seconds(const sigset_t *set, unsigned long seconds)
{
	struct timespec start, left = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		left.tv_sec = seconds_left(start.tv_sec, seconds);
		if (!left.tv_sec)
			return;
	} while (sigtimedwait(set, NULL, &left) < 0 && errno == EINTR);
}

static void hold_on(unsigned long seconds)
{
	sigset_t set;

	end_signals(&set);
	if (seconds == SECONDS_FOREVER)
		fprintf(stderr, "pgarea: held until Ctrl-C or `kill %d`\n",
			getpid());
	else if (seconds)
		fprintf(stderr, "pgarea: held for %lu s, or until Ctrl-C or `kill %d`\n",
			seconds, getpid());
	if (seconds != SECONDS_FOREVER) {
		wait_seconds(&set, seconds);
		return;
	}
	while (sigwaitinfo(&set, NULL) < 0 && errno == EINTR)
		;
}

void hold_until_signal(const struct request *request, unsigned long seconds)
{
	fflush(stdout);
	if (request->dry_run)
		return;
	if (request->persistent)
		fprintf(stderr, "pgarea: stays until `pgarea remove %s`\n",
			request->name);
	else
		hold_on(seconds);
}
