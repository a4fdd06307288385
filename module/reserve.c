// SPDX-License-Identifier: GPL-2.0
/*
 * RESERVE and UNRESERVE: exact ranges kept out of the free memory.  Their steps
 * are those of alloc.c.
 */
#include <linux/mm.h>
#include <linux/overflow.h>

#include "area.h"
#include "block.h"
#include "clear.h"
#include "dev.h"
#include "request.h"

#define PGA_RESERVE_FLAGS	PGAREA_RESERVE_DRY_RUN

static int check_range(u64 address, u64 size)
{
	u64 last;

	if (!size || !PAGE_ALIGNED(address) || !PAGE_ALIGNED(size))
		return -EINVAL;
	return check_add_overflow(address, size - 1, &last) ? -EOVERFLOW : 0;
}

static int check_reserve(const struct pgarea_reserve *arg)
{
	if (arg->flags & ~PGA_RESERVE_FLAGS)
		return -EOPNOTSUPP;
	if (arg->__reserved || !pga_label_valid(arg->name))
		return -EINVAL;
	return check_range(arg->address, arg->size);
}

static struct pga_part reserve_range(const struct pgarea_reserve *arg)
{
	return (struct pga_part){
		.first = arg->address >> PAGE_SHIFT,
		.nr = arg->size >> PAGE_SHIFT,
	};
}

/* Name the first page in the way.  -EBUSY when this area owns it. */
static int refuse_reserve(struct pgarea_reserve *arg,
			  const struct pga_area *area, u64 conflict)
{
	u64 last = (arg->address + (arg->size - 1)) >> PAGE_SHIFT;
	struct pga_area *owner = pga_area_of(conflict);
	u64 nr = 1;

	arg->id = 0;
	arg->area = area ? area->id : 0;
	arg->conflict = conflict << PAGE_SHIFT;
	arg->conflict_state = PGAREA_STATE_NOT_OWNED;
	if (owner)
		arg->conflict_state = pga_page_state(owner, conflict, last, &nr);
	else
		nr = pga_areas_not_owned(conflict, last);
	arg->conflict_size = nr << PAGE_SHIFT;
	return owner && owner == area ? -EBUSY : -ENOSPC;
}

static int take_once(struct pga_area *area, const struct pga_part *range,
		     bool dry, u64 *conflict)
{
	return dry ? pga_area_test(area, range->first, range->nr, conflict) :
		     pga_area_take(area, range->first, range->nr, conflict);
}

static int take_exact(struct pga_area *area, const struct pga_part *range,
		      bool dry, u64 *conflict)
{
	int err = take_once(area, range, dry, conflict);

	if (err != -EBUSY)
		return err;
	pga_drain_poll();
	return take_once(area, range, dry, conflict);
}

static int answer_reserve(struct pga_cmd *cmd, struct pgarea_reserve *arg,
			  const struct pga_area *area, u64 id)
{
	arg->id = id;
	arg->conflict = PGAREA_NO_ADDRESS;
	arg->conflict_size = 0;
	arg->conflict_state = 0;
	arg->area = area->id;
	return pga_cmd_respond(cmd);
}

static int do_reserve(struct pga_cmd *cmd, struct pgarea_reserve *arg,
		      struct pga_area *area)
{
	struct pga_part range = reserve_range(arg);
	struct pga_block *block;
	u64 conflict;
	int err;

	block = pga_block_new(PGAREA_KIND_RESERVATION, arg->name, arg->flags);
	if (!block)
		return -ENOMEM;
	if (take_exact(area, &range, false, &conflict)) {
		err = refuse_reserve(arg, area, conflict);
		goto discard;
	}
	pga_block_set_pages(block, area, range.first, range.nr);
	pga_clear_never(range.first, range.nr);
	err = answer_reserve(cmd, arg, area, block->id);
	if (err)
		goto discard;
	pga_block_publish(block, cmd->file);
	return 0;

discard:
	pga_block_discard(block);
	return err;
}

int pga_ioctl_reserve(struct pga_cmd *cmd)
{
	struct pgarea_reserve *arg = cmd->arg;
	struct pga_part range = reserve_range(arg);
	struct pga_area *area;
	u64 conflict;
	int err = check_reserve(arg);

	if (err)
		return err;
	area = pga_area_of(range.first);
	if (!area)
		return refuse_reserve(arg, NULL, range.first);
	if (!(arg->flags & PGAREA_RESERVE_DRY_RUN))
		return do_reserve(cmd, arg, area);
	if (take_exact(area, &range, true, &conflict))
		return refuse_reserve(arg, area, conflict);
	return answer_reserve(cmd, arg, area, 0);
}

static int unreserve_locked(struct pga_cmd *cmd, struct pgarea_unreserve *arg)
{
	struct pga_part part = {
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
		pga_block_discard(rest);
	return err;
}

int pga_ioctl_unreserve(struct pga_cmd *cmd)
{
	struct pgarea_unreserve *arg = cmd->arg;
	int err = 0;

	if (arg->flags)
		return -EOPNOTSUPP;
	/* Both 0 is the whole; page 0 is never ours, and no part begins there. */
	if (arg->address || arg->size)
		err = arg->address ? check_range(arg->address, arg->size) :
				     -EINVAL;
	if (err)
		return err;
	if (mutex_lock_interruptible(&cmd->file->cut))
		return -ERESTARTSYS;
	err = unreserve_locked(cmd, arg);
	mutex_unlock(&cmd->file->cut);
	return err;
}
