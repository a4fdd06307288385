// SPDX-License-Identifier: GPL-2.0
/*
 * An importer of dma-bufs, like the driver of a device with DMA.  Each import
 * has a device of its own, so that each can have its own DMA mask.
 *
 * The test chooses the steps.  The module refuses steps that would be a bug of
 * the importer: to detach while mapped, to release while attached.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include <linux/iosys-map.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pgt.h"

/* The macro for it takes a name on some kernels, and a string on others. */
MODULE_INFO(import_ns, "DMA_BUF");

#ifndef HAVE_DMA_BUF_MAP_UNLOCKED
#define dma_buf_map_attachment_unlocked		dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked	dma_buf_unmap_attachment
#endif
#ifndef HAVE_DMA_BUF_VMAP_UNLOCKED
#define dma_buf_vmap_unlocked			dma_buf_vmap
#define dma_buf_vunmap_unlocked			dma_buf_vunmap
#endif

/**
 * struct pgt_importer - a dma-buf that was imported
 * @device: the device
 * @buf: the dma-buf
 * @attachment: of the device; NULL after DETACH
 * @table: NULL when it is not mapped
 * @direction: direction of the mapping
 * @map: the kernel's mapping
 * @vmapped: @map is valid
 */
struct pgt_importer {
	struct platform_device *device;
	struct dma_buf *buf;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	enum dma_data_direction direction;
	struct iosys_map map;
	bool vmapped;
};

/* No limit but the mask: an importer handles entries of any length. */
static struct platform_device *new_device(unsigned int mask_bits)
{
	struct platform_device *device;
	int err;

	device = platform_device_register_simple("pgarea_test",
						 PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(device))
		return device;
	err = dma_coerce_mask_and_coherent(&device->dev,
					   DMA_BIT_MASK(mask_bits));
	if (err) {
		platform_device_unregister(device);
		return ERR_PTR(err);
	}
	dma_set_max_seg_size(&device->dev, UINT_MAX);
	return device;
}

static int unmap(struct pgt_importer *imp)
{
	if (!imp->table)
		return -ENOENT;
	dma_buf_unmap_attachment_unlocked(imp->attachment, imp->table,
					  imp->direction);
	imp->table = NULL;
	return 0;
}

static int attach(struct pgt_importer *imp)
{
	struct dma_buf_attachment *attachment;

	if (imp->attachment)
		return -EBUSY;
	attachment = dma_buf_attach(imp->buf, &imp->device->dev);
	if (IS_ERR(attachment))
		return PTR_ERR(attachment);
	imp->attachment = attachment;
	return 0;
}

static int detach(struct pgt_importer *imp)
{
	if (!imp->attachment)
		return -ENOENT;
	if (imp->table)
		return -EBUSY;
	dma_buf_detach(imp->buf, imp->attachment);
	imp->attachment = NULL;
	return 0;
}

static int map_kernel(struct pgt_importer *imp)
{
	int err;

	if (imp->vmapped)
		return -EBUSY;
	err = dma_buf_vmap_unlocked(imp->buf, &imp->map);
	imp->vmapped = !err;
	return err;
}

static int unmap_kernel(struct pgt_importer *imp)
{
	if (!imp->vmapped)
		return -ENOENT;
	dma_buf_vunmap_unlocked(imp->buf, &imp->map);
	imp->vmapped = false;
	return 0;
}

/* mmap finds it under the lock of the array, and no other command runs. */
static int put(struct pgt_file *file, struct pgt_importer *imp, u32 handle)
{
	if (imp->attachment || imp->vmapped)
		return -EBUSY;
	xa_erase(&file->imports, handle);
	dma_buf_put(imp->buf);
	platform_device_unregister(imp->device);
	kfree(imp);
	return 0;
}

static int fill(struct pgt_importer *imp, const struct pgt_import *arg)
{
	int err;

	imp->buf = dma_buf_get(arg->fd);
	if (IS_ERR(imp->buf))
		return PTR_ERR(imp->buf);
	imp->device = new_device(arg->mask_bits);
	if (IS_ERR(imp->device)) {
		err = PTR_ERR(imp->device);
		goto put_buf;
	}
	err = attach(imp);
	if (!err)
		return 0;
	platform_device_unregister(imp->device);
put_buf:
	dma_buf_put(imp->buf);
	return err;
}

int pgt_import(struct pgt_file *file, void *p)
{
	struct pgt_import *arg = p;
	struct pgt_importer *imp;
	int err;

	if (arg->__reserved || !arg->mask_bits || arg->mask_bits > 64)
		return -EINVAL;
	imp = kzalloc(sizeof(*imp), GFP_KERNEL);
	if (!imp)
		return -ENOMEM;
	/* Reserve a handle: nothing finds the import before it is complete. */
	err = xa_alloc(&file->imports, &arg->handle, NULL, xa_limit_31b,
		       GFP_KERNEL);
	if (err)
		goto free;
	err = fill(imp, arg);
	if (err)
		goto release;
	xa_store(&file->imports, arg->handle, imp, GFP_KERNEL);
	return 0;
release:
	xa_release(&file->imports, arg->handle);
free:
	kfree(imp);
	return err;
}

/* Eight bytes of the page itself, independent of the device's address. */
static u64 word_at(struct page *page, unsigned int offset)
{
	char *at = kmap_local_page(page + offset / PAGE_SIZE);
	u64 word;

	memcpy(&word, at + offset % PAGE_SIZE, sizeof(word));
	kunmap_local(at);
	return word;
}

