// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs of blocks: memory at chosen physical addresses for kernel drivers.
 *
 * A dma-buf holds its block (block.h) until its last user releases it, in
 * whatever order file, mappings, importers and block are released.  It has
 * exactly the block's access rights, and its caching attribute.
 *
 * Locking: the mutex of an export protects its list of attachments.
 */
#include <linux/dma-buf.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/iosys-map.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "area/area.h"
#include "area/caching.h"
#include "block/block.h"
#include "block/hold.h"
#include "block/owner.h"
#include "compat.h"
#include "gfp.h"
#include "hide.h"
#include "map/dmabuf.h"
#include "map/inode.h"
#include "map/mmap.h"

/* The length of a scatter entry is an unsigned int. */
#define PGA_PIECE_PAGES		(SZ_1G >> PAGE_SHIFT)

/**
 * struct pga_export - a dma-buf and its part of a block
 * @block: the block that it holds	[c]
 * @shown: the dma-buf's inode, which has its mappings	[c]
 * @index: index of its first page in the block	[c]
 * @nr: number of pages			[c]
 * @lock: protects @attachments
 * @attachments: attachments of importers	[lock]
 */
struct pga_export {
	struct pga_block *block;
	struct pga_other_inode shown;
	u64 index;
	u64 nr;
	struct mutex lock;	/* attachments */
	struct list_head attachments;
};

/**
 * struct pga_attachment - an importer
 * @link: in the list of its export
 * @dev: the device that does the transfers
 * @table: the pages
 * @mapped: true while @table is mapped for @dev	[lock]
 */
struct pga_attachment {
	struct list_head link;
	struct device *dev;
	struct sg_table table;
	bool mapped;
};

static u64 first_pfn(const struct pga_export *export)
{
	return pga_block_pfn(export->block, export->index);
}

/*
 * The last page that a device must reach.  If addresses are hidden, it must
 * reach the whole area: else the first block that it does not reach would reveal
 * its address.
 */
static u64 last_pfn(const struct pga_export *export)
{
	u64 last = first_pfn(export) + export->nr - 1;

	return pga_hide_phys ?
		pga_area_last_pfn(pga_block_area_at(export->block, last)) : last;
}

static int fill_table(struct sg_table *table, u64 first, u64 nr)
{
	struct scatterlist *sg;
	unsigned int i;
	u64 now;
	int err;

	err = sg_alloc_table(table, DIV_ROUND_UP_ULL(nr, PGA_PIECE_PAGES),
			     PGA_GFP_USER);
	if (err)
		return err;
	for_each_sgtable_sg(table, sg, i) {
		now = min_t(u64, nr, PGA_PIECE_PAGES);
		sg_set_page(sg, pfn_to_page(first), now << PAGE_SHIFT, 0);
		first += now;
		nr -= now;
	}
	return 0;
}

static int pga_dmabuf_attach(struct dma_buf *dmabuf,
			     struct dma_buf_attachment *attachment)
{
	struct pga_export *export = dmabuf->priv;
	struct pga_attachment *a = kzalloc(sizeof(*a), PGA_GFP_USER);
	int err;

	if (!a)
		return -ENOMEM;
	a->dev = attachment->dev;
	err = fill_table(&a->table, first_pfn(export), export->nr);
	if (err) {
		kfree(a);
		return err;
	}
	attachment->priv = a;
	mutex_lock(&export->lock);
	list_add(&a->link, &export->attachments);
	mutex_unlock(&export->lock);
	return 0;
}

static void pga_dmabuf_detach(struct dma_buf *dmabuf,
			      struct dma_buf_attachment *attachment)
{
	struct pga_export *export = dmabuf->priv;
	struct pga_attachment *a = attachment->priv;

	mutex_lock(&export->lock);
	list_del(&a->link);
	mutex_unlock(&export->lock);
	sg_free_table(&a->table);
	kfree(a);
}

