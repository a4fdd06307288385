// SPDX-License-Identifier: GPL-2.0
/*
 * What an allocation asks for: the check of it, the search for a place, and the
 * reasons when there is none.
 */
#include <linux/ctype.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/caching.h"
#include "area/hwpoison.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/block.h"
#include "block/describe.h"
#include "block/drain.h"
#include "block/file.h"
#include "hide.h"
#include "ioctl/array.h"
#include "ioctl/request.h"
#include "map/cdev.h"

/* What this version does, of the flags that the contract has. */
#define PGA_ALLOC_FLAGS		(PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN | \
				 PGAREA_ALLOC_NO_GROW | PGAREA_ALLOC_TOP_DOWN | \
				 PGAREA_ALLOC_PERSISTENT)

/**
 * pga_label_valid() - is it a label that can be shown?
 * @name: PGAREA_NAME_SIZE bytes
 *
 * Return: true when it is printable and ends within the bytes.
 */
bool pga_label_valid(const u8 *name)
{
	unsigned int i;

	for (i = 0; i < PGAREA_NAME_SIZE; i++) {
		if (!name[i])
			return true;
		if (!isascii(name[i]) || !isprint(name[i]))
			return false;
	}
	return false;
}

/**
 * pga_check_size() - can a block have this size?
 * @size: in bytes
 *
 * Return: 0, -EINVAL, or -EOVERFLOW.
 */
int pga_check_size(u64 size)
{
	if (!size)
		return -EINVAL;
	return size > U64_MAX - PAGE_SIZE + 1 ? -EOVERFLOW : 0;
}

static bool power_of_two_or_0(u64 value)
{
	return !(value & (value - 1));
}

/**
 * pga_check_orphan() - can it be kept back for so long?
 * @orphan_ms: as a program asked
 * @reserved: padding behind it
 * @persistent: it will have no owner that could die
 *
 * Return: 0 or -EINVAL.
 */
int pga_check_orphan(u32 orphan_ms, u32 reserved, bool persistent)
{
	if (reserved || (persistent && orphan_ms))
		return -EINVAL;
	return orphan_ms > PGAREA_ORPHAN_MAX_MS &&
	       orphan_ms != PGAREA_ORPHAN_NONE ? -EINVAL : 0;
}

/**
 * pga_check_persistent() - can something persistent be made?
 * @file: through which
 * @name: a valid label
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL, -EPERM, or -EEXIST.
 */
int pga_check_persistent(const struct pga_file *file, const u8 *name)
{
	if (!pga_node_name_valid(name))
		return -EINVAL;
	if (!file->admin)
		return -EPERM;
	return pga_node_exists(name) ? -EEXIST : 0;
}

/* Memory that is not cached is for devices: nothing runs there. */
static int check_alloc_choices(const struct pgarea_alloc *arg)
{
	if (arg->flags & ~PGA_ALLOC_FLAGS)
		return -EOPNOTSUPP;
	if (arg->layout != PGAREA_LAYOUT_CONTIGUOUS ||
	    arg->access > PGAREA_ACCESS_EXECUTE ||
	    pga_cache_check(arg->cache))
		return -EOPNOTSUPP;
	if (arg->access == PGAREA_ACCESS_EXECUTE &&
	    arg->cache != PGAREA_CACHE_WB)
		return -EINVAL;
	return arg->node || arg->__reserved || !pga_label_valid(arg->name) ?
		-EINVAL : 0;
}

/* A limit that a device has: its mask, or none. */
static bool is_mask(u64 end)
{
	return !end || (end >= SZ_16M && is_power_of_2(end));
}

/* With limits as fine as one likes, addresses that are hidden can be found out. */
static int check_hidden(const struct pga_file *file,
			const struct pgarea_alloc *arg)
{
	if (!pga_is_hidden_from(file))
		return 0;
	if (arg->flags & PGAREA_ALLOC_EXACT || !is_mask(arg->lowest) ||
	    (arg->highest && !is_mask(arg->highest + 1)) ||
	    arg->align >> PAGE_SHIFT > pageblock_nr_pages ||
	    arg->boundary >> PAGE_SHIFT > pageblock_nr_pages)
		return -EPERM;
	return 0;
}

