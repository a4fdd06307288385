// SPDX-License-Identifier: GPL-2.0
/*
 * CREATE_AREA, RESIZE_AREA, DESTROY_AREA and SHRINK_AREA.
 *
 * A new area is filled and answered before it is published, so that an error
 * can undo it: nobody uses it yet.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/chunk.h"
#include "area/fill.h"
#include "area/node.h"
#include "area/pages.h"
#include "area/registry.h"
#include "area/shrink.h"
#include "area/spec.h"
#include "block/describe.h"
#include "block/drain.h"
#include "block/file.h"
#include "hide.h"
#include "ioctl/areas.h"
#include "ioctl/cmd.h"

#define PGA_CREATE_FLAGS	(PGAREA_AREA_GROW | PGAREA_AREA_NODE | \
				 PGAREA_AREA_REQUIRE)

static u64 owned_bytes(struct pga_area *area)
{
	struct pga_area_usage usage;

	pga_area_usage(area, &usage);
	return usage.owned << PAGE_SHIFT;
}

static int check_create(const struct pga_file *file,
			const struct pgarea_create_area *arg)
{
	if (arg->flags & ~PGA_CREATE_FLAGS)
		return -EOPNOTSUPP;
	if (arg->__reserved ||
	    (arg->node && !(arg->flags & PGAREA_AREA_NODE)) ||
	    strnlen(arg->name, sizeof(arg->name)) == sizeof(arg->name) ||
	    !pga_area_name_valid(arg->name))
		return -EINVAL;
	return file->admin ? 0 : -EPERM;
}

/* Return 0, -EINVAL, or -ENODEV. */
static int fill_spec(const struct pgarea_create_area *arg,
		     struct pga_area_spec *spec)
{
	bool has_node = arg->flags & PGAREA_AREA_NODE;
	char why[PGA_WHY_SIZE];

	*spec = (struct pga_area_spec){
		.start = arg->start,
		.end = arg->end,
		.size = arg->size,
		.minimum = arg->minimum,
		.maximum = arg->maximum,
		.chunk = arg->chunk_size,
		.node = has_node ? arg->node : NUMA_NO_NODE,
		.grow = arg->flags & PGAREA_AREA_GROW,
	};
	strscpy(spec->name, arg->name, sizeof(spec->name));
	if (!pga_spec_valid(spec, why) || !pga_bounds_have_room(spec))
		return -EINVAL;
	return has_node && !pga_node_has_memory(arg->node) ? -ENODEV : 0;
}

/* Take the memory of an area that is not published, and answer. */
static int fill_area(struct pga_cmd *cmd, struct pga_area *area)
{
	struct pgarea_create_area *arg = cmd->arg;
	bool all = arg->flags & PGAREA_AREA_REQUIRE;
	struct pga_grow_stats stats;
	int err;

	err = pga_area_grow(area, arg->size, all ? arg->size : arg->minimum,
			    &stats);
	arg->id = err ? 0 : area->id;
	arg->owned = owned_bytes(area);
	arg->shortage = arg->owned < arg->size ? pga_grow_shortage(&stats) : 0;
	return err ?: pga_cmd_respond(cmd);
}

static int create_area(struct pga_cmd *cmd, struct pga_area *area)
{
	struct pgarea_create_area *arg = cmd->arg;
	int err = pga_area_add(area);

	if (err) {
		arg->id = 0;
		arg->owned = 0;
		arg->shortage = PGAREA_SHORTAGE_MAX_AREAS;
		return err;
	}
	err = fill_area(cmd, area);
	if (err)
		pga_area_remove(area);
	else
		pga_area_publish(area);
	return err;
}

int pga_ioctl_create_area(struct pga_cmd *cmd)
{
	struct pga_area_spec spec;
	struct pga_area *area;
	int err;

	err = check_create(cmd->file, cmd->arg) ?: fill_spec(cmd->arg, &spec);
	if (err)
		return err;
	area = pga_area_new(&spec);
	if (!area)
		return -ENOMEM;
	err = create_area(cmd, area);
	/* After an error, this returns the memory to the host. */
	pga_area_put(area);
	return err;
}

/**
 * struct pga_conflict - what is in the way of an area that shrinks or ends
 * @address: as exposed to the program
 * @size: bytes of the block or reservation
 * @id: its id, or 0
 * @state: enum pgarea_state
 */
struct pga_conflict {
	u64 address;
	u64 size;
	u64 id;
	u32 state;
};

static struct pga_conflict describe_conflict(struct pga_area *area, u64 pfn)
{
	struct pga_conflict conflict = {
		.address = pga_user_phys(pfn << PAGE_SHIFT),
	};
	u64 nr;

	conflict.state = pga_page_state(area, pfn, pfn, &nr);
	conflict.id = pga_page_block_id(pfn, &nr);
	conflict.size = nr << PAGE_SHIFT;
	return conflict;
}

static int grow(struct pgarea_resize_area *arg, struct pga_area *area)
{
	bool all = arg->flags & PGAREA_AREA_REQUIRE;
	struct pga_grow_stats stats;
	int err = pga_area_grow(area, arg->size, all ? arg->size : 0, &stats);

	arg->owned = owned_bytes(area);
	arg->shortage = arg->owned < arg->size ? pga_grow_shortage(&stats) : 0;
	return err;
}