/* Memory that is not cached needs no synchronization of CPU caches. */
static unsigned long map_attrs(const struct dma_buf *dmabuf)
{
	const struct pga_export *export = dmabuf->priv;

	return export->block->attr.caching == PGAREA_CACHE_WB ?
		0 : DMA_ATTR_SKIP_CPU_SYNC;
}

/* A device that an IOMMU translates for reaches every page at some address. */
static bool is_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && domain->type != IOMMU_DOMAIN_IDENTITY;
}

/*
 * Can the device reach the pages themselves?  If not, the kernel uses a bounce
 * buffer, or warns that it has none: so this is a question of its own.
 */
static bool is_in_reach(struct device *dev, const struct pga_export *export)
{
	u64 last = PFN_PHYS(last_pfn(export) + 1) - 1;

	return phys_to_dma(dev, last) <= min_not_zero(dma_get_mask(dev),
						      dev->bus_dma_limit);
}

/*
 * Did the device get the addresses of the block?  The kernel also gives a
 * bounce buffer to devices that can reach the pages: with swiotlb=force, in a
 * guest whose memory is encrypted, under Xen.
 */
static bool is_the_block(struct device *dev, const struct pga_export *export,
			 struct sg_table *table)
{
	u64 phys = PFN_PHYS(first_pfn(export));
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_dma_sg(table, sg, i) {
		if (sg_dma_address(sg) != phys_to_dma(dev, phys))
			return false;
		phys += sg_dma_len(sg);
	}
	return true;
}

static struct sg_table *pga_dmabuf_map(struct dma_buf_attachment *attachment,
				       enum dma_data_direction direction)
{
	struct pga_export *export = attachment->dmabuf->priv;
	struct pga_attachment *a = attachment->priv;
	bool translated = is_translated(attachment->dev);
	int err;

	if (!translated && !is_in_reach(attachment->dev, export))
		return ERR_PTR(-EIO);
	err = dma_map_sgtable(attachment->dev, &a->table, direction,
			      map_attrs(attachment->dmabuf));
	if (err)
		return ERR_PTR(err);
	if (!translated && !is_the_block(attachment->dev, export, &a->table)) {
		/* Without copying anything from there to the block */
		dma_unmap_sgtable(attachment->dev, &a->table, direction,
				  DMA_ATTR_SKIP_CPU_SYNC);
		return ERR_PTR(-EIO);
	}
	mutex_lock(&export->lock);
	a->mapped = true;
	mutex_unlock(&export->lock);
	return &a->table;
}

static void pga_dmabuf_unmap_sgt(struct dma_buf_attachment *attachment,
				 struct sg_table *table,
				 enum dma_data_direction direction)
{
	struct pga_export *export = attachment->dmabuf->priv;
	struct pga_attachment *a = attachment->priv;

	mutex_lock(&export->lock);
	a->mapped = false;
	mutex_unlock(&export->lock);
	dma_unmap_sgtable(attachment->dev, table, direction,
			  map_attrs(attachment->dmabuf));
}

static void sync_all(struct dma_buf *dmabuf, enum dma_data_direction direction,
		     void (*sync)(struct device *dev, struct sg_table *table,
				  enum dma_data_direction direction))
{
	struct pga_export *export = dmabuf->priv;
	struct pga_attachment *a;

	if (map_attrs(dmabuf))
		return;
	mutex_lock(&export->lock);
	list_for_each_entry(a, &export->attachments, link)
		if (a->mapped)
			sync(a->dev, &a->table, direction);
	mutex_unlock(&export->lock);
}

static int pga_dmabuf_begin(struct dma_buf *dmabuf,
			    enum dma_data_direction direction)
{
	sync_all(dmabuf, direction, dma_sync_sgtable_for_cpu);
	return 0;
}

static int pga_dmabuf_end(struct dma_buf *dmabuf,
			  enum dma_data_direction direction)
{
	sync_all(dmabuf, direction, dma_sync_sgtable_for_device);
	return 0;
}

/* The file of the dma-buf holds the block while this mapping exists. */
static int pga_dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct pga_export *export = dmabuf->priv;

	/* The VMA may have the rights of an importer's file. */
	if (!(dmabuf->file->f_mode & FMODE_WRITE)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	return pga_mmap_held(export->block, vma, export->index);
}

