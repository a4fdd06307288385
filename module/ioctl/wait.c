// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT and poll(): wait until freed blocks have drained.
 *
 * There is no notification when the last holder releases a page.  While a
 * caller waits, it polls the draining blocks more often than the worker does.
 */
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/wait.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/release.h"
#include "ioctl/cmd.h"
#include "ioctl/wait.h"

#define PGA_WAIT_FIRST_MS	2
#define PGA_WAIT_LAST_MS	64

static bool is_waited_for(const struct pga_block *block,
			  const struct pga_file *file)
{
	return block->owner == file ||
	       (pga_attr_is_persistent(&block->attr) && file->admin);
}

/* 0: the block is gone; 1: it drains; -EBUSY: it has not been freed. */
static int remaining_of_one(const struct pga_file *file, u64 id)
{
	const struct pga_block *block;
	int left = 0;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	if (block && is_waited_for(block, file))
		left = pga_block_is_live(block) ? -EBUSY : 1;
	spin_unlock(&pga_table_lock);
	return left;
}

/* 0: no block is left; 1: at least one drains; or -EBUSY. */
static int remaining(const struct pga_file *file, const struct pgarea_wait *arg)
{
	if (arg->flags & PGAREA_WAIT_ALL)
		return pga_drain_is_empty() ? 0 : 1;
	if (arg->id)
		return remaining_of_one(file, arg->id);
	return READ_ONCE(file->nr_draining) ? 1 : 0;
}

/* Report how many blocks are left, and their holders. */
static void report_remaining(const struct pga_file *file,
			     struct pgarea_wait *arg, int left)
{
	struct pga_drain_query query = {
		.file = arg->flags & PGAREA_WAIT_ALL ? NULL : file,
		.id = arg->id,
	};

	pga_drain_count(&query);
	/* Count a block that is not yet in the draining list as well. */
	arg->left = max_t(u32, query.nr, left);
	arg->holders = query.holders;
}

/* Jiffies until a deadline, at most MAX_JIFFY_OFFSET. */
static unsigned long jiffies_until(ktime_t deadline)
{
	s64 ms = ktime_ms_delta(deadline, ktime_get());

	return ms <= 0 ? 0 : msecs_to_jiffies(min_t(s64, ms, INT_MAX));
}

static ktime_t deadline_of(u64 timeout_ms)
{
	/* Clamp to 2^42 ms so that the addition cannot overflow. */
	return ktime_add_ms(ktime_get(), min_t(u64, timeout_ms, 1ULL << 42));
}

/*
 * Return to the program, for a signal or for task work of the kernel: a closed
 * io_uring releases its buffers only there.  The remaining time is returned as
 * well, so that a restarted call does not extend the deadline.  The kernel
 * itself restarts the call if no signal handler ran.
 */
static int interrupted(struct pgarea_wait *arg, ktime_t deadline)
{
	if (arg->timeout_ms != PGAREA_WAIT_FOREVER)
		arg->timeout_ms = max_t(s64, 0, ktime_ms_delta(deadline,
							       ktime_get()));
	return -ERESTARTNOHAND;
}

static int wait_for(const struct pga_file *file, struct pgarea_wait *arg)
{
	ktime_t deadline = deadline_of(arg->timeout_ms);
	unsigned long pause = msecs_to_jiffies(PGA_WAIT_FIRST_MS), rest;
	int left;

	for (;;) {
		pga_drain_poll();
		left = remaining(file, arg);
		rest = jiffies_until(deadline);
		if (left <= 0 || !rest)
			break;
		pause = min3(2 * pause, rest, msecs_to_jiffies(PGA_WAIT_LAST_MS));
		if (wait_event_interruptible_timeout(pga_drained,
						     remaining(file, arg) <= 0,
						     pause) < 0)
			return interrupted(arg, deadline);
	}
	if (!left)
		pga_release_sync();
	arg->left = 0;
	arg->holders = 0;
	if (left > 0)
		report_remaining(file, arg, left);
	return left > 0 ? -ETIMEDOUT : left;
}

int pga_ioctl_wait(struct pga_cmd *cmd)
{
	struct pgarea_wait *arg = cmd->arg;

	if (arg->flags & ~PGAREA_WAIT_ALL)
		return -EOPNOTSUPP;
	if (arg->flags && arg->id)
		return -EINVAL;
	if (arg->flags && !cmd->file->admin)
		return -EPERM;
	return wait_for(cmd->file, arg);
}

/**
 * pga_poll() - poll() of the device
 * @filp: an open file
 * @table: the poll table of the caller
 *
 * Context: process; sleeps.
 * Return: EPOLLIN if no block that this file freed is draining.
 */
__poll_t pga_poll(struct file *filp, struct poll_table_struct *table)
{
	const struct pga_file *file = filp->private_data;

	poll_wait(filp, &pga_drained, table);
	if (READ_ONCE(file->nr_draining))
		return 0;
	pga_release_sync();
	return EPOLLIN | EPOLLRDNORM;
}
