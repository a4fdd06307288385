/* SPDX-License-Identifier: GPL-2.0 */
/* The inodes that have the mappings of blocks. */
#ifndef PGA_MAP_INODE_H
#define PGA_MAP_INODE_H

#include <linux/init.h>
#include <linux/list.h>
#include <linux/types.h>

struct file;
struct inode;
struct pga_block;

/**
 * struct pga_other_inode - an inode of a dma-buf that maps a block
 * @link: in the list of other inodes	[others_lock]
 * @block: the block that it maps	[c]
 * @inode: the inode that has the mappings	[c]
 *
 * c: constant while it is in the list.
 */
struct pga_other_inode {
	struct list_head link;
	const struct pga_block *block;
	struct inode *inode;
};

int __init pga_inode_init(void);
void pga_inode_exit(void);
void pga_inode_adopt(struct file *filp);
void pga_inode_unmap(u64 offset, u64 nr);
void pga_inode_add(struct pga_other_inode *other);
void pga_inode_remove(struct pga_other_inode *other);
void pga_inode_unmap_others(const struct pga_block *block);

#endif /* PGA_MAP_INODE_H */
