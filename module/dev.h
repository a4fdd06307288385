/* SPDX-License-Identifier: GPL-2.0 */
/* The device, and what it hands to the handlers of its commands. */
#ifndef PGA_DEV_H
#define PGA_DEV_H

#include <linux/init.h>
#include <linux/types.h>

#include "block/block.h"

/**
 * struct pga_cmd - one call of a command
 * @file: it was called on
 * @arg: the struct, in the kernel's size
 * @size: of @arg
 * @uarg: where the program has it
 * @usize: its size there
 * @answers: where in it the first output is
 */
struct pga_cmd {
	struct pga_file *file;
	void *arg;
	size_t size;
	void __user *uarg;
	size_t usize;
	size_t answers;
};

int __must_check pga_cmd_respond(const struct pga_cmd *cmd);

int __init pga_dev_init(void);
void pga_dev_exit(void);

/* alloc.c: one block */
int pga_ioctl_alloc(struct pga_cmd *cmd);
int pga_ioctl_free(struct pga_cmd *cmd);

/* bulk.c: many blocks */
int pga_ioctl_alloc_bulk(struct pga_cmd *cmd);
int pga_ioctl_free_bulk(struct pga_cmd *cmd);

/* split.c: less of a block, or more of it */
int pga_ioctl_trim(struct pga_cmd *cmd);
int pga_ioctl_split(struct pga_cmd *cmd);

/* wait.c: until what was freed is gone */
int pga_ioctl_wait(struct pga_cmd *cmd);

/* export.c: who else has to do with a block, and its end */
int pga_ioctl_bind(struct pga_cmd *cmd);
int pga_ioctl_export(struct pga_cmd *cmd);
int pga_ioctl_remove(struct pga_cmd *cmd);

/* reserve.c: exact ranges */
int pga_ioctl_reserve(struct pga_cmd *cmd);
int pga_ioctl_unreserve(struct pga_cmd *cmd);

/* query.c: commands that tell something */
int pga_ioctl_info(struct pga_cmd *cmd);
int pga_ioctl_areas(struct pga_cmd *cmd);
int pga_ioctl_orders(struct pga_cmd *cmd);
int pga_ioctl_ranges(struct pga_cmd *cmd);
int pga_ioctl_blocks(struct pga_cmd *cmd);

#endif /* PGA_DEV_H */
