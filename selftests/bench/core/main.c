// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark: the core and a classic buddy with free lists, alternately in
 * one process, on areas of 4 KiB pages.
 *
 * Figures are the median of some runs and the best one, which a busy machine
 * disturbs less.  The goals were set on another machine, and are scaled by the
 * time that the free lists need on this one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "latency.h"
#include "work.h"

#define RUNS		15
#define RUNS_LARGE	3
#define MAX_WORKLOADS	32

/* The largest area may be slower than the smallest by this factor. */
#define SLOWER		3

/**
 * struct area - an area to run on
 * @gib:	its size
 * @whole:	whether to run the workloads that use every page as well
 * @lists:	whether to run the free lists too: they need 64 bytes per page
 */
struct area {
	u64 gib;
	bool whole;
	bool lists;
};

/* By workload: the goal on this machine, and the time in the first area. */
static double goals[MAX_WORKLOADS], first_ns[MAX_WORKLOADS];

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Print the median and the best, and return the median. */
static double print_times(double *ns, unsigned int nr)
{
	qsort(ns, nr, sizeof(*ns), by_value);
	printf(" %7.1f %7.1f", ns[nr / 2], ns[0]);
	return ns[nr / 2];
}

static void print_goal(double ns, double goal)
{
	printf("  %6.1f %s", goal, ns <= goal ? "met" : "NOT MET");
}

/* The goal is that of the first area; the largest one has a factor. */
static void judge(unsigned int i, const struct area *area, double ns,
		  double lists_ns)
{
	const struct workload *w = &workloads[i];

	if (!first_ns[i]) {
		first_ns[i] = ns;
		goals[i] = w->goal * (area->lists ? lists_ns / w->lists : 1);
		print_goal(ns, goals[i]);
	} else if (area->gib >= 1024) {
		print_goal(ns, SLOWER * first_ns[i]);
	}
}

static void run_workload(unsigned int nr, const struct area *area,
			 struct machine *core, struct machine *list)
{
	const struct workload *w = &workloads[nr];
	unsigned int runs = w->whole_area && area->gib > 1 ? RUNS_LARGE : RUNS;
	double mine[RUNS], theirs[RUNS], ns, lists_ns = 0;
	unsigned int i;

	for (i = 0; i < runs; i++) {
		mine[i] = w->run(core);
		if (area->lists)
			theirs[i] = w->run(list);
	}
	printf("%-40s", w->name);
	ns = print_times(mine, runs);
	if (area->lists) {
		lists_ns = print_times(theirs, runs);
		printf(" %6.2f", ns / lists_ns);
	}
	judge(nr, area, ns, lists_ns);
	printf("\n");
	fflush(stdout);
}

static void print_packing(struct machine *core, struct machine *list,
			  unsigned int percent)
{
	printf("2 MiB blocks of 384 after churn (%2u %%)  %8llu %16llu\n",
	       percent, packing(core, percent), packing(list, percent));
}

static void run_area(const struct area *area)
{
	struct machine core, list;
	unsigned int i;

	machine_begin_core(&core, area->gib * GIB_PAGES);
	if (area->lists)
		machine_begin_lists(&list, area->gib * GIB_PAGES);
	printf("\n%4llu GiB area, ns %22s %7s %7s %7s %7s %6s  %s\n", area->gib,
	       "", "core", "best", "lists", "best", "ratio", "goal");
	for (i = 0; i < nr_workloads; i++)
		if (area->whole || !workloads[i].whole_area)
			run_workload(i, area, &core, &list);
	printf("%-40s %7.3f\n", "metadata, bytes per page",
	       (double)pga_buddy_node_bytes(&core.buddy) / core.nr);
	if (area->gib == 1) {
		print_packing(&core, &list, 0);
		print_packing(&core, &list, 33);
	}
	machine_end(&core);
	if (area->lists)
		machine_end(&list);
}

/* True if there is memory for the free lists. */
static bool room_for_lists(u64 gib)
{
	u64 have = (u64)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);

	return have > 2 * gib * GIB_PAGES * sizeof(struct lists_page);
}

int main(void)
{
	struct area areas[] = {
		{ .gib = 1, .whole = true, .lists = true },
		{ .gib = 64, .whole = true, .lists = room_for_lists(64) },
		{ .gib = 1024 },
	};
	unsigned int i;

	bench_random.state = unit_seed();
	printf("The allocator core in user space; PGA_SEED=%llu\n",
	       bench_random.state);
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		run_area(&areas[i]);
	bench_latency(64);
	return 0;
}
