// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy allocator of the graphics drivers, under a mutex as in the drivers:
 * it allocates memory for its blocks while it works, and so may sleep.
 *
 * It returns a list of blocks.  The workloads keep the first block, whose link
 * then closes the ring of the list.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "gpu.h"
#include "gpu_compat.h"

#ifdef KB_GPU_BUDDY

static DEFINE_MUTEX(gpu_lock);
static struct gpu_buddy gpu;

static int gpu_begin(void)
{
	return gpu_buddy_init(&gpu, (u64)KB_AREA_PAGES << PAGE_SHIFT, PAGE_SIZE);
}

/* gpu_buddy_fini() warns, and leaks what is not free. */
static int gpu_end(void)
{
	if (gpu.avail != gpu.size)
		return -EUCLEAN;
	gpu_buddy_fini(&gpu);
	return 0;
}

static unsigned long ring(struct list_head *blocks)
{
	struct gpu_buddy_block *block;

	block = list_first_entry(blocks, struct gpu_buddy_block, link);
	list_del(blocks);
	return (unsigned long)block;
}

static unsigned long gpu_request(u64 size, u64 align)
{
	LIST_HEAD(blocks);
	int err;

	mutex_lock(&gpu_lock);
	err = kb_gpu_alloc(&gpu, size, align, &blocks);
	mutex_unlock(&gpu_lock);
	return err ? 0 : ring(&blocks);
}

static unsigned long gpu_alloc(unsigned int order)
{
	return gpu_request((u64)PAGE_SIZE << order, (u64)PAGE_SIZE << order);
}

static void gpu_free(unsigned long block, unsigned int order)
{
	mutex_lock(&gpu_lock);
	gpu_buddy_free_block(&gpu, (struct gpu_buddy_block *)block);
	mutex_unlock(&gpu_lock);
}

static unsigned long gpu_alloc_exact(unsigned long nr)
{
	return gpu_request((u64)nr << PAGE_SHIFT, PAGE_SIZE);
}

static unsigned long gpu_alloc_aligned(unsigned int order)
{
	return gpu_request(PAGE_SIZE, (u64)PAGE_SIZE << order);
}

static unsigned long gpu_reserve(unsigned long page, unsigned long nr)
{
	u64 start = (u64)page << PAGE_SHIFT, size = (u64)nr << PAGE_SHIFT;
	LIST_HEAD(blocks);
	int err;

	mutex_lock(&gpu_lock);
	err = gpu_buddy_alloc_blocks(&gpu, start, start + size, size, PAGE_SIZE,
				     &blocks, GPU_BUDDY_RANGE_ALLOCATION);
	mutex_unlock(&gpu_lock);
	return err ? 0 : ring(&blocks);
}

static void gpu_free_exact(unsigned long block, unsigned long nr)
{
	LIST_HEAD(blocks);

	list_add_tail(&blocks, &((struct gpu_buddy_block *)block)->link);
	mutex_lock(&gpu_lock);
	kb_gpu_free_list(&gpu, &blocks);
	mutex_unlock(&gpu_lock);
}

const struct kb_allocator kb_gpu_buddy = {
	.name = KB_GPU_BUDDY,
	.nr_pages = KB_AREA_PAGES,
	.max_order = KB_AREA_ORDER,
	.begin = gpu_begin,
	.end = gpu_end,
	.alloc = gpu_alloc,
	.free = gpu_free,
	.alloc_exact = gpu_alloc_exact,
	.alloc_aligned = gpu_alloc_aligned,
	.reserve = gpu_reserve,
	.free_exact = gpu_free_exact,
};

#else /* !KB_GPU_BUDDY */

static int gpu_begin(void)
{
	return -EOPNOTSUPP;
}

const struct kb_allocator kb_gpu_buddy = {
	.name = "gpu_buddy",
	.begin = gpu_begin,
};

#endif /* KB_GPU_BUDDY */
