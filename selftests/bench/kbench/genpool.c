// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's general allocator of address ranges, lib/genalloc.c: a bitmap,
 * first fit, no lock.  Its own algorithm aligns blocks to their size; a
 * reservation uses its algorithm for a fixed place.
 */
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/numa.h>

#include "genpool.h"

/* Addresses without memory; not 0, which means that there is no room. */
#define POOL_BASE	(KB_AREA_PAGES << PAGE_SHIFT)
#define POOL_BYTES	(KB_AREA_PAGES << PAGE_SHIFT)

static struct gen_pool *pool;

static int genpool_begin(void)
{
	int err;

	pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!pool)
		return -ENOMEM;
	err = gen_pool_add(pool, POOL_BASE, POOL_BYTES, NUMA_NO_NODE);
	if (err)
		gen_pool_destroy(pool);
	return err;
}

/* gen_pool_destroy() would stop the kernel over a pool that is not empty. */
static int genpool_end(void)
{
	if (gen_pool_avail(pool) != POOL_BYTES)
		return -EUCLEAN;
	gen_pool_destroy(pool);
	return 0;
}

static unsigned long genpool_alloc(unsigned int order)
{
	return gen_pool_alloc_algo(pool, PAGE_SIZE << order,
				   gen_pool_first_fit_order_align, NULL);
}

static void genpool_free(unsigned long block, unsigned int order)
{
	gen_pool_free(pool, block, PAGE_SIZE << order);
}

static unsigned long genpool_alloc_exact(unsigned long nr)
{
	return gen_pool_alloc(pool, nr << PAGE_SHIFT);
}

static unsigned long genpool_alloc_aligned(unsigned int order)
{
	struct genpool_data_align data = { .align = PAGE_SIZE << order };

	return gen_pool_alloc_algo(pool, PAGE_SIZE, gen_pool_first_fit_align,
				   &data);
}

static unsigned long genpool_reserve(unsigned long page, unsigned long nr)
{
	struct genpool_data_fixed data = { .offset = page << PAGE_SHIFT };

	return gen_pool_alloc_algo(pool, nr << PAGE_SHIFT, gen_pool_fixed_alloc,
				   &data);
}

static void genpool_free_exact(unsigned long block, unsigned long nr)
{
	gen_pool_free(pool, block, nr << PAGE_SHIFT);
}

const struct kb_allocator kb_genpool = {
	.name = "gen_pool",
	.nr_pages = KB_AREA_PAGES,
	.max_order = KB_AREA_ORDER,
	.begin = genpool_begin,
	.end = genpool_end,
	.alloc = genpool_alloc,
	.free = genpool_free,
	.alloc_exact = genpool_alloc_exact,
	.alloc_aligned = genpool_alloc_aligned,
	.reserve = genpool_reserve,
	.free_exact = genpool_free_exact,
};
