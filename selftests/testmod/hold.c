// SPDX-License-Identifier: GPL-2.0
/*
 * Holders of pages, like drivers: a plain reference or a long-term pin, and a
 * write at any time that the test chooses.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "pgt.h"

/**
 * struct pgt_held - a page that is held
 * @page: the page
 * @flags: PGT_HOLD_*
 * @written: the kernel has written to it
 */
struct pgt_held {
	struct page *page;
	u32 flags;
	bool written;
};

static int take(unsigned long address, u32 flags, struct page **page)
{
	unsigned int gup = flags & PGT_HOLD_WRITE ? FOLL_WRITE : 0;

	if (flags & PGT_HOLD_PIN)
		return pin_user_pages_fast(address, 1, gup | FOLL_LONGTERM,
					   page);
	return get_user_pages_fast(address, 1, gup, page);
}

static void let_go(struct pgt_held *held)
{
	if (held->written)
		set_page_dirty_lock(held->page);
	if (held->flags & PGT_HOLD_PIN)
		unpin_user_page(held->page);
	else
		put_page(held->page);
	kfree(held);
}

static int hold_into(struct pgt_file *file, struct pgt_hold *arg,
		     struct pgt_held *held)
{
	int nr = take(arg->address, arg->flags, &held->page);
	int err;

	if (nr != 1)
		return nr < 0 ? nr : -EFAULT;
	held->flags = arg->flags;
	err = xa_alloc(&file->holds, &arg->handle, held, xa_limit_31b,
		       GFP_KERNEL);
	arg->phys = PFN_PHYS(page_to_pfn(held->page)) +
		    offset_in_page(arg->address);
	return err;
}

int pgt_hold(struct pgt_file *file, void *p)
{
	struct pgt_hold *arg = p;
	struct pgt_held *held;
	int err;

	if (arg->flags & ~(PGT_HOLD_PIN | PGT_HOLD_WRITE))
		return -EINVAL;
	held = kzalloc(sizeof(*held), GFP_KERNEL);
	if (!held)
		return -ENOMEM;
	err = hold_into(file, arg, held);
	if (err && held->page)
		let_go(held);
	else if (err)
		kfree(held);
	return err;
}

int pgt_poke(struct pgt_file *file, void *p)
{
	struct pgt_poke *arg = p;
	struct pgt_held *held = xa_load(&file->holds, arg->handle);
	char *at;

	if (!held)
		return -ENOENT;
	if (!(held->flags & PGT_HOLD_WRITE))
		return -EACCES;
	if (arg->offset > PAGE_SIZE || arg->size > PAGE_SIZE - arg->offset)
		return -EINVAL;
	at = kmap_local_page(held->page);
	memset(at + arg->offset, arg->byte, arg->size);
	kunmap_local(at);
	held->written = true;
	return 0;
}

int pgt_drop(struct pgt_file *file, void *p)
{
	struct pgt_drop *arg = p;
	struct pgt_held *held;

	if (arg->__reserved)
		return -EINVAL;
	held = xa_erase(&file->holds, arg->handle);
	if (!held)
		return -ENOENT;
	let_go(held);
	return 0;
}

int pgt_overdrop(struct pgt_file *file, void *p)
{
	struct pgt_overdrop *arg = p;
	struct pgt_held *held = xa_load(&file->holds, arg->handle);

	if (arg->__reserved)
		return -EINVAL;
	if (!held)
		return -ENOENT;
	put_page(held->page);
	return 0;
}

void pgt_holds_drop(struct pgt_file *file)
{
	struct pgt_held *held;
	unsigned long handle;

	xa_for_each(&file->holds, handle, held)
		let_go(held);
	xa_destroy(&file->holds);
}
