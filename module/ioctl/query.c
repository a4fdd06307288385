// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that report state and change nothing.
 *
 * Lists are written one entry at a time: the locks are held for one entry, and
 * no lock is held during the copy to the program.  So a list of any length
 * neither blocks other callers nor needs memory, and is not a snapshot.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/clear.h"
#include "area/fill.h"
#include "area/figures.h"
#include "area/host.h"
#include "area/pages.h"
#include "area/registry.h"
#include "area/spec.h"
#include "block/describe.h"
#include "block/file.h"
#include "block/id.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/state.h"
#include "hide.h"
#include "ioctl/cmd.h"
#include "ioctl/query.h"
#include "ioctl/user_array.h"
#include "map/dmabuf.h"

#define PGA_FEATURES	(PGAREA_FEATURE_ALLOC | PGAREA_FEATURE_RESERVE | \
			 PGAREA_FEATURE_DRY_RUN | PGAREA_FEATURE_EXACT | \
			 PGAREA_FEATURE_BULK | PGAREA_FEATURE_TOP_DOWN | \
			 PGAREA_FEATURE_TRIM | PGAREA_FEATURE_WAIT | \
			 PGAREA_FEATURE_ORPHAN | PGAREA_FEATURE_PERSISTENT | \
			 PGAREA_FEATURE_ACCESS | PGAREA_FEATURE_END_ORPHANS | \
			 PGAREA_FEATURE_AREAS | PGAREA_FEATURE_PROBE | \
			 PGAREA_FEATURE_GROW | PGAREA_FEATURE_CLAIM | \
			 PGAREA_FEATURE_SHRINK | PGAREA_FEATURE_NODE)

#define PGA_BLOCKS_FLAGS (PGAREA_BLOCKS_ALL | PGAREA_BLOCKS_NO_BLOCKS | \
			  PGAREA_BLOCKS_NO_RESERVATIONS)