static void *map_into_kernel(const struct pga_export *export)
{
	u64 first = first_pfn(export);
	struct page **pages;
	void *vaddr;
	u64 i;

	pages = kvmalloc_array(export->nr, sizeof(*pages), PGA_GFP_USER);
	if (!pages)
		return NULL;
	for (i = 0; i < export->nr; i++)
		pages[i] = pfn_to_page(first + i);
	vaddr = vmap(pages, export->nr, VM_MAP,
		     pga_caching_prot(export->block->attr.caching, PAGE_KERNEL));
	kvfree(pages);
	return vaddr;
}

/* vmap is called for the first importer that needs it, vunmap for the last. */
static int pga_dmabuf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	void *vaddr = map_into_kernel(dmabuf->priv);

	if (!vaddr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, vaddr);
	return 0;
}

static void pga_dmabuf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	vunmap(map->vaddr);
	iosys_map_clear(map);
}

static void free_export(struct pga_export *export)
{
	mutex_destroy(&export->lock);
	kfree(export);
}

static void pga_dmabuf_release(struct dma_buf *dmabuf)
{
	struct pga_export *export = dmabuf->priv;

	pga_inode_remove(&export->shown);
	iput(export->shown.inode);
	pga_block_unexport(export->block);
	free_export(export);
}

static const struct dma_buf_ops pga_dmabuf_ops = {
	.attach = pga_dmabuf_attach,
	.detach = pga_dmabuf_detach,
	.map_dma_buf = pga_dmabuf_map,
	.unmap_dma_buf = pga_dmabuf_unmap_sgt,
	.begin_cpu_access = pga_dmabuf_begin,
	.end_cpu_access = pga_dmabuf_end,
	.mmap = pga_dmabuf_mmap,
	.vmap = pga_dmabuf_vmap,
	.vunmap = pga_dmabuf_vunmap,
	.release = pga_dmabuf_release,
};

/* PGAREA_FEATURE_EXPORT */
u64 pga_dmabuf_features(void)
{
	return PGAREA_FEATURE_EXPORT;
}

static struct pga_export *new_export(struct pga_block *block, u64 index, u64 nr)
{
	struct pga_export *export = kzalloc(sizeof(*export), PGA_GFP_USER);

	if (!export)
		return NULL;
	export->block = block;
	export->index = index;
	export->nr = nr;
	mutex_init(&export->lock);
	INIT_LIST_HEAD(&export->attachments);
	return export;
}

static struct dma_buf *create_dmabuf(struct pga_export *export, int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	info.exp_name = KBUILD_MODNAME;
	info.ops = &pga_dmabuf_ops;
	info.size = export->nr << PAGE_SHIFT;
	info.flags = flags;
	info.priv = export;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return dmabuf;
	export->shown.block = export->block;
	export->shown.inode = file_inode(dmabuf->file);
	ihold(export->shown.inode);
	pga_inode_add(&export->shown);
	return dmabuf;
}

/**
 * pga_dmabuf_create() - create a dma-buf of a block or of a part of it
 * @block: the caller holds it as one export; this consumes that hold, also on
 *	failure
 * @index: index of the first page in the block
 * @nr: number of pages
 * @flags: O_RDWR or O_RDONLY, and O_CLOEXEC
 *
 * Context: process; sleeps.
 * Return: the dma-buf, or ERR_PTR(-errno).
 */
struct dma_buf *pga_dmabuf_create(struct pga_block *block, u64 index, u64 nr,
				  int flags)
{
	struct pga_export *export = new_export(block, index, nr);
	struct dma_buf *dmabuf;

	dmabuf = export ? create_dmabuf(export, flags) : ERR_PTR(-ENOMEM);
	if (IS_ERR(dmabuf)) {
		pga_block_unexport(block);
		if (export)
			free_export(export);
	}
	return dmabuf;
}

PGA_IMPORT_NS(DMA_BUF);
