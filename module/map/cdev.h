/* SPDX-License-Identifier: GPL-2.0 */
/* Persistent blocks and reservations, and their nodes in /dev. */
#ifndef PGA_NODE_H
#define PGA_NODE_H

#include <linux/init.h>
#include <linux/types.h>

struct pga_block;
struct pga_file;

int __init pga_nodes_init(void);
void pga_nodes_exit(void);

bool pga_node_name_valid(const u8 *name);
int __must_check pga_node_make(struct pga_block *block);
void pga_node_unmake(struct pga_block *block);
void pga_node_publish(struct pga_block *block, const struct pga_file *file);
int __must_check pga_node_find(const u8 *name, u64 *id);
int __must_check pga_node_remove(const u8 *name, u64 id);
bool pga_node_exists(const u8 *name);

#endif /* PGA_NODE_H */
