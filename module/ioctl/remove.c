// SPDX-License-Identifier: GPL-2.0
/*
 * REMOVE: remove a persistent block or reservation.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "block/file.h"
#include "ioctl/check.h"
#include "ioctl/cmd.h"
#include "ioctl/remove.h"
#include "map/cdev.h"

int pga_ioctl_remove(struct pga_cmd *cmd)
{
	struct pgarea_remove *arg = cmd->arg;
	int err;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (!pga_label_valid(arg->name) || !pga_cdev_name_valid(arg->name))
		return -EINVAL;
	if (!cmd->file->admin)
		return -EPERM;
	err = pga_cdev_find(arg->name, &arg->id) ?: pga_cmd_respond(cmd);
	return err ?: pga_cdev_remove(arg->name, arg->id);
}
