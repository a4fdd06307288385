// SPDX-License-Identifier: GPL-2.0
/*
 * One inode for all mappings, whatever device node a program opened.
 *
 * All mappings of a block are in one address space, and do not depend on the
 * file system of the node: the kernel refuses long-term pins of a shared
 * mapping if its inode belongs to a file system on disk, and a node created
 * with mknod may have such an inode.
 *
 * Mappings of a dma-buf belong to the inode of the dma-buf.  Those inodes are
 * in a list, so that all mappings of a block can be unmapped.
 *
 * Locking: others_lock protects that list; it is held while mappings of the
 * inodes in it are unmapped.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/pseudo_fs.h>

#include "block/block.h"
#include "map/inode.h"

#define PGA_FS_MAGIC	0x70676172	/* "pgar" */

static struct vfsmount *pga_mount;
static struct inode *pga_inode;
static LIST_HEAD(others);
static DEFINE_MUTEX(others_lock);

static int pga_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, PGA_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: the mount exists as long as the module, and must not pin it. */
static struct file_system_type pga_fs = {
	.name = "pgarea",
	.init_fs_context = pga_init_fs_context,
	.kill_sb = kill_anon_super,
};

/**
 * pga_inode_init() - create the inode
 *
 * Context: process; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_inode_init(void)
{
	struct inode *inode;

	pga_mount = kern_mount(&pga_fs);
	if (IS_ERR(pga_mount))
		return PTR_ERR(pga_mount);
	inode = alloc_anon_inode(pga_mount->mnt_sb);
	if (IS_ERR(inode)) {
		kern_unmount(pga_mount);
		return PTR_ERR(inode);
	}
	pga_inode = inode;
	return 0;
}

void pga_inode_exit(void)
{
	iput(pga_inode);
	kern_unmount(pga_mount);
}

/**
 * pga_inode_adopt() - attach the mappings of a file to the module's inode
 * @filp: the file being opened; it holds the module, and so the inode
 */
void pga_inode_adopt(struct file *filp)
{
	filp->f_mapping = pga_inode->i_mapping;
}

/**
 * pga_inode_unmap() - unmap a range everywhere
 * @offset: mmap offset of the range, in pages (mmap_offset.c)
 * @nr: number of pages
 *
 * Context: process; sleeps.
 */
void pga_inode_unmap(u64 offset, u64 nr)
{
	unmap_mapping_range(pga_inode->i_mapping, offset << PAGE_SHIFT,
			    nr << PAGE_SHIFT, 1);
}

/**
 * pga_inode_add() - add another inode that has mappings of a block
 * @other: with its block and inode, both held while it is in the list
 *
 * Context: process; sleeps.
 */
void pga_inode_add(struct pga_other_inode *other)
{
	mutex_lock(&others_lock);
	list_add(&other->link, &others);
	mutex_unlock(&others_lock);
}

/**
 * pga_inode_remove() - undo pga_inode_add()
 * @other: the inode to remove
 *
 * Context: process; sleeps.
 */
void pga_inode_remove(struct pga_other_inode *other)
{
	mutex_lock(&others_lock);
	list_del(&other->link);
	mutex_unlock(&others_lock);
}

/**
 * pga_inode_unmap_others() - unmap a block from all other inodes
 * @block: only compared; it may already be freed
 *
 * Context: process; sleeps.
 */
void pga_inode_unmap_others(const struct pga_block *block)
{
	struct pga_other_inode *other;

	mutex_lock(&others_lock);
	list_for_each_entry(other, &others, link)
		if (other->block == block)
			unmap_mapping_range(other->inode->i_mapping, 0, 0, 1);
	mutex_unlock(&others_lock);
}
