/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels that pgarea is built for.  The tests are
 * for the feature, never for a version: stable kernels carry backports.  What
 * the preprocessor cannot see, Kbuild probes and passes as HAVE_*.
 */
#ifndef PGA_COMPAT_H
#define PGA_COMPAT_H

#include <linux/gfp.h>
#include <linux/mm.h>

/* The third argument was a migrate type before it became a set of flags. */
#ifdef ACR_FLAGS_NONE
#define PGA_ACR_ARG	ACR_FLAGS_NONE
#else
#define PGA_ACR_ARG	MIGRATE_MOVABLE
#endif

#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#endif /* PGA_COMPAT_H */
