// SPDX-License-Identifier: GPL-2.0
/*
 * ALLOC_BULK and FREE_BULK: many blocks at once.
 *
 * They do the work of many ALLOCs or FREEs in batches: they take the locks once
 * per batch, and no other thread waits for them longer than a batch takes.
 * ALLOC_BULK publishes its blocks after it has written the last result, so that
 * until then it can undo all of them.
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
#include "gfp.h"
#include "ioctl/bulk.h"
#include "ioctl/cmd.h"
#include "ioctl/find.h"
#include "ioctl/request.h"
#include "ioctl/user_array.h"

/**
 * struct pga_bulk - an ALLOC_BULK in progress
 * @file: the file of the ioctl
 * @arg: the request, and the result
 * @one: the request for one of the blocks
 * @ctx: the context of @one
 * @made: blocks that are complete and not published
 * @writer: writes the results
 * @batch: blocks being created
 * @first: their first page frames
 * @entries: their results
 */
struct pga_bulk {
	struct pga_file *file;
	struct pgarea_alloc_bulk *arg;
	struct pgarea_alloc one;
	struct pga_alloc_context ctx;
	struct list_head made;
	struct pga_array_writer writer;
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
	bulk->ctx.file = bulk->file;
	bulk->ctx.arg = &bulk->one;
	if (!arg->blocks.count)
		return -EINVAL;
	return pga_array_check(&arg->blocks,
			       offsetofend(struct pgarea_bulk_block, node)) ?:
	       pga_alloc_check(&bulk->ctx);
}

/* Write the results for the first @nr blocks of a batch. */
static int answer_batch(struct pga_bulk *bulk, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pga_block_bulk_entry(bulk->batch[i], bulk->ctx.area,
				     &bulk->entries[i]);
	return pga_array_append_many(&bulk->writer, bulk->entries,
				     sizeof(bulk->entries[0]), nr);
}

/* Add the first @nr blocks of a batch to the list of created blocks. */
static void keep_batch(struct pga_bulk *bulk, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		list_add_tail(&bulk->batch[i]->link, &bulk->made);
}

static void abort_batch(struct pga_bulk *bulk, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pga_block_abort(bulk->batch[i]);
}

/* Create up to @nr more blocks, and add them to the list. */
static int make_batch(struct pga_bulk *bulk, unsigned int nr)
{
	struct pga_alloc_context *ctx = &bulk->ctx;
	struct pga_block_pages pages = { .first = bulk->first };
	int found, made, err, failed = 0;

	found = pga_alloc_find_many(ctx, bulk->first, nr);
	if (found < 0)
		return found;
	pages.area = ctx->area;
	pages.nr = ctx->rq.nr;
	pages.taken = ctx->taken;
	made = pga_blocks_create(&ctx->attr, &pages, ctx->file,
				 bulk->batch, found, &err);
	if (made)
		failed = answer_batch(bulk, made);
	if (failed)
		abort_batch(bulk, made);
	else
		keep_batch(bulk, made);
	return failed ?: err;
}

/* Create as many blocks as the array has room for. */
static int make_blocks(struct pga_bulk *bulk)
{
	u32 wanted = bulk->arg->blocks.count;
	int err = 0;

	while (!err && bulk->writer.nr < wanted) {
		err = make_batch(bulk, min_t(u32, wanted - bulk->writer.nr,
					     PGA_BATCH));
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static void clear_refusals(struct pgarea_array *refusals)
{
	refusals->count = 0;
	refusals->total = 0;
	refusals->cursor = 0;
}

/* Fail if no block was created, or if the result could not be written. */
static int answer_bulk(struct pga_cmd *cmd, struct pga_bulk *bulk, int err)
{
	struct pgarea_alloc_bulk *arg = bulk->arg;

	arg->done = bulk->writer.nr;
	arg->error = -err;
	arg->refusals = bulk->one.refusals;
	if (err != -ENOSPC)
		clear_refusals(&arg->refusals);
	arg->blocks.count = bulk->writer.nr;
	arg->blocks.total = bulk->writer.total;
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
	pga_alloc_end(&bulk->ctx);
	err = answer_bulk(cmd, bulk, err);
	if (err)
		pga_blocks_abort(&bulk->made);
	else
		pga_blocks_publish(&bulk->made, cmd->file);
	return err;
}

int pga_ioctl_alloc_bulk(struct pga_cmd *cmd)
{
	struct pga_bulk *bulk = kzalloc(sizeof(*bulk), PGA_GFP_USER);
	int err;

	if (!bulk)
		return -ENOMEM;
	bulk->file = cmd->file;
	bulk->arg = cmd->arg;
	bulk->writer.array = &bulk->arg->blocks;
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
	/* If the struct cannot be written, nothing is freed. */
	err = pga_cmd_respond(cmd);
	if (err)
		return err;
	arg->done = 0;
	err = free_blocks(cmd->file, arg);
	arg->error = -err;
	return arg->done ? pga_cmd_respond(cmd) : err;
}
