/* SPDX-License-Identifier: GPL-2.0 */
/* Allocators to compare: the core, and a classic buddy with free lists. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "lists.h"
#include "unit.h"

#define GIB_PAGES	262144ULL

/* One allocator on one area; all calls succeed but alloc() on a full area. */
struct machine {
	const char *name;
	u64 (*alloc)(struct machine *m, unsigned int order);
	u64 (*alloc_exact)(struct machine *m, u64 nr, unsigned int align_order);
	void (*free)(struct machine *m, u64 first, unsigned int order);
	void (*reserve)(struct machine *m, u64 first, u64 nr);
	void (*release)(struct machine *m, u64 first, u64 nr);
	u64 nr;
	struct pga_buddy buddy;
	struct lists lists;
};

void machine_begin_core(struct machine *m, u64 nr);
void machine_begin_lists(struct machine *m, u64 nr);
void machine_end(struct machine *m);

/* End the program when @err is not 0. */
void must(int err, const char *what);

/* Nanoseconds of a clock that only goes forward. */
double now(void);

#endif /* BENCH_MACHINE_H */
