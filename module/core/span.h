/* SPDX-License-Identifier: GPL-2.0 */
/* The ranges that are owned, and the check that a range is valid. */
#ifndef PGA_CORE_SPAN_H
#define PGA_CORE_SPAN_H

#include "core/buddy.h"

/**
 * struct pga_span - a range that was added, joined with those that touch it
 * @first:	its lowest page
 * @last:	its highest page
 */
struct pga_span {
	u64 first;
	u64 last;
};

int __must_check pga_range_check(u64 first, u64 nr);

unsigned int pga_span_at_or_after(const struct pga_buddy *b, u64 page);
bool pga_span_meets(const struct pga_buddy *b, u64 first, u64 last);
bool pga_span_holds(const struct pga_buddy *b, u64 first, u64 last);
bool pga_span_find(struct pga_buddy *b, u64 first, u64 last);
void pga_span_join(struct pga_buddy *b, u64 first, u64 last);
void pga_span_cut(struct pga_buddy *b, u64 first, u64 last);

/* Whether all are owned; fast when the span is the one of the last call. */
static inline bool pga_span_holds_hint(struct pga_buddy *b, u64 first, u64 last)
{
	if (likely(b->hint < b->nr_spans)) {
		const struct pga_span *span = &b->spans[b->hint];

		if (likely(span->first <= first && span->last >= last))
			return true;
	}
	return pga_span_find(b, first, last);
}

#endif /* PGA_CORE_SPAN_H */
