// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping blocks into programs.
 *
 * The pages are ordinary pages with a reference for each mapping, put in by
 * vm_insert_pages() all at once: so O_DIRECT, pins, vmsplice and KVM work, and
 * /proc/self/pagemap shows where they are.  A raw page frame mapping
 * (remap_pfn_range()) could do none of these.
 *
 * A mapping holds its block (block.h), and the open file.  As long as there is
 * one the pages cannot be reused, so the fault handler, which puts back what
 * MADV_DONTNEED took away, needs no look at the block's state.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "block.h"
#include "compat.h"
#include "map.h"

/* Pages to put in at a time: an array of them fills a page. */
#define PGA_MAP_BATCH	(PAGE_SIZE / sizeof(struct page *))

/* fork(), mremap() and a munmap() in the middle make a second mapping of one. */
static void pga_vma_open(struct vm_area_struct *vma)
{
	struct pga_block *block = vma->vm_private_data;

	atomic_inc(&block->mappings);
}

static void pga_vma_close(struct vm_area_struct *vma)
{
	pga_block_unmap(vma->vm_private_data);
}

static vm_fault_t pga_vma_fault(struct vm_fault *vmf)
{
	struct pga_block *block = vmf->vma->vm_private_data;

	if (vmf->pgoff < block->first || vmf->pgoff > block->last)
		return VM_FAULT_SIGBUS;
	vmf->page = pfn_to_page(vmf->pgoff);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct pga_vma_ops = {
	.open = pga_vma_open,
	.close = pga_vma_close,
	.fault = pga_vma_fault,
};

static int insert_batch(struct vm_area_struct *vma, unsigned long index,
			unsigned long nr, struct page **pages)
{
	unsigned long left = nr, i;

	for (i = 0; i < nr; i++)
		pages[i] = pfn_to_page(vma->vm_pgoff + index + i);
	return vm_insert_pages(vma, vma->vm_start + (index << PAGE_SHIFT),
			       pages, &left);
}

static int insert_all(struct vm_area_struct *vma)
{
	unsigned long total = vma_pages(vma), index, nr;
	struct page **pages;
	int err = 0;

	pages = kmalloc_array(min_t(unsigned long, total, PGA_MAP_BATCH),
			      sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (index = 0; index < total && !err; index += nr) {
		nr = min_t(unsigned long, total - index, PGA_MAP_BATCH);
		err = insert_batch(vma, index, nr, pages);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	kfree(pages);
	return err;
}

/**
 * pga_mmap() - map a block, or a part of it
 * @filp: the open file that owns the block
 * @vma: the mapping; its offset is the one that ALLOC answered, or lies inside
 *	the block
 *
 * Context: process, mmap lock held for writing.
 * Return: 0; -EINVAL (a private mapping: its first write would go to an ordinary
 * page; or not inside one block); -EACCES (to execute); -ENOENT (no live block of
 * this file there); -EBUSY (the block is just being cut); -ENOMEM; -EINTR.
 */
int pga_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct pga_file *file = filp->private_data;
	struct pga_block *block;
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	block = pga_block_map(file, vma->vm_pgoff, vma_pages(vma));
	if (IS_ERR(block))
		return PTR_ERR(block);

	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	err = insert_all(vma);
	if (err) {
		/* What is in already goes with the mapping, which holds it. */
		pga_block_unmap(block);
		return err;
	}
	vma->vm_private_data = block;
	vma->vm_ops = &pga_vma_ops;
	return 0;
}
