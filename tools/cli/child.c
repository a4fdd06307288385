// SPDX-License-Identifier: GPL-2.0
/*
 * A command that runs as a child.
 *
 * The terminal sends Ctrl-C to parent and child alike; kill(1) signals the parent
 * only.  So the parent ignores signals from the kernel, passes signals from
 * processes on, and exits when the child has exited.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"
#include "lib/array_size.h"

enum {
	CANNOT_RUN = 126,
	NOT_FOUND = 127,
};

static const int passed_on[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
};

static void handled_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(set, passed_on[i]);
}

static __noreturn void become(char **command, int inherited,
			      const sigset_t *mask)
{
	int err;

	fcntl(inherited, F_SETFD, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	err = errno;
	fprintf(stderr, "pgarea: cannot run %s: %s\n", command[0],
		strerror(err));
	_exit(err == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

/* Handle signals until the child has exited */
static int attend(pid_t child, const sigset_t *set)
{
	siginfo_t info;
	int status;

	for (;;) {
		int signal = sigwaitinfo(set, &info);

		if (signal == SIGCHLD) {
			if (waitpid(child, &status, WNOHANG) == child)
				return exit_status(status);
		} else if (signal > 0 && info.si_code <= 0) {
			kill(child, signal);
		}
	}
}

int child_run(char **command, int inherited)
{
	sigset_t set, before;
	pid_t child;

	handled_signals(&set);
	/* the caller may have left SIGCHLD ignored, and then it never arrives */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (child < 0) {
		perror("pgarea: cannot start a process");
		return CANNOT_RUN;
	}
	if (!child)
		become(command, inherited, &before);
	return attend(child, &set);
}