/* A long list yields the CPU, and a fatal signal ends it. */
static int resched_or_killed(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* Some features depend on the kernel and on the machine. */
static u64 features(void)
{
	u64 features = PGA_FEATURES | pga_pci_features() |
		       pga_caching_features() | pga_dmabuf_features();

	if (IS_ENABLED(CONFIG_MEMORY_FAILURE))
		features |= PGAREA_FEATURE_POISON;
	return features;
}

int pga_ioctl_info(struct pga_cmd *cmd)
{
	struct pgarea_info *info = cmd->arg;
	struct pga_figures figures;

	pga_figures_get(&figures);
	*info = (struct pgarea_info){
		.features = features(),
		.flags = pga_hide_phys ? PGAREA_INFO_HIDE_PHYS : 0,
		.page_size = PAGE_SIZE,
		.pageblock_size = (u64)pageblock_nr_pages << PAGE_SHIFT,
		.nr_areas = pga_areas_count(),
		.max_areas = pga_max_areas,
		.name_size = PGAREA_NAME_SIZE,
		.owned = pga_areas_owned_bytes(),
		.host_available = pga_host_available(),
		.host_reserve = pga_host_reserve(),
		.chunks_taken = figures.chunks_taken,
		.chunks_returned = figures.chunks_returned,
		.cleared = pga_clear_bytes(),
		.user_limit = pga_quota_limit(),
		.user_held = pga_quota_bytes(cmd->file->quota),
		.poisoned = pga_areas_hwpoison_bytes(),
		.orphan_ms = pga_default_orphan_ms(),
		.orphan_max_ms = pga_orphan_limit_ms(cmd->file),
		.bytes_taken = figures.pages_taken << PAGE_SHIFT,
		.bytes_returned = figures.pages_returned << PAGE_SHIFT,
		.host_calls = figures.calls,
		.host_us = div_u64(figures.ns, NSEC_PER_USEC),
		.refused_busy = figures.refused_busy,
		.refused_reserve = figures.refused_reserve,
		.refused_other = figures.refused_other,
	};
	return 0;
}

static void describe_area(struct pga_area *area, struct pgarea_area *out)
{
	struct pga_area_usage usage;
	u64 free, largest;

	pga_area_free_within(area, 0, U64_MAX, &free, &largest);
	pga_area_usage(area, &usage);
	/* @largest was read earlier, when more may have been free. */
	largest = min(largest, usage.free);
	*out = (struct pgarea_area){
		.id = area->id,
		.node = area->spec.node == NUMA_NO_NODE ? PGAREA_NODE_ANY :
							  area->spec.node,
		.start = area->spec.start,
		.end = area->spec.end,
		.target_size = pga_area_target(area),
		.owned = usage.owned << PAGE_SHIFT,
		.free = usage.free << PAGE_SHIFT,
		.allocated = usage.allocated << PAGE_SHIFT,
		.reserved = usage.reserved << PAGE_SHIFT,
		.draining = usage.draining << PAGE_SHIFT,
		.orphaned = usage.orphaned << PAGE_SHIFT,
		.poisoned = usage.poisoned << PAGE_SHIFT,
		.largest_free = largest << PAGE_SHIFT,
		.nr_chunks = READ_ONCE(area->nr_chunks),
		.chunk_size = (u64)area->chunk_pages << PAGE_SHIFT,
		.minimum = area->spec.minimum,
		.maximum = pga_spec_maximum(&area->spec),
		.flags = (area->spec.grow ? PGAREA_AREA_GROW : 0) |
			 (area->spec.claim ? PGAREA_AREA_CLAIM : 0),
	};
	memcpy(out->name, area->spec.name, sizeof(out->name));
}

static int list_area(struct pga_area *area, struct pga_array_writer *writer)
{
	struct pgarea_area entry;

	if (!pga_array_has_room(writer)) {
		pga_array_omit(writer, area->id);
		return 0;
	}
	describe_area(area, &entry);
	return pga_array_append(writer, &entry, sizeof(entry), area->id);
}

int pga_ioctl_areas(struct pga_cmd *cmd)
{
	struct pgarea_areas *arg = cmd->arg;
	struct pga_array_writer writer = { .array = &arg->areas };
	struct pga_area *area = NULL;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	err = pga_array_check(&arg->areas, offsetofend(struct pgarea_area,
						       chunk_size));
	while (!err && (area = pga_area_next(area)) != NULL) {
		if (area->id < pga_array_position(&arg->areas))
			continue;
		err = list_area(area, &writer) ?: resched_or_killed();
	}
	pga_area_put(area);
	return err ?: pga_array_finish(&writer);
}

static int count_orders(u32 id, u64 *counts)
{
	struct pga_area *area = pga_area_find(id);
	u64 from = 0, first, nr;
	int err = area ? 0 : -ENOENT;

	while (!err && pga_area_next_free(area, from, &first, &nr)) {
		pga_run_orders(first, nr, counts);
		from = first + nr;
		err = resched_or_killed();
	}
	pga_area_put(area);
	return err;
}

/* Counts of orders above a pageblock would reveal addresses. */
static void fold_orders(u64 *counts)
{
	unsigned int order;

	for (order = PGA_MAX_ORDER; order > pageblock_order; order--) {
		counts[pageblock_order] += counts[order] <<
					   (order - pageblock_order);
		counts[order] = 0;
	}
}

int pga_ioctl_orders(struct pga_cmd *cmd)
{
	struct pgarea_orders *arg = cmd->arg;
	struct pga_array_writer writer = { .array = &arg->orders };
	u64 counts[PGA_MAX_ORDER + 1] = {};
	u32 position = pga_array_position(&arg->orders);
	struct pgarea_order entry = {};
	int err, highest = PGA_MAX_ORDER;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved || position > PGA_MAX_ORDER)
		return -EINVAL;
	err = pga_array_check(&arg->orders, offsetofend(typeof(entry),
							free_blocks));
	if (err)
		return err;
	err = count_orders(arg->area, counts);
	if (err)
		return err;
	if (pga_is_hidden_from(cmd->file))
		fold_orders(counts);
	while (highest >= 0 && !counts[highest])
		highest--;
	for (entry.order = position; !err && (int)entry.order <= highest;
	     entry.order++) {
		entry.free_blocks = counts[entry.order];
		err = pga_array_append(&writer, &entry, sizeof(entry),
				       entry.order);
	}
	return err ?: pga_array_finish(&writer);
}

