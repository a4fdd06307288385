// SPDX-License-Identifier: GPL-2.0
/*
 * One inode for all mappings, whatever device node a program opened.
 *
 * So all mappings of a block are found in one place, and they do not depend on
 * the file system that the node is in: the kernel refuses long-term pins of a
 * shared mapping whose inode belongs to a disk, which a node made with mknod does.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "map/inode.h"

#define PGA_FS_MAGIC	0x70676172	/* "pgar" */

static struct vfsmount *pga_mount;
static struct inode *pga_inode;

static int pga_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, PGA_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: the mount lives as long as the module, and must not hold it. */
static struct file_system_type pga_fs = {
	.name = "pgarea",
	.init_fs_context = pga_init_fs_context,
	.kill_sb = kill_anon_super,
};

/**
 * pga_inode_init() - make the inode
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
 * pga_inode_adopt() - have the mappings of a file hang on our inode
 * @filp: that is being opened; it holds the module, and so the inode
 */
void pga_inode_adopt(struct file *filp)
{
	filp->f_mapping = pga_inode->i_mapping;
}

/**
 * pga_inode_unmap() - take all mappings of a range away
 * @offset: of the range, in pages (offset.c)
 * @nr: number of pages
 *
 * Context: process; sleeps.
 */
void pga_inode_unmap(u64 offset, u64 nr)
{
	unmap_mapping_range(pga_inode->i_mapping, offset << PAGE_SHIFT,
			    nr << PAGE_SHIFT, 1);
}
