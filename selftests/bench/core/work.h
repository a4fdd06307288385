/* SPDX-License-Identifier: GPL-2.0 */
/* The workloads that allocators are compared with. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "machine.h"

/**
 * struct workload - something to do with an area, which is left empty again
 * @name:	for the table
 * @run:	does it, and returns nanoseconds for one operation
 * @whole_area:	it uses every page, which takes long on a large area
 * @goal:	nanoseconds that the core should need at 1 GiB
 * @lists:	nanoseconds that free lists needed where the goal was set
 *
 * On another machine the goal is as much larger or smaller as free lists are.
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

/* What all workloads draw from. */
extern struct unit_random bench_random;

u64 packing(struct machine *m, unsigned int percent);

#endif /* BENCH_WORK_H */