static int check_rights(const struct pga_alloc_job *job)
{
	const struct pgarea_alloc *arg = job->arg;
	bool persistent = arg->flags & PGAREA_ALLOC_PERSISTENT;
	int err;

	err = pga_check_orphan(arg->orphan_ms, arg->__reserved2, persistent) ?:
	      check_hidden(job->file, arg);
	if (err || !persistent)
		return err;
	return pga_check_persistent(job->file, arg->name);
}

static void fill_traits(struct pga_alloc_job *job)
{
	const struct pgarea_alloc *arg = job->arg;

	job->traits = (struct pga_traits){
		.flags = arg->flags,
		.user = job->file->user,
		.orphan_ms = arg->orphan_ms,
		.kind = PGAREA_KIND_BLOCK,
		.cache = arg->cache,
		.access = arg->access,
	};
	memcpy(job->traits.name, arg->name, sizeof(job->traits.name));
}

static int check_alloc_place(const struct pgarea_alloc *arg)
{
	int err = pga_check_size(arg->size);

	if (err)
		return err;
	if (!power_of_two_or_0(arg->align) || !power_of_two_or_0(arg->boundary))
		return -EINVAL;
	if (arg->boundary && arg->boundary < arg->size)
		return -EINVAL;
	if (arg->highest && arg->lowest > arg->highest)
		return -EINVAL;
	return arg->address && !(arg->flags & PGAREA_ALLOC_EXACT) ? -EINVAL : 0;
}

/* The request in pages.  Limits inside a page leave the page out. */
static void fill_request(const struct pgarea_alloc *arg, struct pga_request *rq)
{
	u64 highest = arg->highest ?: U64_MAX;

	rq->top_down = arg->flags & PGAREA_ALLOC_TOP_DOWN;
	rq->nr = ((arg->size - 1) >> PAGE_SHIFT) + 1;
	rq->align = max_t(u64, arg->align >> PAGE_SHIFT, 1);
	/* A block begins with a page, so it crosses no boundary below one. */
	rq->boundary = arg->boundary >> PAGE_SHIFT;
	rq->first = arg->lowest ? ((arg->lowest - 1) >> PAGE_SHIFT) + 1 : 0;
	rq->last = highest >> PAGE_SHIFT;
	/* Where not even page 0 is whole, the limits leave nothing over. */
	if (~highest & ~PAGE_MASK && !rq->last)
		rq->first = 1;
	else if (~highest & ~PAGE_MASK)
		rq->last--;
}

/* An exact place that contradicts the other limits can never be served. */
static int check_exact(const struct pgarea_alloc *arg,
		       const struct pga_request *rq)
{
	u64 first = arg->address >> PAGE_SHIFT;
	u64 last = first + rq->nr - 1, end;

	if (!PAGE_ALIGNED(arg->address))
		return -EINVAL;
	if (check_add_overflow(arg->address, arg->size - 1, &end))
		return -EOVERFLOW;
	if (first & (rq->align - 1) || first < rq->first || last > rq->last)
		return -EINVAL;
	return rq->boundary && (first ^ last) & ~(rq->boundary - 1) ?
		-EINVAL : 0;
}

static bool in_set(const struct pga_alloc_job *job, const struct pga_area *area)
{
	unsigned int i;

	for (i = 0; i < job->nr_areas; i++)
		if (job->set[i] == area)
			return true;
	return false;
}

