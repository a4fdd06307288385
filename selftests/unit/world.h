/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A buddy and the oracle of the same pages: both perform each step, and the
 * test fails when their results differ.
 */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include "oracle.h"
#include "unit.h"

struct world {
	struct pga_buddy buddy;
	struct oracle oracle;
};

/* Nothing is owned; oracle_window() adds the pages that may be. */
void world_begin(struct world *w);
void world_end(struct world *w);

/* As the calls of the core. */
int world_find(struct world *w, const struct pga_request *rq, u64 *first);
int world_alloc(struct world *w, const struct pga_request *rq, u64 *first);
int world_alloc_range(struct world *w, u64 first, u64 nr);
int world_free(struct world *w, u64 first, u64 nr);
int world_add(struct world *w, u64 first, u64 nr);
int world_remove(struct world *w, u64 first, u64 nr);

/* The buddy is sound, and has these pages free and owned. */
void world_compare(const struct world *w);

/* The structure equals that of a buddy built from these pages at once. */
void world_compare_rebuilt(const struct world *w);

#endif /* UNIT_WORLD_H */
