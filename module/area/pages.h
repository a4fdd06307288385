/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of an area. */
#ifndef PGA_AREA_PAGES_H
#define PGA_AREA_PAGES_H

#include "area/area.h"

/* Number of pages by use.  All others add up to @owned. */
struct pga_area_usage {
	u64 owned;
	u64 free;
	u64 allocated;
	u64 reserved;
	u64 draining;
	u64 orphaned;
	u64 poisoned;
};

int __must_check pga_area_alloc(struct pga_area *area,
				const struct pga_request *rq, u64 *first);
unsigned int pga_area_alloc_many(struct pga_area *area,
				 const struct pga_request *rq, u64 *first,
				 unsigned int nr);
int __must_check pga_area_probe(struct pga_area *area,
				const struct pga_request *rq, u64 *first);
int __must_check pga_area_alloc_range(struct pga_area *area, u64 first, u64 nr,
				      u64 *conflict);
int __must_check pga_area_probe_range(struct pga_area *area, u64 first, u64 nr,
				      u64 *conflict);
void pga_area_free(struct pga_area *area, u64 first, u64 nr);
void pga_area_free_good(struct pga_area *area, u64 first, u64 nr);
void pga_area_free_many(struct pga_area *area, const struct pga_pfn_range *ranges,
			unsigned int nr);

bool pga_area_next_free(struct pga_area *area, u64 from, u64 *first, u64 *nr);
bool pga_area_next_owned(struct pga_area *area, u64 from, u64 *first, u64 *nr);
void pga_area_usage(struct pga_area *area, struct pga_area_usage *usage);
void pga_area_free_within(struct pga_area *area, u64 first, u64 last,
			  u64 *free, u64 *largest);

#endif /* PGA_AREA_PAGES_H */