static int read_areas(struct pga_alloc_job *job)
{
	const struct pgarea_array *array = &job->arg->areas;
	struct pgarea_area_id entry;
	struct pga_area *area;
	u32 i;
	int err;

	if (!array->count)
		return 0;
	if (array->count > PGA_MAX_AREAS)
		return -EINVAL;
	job->set = kmalloc_array(array->count, sizeof(*job->set), GFP_KERNEL);
	if (!job->set)
		return -ENOMEM;
	for (i = 0; i < array->count; i++) {
		err = pga_array_get(array, i, &entry, sizeof(entry));
		if (err)
			return err;
		if (entry.__reserved)
			return -EINVAL;
		area = pga_area_find(entry.id);
		if (!area)
			return -ENOENT;
		if (in_set(job, area))
			return -EINVAL;
		job->set[job->nr_areas++] = area;
	}
	return 0;
}

/* The area to try behind @area, which was number @i - 1; NULL: there is none. */
static struct pga_area *next_area(const struct pga_alloc_job *job,
				  struct pga_area *area, unsigned int i)
{
	if (!job->set)
		return pga_area_next_by_place(area);
	return i < job->nr_areas ? job->set[i] : NULL;
}

/**
 * pga_job_check() - is the request sound?
 * @job: with @file and @arg; the rest of the input is filled in
 *
 * Context: process; faults.
 * Return: 0, and pga_job_end() is due; or the errno that the contract has for
 * what is wrong.
 */
int pga_job_check(struct pga_alloc_job *job)
{
	struct pgarea_alloc *arg = job->arg;
	int err;

	err = check_alloc_choices(arg) ?: check_alloc_place(arg) ?:
	      check_rights(job);
	if (err)
		return err;
	fill_request(arg, &job->rq);
	fill_traits(job);
	if (arg->flags & PGAREA_ALLOC_EXACT)
		err = check_exact(arg, &job->rq);
	err = err ?:
	      pga_array_check(&arg->areas,
			      offsetofend(struct pgarea_area_id, __reserved)) ?:
	      pga_array_check(&arg->segments,
			      offsetofend(struct pgarea_segment, size)) ?:
	      pga_array_check(&arg->refusals,
			      offsetofend(struct pgarea_refusal, __reserved)) ?:
	      read_areas(job);
	if (err)
		pga_job_end(job);
	return err;
}

/**
 * pga_job_end() - free what pga_job_check() got
 * @job: checked
 */
void pga_job_end(struct pga_alloc_job *job)
{
	kfree(job->set);
}

static int try_area(struct pga_alloc_job *job, struct pga_area *area)
{
	u64 exact = job->arg->address >> PAGE_SHIFT, conflict;
	bool dry = job->arg->flags & PGAREA_ALLOC_DRY_RUN;

	if (!(job->arg->flags & PGAREA_ALLOC_EXACT)) {
		if (job->rq.first > job->rq.last)
			return -ENOSPC;
		return dry ? pga_area_probe(area, &job->rq, &job->first) :
			     pga_poison_alloc(area, &job->rq, &job->first);
	}
	job->first = exact;
	return dry ? pga_area_test(area, exact, job->rq.nr, &conflict) :
		     pga_poison_take(area, exact, job->rq.nr, &conflict);
}

static bool try_areas(struct pga_alloc_job *job)
{
	struct pga_area *area = NULL;
	unsigned int i;

	for (i = 0; (area = next_area(job, area, i)) != NULL; i++) {
		job->area = area;
		if (!try_area(job, area))
			return true;
	}
	return false;
}

static u32 why_not(const struct pga_alloc_job *job, struct pga_area *area,
		   u64 free)
{
	const struct pga_request *rq = &job->rq;
	u64 first, nr;

	if (!pga_area_may_own(area, rq->first, rq->last))
		return PGAREA_WHY_BOUNDS;
	if (pga_area_next_owned(area, 0, &first, &nr) &&
	    (!pga_area_next_owned(area, rq->first, &first, &nr) ||
	     first > rq->last))
		return PGAREA_WHY_BOUNDS;
	return free < rq->nr ? PGAREA_WHY_FULL : PGAREA_WHY_FRAGMENTED;
}

