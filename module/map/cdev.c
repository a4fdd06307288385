// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent blocks and reservations: they belong to no file, and each has a
 * device node in /dev.  A program that knows nothing of pgarea can open, read,
 * write, seek and map the node.
 *
 * The device node is created before its block is published, so that nothing can
 * fail after that.  It exists until the block is removed by name.  An open
 * fails before the publication and after the removal.  An open node holds the
 * block like a mapping: a removed block exists until the last close, as an
 * unlinked file does.
 *
 * A persistent block holds a reference on the module until it is removed.
 *
 * The device nodes have their own device number: the kernel has few dynamic
 * minor numbers for misc devices, and other drivers need them.
 *
 * Locking: cdevs_lock protects the list of device nodes; open() looks up its
 * node under it.
 */
#include <linux/cdev.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "block/block.h"
#include "block/drain.h"
#include "block/file.h"
#include "block/hold.h"
#include "block/id.h"
#include "block/state.h"
#include "compat.h"
#include "gfp.h"
#include "map/cdev.h"
#include "map/inode.h"
#include "map/mmap.h"

#define PGA_MAX_CDEVS	1024

/* Minors are not reused soon: the inode of a removed node may still be open. */
#define PGA_MINORS	(MINORMASK + 1)

/**
 * struct pga_cdev - the device node of a persistent block
 * @link: in the list of all device nodes	[cdevs_lock]
 * @block: the persistent block		[c]
 * @minor: minor number, from 0		[c]
 */
struct pga_cdev {
	struct list_head link;
	struct pga_block *block;
	int minor;
};

static LIST_HEAD(cdevs);
static DEFINE_MUTEX(cdevs_lock);
static DEFINE_IDA(minors);
static unsigned int next_minor;		/* [cdevs_lock] */
static unsigned int nr_cdevs;		/* [cdevs_lock] */
static struct class *cdev_class;	/* no mode: devtmpfs makes it 0600 */
static struct cdev cdev_region;
static dev_t first_dev;

/**
 * pga_cdev_name_valid() - can a device node have this name?
 * @name: PGAREA_NAME_SIZE bytes that end with a NUL
 *
 * Valid names are safe in a shell and in udev rules.
 *
 * Return: true if it can.
 */
bool pga_cdev_name_valid(const u8 *name)
{
	if (!isascii(*name) || !isalnum(*name))
		return false;
	for (; *name; name++)
		if (!isascii(*name) || (!isalnum(*name) && !strchr("-_.", *name)))
			return false;
	return true;
}

static u64 block_size(const struct pga_block *block)
{
	return pga_block_nr(block) << PAGE_SHIFT;
}

static int open_locked(struct pga_block *block, const struct file *filp)
{
	lockdep_assert_held(&pga_table_lock);
	if (!pga_block_is_live(block))
		return -ENXIO;
	if (block->attr.access == PGAREA_ACCESS_READ_ONLY &&
	    filp->f_mode & FMODE_WRITE)
		return -EACCES;
	atomic_inc(&block->nr_opens);
	return 0;
}

static struct pga_cdev *find_minor_locked(int minor)
{
	struct pga_cdev *cdev;

	lockdep_assert_held(&cdevs_lock);
	list_for_each_entry(cdev, &cdevs, link)
		if (cdev->minor == minor)
			return cdev;
	return NULL;
}

/* Return the block of a device node, held by this open. */
static struct pga_block *open_block(const struct inode *inode,
				    const struct file *filp)
{
	struct pga_block *block = NULL;
	struct pga_cdev *cdev;
	int err = -ENXIO;

	mutex_lock(&cdevs_lock);
	cdev = find_minor_locked(iminor(inode) - MINOR(first_dev));
	if (cdev) {
		block = cdev->block;
		spin_lock(&pga_table_lock);
		err = open_locked(block, filp);
		spin_unlock(&pga_table_lock);
	}
	mutex_unlock(&cdevs_lock);
	return err ? ERR_PTR(err) : block;
}

static int pga_cdev_open(struct inode *inode, struct file *filp)
{
	struct pga_block *block = open_block(inode, filp);

	if (IS_ERR(block))
		return PTR_ERR(block);
	filp->private_data = block;
	/* It is memory: no access waits for a device, or has a cache to avoid. */
	filp->f_mode |= FMODE_NOWAIT | FMODE_CAN_ODIRECT;
	pga_inode_adopt(filp);
	return 0;
}

static int pga_cdev_release(struct inode *inode, struct file *filp)
{
	pga_block_close(filp->private_data);
	return 0;
}

/* All of it is data. */
static loff_t pga_cdev_llseek(struct file *filp, loff_t offset, int whence)
{
	u64 size = block_size(filp->private_data);

	return generic_file_llseek_size(filp, offset, whence, size, size);
}

/*
 * copy_page_to_iter() would put the page itself into a pipe on some kernels:
 * then a later write to the block would change what is read from the pipe.
 */
