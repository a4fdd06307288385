// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping blocks into programs.
 *
 * The pages are ordinary pages with a reference for each mapping, all inserted
 * at mmap time by vm_insert_pages().  So O_DIRECT, pins, vmsplice and KVM work,
 * and /proc/self/pagemap shows their addresses.  A raw page frame mapping
 * (remap_pfn_range()) supports none of these.
 *
 * A mapping holds its block (block.h), and the open file.  The pages cannot be
 * reused while a mapping exists.  So the fault handler, which maps pages again
 * after MADV_DONTNEED, need not check the block's state.  But if the block has
 * a bad page (hwpoison_scan.c), the handler maps nothing.
 *
 * The offset of a mapping in the kernel is the offset of the block
 * (mmap_offset.c), whatever the program passed: offsets of a device node and of
 * a dma-buf start at 0.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "area/caching.h"
#include "block/block.h"
#include "block/hold.h"
#include "compat.h"
#include "gfp.h"
#include "map/hwpoison_scan.h"
#include "map/mmap.h"

/* Pages to insert at a time: the array of their pointers fills a page. */
#define PGA_MAP_BATCH	(PAGE_SIZE / sizeof(struct page *))

/* fork(), mremap() and munmap() of the middle create a further mapping. */
static void pga_vma_open(struct vm_area_struct *vma)
{
	struct pga_block *block = vma->vm_private_data;

	atomic_inc(&block->nr_mappings);
}

static void pga_vma_close(struct vm_area_struct *vma)
{
	pga_block_unmap(vma->vm_private_data);
}

static vm_fault_t pga_vma_fault(struct vm_fault *vmf)
{
	struct pga_block *block = vmf->vma->vm_private_data;
	u64 index = vmf->pgoff - block->offset;
	struct page *page;

	if (vmf->pgoff < block->offset || index >= pga_block_nr(block))
		return VM_FAULT_SIGBUS;
	page = pga_block_page(block, index);
	if (READ_ONCE(block->poisoned))
		return PageHWPoison(page) ? VM_FAULT_HWPOISON : VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
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
	struct pga_block *block = vma->vm_private_data;
	u64 first = vma->vm_pgoff - block->offset + index;
	unsigned long left = nr, i;

	for (i = 0; i < nr; i++)
		pages[i] = pga_block_page(block, first + i);
	return vm_insert_pages(vma, vma->vm_start + (index << PAGE_SHIFT),
			       pages, &left);
}

static int insert_all(struct vm_area_struct *vma)
{
	unsigned long total = vma_pages(vma), index, nr;
	struct page **pages;
	int err = 0;

	pages = kmalloc_array(min_t(unsigned long, total, PGA_MAP_BATCH),
			      sizeof(*pages), PGA_GFP_USER);
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

/* Limit the rights of a mapping, now and for a later mprotect(). */
static int set_rights(struct vm_area_struct *vma, u8 access)
{
	unsigned long never = 0;

	if (access != PGAREA_ACCESS_EXECUTE)
		never |= VM_EXEC | VM_MAYEXEC;
	if (access == PGAREA_ACCESS_READ_ONLY)
		never |= VM_WRITE | VM_MAYWRITE;
	/* READ_IMPLIES_EXEC set VM_EXEC, not the program: clear it. */
	if (never & VM_EXEC && current->personality & READ_IMPLIES_EXEC)
		vm_flags_clear(vma, VM_EXEC);
	if (vma->vm_flags & never & (VM_EXEC | VM_WRITE))
		return -EACCES;
	vm_flags_clear(vma, never);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

/*
 * Fill a mapping with the pages of a block.  The caller holds the block as one
 * mapping; this consumes that hold.  Return 0, -EACCES, -ENOMEM, or -EINTR.
 */
static int map_block(struct pga_block *block, struct vm_area_struct *vma)
{
	int err = set_rights(vma, block->attr.access);

	vma->vm_page_prot = pga_caching_prot(block->attr.caching,
					     vm_get_page_prot(vma->vm_flags));
	vma->vm_private_data = block;
	err = err ?: insert_all(vma);
	if (err) {
		/* The mapping releases the pages inserted so far. */
		vma->vm_private_data = NULL;
		pga_block_unmap(block);
		return err;
	}
	vma->vm_ops = &pga_vma_ops;
	pga_hwpoison_scan_start();
	return 0;
}

/**
 * pga_mmap_held() - map a block that a dma-buf or an open device node holds
 * @block: the held block
 * @vma: the mapping; its offset is relative to the part that the holder maps
 * @index: start of that part in the block, in pages
 *
 * Context: process, mmap lock held for writing.
 * Return: 0, -EACCES, -EINVAL (not shared), -EHWPOISON, -ENOMEM, or -EINTR.
 */
int pga_mmap_held(struct pga_block *block, struct vm_area_struct *vma, u64 index)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (READ_ONCE(block->poisoned))
		return -EHWPOISON;
	pga_block_map_held(block);
	vma->vm_pgoff += block->offset + index;
	return map_block(block, vma);
}

/**
 * pga_mmap() - map a block, or a part of it
 * @filp: the open file that owns the block
 * @vma: the mapping; its offset is the one that ALLOC returned, or lies inside
 *	the block
 *
 * Context: process, mmap lock held for writing.
 * Return: 0; -EINVAL (a private mapping: its first write would go to an
 * ordinary page; or not inside one block); -EACCES (the block grants no such
 * right); -ENOENT (this file has no live block there); -EBUSY (the block is
 * being split); -EHWPOISON; -ENOMEM; -EINTR.
 */
int pga_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct pga_block *block;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	block = pga_block_map(filp->private_data, vma->vm_pgoff,
			      vma_pages(vma));
	return IS_ERR(block) ? PTR_ERR(block) : map_block(block, vma);
}