/* Blocks that were freed may only seem to be in use: check them first. */
static int shrink(struct pga_file *file, struct pgarea_resize_area *arg,
		  struct pga_area *area)
{
	struct pga_conflict conflict;
	u64 pfn;
	int err = pga_area_shrink(area, arg->size, &pfn);

	if (err == -EBUSY) {
		pga_drain_check_some(file);
		err = pga_area_shrink(area, arg->size, &pfn);
	}
	arg->owned = owned_bytes(area);
	if (err != -EBUSY)
		return err;
	conflict = describe_conflict(area, pfn);
	arg->conflict = conflict.address;
	arg->conflict_size = conflict.size;
	arg->conflict_id = conflict.id;
	arg->conflict_state = conflict.state;
	return err;
}

static int resize(struct pga_file *file, struct pgarea_resize_area *arg,
		  struct pga_area *area)
{
	int err;

	arg->owned = owned_bytes(area);
	if (arg->size < area->spec.minimum)
		return -EINVAL;
	if (arg->size > pga_spec_maximum(&area->spec)) {
		arg->shortage = PGAREA_SHORTAGE_MAXIMUM;
		return -ENOSPC;
	}
	err = arg->size > arg->owned ? grow(arg, area) : shrink(file, arg, area);
	if (!err)
		pga_area_set_target(area, arg->size);
	return err;
}

/*
 * The area of an id, with a reference.  ERR_PTR() of -ENOENT; or of -EINVAL if it
 * is that of a claim, which has one size.
 */
static struct pga_area *find_resizable(u32 id)
{
	struct pga_area *area = pga_area_find(id);

	if (!area)
		return ERR_PTR(-ENOENT);
	if (!area->spec.claim)
		return area;
	pga_area_put(area);
	return ERR_PTR(-EINVAL);
}

static int check_resize(const struct pga_file *file,
			const struct pgarea_resize_area *arg)
{
	if (arg->flags & ~PGAREA_AREA_REQUIRE)
		return -EOPNOTSUPP;
	if (arg->__reserved || !pga_whole_pageblocks(arg->size))
		return -EINVAL;
	return file->admin ? 0 : -EPERM;
}

int pga_ioctl_resize_area(struct pga_cmd *cmd)
{
	struct pgarea_resize_area *arg = cmd->arg;
	struct pga_area *area;
	int err = check_resize(cmd->file, arg);

	if (err)
		return err;
	area = find_resizable(arg->area);
	if (IS_ERR(area))
		return PTR_ERR(area);
	arg->shortage = PGAREA_SHORTAGE_NONE;
	arg->conflict = PGAREA_NO_ADDRESS;
	arg->conflict_size = 0;
	arg->conflict_id = 0;
	arg->conflict_state = 0;
	/* Only what can be answered is done. */
	err = pga_cmd_respond(cmd) ?: resize(cmd->file, arg, area);
	pga_area_put(area);
	return err ?: pga_cmd_respond(cmd);
}

static int destroy(struct pga_file *file, struct pgarea_destroy_area *arg,
		   struct pga_area *area)
{
	struct pga_conflict conflict;
	u64 pfn;
	int err = pga_area_destroy(area, &pfn);

	if (err == -EBUSY) {
		pga_drain_check_some(file);
		err = pga_area_destroy(area, &pfn);
	}
	if (err != -EBUSY)
		return err;
	conflict = describe_conflict(area, pfn);
	arg->conflict = conflict.address;
	arg->conflict_size = conflict.size;
	arg->conflict_id = conflict.id;
	arg->conflict_state = conflict.state;
	return err;
}

int pga_ioctl_destroy_area(struct pga_cmd *cmd)
{
	struct pgarea_destroy_area *arg = cmd->arg;
	struct pga_area *area;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (!cmd->file->admin)
		return -EPERM;
	area = pga_area_find(arg->area);
	if (!area)
		return -ENOENT;
	err = destroy(cmd->file, arg, area);
	pga_area_put(area);
	return err;
}

/* Blocks that were freed may only seem to be in use: check them first. */
static int trim(struct pga_file *file, struct pgarea_shrink_area *arg,
		struct pga_area *area)
{
	LIST_HEAD(chunks);
	u64 nr;
	int err;

	pga_drain_check_some(file);
	err = pga_area_trim(area, arg->keep, &chunks, &nr);
	pga_chunks_return(&chunks);
	arg->returned = nr << PAGE_SHIFT;
	arg->owned = owned_bytes(area);
	return err;
}

static int check_shrink(const struct pga_file *file,
			const struct pgarea_shrink_area *arg)
{
	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	return file->admin ? 0 : -EPERM;
}

int pga_ioctl_shrink_area(struct pga_cmd *cmd)
{
	struct pgarea_shrink_area *arg = cmd->arg;
	struct pga_area *area;
	int err = check_shrink(cmd->file, arg);

	if (err)
		return err;
	area = find_resizable(arg->area);
	if (IS_ERR(area))
		return PTR_ERR(area);
	/* Only what can be answered is done. */
	err = pga_cmd_respond(cmd) ?: trim(cmd->file, arg, area);
	pga_area_put(area);
	return err ?: pga_cmd_respond(cmd);
}
