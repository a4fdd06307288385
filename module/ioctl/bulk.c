// SPDX-License-Identifier: GPL-2.0
/*
 * ALLOC_BULK and FREE_BULK: many blocks at once.
 *
 * They do what as many ALLOCs or FREEs would do, in batches: the locks are taken
 * once for a batch, and nobody waits longer for them than a batch takes.  The
 * blocks that ALLOC_BULK makes are published when the last answer is written, so
 * that until then all can be undone.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "block/block.h"
#include "block/create.h"
#include "block/describe.h"
#include "block/file.h"
#include "block/free.h"
#include "block/slab.h"
#include "ioctl/array.h"
#include "ioctl/bulk.h"
#include "ioctl/cmd.h"
#include "ioctl/find.h"
#include "ioctl/request.h"

/**
 * struct pga_bulk - an ALLOC_BULK being worked on
 * @file: it was called on
 * @arg: as the program asked, and the answer
 * @one: the request for one block of them
 * @job: the same
 * @made: blocks that are complete and not published
 * @list: the answers
 * @batch: blocks being made
 * @first: their first page frames
 * @entries: the answers for them
 */
struct pga_bulk {
	struct pga_file *file;
	struct pgarea_alloc_bulk *arg;
	struct pgarea_alloc one;
	struct pga_alloc_job job;
	struct list_head made;
	struct pga_list list;
	struct pga_block *batch[PGA_BATCH];
	u64 first[PGA_BATCH];
	struct pgarea_bulk_block entries[PGA_BATCH];
};

static int check_bulk(struct pga_bulk *bulk)
{
	struct pgarea_alloc_bulk *arg = bulk->arg;

	if (arg->flags & (PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN |
			  PGAREA_ALLOC_PERSISTENT))
		return -EINVAL;
	bulk->one = (struct pgarea_alloc){
		.size = arg->size,
		.align = arg->align,
		.boundary = arg->boundary,
		.lowest = arg->lowest,
		.highest = arg->highest,
		.flags = arg->flags,
		.node = arg->node,
		.cache = arg->cache,
		.layout = arg->layout,
		.access = arg->access,
		.areas = arg->areas,
		.refusals = arg->refusals,
		.__reserved = arg->__reserved,
		.orphan_ms = arg->orphan_ms,
		.__reserved2 = arg->__reserved2,
	};
	memcpy(bulk->one.name, arg->name, sizeof(bulk->one.name));
	bulk->job.file = bulk->file;
	bulk->job.arg = &bulk->one;
	if (!arg->blocks.count)
		return -EINVAL;
	return pga_array_check(&arg->blocks,
			       offsetofend(struct pgarea_bulk_block, node)) ?:
	       pga_job_check(&bulk->job);
}

/* Pages for the blocks of a batch: for the first ones, and none for the others. */
static int place_batch(struct pga_bulk *bulk, unsigned int nr)
{
	int i, found = pga_job_find_many(&bulk->job, bulk->first, nr);

	for (i = 0; i < found; i++)
		pga_block_set_pages(bulk->batch[i], bulk->job.area,
				    bulk->first[i], bulk->job.rq.nr);
	return found;
}

/* The first @nr blocks of a batch get what they are to be. */
static int complete_batch(struct pga_bulk *bulk, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		err = pga_block_prepare(bulk->batch[i]);
		pga_block_bulk_entry(bulk->batch[i], bulk->job.area,
				     &bulk->entries[i]);
	}
	return err ?: pga_list_add_many(&bulk->list, bulk->entries,
					sizeof(bulk->entries[0]), nr);
}

/* How many of the first @nr blocks may have their pages; @err: why not all. */
static int admit_batch(struct pga_bulk *bulk, int nr, int *err)
{
	int i;

	for (i = 0; i < nr; i++) {
		*err = pga_block_admit(bulk->batch[i],
				       bulk->job.file->unlimited);
		if (*err)
			break;
	}
	return i;
}

/* How many of the first blocks of a batch are complete; @err: why not all. */
static int place_and_complete(struct pga_bulk *bulk, unsigned int nr, int *err)
{
	int made = place_batch(bulk, nr), failed;

	*err = 0;
	if (made < 0) {
		*err = made;
		return 0;
	}
	made = admit_batch(bulk, made, err);
	failed = made ? complete_batch(bulk, made) : 0;
	if (!failed)
		return made;
	*err = failed;
	return 0;
}

