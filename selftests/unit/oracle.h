/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: does what the core does, with a byte for each page and without
 * regard to speed.  It has a few windows of pages; outside of them nothing is
 * owned.
 */
#ifndef UNIT_ORACLE_H
#define UNIT_ORACLE_H

#include "core/buddy.h"

enum oracle_state { ORACLE_NONE, ORACLE_FREE, ORACLE_USED };

struct oracle_window {
	u64 base;
	u64 nr;
	unsigned char *state;
};

#define ORACLE_WINDOWS	4

/* Windows are in order and do not touch. */
struct oracle {
	struct oracle_window window[ORACLE_WINDOWS];
	unsigned int nr_windows;
};

void oracle_init(struct oracle *o);
void oracle_window(struct oracle *o, u64 base, u64 nr);
void oracle_destroy(struct oracle *o);

enum oracle_state oracle_get(const struct oracle *o, u64 page);
void oracle_set(struct oracle *o, u64 first, u64 nr, enum oracle_state state);

/* The calls of the core.  Ranges to add or remove are inside one window. */
int oracle_add(struct oracle *o, u64 first, u64 nr);
int oracle_remove(struct oracle *o, u64 first, u64 nr);
int oracle_alloc_range(struct oracle *o, u64 first, u64 nr, u64 *conflict);
int oracle_free(struct oracle *o, u64 first, u64 nr);
int oracle_find(const struct oracle *o, const struct pga_request *rq,
		u64 *first);

/* The next run of pages that are free, or (@owned) free or used. */
bool oracle_next(const struct oracle *o, u64 from, bool owned, u64 *first,
		 u64 *nr);

#endif /* UNIT_ORACLE_H */
