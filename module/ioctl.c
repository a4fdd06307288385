// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that change something: ALLOC, FREE, RESERVE, UNRESERVE.
 *
 * Each has three steps.  The request is checked, and refused without any effect.
 * Then everything that can fail is done with things that nobody else can see, the
 * copy of the answer to the program included.  Then it is published, and that
 * cannot fail.
 */
#include <linux/ctype.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "area.h"
#include "block.h"
#include "dev.h"
#include "uarray.h"

/* What this version does, of the flags that the contract has. */
#define PGA_ALLOC_FLAGS		(PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN | \
				 PGAREA_ALLOC_NO_GROW)
#define PGA_RESERVE_FLAGS	PGAREA_RESERVE_DRY_RUN

/* Pages to clear between two looks for a signal that kills */
#define PGA_CLEAR_BATCH		512

/**
 * struct pga_alloc_job - an ALLOC being worked on
 * @arg: as the program asked, and the answer
 * @rq: the same in pages
 * @set: the areas to try, in order
 * @nr_areas: length of @set
 * @area: that it came from
 * @first: first page frame
 */
struct pga_alloc_job {
	struct pgarea_alloc *arg;
	struct pga_request rq;
	struct pga_area *set[PGA_MAX_AREAS];
	unsigned int nr_areas;
	struct pga_area *area;
	u64 first;
};

static bool valid_label(const u8 *name)
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

static int check_size(u64 size)
{
	if (!size)
		return -EINVAL;
	return size > U64_MAX - PAGE_SIZE + 1 ? -EOVERFLOW : 0;
}

static bool power_of_two_or_0(u64 value)
{
	return !(value & (value - 1));
}

static int check_alloc_choices(const struct pgarea_alloc *arg)
{
	if (arg->flags & ~PGA_ALLOC_FLAGS)
		return -EOPNOTSUPP;
	if (arg->cache != PGAREA_CACHE_WB ||
	    arg->layout != PGAREA_LAYOUT_CONTIGUOUS ||
	    arg->access != PGAREA_ACCESS_READ_WRITE)
		return -EOPNOTSUPP;
	return arg->node || arg->__reserved || !valid_label(arg->name) ?
		-EINVAL : 0;
}

