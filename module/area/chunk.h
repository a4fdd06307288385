/* SPDX-License-Identifier: GPL-2.0 */
/* Chunks, and which area owns a page. */
#ifndef PGA_AREA_CHUNK_H
#define PGA_AREA_CHUNK_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "area/area.h"

/**
 * struct pga_chunk - one contiguous piece, taken from the host as a whole
 * @node: in the tree of all chunks, or in that of those which leave
 * @link: in the list of the area's chunks, or in that of a thread which takes
 *	or returns it; before, in that of chunks which threads ask the host for
 * @area: the area that it was taken for
 * @first: first page frame
 * @nr: number of pages
 */
struct pga_chunk {
	struct rb_node node;
	struct list_head link;
	struct pga_area *area;
	unsigned long first;
	unsigned long nr;
};

/**
 * struct pga_part - a part of a range of pages that has one owner
 * @area: the area that owns it; NULL: no area does
 * @range: its pages
 */
struct pga_part {
	struct pga_area *area;
	struct pga_pfn_range range;
};

int __must_check pga_chunk_begin(struct pga_chunk *chunk);
void pga_chunk_end(struct pga_chunk *whole, const struct list_head *taken);
void pga_chunks_return(struct list_head *chunks);
int __must_check pga_chunks_wait(u64 first, u64 last);

struct pga_area *pga_chunk_owner(u64 pfn);
struct pga_area *pga_area_of(u64 pfn);
void pga_part_at(u64 first, u64 last, struct pga_part *part);
bool pga_page_owned(u64 pfn);
u64 pga_pages_not_owned(u64 pfn, u64 last);

#endif /* PGA_AREA_CHUNK_H */