static size_t copy_out(struct page *page, size_t offset, size_t bytes,
		       struct iov_iter *iter)
{
	void *at = kmap_local_page(page);
	size_t copied = copy_to_iter(at + offset, bytes, iter);

	kunmap_local(at);
	return copied;
}

/* Copy up to the end of a page.  Return the number of bytes, or -errno. */
static ssize_t copy_some(struct page *page, size_t offset, struct iov_iter *iter,
			 bool write)
{
	size_t bytes = min_t(size_t, PAGE_SIZE - offset, iov_iter_count(iter));
	size_t copied;

	if (PageHWPoison(page))
		return -EHWPOISON;
	copied = write ? copy_page_from_iter(page, offset, bytes, iter) :
			 copy_out(page, offset, bytes, iter);
	return copied ?: -EFAULT;
}

/* Copy until the block ends, @iter ends, or a copy fails. */
static ssize_t copy_all(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	struct pga_block *block = iocb->ki_filp->private_data;
	u64 pos = iocb->ki_pos, size = block_size(block);
	ssize_t copied = 0, done = 0;

	while (iov_iter_count(iter) && pos < size && copied >= 0) {
		copied = copy_some(pga_block_page(block, pos >> PAGE_SHIFT),
				   offset_in_page(pos), iter, write);
		if (copied > 0) {
			pos += copied;
			done += copied;
		}
		cond_resched();
		if (fatal_signal_pending(current))
			copied = -EINTR;
	}
	iocb->ki_pos = pos;
	return done ?: copied;
}

static ssize_t pga_cdev_read(struct kiocb *iocb, struct iov_iter *to)
{
	return copy_all(iocb, to, false);
}

static ssize_t pga_cdev_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct pga_block *block = iocb->ki_filp->private_data;
	u64 size = block_size(block);

	if (iocb->ki_flags & IOCB_APPEND || iocb->ki_pos >= size)
		return iov_iter_count(from) ? -ENOSPC : 0;
	return copy_all(iocb, from, true);
}

static int pga_cdev_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct pga_block *block = filp->private_data;

	if (vma->vm_pgoff >= pga_block_nr(block) ||
	    vma_pages(vma) > pga_block_nr(block) - vma->vm_pgoff)
		return -EINVAL;
	return pga_mmap_held(block, vma, 0);
}

static const struct file_operations pga_cdev_fops = {
	.owner = THIS_MODULE,
	.open = pga_cdev_open,
	.release = pga_cdev_release,
	.llseek = pga_cdev_llseek,
	.read_iter = pga_cdev_read,
	.write_iter = pga_cdev_write,
	.splice_read = pga_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = pga_cdev_mmap,
	.fsync = noop_fsync,
};

static struct pga_cdev *find_locked(const u8 *name)
{
	struct pga_cdev *cdev;

	lockdep_assert_held(&cdevs_lock);
	list_for_each_entry(cdev, &cdevs, link)
		if (!strcmp(cdev->block->attr.name, name))
			return cdev;
	return NULL;
}

/* Does a persistent block or reservation with this name exist? */
bool pga_cdev_exists(const u8 *name)
{
	bool exists;

	mutex_lock(&cdevs_lock);
	exists = find_locked(name);
	mutex_unlock(&cdevs_lock);
	return exists;
}

static int create_device(const struct pga_cdev *cdev)
{
	struct device *device;

	device = device_create(cdev_class, NULL, first_dev + cdev->minor, NULL,
			       PGAREA_NODE_PREFIX "%s",
			       cdev->block->attr.name);
	return PTR_ERR_OR_ZERO(device);
}

