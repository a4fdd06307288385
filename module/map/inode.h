/* SPDX-License-Identifier: GPL-2.0 */
/* One inode for all mappings. */
#ifndef PGA_INODE_H
#define PGA_INODE_H

#include <linux/init.h>
#include <linux/types.h>

struct file;

int __init pga_inode_init(void);
void pga_inode_exit(void);
void pga_inode_adopt(struct file *filp);
void pga_inode_unmap(u64 offset, u64 nr);

#endif /* PGA_INODE_H */