static void explain_exact(const struct pga_alloc_job *job,
			  struct pga_area *area, struct pgarea_refusal *out)
{
	u64 first = job->arg->address >> PAGE_SHIFT, nr = job->rq.nr;
	u64 conflict = first, run;
	int err = pga_area_test(area, first, nr, &conflict);

	/* It has become free since: all that can be said is that it was not. */
	if (!err)
		conflict = first;
	out->why = err == -ENOENT ? PGAREA_WHY_NOT_OWNED : PGAREA_WHY_IN_USE;
	out->address = pga_told_address(conflict << PAGE_SHIFT);
	/* The state is the page's own, whichever area owns it. */
	area = pga_area_of(conflict);
	out->state = area ? pga_page_state(area, conflict, conflict, &run) :
			    PGAREA_STATE_NOT_OWNED;
}

static void explain_area(const struct pga_alloc_job *job, struct pga_area *area,
			 struct pgarea_refusal *out)
{
	u64 free, largest;

	pga_area_free_within(area, job->rq.first, job->rq.last, &free,
			     &largest);
	*out = (struct pgarea_refusal){
		.area = area->id,
		.address = PGAREA_NO_ADDRESS,
		.free = free << PAGE_SHIFT,
		.largest_free = largest << PAGE_SHIFT,
	};
	if (job->arg->flags & PGAREA_ALLOC_EXACT)
		explain_exact(job, area, out);
	else
		out->why = why_not(job, area, free);
}

/* Say of each area why it could not serve.  Never 0. */
static int refuse_alloc(struct pga_alloc_job *job)
{
	struct pga_list list = { .array = &job->arg->refusals };
	struct pga_area *area = NULL;
	int err = 0, answer = -ENOSPC;
	unsigned int i;

	for (i = 0; !err && (area = next_area(job, area, i)) != NULL; i++) {
		struct pgarea_refusal entry;

		explain_area(job, area, &entry);
		if (entry.why == PGAREA_WHY_IN_USE)
			answer = -EBUSY;
		err = pga_list_add(&list, &entry, sizeof(entry), i + 1);
	}
	/* Refusals that did not fit are no reason for another errno. */
	list.cursor = 0;
	return err ?: pga_list_end(&list) ?: answer;
}

/**
 * pga_job_find() - find a place in the areas, and take it
 * @job: checked; in a dry run nothing is taken
 *
 * Context: process; sleeps, faults.
 * Return: 0 and the place in @job; -ENOSPC or -EBUSY, and the reasons in the
 * program's array; -EFAULT.
 */
int pga_job_find(struct pga_alloc_job *job)
{
	if (try_areas(job))
		return 0;
	/* What drained meanwhile counts, whoever saw it: so it is tried again. */
	pga_drain_poll();
	return try_areas(job) ? 0 : refuse_alloc(job);
}

static int find_many_once(struct pga_alloc_job *job, u64 *first, unsigned int nr)
{
	struct pga_area *area = NULL;
	unsigned int i;
	int found = 0;

	if (job->rq.first > job->rq.last)
		return 0;
	for (i = 0; !found && (area = next_area(job, area, i)) != NULL; i++) {
		job->area = area;
		found = pga_poison_alloc_many(area, &job->rq, first, nr);
	}
	return found;
}

/**
 * pga_job_find_many() - find places for blocks of the same kind, and take them
 * @job: checked, and neither for an exact place nor a dry run
 * @first: the answer, the first page frame of each
 * @nr: how many are wanted, at most PGA_BATCH
 *
 * Context: process; sleeps, faults.
 * Return: how many were found, all in @job->area, and there may be more in
 * others; -ENOSPC when there is none, and the reasons in the program's array;
 * -EFAULT.
 */
int pga_job_find_many(struct pga_alloc_job *job, u64 *first, unsigned int nr)
{
	int found = find_many_once(job, first, nr);

	if (found)
		return found;
	pga_drain_poll();
	return find_many_once(job, first, nr) ?: refuse_alloc(job);
}
