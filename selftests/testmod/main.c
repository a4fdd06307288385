// SPDX-License-Identifier: GPL-2.0
/* The device of the test module: open, release, and the table of commands. */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pgt.h"

union pgt_arg {
	struct pgt_import import;
	struct pgt_map map;
	struct pgt_do step;
	struct pgt_copy copy;
	struct pgt_hold hold;
	struct pgt_poke poke;
	struct pgt_drop drop;
	struct pgt_lookup lookup;
	struct pgt_overdrop overdrop;
	struct pgt_config config;
};

static const struct {
	unsigned int cmd;
	int (*run)(struct pgt_file *file, void *arg);
} ops[] = {
	{ PGT_IOC_IMPORT, pgt_import },
	{ PGT_IOC_MAP, pgt_map },
	{ PGT_IOC_DO, pgt_do },
	{ PGT_IOC_COPY, pgt_copy },
	{ PGT_IOC_HOLD, pgt_hold },
	{ PGT_IOC_POKE, pgt_poke },
	{ PGT_IOC_DROP, pgt_drop },
	{ PGT_IOC_LOOKUP, pgt_lookup },
	{ PGT_IOC_OVERDROP, pgt_overdrop },
	{ PGT_IOC_CONFIG, pgt_config },
};

static long pgt_ioctl(struct file *filp, unsigned int cmd, unsigned long at)
{
	struct pgt_file *file = filp->private_data;
	void __user *uarg = (void __user *)at;
	unsigned int nr = _IOC_NR(cmd);
	union pgt_arg arg;
	int err;

	if (nr >= ARRAY_SIZE(ops))
		return -ENOTTY;
	nr = array_index_nospec(nr, ARRAY_SIZE(ops));
	if (ops[nr].cmd != cmd)
		return -ENOTTY;
	if (copy_from_user(&arg, uarg, _IOC_SIZE(cmd)))
		return -EFAULT;
	mutex_lock(&file->lock);
	err = ops[nr].run(file, &arg);
	mutex_unlock(&file->lock);
	if (!err && copy_to_user(uarg, &arg, _IOC_SIZE(cmd)))
		err = -EFAULT;
	return err;
}

static int pgt_open(struct inode *inode, struct file *filp)
{
	struct pgt_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	xa_init_flags(&file->imports, XA_FLAGS_ALLOC1);
	xa_init_flags(&file->holds, XA_FLAGS_ALLOC1);
	filp->private_data = file;
	return nonseekable_open(inode, filp);
}

static int pgt_mmap_file(struct file *filp, struct vm_area_struct *vma)
{
	return pgt_mmap(filp->private_data, vma);
}

static int pgt_release(struct inode *inode, struct file *filp)
{
	struct pgt_file *file = filp->private_data;

	pgt_imports_drop(file);
	pgt_holds_drop(file);
	pgt_config_drop(file);
	kfree(file);
	return 0;
}

static const struct file_operations pgt_fops = {
	.owner = THIS_MODULE,
	.open = pgt_open,
	.release = pgt_release,
	.unlocked_ioctl = pgt_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = pgt_mmap_file,
};

static struct miscdevice pgt_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pgarea_test",
	.fops = &pgt_fops,
	.mode = 0600,
};

module_misc_device(pgt_misc);

MODULE_DESCRIPTION("Holds pages, imports dma-bufs, breaks devices for pgarea's tests");
MODULE_LICENSE("GPL");