static int check_alloc_place(const struct pgarea_alloc *arg)
{
	int err = check_size(arg->size);

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

	if (array->count > PGA_MAX_AREAS)
		return -EINVAL;
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

static void use_all_areas(struct pga_alloc_job *job)
{
	struct pga_area *area = NULL;

	while ((area = pga_area_next_by_place(area)) != NULL)
		job->set[job->nr_areas++] = area;
}

static int check_alloc(struct pga_alloc_job *job)
{
	struct pgarea_alloc *arg = job->arg;
	int err;

	err = check_alloc_choices(arg) ?: check_alloc_place(arg);
	if (err)
		return err;
	fill_request(arg, &job->rq);
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
	if (!err && !arg->areas.count)
		use_all_areas(job);
	return err;
}

static int try_area(struct pga_alloc_job *job, struct pga_area *area)
{
	u64 exact = job->arg->address >> PAGE_SHIFT, conflict;
	bool dry = job->arg->flags & PGAREA_ALLOC_DRY_RUN;

	if (!(job->arg->flags & PGAREA_ALLOC_EXACT)) {
		if (job->rq.first > job->rq.last)
			return -ENOSPC;
		return dry ? pga_area_probe(area, &job->rq, &job->first) :
			     pga_area_alloc(area, &job->rq, &job->first);
	}
	job->first = exact;
	return dry ? pga_area_test(area, exact, job->rq.nr, &conflict) :
		     pga_area_take(area, exact, job->rq.nr, &conflict);
}

static bool try_areas(struct pga_alloc_job *job)
{
	unsigned int i;

	for (i = 0; i < job->nr_areas; i++) {
		job->area = job->set[i];
		if (!try_area(job, job->area))
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
	out->address = conflict << PAGE_SHIFT;
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
	int err = 0, answer = -ENOSPC;
	unsigned int i;

	for (i = 0; i < job->nr_areas && !err; i++) {
		struct pgarea_refusal entry;

		explain_area(job, job->set[i], &entry);
		if (entry.why == PGAREA_WHY_IN_USE)
			answer = -EBUSY;
		err = pga_list_add(&list, &entry, sizeof(entry), i + 1);
	}
	/* Refusals that did not fit are no reason for another errno. */
	list.cursor = 0;
	return err ?: pga_list_end(&list) ?: answer;
}

/* What drained meanwhile counts, whoever saw it: so the second try is made. */
static int find_pages(struct pga_alloc_job *job)
{
	if (try_areas(job))
		return 0;
	pga_drain_poll();
	return try_areas(job) ? 0 : refuse_alloc(job);
}

/*
 * Memory of another owner is never seen: it is cleared while nobody can find the
 * block.  Only a signal that kills ends a long clearing: if any signal did, a
 * program whose timer ticks faster than the memory is cleared (a profiler's, say)
 * would never get its block.
 */
static int clear_pages_of(u64 first, u64 nr)
{
	u64 i;

	for (i = 0; i < nr; i++) {
		clear_highpage(pfn_to_page(first + i));
		if (i % PGA_CLEAR_BATCH == PGA_CLEAR_BATCH - 1) {
			cond_resched();
			if (fatal_signal_pending(current))
				return -EINTR;
		}
	}
	return 0;
}

static int answer_segments(struct pgarea_alloc *arg)
{
	struct pga_list list = { .array = &arg->segments };
	struct pgarea_segment entry = {
		.address = arg->phys,
		.size = arg->granted,
	};

	if (!arg->segments.count) {
		arg->segments.total = arg->nr_segments;
		return 0;
	}
	return pga_list_add(&list, &entry, sizeof(entry), 1) ?:
	       pga_list_end(&list);
}

/* @block: NULL in a dry run */
static int answer_alloc(struct pga_cmd *cmd, struct pga_alloc_job *job,
			const struct pga_block *block)
{
	struct pgarea_alloc *arg = job->arg;

	arg->id = block ? block->id : 0;
	arg->mmap_offset = block ? pga_block_mmap_offset(block) : 0;
	arg->phys = job->first << PAGE_SHIFT;
	arg->granted = job->rq.nr << PAGE_SHIFT;
	arg->area = job->area->id;
	arg->alloc_node = page_to_nid(pfn_to_page(job->first));
	arg->nr_segments = 1;
	arg->contiguous = 1;
	arg->refusals.count = 0;
	arg->refusals.total = 0;
	arg->refusals.cursor = 0;
	return answer_segments(arg) ?: pga_cmd_respond(cmd);
}

static int do_alloc(struct pga_cmd *cmd, struct pga_alloc_job *job)
{
	struct pga_block *block;
	int err;

	block = pga_block_new(PGAREA_KIND_BLOCK, job->arg->name,
			      job->arg->flags);
	if (!block)
		return -ENOMEM;
	err = find_pages(job);
	if (err)
		goto discard;
	err = pga_block_set_pages(block, job->area, job->first, job->rq.nr) ?:
	      clear_pages_of(job->first, job->rq.nr) ?:
	      answer_alloc(cmd, job, block);
	if (err)
		goto discard;
	pga_block_publish(block, cmd->file);
	return 0;

discard:
	pga_block_discard(block);
	return err;
}

int pga_ioctl_alloc(struct pga_cmd *cmd)
{
	struct pga_alloc_job job = { .arg = cmd->arg };
	int err = check_alloc(&job);

	if (err)
		return err;
	if (!(job.arg->flags & PGAREA_ALLOC_DRY_RUN))
		return do_alloc(cmd, &job);
	return find_pages(&job) ?: answer_alloc(cmd, &job, NULL);
}

int pga_ioctl_free(struct pga_cmd *cmd)
{
	struct pgarea_free *arg = cmd->arg;

	if (arg->flags)
		return -EOPNOTSUPP;
	return pga_block_free(cmd->file, arg->id);
}

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
	if (arg->__reserved || !valid_label(arg->name))
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
	err = pga_block_set_pages(block, area, range.first, range.nr) ?:
	      answer_reserve(cmd, arg, area, block->id);
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

	err = pga_block_unreserve_prepare(cmd->file, arg->id, &part, &rest);
	if (err)
		return err;
	arg->rest_id = rest ? rest->id : 0;
	err = pga_cmd_respond(cmd);
	if (err)
		pga_block_unreserve_cancel(rest);
	else
		pga_block_unreserve(cmd->file, arg->id, &part, rest);
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
	if (mutex_lock_interruptible(&cmd->file->unreserve))
		return -ERESTARTSYS;
	err = unreserve_locked(cmd, arg);
	mutex_unlock(&cmd->file->unreserve);
	return err;
}
