// SPDX-License-Identifier: GPL-2.0
/*
 * BIND: bind a block to the PCI function that writes to it.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include "block/file.h"
#include "block/pci.h"
#include "block/pci_bind.h"
#include "ioctl/bind.h"
#include "ioctl/cmd.h"

static int check_bind(const struct pgarea_bind *arg)
{
	if (arg->flags & ~PGAREA_BIND_NONE)
		return -EOPNOTSUPP;
	if (arg->__reserved || arg->device > 31 || arg->function > 7)
		return -EINVAL;
	if (!arg->flags)
		return 0;
	return arg->domain || arg->bus || arg->device || arg->function ?
		-EINVAL : 0;
}

int pga_ioctl_bind(struct pga_cmd *cmd)
{
	const struct pgarea_bind *arg = cmd->arg;
	struct pga_function *pci = NULL;
	int err;

	if (!pga_pci_features())
		return -EOPNOTSUPP;
	err = check_bind(arg);
	if (err)
		return err;
	if (!cmd->file->admin)
		return -EPERM;
	if (!(arg->flags & PGAREA_BIND_NONE)) {
		pci = pga_pci_find(arg);
		if (IS_ERR(pci))
			return PTR_ERR(pci);
	}
	err = pga_block_bind(cmd->file, arg->id, pci);
	if (err)
		pga_pci_put(pci);
	return err;
}
