/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that the hardware reported an error in. */
#ifndef PGA_POISON_H
#define PGA_POISON_H

#include <linux/types.h>

struct pga_area;
struct pga_request;

bool pga_poison_seen(u64 first, u64 nr);
u64 pga_poison_count(u64 first, u64 last);
void pga_poison_mark(struct pga_area *area, u64 pfn);
void pga_poison_give(struct pga_area *area, u64 first, u64 nr);

int __must_check pga_poison_alloc(struct pga_area *area,
				  const struct pga_request *rq, u64 *first);
unsigned int pga_poison_alloc_many(struct pga_area *area,
				   const struct pga_request *rq, u64 *first,
				   unsigned int nr);
int __must_check pga_poison_take(struct pga_area *area, u64 first, u64 nr,
				 u64 *conflict);

#endif /* PGA_POISON_H */
