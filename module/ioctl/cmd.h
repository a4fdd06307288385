/* SPDX-License-Identifier: GPL-2.0 */
/* One call of a command, as its handler sees it. */
#ifndef PGA_IOCTL_CMD_H
#define PGA_IOCTL_CMD_H

#include <linux/types.h>

struct pga_file;

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

#endif /* PGA_IOCTL_CMD_H */
