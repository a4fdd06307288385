// SPDX-License-Identifier: GPL-2.0
/*
 * RESERVE and UNRESERVE: keep exact ranges out of the free memory.  Their steps
 * are those of alloc.c.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/claim.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/create.h"
#include "block/describe.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/split.h"
#include "hide.h"
#include "ioctl/check.h"
#include "ioctl/claim.h"
#include "ioctl/cmd.h"
#include "ioctl/reserve.h"
#include "map/publish.h"

#define PGA_RESERVE_FLAGS	(PGAREA_RESERVE_CLAIM | \
				 PGAREA_RESERVE_PERSISTENT | \
				 PGAREA_RESERVE_DRY_RUN)

static int check_range(u64 address, u64 size)
{
	u64 last;

	if (!size || !PAGE_ALIGNED(address) || !PAGE_ALIGNED(size))
		return -EINVAL;
	return check_add_overflow(address, size - 1, &last) ? -EOVERFLOW : 0;
}

/* A request for an exact address would reveal hidden addresses. */
static int check_hidden(const struct pga_file *file)
{
	return pga_is_hidden_from(file) ? -EPERM : 0;
}

/* PROBE is the dry run of a claim. */
static int check_claim(const struct pga_file *file, u64 flags)
{
	if (!(flags & PGAREA_RESERVE_CLAIM))
		return 0;
	if (flags & PGAREA_RESERVE_DRY_RUN)
		return -EINVAL;
	return file->admin ? 0 : -EPERM;
}

static int check_reserve(const struct pga_file *file,
			 const struct pgarea_reserve *arg)
{
	bool persistent = arg->flags & PGAREA_RESERVE_PERSISTENT;
	int err;

	if (arg->flags & ~PGA_RESERVE_FLAGS)
		return -EOPNOTSUPP;
	if (arg->__reserved || !pga_label_valid(arg->name))
		return -EINVAL;
	err = check_range(arg->address, arg->size) ?:
	      pga_check_orphan(file, arg->orphan_ms, arg->__reserved2,
			       persistent) ?:
	      check_hidden(file) ?: check_claim(file, arg->flags);
	if (err || !persistent)
		return err;
	return pga_check_persistent(file, arg->name);
}

static struct pga_pfn_range reserve_range(const struct pgarea_reserve *arg)
{
	return (struct pga_pfn_range){
		.first = arg->address >> PAGE_SHIFT,
		.nr = arg->size >> PAGE_SHIFT,
	};
}

/* Report the first conflicting page.  Return -EBUSY if @area owns it. */
static int report_conflict(struct pgarea_reserve *arg,
			   const struct pga_area *area, u64 conflict)
{
	u64 last = (arg->address + (arg->size - 1)) >> PAGE_SHIFT;
	struct pga_area *owner = pga_area_of(conflict);
	bool same = owner && owner == area;
	u64 nr = 1;

	arg->id = 0;
	arg->area = area ? area->id : 0;
	arg->conflict = pga_user_phys(conflict << PAGE_SHIFT);
	arg->conflict_state = PGAREA_STATE_NOT_OWNED;
	arg->obstacle = PGAREA_OBSTACLE_NONE;
	arg->__reserved3 = 0;
	if (owner)
		arg->conflict_state = pga_page_state(owner, conflict, last, &nr);
	else
		nr = pga_pages_not_owned(conflict, last);
	arg->conflict_size = nr << PAGE_SHIFT;
	pga_area_put(owner);
	return same ? -EBUSY : -ENOSPC;
}

/* Return the error of a claim; for -EBUSY and -ENOSPC, report what is in the way. */
static int report_claim(struct pgarea_reserve *arg,
			const struct pga_claim *claim, int err)
{
	struct pga_claim_refusal refusal;

	if (err != -EBUSY && err != -ENOSPC)
		return err;
	pga_claim_describe(claim, &refusal);
	arg->id = refusal.id;
	arg->area = refusal.area;
	arg->conflict = refusal.address;
	arg->conflict_size = refusal.size;
	arg->conflict_state = refusal.state;
	arg->obstacle = refusal.kind;
	arg->__reserved3 = 0;
	return err;
}

static int try_range(struct pga_area *area, const struct pga_pfn_range *range,
		     bool dry, u64 *conflict)
{
	return dry ? pga_area_probe_range(area, range->first, range->nr, conflict) :
		     pga_area_alloc_range(area, range->first, range->nr, conflict);
}

static int try_range_twice(struct pga_file *file, struct pga_area *area,
			   const struct pga_pfn_range *range,
			   bool dry, u64 *conflict)
{
	int err = try_range(area, range, dry, conflict);

	if (err != -EBUSY)
		return err;
	pga_drain_check_some(file);
	return try_range(area, range, dry, conflict);
}

static int answer_reserve(struct pga_cmd *cmd, struct pgarea_reserve *arg,
			  const struct pga_area *area, u64 id)
{
	arg->id = id;
	arg->conflict = PGAREA_NO_ADDRESS;
	arg->conflict_size = 0;
	arg->conflict_state = 0;
	arg->obstacle = PGAREA_OBSTACLE_NONE;
	arg->__reserved3 = 0;
	arg->area = area->id;
	return pga_cmd_respond(cmd);
}

