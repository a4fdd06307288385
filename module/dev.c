// SPDX-License-Identifier: GPL-2.0
/*
 * The device: open, release, and the table of commands.
 *
 * The struct of a command is copied in and out with the size that the program
 * was built with; the uapi header describes how structs grow.  Handlers see
 * only the kernel's size.
 *
 * Locking: none here; the handlers take locks.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/pgarea.h>

#include "block/file.h"
#include "block/orphan.h"
#include "dev.h"
#include "gfp.h"
#include "ioctl/alloc.h"
#include "ioctl/areas.h"
#include "ioctl/bind.h"
#include "ioctl/bulk.h"
#include "ioctl/cmd.h"
#include "ioctl/export.h"
#include "ioctl/orphans.h"
#include "ioctl/probe.h"
#include "ioctl/query.h"
#include "ioctl/remove.h"
#include "ioctl/reserve.h"
#include "ioctl/split.h"
#include "ioctl/wait.h"
#include "map/cdev.h"
#include "map/inode.h"
#include "map/mmap.h"

union pga_arg {
	struct pgarea_info info;
	struct pgarea_areas areas;
	struct pgarea_orders orders;
	struct pgarea_ranges ranges;
	struct pgarea_blocks blocks;
	struct pgarea_alloc alloc;
	struct pgarea_free free;
	struct pgarea_alloc_bulk alloc_bulk;
	struct pgarea_free_bulk free_bulk;
	struct pgarea_trim trim;
	struct pgarea_split split;
	struct pgarea_reserve reserve;
	struct pgarea_unreserve unreserve;
	struct pgarea_wait wait;
	struct pgarea_bind bind;
	struct pgarea_export export;
	struct pgarea_remove remove;
	struct pgarea_end_orphans end_orphans;
	struct pgarea_create_area create_area;
	struct pgarea_resize_area resize_area;
	struct pgarea_destroy_area destroy_area;
	struct pgarea_shrink_area shrink_area;
	struct pgarea_probe probe;
};

/**
 * struct pga_op - one command
 * @run: the handler
 * @size: size of the struct in this kernel
 * @min_size: size of the first version of the struct
 * @answers: offset of the first output; bytes before it are not copied out
 * @writes: the file must be open for writing
 * @responds: the handler copies the struct out itself with pga_cmd_respond(),
 *	because this must precede the effect, or there is no output; otherwise
 *	run_op() copies it out
 */
struct pga_op {
	int (*run)(struct pga_cmd *cmd);
	u16 size;
	u16 min_size;
	u16 answers;
	bool writes;
	bool responds;
};

