/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The holders of a block and the time for which it is an orphan; pipes that
 * hold pages, and processes that hold a block until the test ends them.
 */
#ifndef HOLD_H
#define HOLD_H

#include <poll.h>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "exhaust.h"
#include "number.h"
#include "pga_lifetime.h"

#define PGA_ORPHAN_PARAMETER	"/sys/module/pgarea/parameters/orphan_ms"

/* The module scans for page references a few times a second. */
#define POLL_MS		(3000 * pga_slow())

/*
 * Put pages into a pipe by reference: the pipe holds them until they are read
 * or both ends are closed.  Return the number of bytes, or -errno.
 */
static inline ssize_t pga_pipe_hold(int to, void *at, size_t size,
				    unsigned int flags)
{
	struct iovec iov = { at, size };
	ssize_t nr = vmsplice(to, &iov, 1, flags);

	return nr < 0 ? -errno : nr;
}

/* The read end of a new pipe that alone holds these pages, or -errno. */
static inline int pga_pipe_of(void *at, size_t size)
{
	ssize_t nr;
	int ends[2];

	if (pipe(ends))
		return -errno;
	nr = pga_pipe_hold(ends[1], at, size, 0);
	close(ends[1]);
	if (nr == (ssize_t)size)
		return ends[0];
	close(ends[0]);
	return nr < 0 ? (int)nr : -EIO;
}

/* The events that poll() returns, or -errno. */
static inline int pga_poll(int fd, int timeout_ms)
{
	struct pollfd on = { .fd = fd, .events = POLLIN };

	return poll(&on, 1, timeout_ms) < 0 ? -errno : on.revents;
}

/* The module's parameter; -errno. */
static inline long pga_orphan_ms(void)
{
	return pga_read_number(PGA_ORPHAN_PARAMETER);
}

/* Set it; 0 or -errno. */
static inline int pga_set_orphan_ms(long ms)
{
	return pga_write_number(PGA_ORPHAN_PARAMETER, ms);
}

/*
 * Is the block at this address listed with this state and exactly these
 * holders, now or soon?  Prints the last state if not.
 */
static inline bool pga_is_held(int fd, __u64 address, __u32 state,
			       __u32 holders)
{
	struct pgarea_block seen = {};
	int ms, err = 0;

	for (ms = 0; ms < POLL_MS; ms += 10) {
		err = pga_block_at(fd, PGAREA_BLOCKS_ALL, address, &seen);
		if (!err && seen.state == state && seen.holders == holders)
			return true;
		pga_sleep_ms(10);
	}
	printf("# %#llx: error %d, state %u, holders %#x\n",
	       (unsigned long long)address, err, seen.state, seen.holders);
	return false;
}

/* A child that does something, reports it, and lives until pga_child_end(). */
struct pga_child {
	pid_t pid;
	int go;
};

/*
 * Start a child; return true if its first action, @begin, succeeds.  At its end
 * it calls @end, whose result is its exit status.  Either may be NULL.
 */
static inline bool pga_child_start(struct pga_child *child,
				   bool (*begin)(void *arg),
				   bool (*end)(void *arg), void *arg)
{
	int go[2], done[2];
	char c = '-';

	if (pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC))
		return false;
	child->pid = fork();
	if (!child->pid) {
		close(go[1]);
		close(done[0]);
		c = !begin || begin(arg) ? '+' : '-';
		if (write(done[1], &c, 1) != 1 || read(go[0], &c, 1) < 0)
			_exit(1);
		_exit(!end || end(arg) ? 0 : 2);
	}
	close(go[0]);
	close(done[1]);
	child->go = go[1];
	if (read(done[0], &c, 1) != 1)
		c = '-';
	close(done[0]);
	return child->pid > 0 && c == '+';
}

/*
 * End it; return true if all went well.  The next child has a copy of the pipe,
 * so closing it is not enough and this writes a byte; a child that lost its
 * parent ends without one.
 */
static inline bool pga_child_end(struct pga_child *child)
{
	bool sent = write(child->go, "e", 1) == 1;
	int status;

	close(child->go);
	return sent && waitpid(child->pid, &status, 0) == child->pid && !status;
}

/* Kill it. */
static inline bool pga_child_kill(struct pga_child *child)
{
	int status;

	kill(child->pid, SIGKILL);
	close(child->go);
	return waitpid(child->pid, &status, 0) == child->pid &&
	       WIFSIGNALED(status);
}

#endif /* HOLD_H */
