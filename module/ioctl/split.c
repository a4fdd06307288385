// SPDX-License-Identifier: GPL-2.0
/*
 * TRIM and SPLIT: shorten a block, or split it into several.  Their steps are
 * those of alloc.c; between the first and the last step the block is marked as
 * being split (block/split.c).
 */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "block/block.h"
#include "block/create.h"
#include "block/describe.h"
#include "block/file.h"
#include "block/owner.h"
#include "block/slab.h"
#include "block/split.h"
#include "ioctl/check.h"
#include "ioctl/cmd.h"
#include "ioctl/split.h"
#include "ioctl/user_array.h"

static int trim_block(struct pga_cmd *cmd, struct pga_block *block)
{
	struct pgarea_trim *arg = cmd->arg;
	u64 nr = ((arg->size - 1) >> PAGE_SHIFT) + 1;
	struct pga_block *tail = NULL;
	int err;

	if (nr > pga_block_nr(block))
		return -EINVAL;
	if (nr < pga_block_nr(block)) {
		tail = pga_block_new(&block->attr);
		if (!tail)
			return -ENOMEM;
	}
	arg->alloc_size = nr << PAGE_SHIFT;
	err = pga_cmd_respond(cmd);
	if (!tail)
		return err;
	if (err)
		pga_block_abort(tail);
	else
		pga_trim(block, nr, tail);
	return err;
}

/**
 * struct pga_pieces - a SPLIT in progress
 * @arg: the request, and the result
 * @first: pages of the first piece
 * @size: pages of each further piece but the last
 * @made: the further pieces, not published
 * @writer: writes the results
 */
struct pga_pieces {
	struct pgarea_split *arg;
	u64 first;
	u64 size;
	struct list_head made;
	struct pga_array_writer writer;
};

/* Count the pieces, and check that the program's array has room for them. */
static int count_pieces(struct pga_pieces *pieces, const struct pga_block *block)
{
	struct pgarea_split *arg = pieces->arg;
	u64 rest, total;

	pieces->first = (arg->first ?: arg->size) >> PAGE_SHIFT;
	if (pieces->first >= pga_block_nr(block))
		return -EINVAL;
	rest = pga_block_nr(block) - pieces->first;
	pieces->size = arg->size ? arg->size >> PAGE_SHIFT : rest;
	total = div64_u64(rest - 1, pieces->size) + 2;
	arg->pieces.total = min_t(u64, total, U32_MAX);
	arg->pieces.cursor = 0;
	if (total <= arg->pieces.count)
		return 0;
	arg->pieces.count = 0;
	return -EMSGSIZE;
}

/* @block: the block that has the pages of @piece now */
static int answer_piece(struct pga_pieces *pieces, const struct pga_block *piece,
			const struct pga_block *block)
{
	struct pgarea_bulk_block entry;

	pga_block_bulk_entry(piece,
			     pga_block_area_at(block, pga_block_pfn(piece, 0)),
			     &entry);
	/* The array has room for all. */
	return pga_array_append(&pieces->writer, &entry, sizeof(entry), 0);
}

/* The piece gets its pages later, when nothing can fail any more. */
static int make_piece(struct pga_pieces *pieces, const struct pga_block *block,
		      u64 index)
{
	struct pga_block *piece;

	piece = pga_block_new(&block->attr);
	if (!piece)
		return -ENOMEM;
	list_add_tail(&piece->link, &pieces->made);
	pga_block_set_range(piece, pga_block_pfn(block, index),
			    min(pieces->size, pga_block_nr(block) - index));
	piece->offset = block->offset + index;
	return answer_piece(pieces, piece, block);
}

static int make_pieces(struct pga_pieces *pieces, const struct pga_block *block)
{
	struct pga_block kept = { .id = block->id, .offset = block->offset };
	u64 index = pieces->first;
	int err;

	pga_block_set_range(&kept, pga_block_pfn(block, 0), index);
	err = answer_piece(pieces, &kept, block);
	while (!err && index < pga_block_nr(block)) {
		err = make_piece(pieces, block, index);
		index += pieces->size;
		cond_resched();
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err ?: pga_array_finish(&pieces->writer);
}

static int split_block(struct pga_cmd *cmd, struct pga_block *block)
{
	struct pgarea_split *arg = cmd->arg;
	struct pga_pieces pieces = {
		.arg = arg,
		.made = LIST_HEAD_INIT(pieces.made),
		.writer = { .array = &arg->pieces },
	};
	int err;

	err = count_pieces(&pieces, block);
	if (err)
		return err;
	err = make_pieces(&pieces, block) ?: pga_cmd_respond(cmd);
	if (err)
		pga_blocks_abort(&pieces.made);
	else
		pga_split(block, pieces.first, &pieces.made);
	return err;
}

/* @split: the operation on the block, from preparation to commit */
static int with_split_block(struct pga_cmd *cmd, u64 id,
			    int (*split)(struct pga_cmd *cmd,
					 struct pga_block *block))
{
	struct pga_block *block;
	int err;

	if (mutex_lock_interruptible(&cmd->file->split_lock))
		return -ERESTARTSYS;
	block = pga_split_begin(cmd->file, id);
	if (IS_ERR(block)) {
		err = PTR_ERR(block);
	} else {
		err = split(cmd, block);
		pga_split_end(block);
	}
	mutex_unlock(&cmd->file->split_lock);
	return err;
}

int pga_ioctl_trim(struct pga_cmd *cmd)
{
	struct pgarea_trim *arg = cmd->arg;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	err = pga_check_size(arg->size);
	return err ?: with_split_block(cmd, arg->id, trim_block);
}

int pga_ioctl_split(struct pga_cmd *cmd)
{
	struct pgarea_split *arg = cmd->arg;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (!PAGE_ALIGNED(arg->first) || !PAGE_ALIGNED(arg->size) ||
	    !(arg->first | arg->size))
		return -EINVAL;
	err = pga_array_check(&arg->pieces,
			      offsetofend(struct pgarea_bulk_block, node));
	return err ?: with_split_block(cmd, arg->id, split_block);
}
