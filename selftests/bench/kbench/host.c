// SPDX-License-Identifier: GPL-2.0
/*
 * The host's page allocator, on real pages and unchanged: with its per-CPU page
 * lists, and with clearing where init_on_alloc is set.  Its area is all of the
 * host's memory, so each workload has a number of pages that is safe on a small
 * machine.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "host.h"

/* Fail rather than reclaim memory from others. */
#define HOST_GFP	(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY)

static int host_begin(void)
{
	return 0;
}

static int host_end(void)
{
	return 0;
}

static unsigned long host_alloc(unsigned int order)
{
	return (unsigned long)alloc_pages(HOST_GFP, order);
}

static void host_free(unsigned long block, unsigned int order)
{
	__free_pages((struct page *)block, order);
}

static unsigned long host_alloc_exact(unsigned long nr)
{
	return (unsigned long)alloc_pages_exact(nr << PAGE_SHIFT, HOST_GFP);
}

static void host_free_exact(unsigned long block, unsigned long nr)
{
	free_pages_exact((void *)block, nr << PAGE_SHIFT);
}

const struct kb_allocator kb_host = {
	.name = "alloc_pages",
	.nr_pages = SZ_256M >> PAGE_SHIFT,
	.max_order = ilog2(MAX_ORDER_NR_PAGES),
	.begin = host_begin,
	.end = host_end,
	.alloc = host_alloc,
	.free = host_free,
	.alloc_exact = host_alloc_exact,
	.free_exact = host_free_exact,
};
