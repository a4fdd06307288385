/* SPDX-License-Identifier: GPL-2.0 */
/* The workloads to compare allocators with. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "machine.h"

/**
 * struct workload - operations on an area, which is left empty again
 * @name:	for the table
 * @run:	runs it, and returns nanoseconds per operation
 * @whole_area:	it uses every page, which is slow on a large area
 * @goal:	nanoseconds that the core should need at 1 GiB
 * @lists:	nanoseconds that free lists needed where the goal was set
 *
 * On another machine the goal is scaled as the time of free lists is.
 */
struct workload {
	const char *name;
	double (*run)(struct machine *m);
	bool whole_area;
	double goal;
	double lists;
};

extern const struct workload workloads[];
extern const unsigned int nr_workloads;

/* The random numbers of all workloads. */
extern struct unit_random bench_random;

u64 packing(struct machine *m, unsigned int percent);

#endif /* BENCH_WORK_H */