/* The build fails if the struct does not fit in union pga_arg. */
#define PGA_OP(_cmd, _min_size, ...) \
	[PGAREA_CMD_ ## _cmd] = { \
		.size = _IOC_SIZE(PGAREA_IOC_ ## _cmd) + \
			BUILD_BUG_ON_ZERO(sizeof(union pga_arg) < \
					  _IOC_SIZE(PGAREA_IOC_ ## _cmd)), \
		.min_size = (_min_size), \
		__VA_ARGS__ \
	}

static const struct pga_op ops[] = {
	PGA_OP(INFO, offsetofend(struct pgarea_info, chunks_returned),
	       .run = pga_ioctl_info),
	PGA_OP(AREAS, offsetofend(struct pgarea_areas, areas),
	       .run = pga_ioctl_areas),
	PGA_OP(ORDERS, offsetofend(struct pgarea_orders, orders),
	       .run = pga_ioctl_orders),
	PGA_OP(RANGES, offsetofend(struct pgarea_ranges, ranges),
	       .run = pga_ioctl_ranges),
	PGA_OP(BLOCKS, offsetofend(struct pgarea_blocks, blocks),
	       .run = pga_ioctl_blocks),
	PGA_OP(ALLOC, offsetofend(struct pgarea_alloc, __reserved),
	       .run = pga_ioctl_alloc, .writes = true, .responds = true,
	       .answers = offsetof(struct pgarea_alloc, segments)),
	PGA_OP(FREE, offsetofend(struct pgarea_free, flags),
	       .run = pga_ioctl_free, .writes = true, .responds = true),
	PGA_OP(ALLOC_BULK, offsetofend(struct pgarea_alloc_bulk, __reserved),
	       .run = pga_ioctl_alloc_bulk, .writes = true, .responds = true),
	PGA_OP(FREE_BULK, offsetofend(struct pgarea_free_bulk, error),
	       .run = pga_ioctl_free_bulk, .writes = true, .responds = true),
	PGA_OP(TRIM, offsetofend(struct pgarea_trim, alloc_size),
	       .run = pga_ioctl_trim, .writes = true, .responds = true),
	PGA_OP(SPLIT, offsetofend(struct pgarea_split, pieces),
	       .run = pga_ioctl_split, .writes = true, .responds = true),
	PGA_OP(WAIT, offsetofend(struct pgarea_wait, holders),
	       .run = pga_ioctl_wait,
	       .answers = offsetof(struct pgarea_wait, timeout_ms)),
	PGA_OP(BIND, offsetofend(struct pgarea_bind, __reserved),
	       .run = pga_ioctl_bind, .writes = true, .responds = true),
	PGA_OP(EXPORT, offsetofend(struct pgarea_export, __reserved),
	       .run = pga_ioctl_export, .writes = true, .responds = true),
	PGA_OP(REMOVE, offsetofend(struct pgarea_remove, id),
	       .run = pga_ioctl_remove, .writes = true, .responds = true),
	PGA_OP(END_ORPHANS, offsetofend(struct pgarea_end_orphans, ended),
	       .run = pga_ioctl_end_orphans, .writes = true, .responds = true),
	PGA_OP(RESERVE, offsetofend(struct pgarea_reserve, __reserved),
	       .run = pga_ioctl_reserve, .writes = true, .responds = true),
	PGA_OP(UNRESERVE, offsetofend(struct pgarea_unreserve, rest_id),
	       .run = pga_ioctl_unreserve, .writes = true, .responds = true),
	PGA_OP(CREATE_AREA, offsetofend(struct pgarea_create_area, __reserved),
	       .run = pga_ioctl_create_area, .writes = true, .responds = true),
	PGA_OP(RESIZE_AREA, offsetofend(struct pgarea_resize_area, __reserved),
	       .run = pga_ioctl_resize_area, .writes = true, .responds = true),
	PGA_OP(DESTROY_AREA, offsetofend(struct pgarea_destroy_area, conflict_id),
	       .run = pga_ioctl_destroy_area, .writes = true, .responds = true),
	PGA_OP(SHRINK_AREA, offsetofend(struct pgarea_shrink_area, owned),
	       .run = pga_ioctl_shrink_area, .writes = true, .responds = true),
	PGA_OP(PROBE, offsetofend(struct pgarea_probe, __reserved2),
	       .run = pga_ioctl_probe),
};

/* On these errors, copy out the struct: it has the reason, or the time left. */
static bool has_answer(int err)
{
	return err == -EBUSY || err == -ENOSPC || err == -EMSGSIZE ||
	       err == -ETIMEDOUT || err == -ERESTARTNOHAND;
}

static const struct pga_op *find_op(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (_IOC_TYPE(cmd) != PGAREA_IOC_TYPE || nr >= ARRAY_SIZE(ops) ||
	    _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(ops));
	return ops[nr].run ? &ops[nr] : NULL;
}

static long run_op(const struct pga_op *op, struct pga_cmd *cmd)
{
	int err = op->run(cmd);

	if (has_answer(err) || (!err && !op->responds))
		return pga_cmd_respond(cmd) ?: err;
	return err;
}

static long pga_ioctl(struct file *filp, unsigned int nr, unsigned long arg)
{
	const struct pga_op *op = find_op(nr);
	struct pga_cmd cmd;
	union pga_arg buffer;
	int err;

	if (!op)
		return -ENOTTY;
	if (_IOC_SIZE(nr) < op->min_size)
		return -EINVAL;
	if (op->writes && !(filp->f_mode & FMODE_WRITE))
		return -EACCES;
	cmd = (struct pga_cmd){
		.file = filp->private_data,
		.arg = &buffer,
		.size = op->size,
		.uarg = (void __user *)arg,
		.usize = _IOC_SIZE(nr),
		.answers = op->answers,
	};
	err = copy_struct_from_user(&buffer, op->size, cmd.uarg, cmd.usize);
	if (err)
		return err;
	return run_op(op, &cmd);
}

/* The opener's capabilities count, whichever process uses the descriptor. */
static bool opener_can(const struct file *filp, int cap)
{
	return file_ns_capable(filp, &init_user_ns, cap);
}

static int pga_open(struct inode *inode, struct file *filp)
{
	struct pga_file *file = kzalloc(sizeof(*file), PGA_GFP_USER);
	int err;

	if (!file)
		return -ENOMEM;
	err = pga_file_init(file, filp->f_cred,
			    opener_can(filp, CAP_SYS_ADMIN),
			    opener_can(filp, CAP_SYS_RESOURCE));
	if (err) {
		kfree(file);
		return err;
	}
	filp->private_data = file;
	pga_inode_adopt(filp);
	return nonseekable_open(inode, filp);
}

static int pga_release(struct inode *inode, struct file *filp)
{
	struct pga_file *file = filp->private_data;

	pga_blocks_orphan(file);
	pga_file_destroy(file);
	return 0;
}

static const struct file_operations pga_fops = {
	.owner = THIS_MODULE,
	.open = pga_open,
	.release = pga_release,
	.unlocked_ioctl = pga_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = pga_mmap,
	.poll = pga_poll,
	.fsync = noop_fsync,	/* also for msync() of a mapping */
};

/* An opener can read physical addresses: root only, unless udev changes it. */
static struct miscdevice pga_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pgarea",
	.fops = &pga_fops,
	.mode = 0600,
};

int __init pga_dev_init(void)
{
	int err = pga_inode_init();

	if (err)
		return err;
	err = pga_cdevs_init();
	if (err)
		goto exit_inode;
	err = misc_register(&pga_misc);
	if (err)
		goto exit_cdevs;
	return 0;

exit_cdevs:
	pga_cdevs_exit();
exit_inode:
	pga_inode_exit();
	return err;
}

void pga_dev_exit(void)
{
	misc_deregister(&pga_misc);
	pga_cdevs_exit();
	pga_inode_exit();
}
