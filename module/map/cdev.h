/* SPDX-License-Identifier: GPL-2.0 */
/* Persistent blocks and reservations, and their device nodes in /dev. */
#ifndef PGA_MAP_CDEV_H
#define PGA_MAP_CDEV_H

#include <linux/init.h>
#include <linux/types.h>

struct pga_block;
struct pga_file;

int __init pga_cdevs_init(void);
void pga_cdevs_exit(void);

bool pga_cdev_name_valid(const u8 *name);
int __must_check pga_cdev_create(struct pga_block *block);
void pga_cdev_destroy(struct pga_block *block);
void pga_cdev_publish(struct pga_block *block, const struct pga_file *file);
int __must_check pga_cdev_find(const u8 *name, u64 *id);
int __must_check pga_cdev_remove(const u8 *name, u64 id);
bool pga_cdev_exists(const u8 *name);

#endif /* PGA_MAP_CDEV_H */