static int alloc_minor_locked(struct pga_cdev *cdev)
{
	int minor;

	lockdep_assert_held(&cdevs_lock);
	if (nr_cdevs == PGA_MAX_CDEVS)
		return -ENFILE;
	minor = ida_alloc_range(&minors, next_minor, PGA_MINORS - 1, GFP_KERNEL);
	if (minor == -ENOSPC)
		minor = ida_alloc_max(&minors, PGA_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	cdev->minor = minor;
	next_minor = (minor + 1) % PGA_MINORS;
	nr_cdevs++;
	return 0;
}

static void free_minor_locked(const struct pga_cdev *cdev)
{
	lockdep_assert_held(&cdevs_lock);
	ida_free(&minors, cdev->minor);
	nr_cdevs--;
}

static int add_locked(struct pga_cdev *cdev)
{
	int err = alloc_minor_locked(cdev);

	if (err)
		return err;
	err = create_device(cdev);
	if (err)
		free_minor_locked(cdev);
	else
		list_add_tail(&cdev->link, &cdevs);
	return err;
}

static int create_locked(struct pga_block *block)
{
	struct pga_cdev *cdev;
	int err;

	if (find_locked(block->attr.name))
		return -EEXIST;
	cdev = kzalloc(sizeof(*cdev), PGA_GFP_USER);
	if (!cdev)
		return -ENOMEM;
	cdev->block = block;
	err = add_locked(cdev);
	if (err)
		kfree(cdev);
	else
		block->cdev = cdev;
	return err;
}

/**
 * pga_cdev_create() - create the device node of a persistent block
 * @block: not published, with a name that pga_cdev_name_valid() accepts
 *
 * Context: process; sleeps.
 * Return: 0, -EEXIST, -ENFILE, -ENOMEM, or the error of the device model.
 */
int pga_cdev_create(struct pga_block *block)
{
	int err;

	mutex_lock(&cdevs_lock);
	err = create_locked(block);
	mutex_unlock(&cdevs_lock);
	return err;
}

static void destroy_locked(struct pga_cdev *cdev)
{
	lockdep_assert_held(&cdevs_lock);
	device_destroy(cdev_class, first_dev + cdev->minor);
	free_minor_locked(cdev);
	list_del(&cdev->link);
	kfree(cdev);
}

/**
 * pga_cdev_destroy() - undo pga_cdev_create()
 * @block: not published
 *
 * Context: process; sleeps.
 */
void pga_cdev_destroy(struct pga_block *block)
{
	mutex_lock(&cdevs_lock);
	destroy_locked(block->cdev);
	block->cdev = NULL;
	mutex_unlock(&cdevs_lock);
}

/**
 * pga_cdev_publish() - make a persistent block visible to lookups
 * @block: complete, with a device node
 * @file: the file through which the block was allocated
 */
void pga_cdev_publish(struct pga_block *block, const struct pga_file *file)
{
	__module_get(THIS_MODULE);
	spin_lock(&pga_table_lock);
	block->opener = get_pid(file->opener);
	pga_block_set_state_locked(block, pga_block_live_state(block));
	spin_unlock(&pga_table_lock);
}

/* Find the device node of a published persistent block, or NULL. */
static struct pga_cdev *find_live_locked(const u8 *name)
{
	struct pga_cdev *cdev = find_locked(name);
	bool live = false;

	if (cdev) {
		spin_lock(&pga_table_lock);
		live = pga_block_is_live(cdev->block);
		spin_unlock(&pga_table_lock);
	}
	return live ? cdev : NULL;
}

/**
 * pga_cdev_find() - find a persistent block by name
 * @name: its name
 * @id: set to its id
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOENT.
 */
int pga_cdev_find(const u8 *name, u64 *id)
{
	struct pga_cdev *cdev;

	mutex_lock(&cdevs_lock);
	cdev = find_live_locked(name);
	if (cdev)
		*id = cdev->block->id;
	mutex_unlock(&cdevs_lock);
	return cdev ? 0 : -ENOENT;
}

/* After this, an open of the node fails. */
static struct pga_block *withdraw_locked(struct pga_cdev *cdev)
{
	struct pga_block *block = cdev->block;

	spin_lock(&pga_table_lock);
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	block->cdev = NULL;
	spin_unlock(&pga_table_lock);
	destroy_locked(cdev);
	return block;
}

/**
 * pga_cdev_remove() - remove a persistent block
 * @name: its name
 * @id: as returned by pga_cdev_find()
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOENT if another caller has removed it.
 */
int pga_cdev_remove(const u8 *name, u64 id)
{
	struct pga_block *block = NULL;
	struct pga_cdev *cdev;

	mutex_lock(&cdevs_lock);
	cdev = find_live_locked(name);
	if (cdev && cdev->block->id == id)
		block = withdraw_locked(cdev);
	mutex_unlock(&cdevs_lock);
	if (!block)
		return -ENOENT;
	pga_block_release_or_drain(block);
	module_put(THIS_MODULE);
	return 0;
}

/**
 * pga_cdevs_init() - allocate device numbers for device nodes
 *
 * Context: process, at load; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_cdevs_init(void)
{
	int err = alloc_chrdev_region(&first_dev, 0, PGA_MINORS, "pgarea");

	if (err)
		return err;
	cdev_init(&cdev_region, &pga_cdev_fops);
	cdev_region.owner = THIS_MODULE;
	cdev_class = pga_class_create("pgarea");
	if (IS_ERR(cdev_class)) {
		err = PTR_ERR(cdev_class);
		goto unregister;
	}
	err = cdev_add(&cdev_region, first_dev, PGA_MINORS);
	if (err)
		goto destroy_class;
	return 0;

destroy_class:
	class_destroy(cdev_class);
unregister:
	unregister_chrdev_region(first_dev, PGA_MINORS);
	return err;
}

/**
 * pga_cdevs_exit() - undo pga_cdevs_init(); no device node is left
 *
 * Context: process; sleeps.
 */
void pga_cdevs_exit(void)
{
	cdev_del(&cdev_region);
	class_destroy(cdev_class);
	unregister_chrdev_region(first_dev, PGA_MINORS);
	ida_destroy(&minors);
}
