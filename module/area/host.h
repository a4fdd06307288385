/* SPDX-License-Identifier: GPL-2.0 */
/* The host's page allocator: finding, taking and returning chunks. */
#ifndef PGA_AREA_HOST_H
#define PGA_AREA_HOST_H

#include <linux/init.h>
#include <linux/types.h>

struct page;
struct zone;

/**
 * struct pga_host_walk - a search for chunks within bounds: node by node, zone
 *	by zone, upwards from the lowest address of a zone
 * @node:	NUMA node to search; NUMA_NO_NODE: all
 * @first:	lowest page frame
 * @last:	highest page frame
 * @nr:		pages of a chunk, a multiple of pageblock_nr_pages
 * @zone:	private: zone that @next lies in
 * @next:	private: next page frame to inspect
 */
struct pga_host_walk {
	int node;
	unsigned long first;
	unsigned long last;
	unsigned long nr;
	struct zone *zone;
	unsigned long next;
};

int __init pga_host_init(void);
void pga_host_exit(void);

void pga_host_set_reserve(u64 bytes);
u64 pga_host_reserve(void);
u64 pga_host_available(void);
int __must_check pga_host_check_reserve(struct zone *zone, u64 nr);
int __must_check pga_host_keep_online(void);
void pga_host_end_online(void);
struct zone *pga_host_zone_of(const struct page *page);

bool pga_host_next(struct pga_host_walk *walk, unsigned long *first);
int __must_check pga_host_alloc(const struct zone *zone, unsigned long first,
				unsigned long nr, unsigned long chunks);
void pga_host_free(unsigned long first, unsigned long nr);

#endif /* PGA_AREA_HOST_H */
