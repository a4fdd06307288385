// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT and poll(): wait until freed blocks have drained.
 *
 * There is no notification when the last holder releases a page.  While a
 * caller waits, it checks the blocks that it waits for more often than they are
 * checked otherwise; only one that waits for all blocks leaves this to the work
 * of drain.c.  What is left is known from counters, so that nothing here
 * depends on how many blocks other files have.
 */
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/wait.h>

#include "area/claim.h"
#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/id.h"
#include "block/release.h"
#include "block/state.h"
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

/* The blocks that a WAIT without an id waits for */
static const struct pga_tally *tally_of(const struct pga_file *file,
					const struct pgarea_wait *arg)
{
	return arg->flags & PGAREA_WAIT_ALL ? &pga_tally : &file->tally;
}

/* 0: the block is gone; 1: it drains; -EBUSY: it has not been freed. */
static int remaining_of_one(const struct pga_file *file,
			    struct pgarea_wait *arg)
{
	const struct pga_block *block = pga_id_find_locked(arg->id);

	if (!block || !is_waited_for(block, file))
		return 0;
	if (pga_block_is_live(block))
		return -EBUSY;
	arg->left = 1;
	arg->holders = pga_block_holders(block);
	return 1;
}

/*
 * 0: no block is left; 1: at least one drains, and @arg has their number and
 * their holders; or -EBUSY.
 */
static int remaining(const struct pga_file *file, struct pgarea_wait *arg)
{
	const struct pga_tally *tally = tally_of(file, arg);
	int left;

	arg->left = 0;
	arg->holders = 0;
	spin_lock(&pga_table_lock);
	if (arg->id) {
		left = remaining_of_one(file, arg);
	} else {
		arg->left = tally->nr;
		arg->holders = pga_tally_holders_locked(tally);
		left = tally->nr ? 1 : 0;
	}
	spin_unlock(&pga_table_lock);
	return left;
}

/* Check what the caller waits for. */
static void check(struct pga_file *file, struct pgarea_wait *arg)
{
	if (arg->flags & PGAREA_WAIT_ALL)
		pga_drain_hasten();
	else if (!arg->id)
		pga_drain_check_file(file);
	else if (remaining(file, arg) > 0)
		pga_drain_check(arg->id);
}

/* Where the end of what the caller waits for is announced */
static wait_queue_head_t *queue_of(struct pga_file *file,
				   const struct pgarea_wait *arg)
{
	const struct pga_block *block;
	bool own = !(arg->flags & PGAREA_WAIT_ALL);

	if (arg->id) {
		spin_lock(&pga_table_lock);
		block = pga_id_find_locked(arg->id);
		own = !block || block->owner == file;
		spin_unlock(&pga_table_lock);
	}
	return own ? &file->drained : &pga_drained;
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

static int wait_until(struct pga_file *file, struct pgarea_wait *arg,
		      ktime_t deadline)
{
	unsigned long pause = msecs_to_jiffies(PGA_WAIT_FIRST_MS), rest;
	wait_queue_head_t *queue = queue_of(file, arg);
	int left;

	for (;;) {
		check(file, arg);
		left = remaining(file, arg);
		rest = jiffies_until(deadline);
		if (left <= 0 || !rest)
			break;
		pause = min3(2 * pause, rest, msecs_to_jiffies(PGA_WAIT_LAST_MS));
		if (wait_event_interruptible_timeout(*queue,
						     remaining(file, arg) <= 0,
						     pause) < 0)
			return interrupted(arg, deadline);
	}
	if (!left && pga_release_sync())
		return interrupted(arg, deadline);
	/* Areas of claims are gone when their last block is. */
	if (!left)
		pga_claims_end_idle();
	return left > 0 ? -ETIMEDOUT : left;
}

/* A release wakes up those who wait for one block only while there are any. */
static void count_wait(struct pga_file *file, int by)
{
	spin_lock(&pga_table_lock);
	file->nr_waits += by;
	spin_unlock(&pga_table_lock);
}

static int wait_for(struct pga_file *file, struct pgarea_wait *arg)
{
	ktime_t deadline = deadline_of(arg->timeout_ms);
	int err;

	if (arg->id)
		count_wait(file, 1);
	err = wait_until(file, arg, deadline);
	if (arg->id)
		count_wait(file, -1);
	return err;
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
	struct pga_file *file = filp->private_data;
	bool drains;

	poll_wait(filp, &file->drained, table);
	spin_lock(&pga_table_lock);
	drains = file->tally.nr;
	spin_unlock(&pga_table_lock);
	if (drains || pga_release_sync())
		return 0;
	return EPOLLIN | EPOLLRDNORM;
}
