// SPDX-License-Identifier: GPL-2.0
/*
 * One call of a command, as its handler sees it.
 */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "ioctl/cmd.h"

/**
 * pga_cmd_respond() - copy the struct of a command back to the program
 * @cmd: the command
 *
 * Context: process; faults, so the caller holds no lock that mmap or a fault
 * takes.
 * Return: 0 or -EFAULT.
 */
int pga_cmd_respond(const struct pga_cmd *cmd)
{
	size_t common = min(cmd->size, cmd->usize);

	if (copy_to_user(cmd->uarg + cmd->answers, cmd->arg + cmd->answers,
			 common - cmd->answers) ||
	    clear_user(cmd->uarg + common, cmd->usize - common))
		return -EFAULT;
	return 0;
}
