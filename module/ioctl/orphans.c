// SPDX-License-Identifier: GPL-2.0
/*
 * END_ORPHANS: end the quarantine of orphans.
 */
#include <linux/errno.h>
#include <linux/mm.h>

#include "area/area.h"
#include "area/registry.h"
#include "block/file.h"
#include "block/orphan.h"
#include "ioctl/cmd.h"
#include "ioctl/orphans.h"

#define PGA_ORPHANS_FLAGS	(PGAREA_ORPHANS_ALL | PGAREA_ORPHANS_ID | \
				 PGAREA_ORPHANS_PID | PGAREA_ORPHANS_UID | \
				 PGAREA_ORPHANS_AREA)

/* Without a choice, a program would end more than it meant to. */
static int check_choice(const struct pgarea_end_orphans *arg)
{
	u64 flags = arg->flags;

	if (flags & ~PGA_ORPHANS_FLAGS)
		return -EOPNOTSUPP;
	if (!flags || (flags & PGAREA_ORPHANS_ALL && flags != PGAREA_ORPHANS_ALL))
		return -EINVAL;
	if ((arg->id && !(flags & PGAREA_ORPHANS_ID)) ||
	    (arg->pid && !(flags & PGAREA_ORPHANS_PID)) ||
	    (arg->uid && !(flags & PGAREA_ORPHANS_UID)) ||
	    (arg->area && !(flags & PGAREA_ORPHANS_AREA)))
		return -EINVAL;
	return 0;
}

int pga_ioctl_end_orphans(struct pga_cmd *cmd)
{
	struct pgarea_end_orphans *arg = cmd->arg;
	int err = check_choice(arg);

	if (err)
		return err;
	if (!cmd->file->admin)
		return -EPERM;
	if (arg->flags & PGAREA_ORPHANS_AREA && !pga_area_exists(arg->area))
		return -ENOENT;
	/* Only what can be answered is done. */
	arg->ended = 0;
	err = pga_cmd_respond(cmd);
	if (err)
		return err;
	arg->ended = pga_orphans_end(arg);
	return pga_cmd_respond(cmd);
}