/* Up to @nr blocks more are in the list of those that are made. */
static int make_batch(struct pga_bulk *bulk, unsigned int nr)
{
	unsigned int i;
	int made, err;

	err = pga_blocks_new(bulk->batch, nr, &bulk->job.traits);
	if (err)
		return err;
	made = place_and_complete(bulk, nr, &err);
	for (i = 0; i < nr; i++) {
		if ((int)i < made)
			list_add_tail(&bulk->batch[i]->link, &bulk->made);
		else
			pga_block_discard(bulk->batch[i]);
	}
	return err;
}

/*
 * As many as there is room for in the array.  Where places are hard to find, fewer
 * are looked for at a time: what is not found is made for nothing.
 */
static int make_blocks(struct pga_bulk *bulk)
{
	u32 wanted = bulk->arg->blocks.count, batch = PGA_BATCH, before;
	int err = 0;

	while (!err && bulk->list.nr < wanted) {
		before = bulk->list.nr;
		err = make_batch(bulk, min(wanted - before, batch));
		batch = min_t(u32, 2 * (bulk->list.nr - before), PGA_BATCH);
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static void drop_refusals(struct pgarea_array *refusals)
{
	refusals->count = 0;
	refusals->total = 0;
	refusals->cursor = 0;
}

/* Fails when there is none to be had, or the answer could not be written. */
static int answer_bulk(struct pga_cmd *cmd, struct pga_bulk *bulk, int err)
{
	struct pgarea_alloc_bulk *arg = bulk->arg;

	arg->done = bulk->list.nr;
	arg->error = -err;
	arg->refusals = bulk->one.refusals;
	if (err != -ENOSPC)
		drop_refusals(&arg->refusals);
	arg->blocks.count = bulk->list.nr;
	arg->blocks.total = bulk->list.nr;
	arg->blocks.cursor = 0;
	if (err == -EFAULT || !arg->done)
		return err;
	return pga_cmd_respond(cmd);
}

static int do_alloc_bulk(struct pga_cmd *cmd, struct pga_bulk *bulk)
{
	int err = check_bulk(bulk);

	if (err)
		return err;
	err = make_blocks(bulk);
	pga_job_end(&bulk->job);
	err = answer_bulk(cmd, bulk, err);
	if (err)
		pga_blocks_discard(&bulk->made);
	else
		pga_blocks_publish(&bulk->made, cmd->file);
	return err;
}

int pga_ioctl_alloc_bulk(struct pga_cmd *cmd)
{
	struct pga_bulk *bulk = kzalloc(sizeof(*bulk), GFP_KERNEL);
	int err;

	if (!bulk)
		return -ENOMEM;
	bulk->file = cmd->file;
	bulk->arg = cmd->arg;
	bulk->list.array = &bulk->arg->blocks;
	INIT_LIST_HEAD(&bulk->made);
	err = do_alloc_bulk(cmd, bulk);
	kfree(bulk);
	return err;
}

static int check_free_bulk(const struct pgarea_free_bulk *arg)
{
	if (arg->flags)
		return -EOPNOTSUPP;
	if (!arg->ids.count)
		return -EINVAL;
	return pga_array_check(&arg->ids,
			       offsetofend(struct pgarea_block_id, id));
}

static int free_blocks(struct pga_file *file, struct pgarea_free_bulk *arg)
{
	struct pgarea_block_id ids[PGA_BATCH];
	int nr, err = 0;

	while (!err && arg->done < arg->ids.count) {
		nr = min_t(u32, arg->ids.count - arg->done, PGA_BATCH);
		nr = pga_array_get_many(&arg->ids, arg->done, ids,
					sizeof(ids[0]), nr);
		if (nr < 0)
			return nr;
		err = pga_blocks_free(file, ids, nr, &arg->done);
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

int pga_ioctl_free_bulk(struct pga_cmd *cmd)
{
	struct pgarea_free_bulk *arg = cmd->arg;
	int err = check_free_bulk(arg);

	if (err)
		return err;
	/* A struct that cannot be written frees nothing. */
	err = pga_cmd_respond(cmd);
	if (err)
		return err;
	arg->done = 0;
	err = free_blocks(cmd->file, arg);
	arg->error = -err;
	return arg->done ? pga_cmd_respond(cmd) : err;
}
