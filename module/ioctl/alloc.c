// SPDX-License-Identifier: GPL-2.0
/*
 * ALLOC and FREE: one block.
 *
 * Each has three steps.  First it checks the request; a refusal has no effect.
 * Then it does everything that can fail, on objects that no other thread can
 * see; this includes the copy of the result to the program.  Then it publishes,
 * which cannot fail.
 */
#include <linux/err.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/claim.h"
#include "area/page.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/create.h"
#include "block/file.h"
#include "block/free.h"
#include "hide.h"
#include "ioctl/alloc.h"
#include "ioctl/claim.h"
#include "ioctl/cmd.h"
#include "ioctl/find.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"
#include "ioctl/user_array.h"
#include "map/publish.h"

static int answer_segments(struct pgarea_alloc *arg)
{
	struct pga_array_writer writer = { .array = &arg->segments };
	struct pgarea_segment entry = {
		.address = arg->phys,
		.size = arg->alloc_size,
	};

	if (!arg->segments.count) {
		arg->segments.total = arg->nr_segments;
		return 0;
	}
	return pga_array_append(&writer, &entry, sizeof(entry), 0) ?:
	       pga_array_finish(&writer);
}

/* @block: NULL in a dry run */
static int answer_alloc(struct pga_cmd *cmd, struct pga_alloc_context *ctx,
			const struct pga_block *block)
{
	struct pgarea_alloc *arg = ctx->arg;

	arg->id = block ? block->id : 0;
	arg->mmap_offset = block ? pga_block_mmap_offset(block) : 0;
	arg->phys = pga_user_phys(ctx->first << PAGE_SHIFT);
	arg->alloc_size = ctx->rq.nr << PAGE_SHIFT;
	arg->area = ctx->area->id;
	arg->alloc_node = pga_user_node(pga_page_nid(ctx->first));
	arg->nr_segments = 1;
	arg->contiguous = 1;
	arg->refusals.count = 0;
	arg->refusals.total = 0;
	arg->refusals.cursor = 0;
	return answer_segments(arg) ?: pga_cmd_respond(cmd);
}

static bool is_claim(const struct pga_alloc_context *ctx)
{
	return ctx->arg->flags & PGAREA_ALLOC_CLAIM;
}

static int claim_pages(struct pga_alloc_context *ctx)
{
	struct pga_pfn_range range = {
		.first = ctx->arg->address >> PAGE_SHIFT,
		.nr = ctx->rq.nr,
	};
	int err = pga_claim(ctx->file, &ctx->claim, &range);

	if (err)
		return pga_alloc_report_claim(ctx, err);
	ctx->first = range.first;
	ctx->taken = ctx->claim.own && !ctx->claim.several;
	pga_alloc_found(ctx, pga_area_get(ctx->claim.area));
	return 0;
}

/* Create a block of pages that were found, and publish it. */
static int make_block(struct pga_cmd *cmd, struct pga_alloc_context *ctx)
{
	const struct pga_block_pages pages = {
		.area = ctx->area,
		.first = &ctx->first,
		.nr = ctx->rq.nr,
		.several = is_claim(ctx) && ctx->claim.several,
		.taken = ctx->taken,
	};
	struct pga_block *block;
	int err;

	block = pga_block_create(&ctx->attr, &pages, cmd->file);
	if (IS_ERR(block))
		return PTR_ERR(block);
	err = pga_publish_prepare(block) ?: answer_alloc(cmd, ctx, block);
	if (err) {
		pga_publish_abort(block);
		return err;
	}
	if (is_claim(ctx))
		pga_claim_keep(&ctx->claim);
	pga_publish(block, cmd->file);
	return 0;
}

static int do_alloc(struct pga_cmd *cmd, struct pga_alloc_context *ctx)
{
	int err = is_claim(ctx) ? claim_pages(ctx) : pga_alloc_find(ctx);

	if (err)
		return err;
	err = make_block(cmd, ctx);
	if (is_claim(ctx))
		pga_claim_end(&ctx->claim);
	return err;
}

int pga_ioctl_alloc(struct pga_cmd *cmd)
{
	struct pga_alloc_context ctx = { .file = cmd->file, .arg = cmd->arg };
	int err = pga_alloc_check(&ctx);

	if (err)
		return err;
	if (ctx.arg->flags & PGAREA_ALLOC_DRY_RUN)
		err = pga_alloc_find(&ctx) ?: answer_alloc(cmd, &ctx, NULL);
	else
		err = do_alloc(cmd, &ctx);
	pga_alloc_end(&ctx);
	return err;
}

int pga_ioctl_free(struct pga_cmd *cmd)
{
	struct pgarea_free *arg = cmd->arg;
	struct pgarea_block_id id = { .id = arg->id };
	u32 done = 0;

	if (arg->flags)
		return -EOPNOTSUPP;
	return pga_blocks_free(cmd->file, &id, 1, &done);
}
