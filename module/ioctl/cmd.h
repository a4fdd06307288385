/* SPDX-License-Identifier: GPL-2.0 */
/* One call of a command, as its handler sees it. */
#ifndef PGA_IOCTL_CMD_H
#define PGA_IOCTL_CMD_H

#include <linux/types.h>

struct pga_file;

/**
 * struct pga_cmd - one call of a command
 * @file: the file of the ioctl
 * @arg: the struct, in the kernel's size
 * @size: size of @arg
 * @uarg: address of the program's struct
 * @usize: size of the program's struct
 * @answers: offset of the first output in the struct
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
