// SPDX-License-Identifier: GPL-2.0
/*
 * The search for a place in the areas.
 */
#include <linux/mm.h>

#include "area/area.h"
#include "area/pages.h"
#include "block/drain.h"
#include "ioctl/find.h"
#include "ioctl/refusal.h"
#include "ioctl/request.h"

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
	return dry ? pga_area_probe_range(area, exact, job->rq.nr, &conflict) :
		     pga_area_alloc_range(area, exact, job->rq.nr, &conflict);
}

static bool try_areas(struct pga_alloc_job *job)
{
	struct pga_area *area = NULL;
	unsigned int i;

	for (i = 0; (area = pga_job_next_area(job, area, i)) != NULL; i++) {
		job->area = area;
		if (!try_area(job, area))
			return true;
	}
	return false;
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
	return try_areas(job) ? 0 : pga_job_refuse(job);
}

static int find_many_once(struct pga_alloc_job *job, u64 *first, unsigned int nr)
{
	struct pga_area *area = NULL;
	unsigned int i;
	int found = 0;

	if (job->rq.first > job->rq.last)
		return 0;
	for (i = 0; !found && (area = pga_job_next_area(job, area, i)) != NULL; i++) {
		job->area = area;
		found = pga_area_alloc_many(area, &job->rq, first, nr);
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
	return find_many_once(job, first, nr) ?: pga_job_refuse(job);
}
