/* SPDX-License-Identifier: GPL-2.0 */
/* mmap of blocks. */
#ifndef PGA_MAP_MMAP_H
#define PGA_MAP_MMAP_H

#include <linux/types.h>

struct file;
struct pga_block;
struct vm_area_struct;

int __must_check pga_mmap_held(struct pga_block *block,
			       struct vm_area_struct *vma, u64 index);
int pga_mmap(struct file *filp, struct vm_area_struct *vma);

#endif /* PGA_MAP_MMAP_H */
