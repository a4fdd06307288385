/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The buddy allocator of the graphics drivers under its current name: it was
 * drm_buddy, in a module, before it was gpu_buddy.  Kbuild probes for both.
 */
#ifndef KBENCH_GPU_COMPAT_H
#define KBENCH_GPU_COMPAT_H

#include <linux/kconfig.h>

#if defined(HAVE_GPU_BUDDY) && IS_ENABLED(CONFIG_GPU_BUDDY)

#include <linux/gpu_buddy.h>
#define KB_GPU_BUDDY		"gpu_buddy"

#elif defined(HAVE_DRM_BUDDY) && IS_ENABLED(CONFIG_DRM_BUDDY)

#include <drm/drm_buddy.h>
#define KB_GPU_BUDDY		"drm_buddy"

#define gpu_buddy		drm_buddy
#define gpu_buddy_block		drm_buddy_block
#define gpu_buddy_init		drm_buddy_init
#define gpu_buddy_fini		drm_buddy_fini
#define gpu_buddy_alloc_blocks	drm_buddy_alloc_blocks
#define gpu_buddy_block_trim	drm_buddy_block_trim
#define gpu_buddy_free_block	drm_buddy_free_block
#define gpu_buddy_free_list	drm_buddy_free_list
#define GPU_BUDDY_RANGE_ALLOCATION	DRM_BUDDY_RANGE_ALLOCATION

#ifdef DRM_BUDDY_TRIM_DISABLE
#define GPU_BUDDY_CONTIGUOUS_ALLOCATION	DRM_BUDDY_CONTIGUOUS_ALLOCATION
#define GPU_BUDDY_TRIM_DISABLE		DRM_BUDDY_TRIM_DISABLE
#endif

#endif

#ifdef KB_GPU_BUDDY

#ifdef HAVE_GPU_BUDDY_FREE_FLAGS
static inline void kb_gpu_free_list(struct gpu_buddy *mm,
				    struct list_head *blocks)
{
	gpu_buddy_free_list(mm, blocks, 0);
}
#else
static inline void kb_gpu_free_list(struct gpu_buddy *mm,
				    struct list_head *blocks)
{
	gpu_buddy_free_list(mm, blocks);
}
#endif

/*
 * Allocate @size contiguous bytes, aligned to @align.  Support for sizes that
 * are no power of two came with the flag to disable it; until then callers
 * rounded up, and trimmed the result.
 */
#ifdef GPU_BUDDY_TRIM_DISABLE
static inline int kb_gpu_alloc(struct gpu_buddy *mm, u64 size, u64 align,
			       struct list_head *blocks)
{
	unsigned long flags = 0;

	if (size > align)
		flags = GPU_BUDDY_CONTIGUOUS_ALLOCATION;
	return gpu_buddy_alloc_blocks(mm, 0, mm->size, size, align, blocks,
				      flags);
}
#else
static inline int kb_gpu_alloc(struct gpu_buddy *mm, u64 size, u64 align,
			       struct list_head *blocks)
{
	u64 whole = max_t(u64, align, roundup_pow_of_two(size));
	int err;

	err = gpu_buddy_alloc_blocks(mm, 0, mm->size, whole, whole, blocks, 0);
	if (!err && whole != size)
		err = gpu_buddy_block_trim(mm, size, blocks);
	return err;
}
#endif

#endif /* KB_GPU_BUDDY */

#endif /* KBENCH_GPU_COMPAT_H */