static int list_ranges(struct pga_area *area, u64 pfn, u64 last,
		       struct pga_array_writer *writer)
{
	u64 first, nr;
	int err = 0;

	while (!err && !pga_array_is_done(writer) &&
	       pga_area_next_owned(area, pfn, &first, &nr) && first <= last) {
		struct pgarea_range entry = { .area = area->id };

		entry.state = pga_page_state(area, first, last, &nr);
		/* The area has returned it since. */
		if (entry.state == PGAREA_STATE_NOT_OWNED) {
			pfn = first + 1;
			continue;
		}
		entry.address = pga_user_phys(first << PAGE_SHIFT);
		entry.size = nr << PAGE_SHIFT;
		err = pga_array_append(writer, &entry, sizeof(entry),
				       pga_hide_position(first)) ?:
		      resched_or_killed();
		pfn = first + nr;
	}
	return err;
}

int pga_ioctl_ranges(struct pga_cmd *cmd)
{
	struct pgarea_ranges *arg = cmd->arg;
	struct pga_array_writer writer = { .array = &arg->ranges };
	u64 highest = arg->highest ?: U64_MAX, from = arg->lowest >> PAGE_SHIFT;
	struct pga_area *area;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved || arg->lowest > highest)
		return -EINVAL;
	if (pga_is_hidden_from(cmd->file))
		return -EPERM;
	err = pga_array_check(&arg->ranges, offsetofend(struct pgarea_range,
							area));
	if (err)
		return err;
	area = pga_area_find(arg->area);
	if (!area)
		return -ENOENT;
	if (arg->ranges.cursor)
		from = max_t(u64, from,
			     pga_hide_position(pga_array_position(&arg->ranges)));
	err = list_ranges(area, from, highest >> PAGE_SHIFT, &writer);
	pga_area_put(area);
	return err ?: pga_array_finish(&writer);
}

/* List the next block; 0 also when none was found yet. */
static int list_block(struct pga_file *file, u64 flags, u64 *id,
		      struct pga_array_writer *writer)
{
	bool room = pga_array_has_room(writer);
	struct pgarea_block entry;
	int found;

	found = pga_block_describe(file, flags, id, room ? &entry : NULL);
	if (found <= 0)
		return found;
	if (room)
		return pga_array_append(writer, &entry, sizeof(entry), 0);
	pga_array_omit(writer, pga_id_slot(*id - 1));
	return 0;
}

int pga_ioctl_blocks(struct pga_cmd *cmd)
{
	struct pgarea_blocks *arg = cmd->arg;
	struct pga_array_writer writer = { .array = &arg->blocks };
	u64 id = pga_id_of_slot(pga_array_position(&arg->blocks));
	int err;

	if (arg->flags & ~PGA_BLOCKS_FLAGS)
		return -EOPNOTSUPP;
	if (arg->flags & PGAREA_BLOCKS_ALL && !cmd->file->admin)
		return -EPERM;
	err = pga_array_check(&arg->blocks, offsetofend(struct pgarea_block,
							name));
	while (!err && !pga_array_is_done(&writer))
		err = list_block(cmd->file, arg->flags, &id, &writer) ?:
		      resched_or_killed();
	return err && err != -ENOENT ? err : pga_array_finish(&writer);
}
