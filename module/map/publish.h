/* SPDX-License-Identifier: GPL-2.0 */
/* The last steps of a new block. */
#ifndef PGA_MAP_PUBLISH_H
#define PGA_MAP_PUBLISH_H

struct pga_block;
struct pga_file;

int __must_check pga_publish_prepare(struct pga_block *block);
void pga_publish_abort(struct pga_block *block);
void pga_publish(struct pga_block *block, struct pga_file *file);

#endif /* PGA_MAP_PUBLISH_H */