static struct pgt_entry describe(struct scatterlist *sg, bool for_device)
{
	return (struct pgt_entry){
		.dma = for_device ? sg_dma_address(sg) : 0,
		.dma_length = for_device ? sg_dma_len(sg) : 0,
		.phys = sg_phys(sg),
		.length = sg->length,
		.first = word_at(sg_page(sg), sg->offset),
		.last = word_at(sg_page(sg),
				sg->offset + sg->length - sizeof(u64)),
	};
}

static int list_entries(struct pgt_importer *imp, struct pgt_map *arg)
{
	struct pgt_entry __user *out = u64_to_user_ptr(arg->entries);
	struct scatterlist *sg;
	unsigned int i;

	arg->nr = imp->table->orig_nents;
	arg->nr_dma = imp->table->nents;
	for_each_sgtable_sg(imp->table, sg, i) {
		struct pgt_entry entry;

		if (i >= arg->room)
			break;
		entry = describe(sg, i < imp->table->nents);
		if (copy_to_user(&out[i], &entry, sizeof(entry)))
			return -EFAULT;
	}
	return 0;
}

int pgt_map(struct pgt_file *file, void *p)
{
	struct pgt_map *arg = p;
	struct pgt_importer *imp = xa_load(&file->imports, arg->handle);
	struct sg_table *table;
	int err;

	if (!imp || !imp->attachment)
		return -ENOENT;
	if (arg->__reserved || arg->direction > PGT_FROM_DEVICE)
		return -EINVAL;
	if (imp->table)
		return -EBUSY;
	table = dma_buf_map_attachment_unlocked(imp->attachment,
						arg->direction);
	if (IS_ERR(table))
		return PTR_ERR(table);
	imp->table = table;
	imp->direction = arg->direction;
	err = list_entries(imp, arg);
	if (err)
		unmap(imp);
	return err;
}

int pgt_do(struct pgt_file *file, void *p)
{
	struct pgt_do *arg = p;
	struct pgt_importer *imp = xa_load(&file->imports, arg->handle);

	if (!imp)
		return -ENOENT;
	if (arg->__reserved || arg->direction > PGT_FROM_DEVICE)
		return -EINVAL;
	switch (arg->step) {
	case PGT_STEP_UNMAP:
		return unmap(imp);
	case PGT_STEP_DETACH:
		return detach(imp);
	case PGT_STEP_VMAP:
		return map_kernel(imp);
	case PGT_STEP_VUNMAP:
		return unmap_kernel(imp);
	case PGT_STEP_PUT:
		return put(file, imp, arg->handle);
	case PGT_STEP_CPU_BEGIN:
		return dma_buf_begin_cpu_access(imp->buf, arg->direction);
	case PGT_STEP_CPU_END:
		return dma_buf_end_cpu_access(imp->buf, arg->direction);
	case PGT_STEP_ATTACH:
		return attach(imp);
	}
	return -EINVAL;
}

static int copy_through(struct pgt_importer *imp, const struct pgt_copy *arg,
			void *buffer)
{
	void __user *data = u64_to_user_ptr(arg->data);

	if (arg->write) {
		if (copy_from_user(buffer, data, arg->size))
			return -EFAULT;
		iosys_map_memcpy_to(&imp->map, arg->offset, buffer, arg->size);
		return 0;
	}
	iosys_map_memcpy_from(buffer, &imp->map, arg->offset, arg->size);
	return copy_to_user(data, buffer, arg->size) ? -EFAULT : 0;
}

int pgt_copy(struct pgt_file *file, void *p)
{
	struct pgt_copy *arg = p;
	struct pgt_importer *imp = xa_load(&file->imports, arg->handle);
	void *buffer;
	int err;

	if (!imp || !imp->vmapped)
		return -ENOENT;
	if (arg->size > PGT_COPY_MOST || arg->offset > imp->buf->size ||
	    arg->size > imp->buf->size - arg->offset)
		return -EINVAL;
	buffer = kvmalloc(arg->size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = copy_through(imp, arg, buffer);
	kvfree(buffer);
	return err;
}

/* Without the file's lock, inside which commands access the program's memory. */
int pgt_mmap(struct pgt_file *file, struct vm_area_struct *vma)
{
	unsigned int shift = PGT_MMAP_SHIFT - PAGE_SHIFT;
	struct dma_buf *buf = NULL;
	struct pgt_importer *imp;
	int err;

	xa_lock(&file->imports);
	imp = xa_load(&file->imports, vma->vm_pgoff >> shift);
	if (imp) {
		buf = imp->buf;
		get_dma_buf(buf);
	}
	xa_unlock(&file->imports);
	if (!buf)
		return -ENOENT;
	err = dma_buf_mmap(buf, vma, vma->vm_pgoff & (BIT(shift) - 1));
	dma_buf_put(buf);
	return err;
}

/* Find the kernel's address of a byte of an import; 0, -ENOENT or -EINVAL. */
int pgt_vmap_address(struct pgt_file *file, u32 handle, u64 offset,
		     unsigned long *address)
{
	struct pgt_importer *imp = xa_load(&file->imports, handle);

	if (!imp || !imp->vmapped || imp->map.is_iomem)
		return -ENOENT;
	if (offset >= imp->buf->size)
		return -EINVAL;
	*address = (unsigned long)imp->map.vaddr + offset;
	return 0;
}

/* In the order that every importer must keep. */
void pgt_imports_drop(struct pgt_file *file)
{
	struct pgt_importer *imp;
	unsigned long handle;

	xa_for_each(&file->imports, handle, imp) {
		unmap(imp);
		unmap_kernel(imp);
		detach(imp);
		put(file, imp, handle);
	}
	xa_destroy(&file->imports);
}