static void fill_attr(struct pga_block_attr *attr, const struct pga_file *file,
		      const struct pgarea_reserve *arg)
{
	*attr = (struct pga_block_attr){
		.flags = arg->flags,
		.quota = file->quota,
		.orphan_ms = arg->orphan_ms,
		.kind = PGAREA_KIND_RESERVATION,
	};
	memcpy(attr->name, arg->name, sizeof(attr->name));
}

/* Create a reservation of pages that were found; @claim: by a claim, or NULL */
static int make_reservation(struct pga_cmd *cmd,
			    const struct pga_block_pages *pages,
			    struct pga_claim *claim)
{
	struct pgarea_reserve *arg = cmd->arg;
	struct pga_block_attr attr;
	struct pga_block *block;
	int err;

	fill_attr(&attr, cmd->file, arg);
	block = pga_block_create(&attr, pages, cmd->file);
	if (IS_ERR(block))
		return PTR_ERR(block);
	err = pga_publish_prepare(block) ?:
	      answer_reserve(cmd, arg, pages->area, block->id);
	if (err) {
		pga_publish_abort(block);
		return err;
	}
	if (claim)
		pga_claim_keep(claim);
	pga_publish(block, cmd->file);
	return 0;
}

static int do_reserve(struct pga_cmd *cmd, struct pgarea_reserve *arg,
		      struct pga_area *area)
{
	struct pga_pfn_range range = reserve_range(arg);
	const struct pga_block_pages pages = {
		.area = area,
		.first = &range.first,
		.nr = range.nr,
	};
	u64 conflict;

	if (try_range_twice(cmd->file, area, &range, false, &conflict))
		return report_conflict(arg, area, conflict);
	return make_reservation(cmd, &pages, NULL);
}

static int claim_range(struct pga_cmd *cmd, struct pgarea_reserve *arg)
{
	struct pga_pfn_range range = reserve_range(arg);
	struct pga_block_pages pages = {
		.first = &range.first,
		.nr = range.nr,
	};
	struct pga_claim claim;
	int err = pga_claim(cmd->file, &claim, &range);

	if (err)
		return report_claim(arg, &claim, err);
	pages.area = claim.area;
	pages.several = claim.several;
	err = make_reservation(cmd, &pages, &claim);
	pga_claim_end(&claim);
	return err;
}

static int reserve_in(struct pga_cmd *cmd, struct pgarea_reserve *arg,
		      struct pga_area *area)
{
	struct pga_pfn_range range = reserve_range(arg);
	u64 conflict;

	if (!(arg->flags & PGAREA_RESERVE_DRY_RUN))
		return do_reserve(cmd, arg, area);
	if (try_range_twice(cmd->file, area, &range, true, &conflict))
		return report_conflict(arg, area, conflict);
	return answer_reserve(cmd, arg, area, 0);
}

int pga_ioctl_reserve(struct pga_cmd *cmd)
{
	struct pgarea_reserve *arg = cmd->arg;
	u64 first = arg->address >> PAGE_SHIFT;
	struct pga_area *area;
	int err = check_reserve(cmd->file, arg);

	if (err)
		return err;
	if (arg->flags & PGAREA_RESERVE_CLAIM)
		return claim_range(cmd, arg);
	area = pga_area_of(first);
	err = area ? reserve_in(cmd, arg, area) :
		     report_conflict(arg, NULL, first);
	pga_area_put(area);
	return err;
}

static int unreserve_locked(struct pga_cmd *cmd, struct pgarea_unreserve *arg)
{
	struct pga_pfn_range part = {
		.first = arg->address >> PAGE_SHIFT,
		.nr = arg->size >> PAGE_SHIFT,
	};
	struct pga_block *rest;
	int err;

	err = pga_unreserve_prepare(cmd->file, arg->id, &part, &rest);
	if (err)
		return err;
	arg->rest_id = rest ? rest->id : 0;
	err = pga_cmd_respond(cmd);
	if (!err)
		pga_unreserve(cmd->file, arg->id, &part, rest);
	else if (rest)
		pga_block_abort(rest);
	return err;
}

int pga_ioctl_unreserve(struct pga_cmd *cmd)
{
	struct pgarea_unreserve *arg = cmd->arg;
	int err = 0;

	if (arg->flags)
		return -EOPNOTSUPP;
	/* Both 0: the whole.  No area owns page 0, so no part starts there. */
	if (arg->address || arg->size)
		err = arg->address ? check_range(arg->address, arg->size) ?:
				     check_hidden(cmd->file) : -EINVAL;
	if (err)
		return err;
	if (mutex_lock_interruptible(&cmd->file->split_lock))
		return -ERESTARTSYS;
	err = unreserve_locked(cmd, arg);
	mutex_unlock(&cmd->file->split_lock);
	return err;
}
