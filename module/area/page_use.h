/* SPDX-License-Identifier: GPL-2.0 */
/* What the host does with one page. */
#ifndef PGA_AREA_PAGE_USE_H
#define PGA_AREA_PAGE_USE_H

#include <linux/types.h>

struct page;

/**
 * struct pga_page_use - what the host does with a page
 * @kind: enum pgarea_obstacle_kind
 * @obtainable: it is free, or the host can move what is in it
 * @in_batch: it waits in a batch of a processor (batch.c)
 * @nr: number of pages from this one on for which this is true
 */
struct pga_page_use {
	u32 kind;
	bool obtainable;
	bool in_batch;
	u64 nr;
};

void pga_page_use(struct page *page, u64 pfn, struct pga_page_use *use);

#endif /* PGA_AREA_PAGE_USE_H */
