// SPDX-License-Identifier: GPL-2.0
/*
 * EXPORT: create a dma-buf of a block, for kernel drivers.
 */
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "area/area.h"
#include "block/block.h"
#include "block/hold.h"
#include "ioctl/cmd.h"
#include "ioctl/export.h"
#include "map/dmabuf.h"

static int check_export(const struct pgarea_export *arg)
{
	u64 end;

	if (arg->flags & ~PGAREA_EXPORT_READ_ONLY)
		return -EOPNOTSUPP;
	if (arg->__reserved || !PAGE_ALIGNED(arg->offset) ||
	    !PAGE_ALIGNED(arg->size))
		return -EINVAL;
	return check_add_overflow(arg->offset, arg->size, &end) ?
		-EOVERFLOW : 0;
}

static int export_flags(const struct pgarea_export *arg,
			const struct pga_block *block)
{
	bool read_only = arg->flags & PGAREA_EXPORT_READ_ONLY ||
			 block->attr.access == PGAREA_ACCESS_READ_ONLY;

	return O_CLOEXEC | (read_only ? O_RDONLY : O_RDWR);
}

/* Convert the part to pages, and check that it lies inside the block. */
static int export_part(const struct pgarea_export *arg,
		       const struct pga_block *block, struct pga_pfn_range *part)
{
	part->first = arg->offset >> PAGE_SHIFT;
	part->nr = arg->size >> PAGE_SHIFT;
	if (part->first >= pga_block_nr(block))
		return -EINVAL;
	if (!part->nr)
		part->nr = pga_block_nr(block) - part->first;
	return part->nr > pga_block_nr(block) - part->first ? -EINVAL : 0;
}

static struct dma_buf *export_block(struct pga_cmd *cmd)
{
	const struct pgarea_export *arg = cmd->arg;
	struct pga_block *block;
	struct pga_pfn_range part;
	int err;

	block = pga_block_export(cmd->file, arg->id);
	if (IS_ERR(block))
		return ERR_CAST(block);
	err = export_part(arg, block, &part);
	if (err) {
		pga_block_unexport(block);
		return ERR_PTR(err);
	}
	return pga_dmabuf_create(block, part.first, part.nr,
				 export_flags(arg, block));
}

/* Install the descriptor only when nothing can fail any more. */
static int answer_export(struct pga_cmd *cmd, struct dma_buf *dmabuf)
{
	struct pgarea_export *arg = cmd->arg;
	int err;

	arg->fd = get_unused_fd_flags(O_CLOEXEC);
	if (arg->fd < 0)
		return arg->fd;
	err = pga_cmd_respond(cmd);
	if (err)
		put_unused_fd(arg->fd);
	else
		fd_install(arg->fd, dmabuf->file);
	return err;
}

int pga_ioctl_export(struct pga_cmd *cmd)
{
	struct dma_buf *dmabuf;
	int err;

	if (!pga_dmabuf_features())
		return -EOPNOTSUPP;
	err = check_export(cmd->arg);
	if (err)
		return err;
	dmabuf = export_block(cmd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	err = answer_export(cmd, dmabuf);
	if (err)
		fput(dmabuf->file);
	return err;
}
