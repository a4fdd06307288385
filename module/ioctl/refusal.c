// SPDX-License-Identifier: GPL-2.0
/*
 * Why no area could serve an allocation.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/pages.h"
#include "area/registry.h"
#include "block/describe.h"
#include "hide.h"
#include "ioctl/array.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"

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
	int err = pga_area_probe_range(area, first, nr, &conflict);

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

/**
 * pga_job_refuse() - say of each area why it could not serve
 * @job: checked
 *
 * Context: process; sleeps, faults.
 * Return: -ENOSPC, or -EBUSY where an exact place is in use, and the reasons in the
 * program's array; -EFAULT, or -EMSGSIZE.
 */
int pga_job_refuse(struct pga_alloc_job *job)
{
	struct pga_list list = { .array = &job->arg->refusals };
	struct pga_area *area = NULL;
	int err = 0, answer = -ENOSPC;
	unsigned int i;

	for (i = 0; !err && (area = pga_job_next_area(job, area, i)) != NULL; i++) {
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
