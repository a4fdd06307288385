// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent blocks and reservations: they belong to no file, and have a node in
 * /dev, which a program that knows nothing of pgarea can open, read, write, seek in
 * and map.
 *
 * A node exists from before its block is published, so that nothing can fail behind
 * that, until the block is removed by its name.  It cannot be opened before or after.
 * Who has it open holds the block like one who has it mapped, as with a deleted
 * file.
 *
 * A persistent block holds a reference on the module until it is removed.
 *
 * The nodes have a device number of their own: the kernel's dynamic minor numbers of
 * misc devices are few, and other drivers need them.
 *
 * Locking: the mutex is for the list of nodes, and an open finds its node under it.
 */
#include <linux/cdev.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
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
#include "block/id.h"
#include "block/state.h"
#include "compat.h"
#include "map/cdev.h"
#include "map/inode.h"
#include "map/mmap.h"

#define PGA_MAX_NODES	1024

/* A number is not used anew soon: an inode of a node that is gone may be open. */
#define PGA_MINORS	(MINORMASK + 1)

/**
 * struct pga_node - the node of a persistent block
 * @link: in the list of all		[nodes_lock]
 * @block: whose it is			[c]
 * @minor: number of its device		[c]
 */
struct pga_node {
	struct list_head link;
	struct pga_block *block;
	int minor;
};

static LIST_HEAD(nodes);
static DEFINE_MUTEX(nodes_lock);
static DEFINE_IDA(minors);
static unsigned int next_minor;		/* [nodes_lock] */
static unsigned int nr_nodes;		/* [nodes_lock] */
static struct class *node_class;	/* no mode: devtmpfs makes it 0600 */
static struct cdev node_cdev;
static dev_t first_dev;

/**
 * pga_node_name_valid() - can a node be called so?
 * @name: PGAREA_NAME_SIZE bytes that end with a NUL
 *
 * It is a file name that no shell and no udev rule trips over.
 */
bool pga_node_name_valid(const u8 *name)
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
	if (block->traits.access == PGAREA_ACCESS_READ_ONLY &&
	    filp->f_mode & FMODE_WRITE)
		return -EACCES;
	atomic_inc(&block->opens);
	return 0;
}

static struct pga_node *find_minor_locked(int minor)
{
	struct pga_node *node;

	lockdep_assert_held(&nodes_lock);
	list_for_each_entry(node, &nodes, link)
		if (node->minor == minor)
			return node;
	return NULL;
}

/* The block of a node, which the opener now holds. */
static struct pga_block *open_node(const struct inode *inode,
				   const struct file *filp)
{
	struct pga_block *block = NULL;
	struct pga_node *node;
	int err = -ENXIO;

	mutex_lock(&nodes_lock);
	node = find_minor_locked(iminor(inode) - MINOR(first_dev));
	if (node) {
		block = node->block;
		spin_lock(&pga_table_lock);
		err = open_locked(block, filp);
		spin_unlock(&pga_table_lock);
	}
	mutex_unlock(&nodes_lock);
	return err ? ERR_PTR(err) : block;
}

static int pga_node_open(struct inode *inode, struct file *filp)
{
	struct pga_block *block = open_node(inode, filp);

	if (IS_ERR(block))
		return PTR_ERR(block);
	filp->private_data = block;
	pga_inode_adopt(filp);
	return 0;
}

static int pga_node_release(struct inode *inode, struct file *filp)
{
	struct pga_block *block = filp->private_data;

	if (atomic_dec_and_test(&block->opens))
		pga_drain_kick();
	return 0;
}

static loff_t pga_node_llseek(struct file *filp, loff_t offset, int whence)
{
	return fixed_size_llseek(filp, offset, whence,
				 block_size(filp->private_data));
}

/* Copy up to the end of a page, in either direction; how much, or -errno. */
static ssize_t copy_some(struct page *page, size_t offset, struct iov_iter *iter,
			 bool write)
{
	size_t bytes = min_t(size_t, PAGE_SIZE - offset, iov_iter_count(iter));
	size_t copied;

	if (PageHWPoison(page))
		return -EHWPOISON;
	copied = write ? copy_page_from_iter(page, offset, bytes, iter) :
			 copy_page_to_iter(page, offset, bytes, iter);
	return copied ?: -EFAULT;
}

/* As much as there is, and as can be copied. */
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

static ssize_t pga_node_read(struct kiocb *iocb, struct iov_iter *to)
{
	return copy_all(iocb, to, false);
}

static ssize_t pga_node_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct pga_block *block = iocb->ki_filp->private_data;
	u64 size = block_size(block);

	if (iocb->ki_flags & IOCB_APPEND || iocb->ki_pos >= size)
		return iov_iter_count(from) ? -ENOSPC : 0;
	return copy_all(iocb, from, true);
}

static int pga_node_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct pga_block *block = filp->private_data;

	if (vma->vm_pgoff >= pga_block_nr(block) ||
	    vma_pages(vma) > pga_block_nr(block) - vma->vm_pgoff)
		return -EINVAL;
	return pga_map_held(block, vma, 0);
}

static const struct file_operations pga_node_fops = {
	.owner = THIS_MODULE,
	.open = pga_node_open,
	.release = pga_node_release,
	.llseek = pga_node_llseek,
	.read_iter = pga_node_read,
	.write_iter = pga_node_write,
	.mmap = pga_node_mmap,
	.fsync = noop_fsync,
};

static struct pga_node *find_locked(const u8 *name)
{
	struct pga_node *node;

	lockdep_assert_held(&nodes_lock);
	list_for_each_entry(node, &nodes, link)
		if (!strcmp(node->block->traits.name, name))
			return node;
	return NULL;
}

/* Is there a persistent block or reservation of that name? */
bool pga_node_exists(const u8 *name)
{
	bool exists;

	mutex_lock(&nodes_lock);
	exists = find_locked(name);
	mutex_unlock(&nodes_lock);
	return exists;
}

static int create_device(const struct pga_node *node)
{
	struct device *device;

	device = device_create(node_class, NULL, first_dev + node->minor, NULL,
			       PGAREA_NODE_PREFIX "%s",
			       node->block->traits.name);
	return PTR_ERR_OR_ZERO(device);
}

static int take_minor_locked(struct pga_node *node)
{
	int minor;

	lockdep_assert_held(&nodes_lock);
	if (nr_nodes == PGA_MAX_NODES)
		return -ENFILE;
	minor = ida_alloc_range(&minors, next_minor, PGA_MINORS - 1, GFP_KERNEL);
	if (minor == -ENOSPC)
		minor = ida_alloc_max(&minors, PGA_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	node->minor = minor;
	next_minor = (minor + 1) % PGA_MINORS;
	nr_nodes++;
	return 0;
}

static void give_minor_locked(const struct pga_node *node)
{
	lockdep_assert_held(&nodes_lock);
	ida_free(&minors, node->minor);
	nr_nodes--;
}

static int set_up_locked(struct pga_node *node)
{
	int err = take_minor_locked(node);

	if (err)
		return err;
	err = create_device(node);
	if (err)
		give_minor_locked(node);
	else
		list_add_tail(&node->link, &nodes);
	return err;
}

static int make_locked(struct pga_block *block)
{
	struct pga_node *node;
	int err;

	if (find_locked(block->traits.name))
		return -EEXIST;
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	node->block = block;
	err = set_up_locked(node);
	if (err)
		kfree(node);
	else
		block->node = node;
	return err;
}

/**
 * pga_node_make() - make the node of a persistent block
 * @block: not published, with a name that pga_node_name_valid() likes
 *
 * Context: process; sleeps.
 * Return: 0, -EEXIST, -ENFILE, -ENOMEM, or what the device model says.
 */
int pga_node_make(struct pga_block *block)
{
	int err;

	mutex_lock(&nodes_lock);
	err = make_locked(block);
	mutex_unlock(&nodes_lock);
	return err;
}

static void end_locked(struct pga_node *node)
{
	lockdep_assert_held(&nodes_lock);
	device_destroy(node_class, first_dev + node->minor);
	give_minor_locked(node);
	list_del(&node->link);
	kfree(node);
}

/**
 * pga_node_unmake() - undo pga_node_make()
 * @block: not published
 *
 * Context: process; sleeps.
 */
void pga_node_unmake(struct pga_block *block)
{
	mutex_lock(&nodes_lock);
	end_locked(block->node);
	block->node = NULL;
	mutex_unlock(&nodes_lock);
}

/**
 * pga_node_publish() - let a persistent block be found
 * @block: complete, with a node
 * @file: through which it was made
 */
void pga_node_publish(struct pga_block *block, const struct pga_file *file)
{
	__module_get(THIS_MODULE);
	spin_lock(&pga_table_lock);
	block->opener = get_pid(file->opener);
	list_del_init(&block->link);
	pga_block_set_state_locked(block, pga_block_live_state(block));
	spin_unlock(&pga_table_lock);
}

/* The node of a persistent block that was published, NULL: there is none. */
static struct pga_node *find_live_locked(const u8 *name)
{
	struct pga_node *node = find_locked(name);
	bool live = false;

	if (node) {
		spin_lock(&pga_table_lock);
		live = pga_block_is_live(node->block);
		spin_unlock(&pga_table_lock);
	}
	return live ? node : NULL;
}

/**
 * pga_node_find() - the persistent block of a name
 * @name: of it
 * @id: its id
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOENT.
 */
int pga_node_find(const u8 *name, u64 *id)
{
	struct pga_node *node;

	mutex_lock(&nodes_lock);
	node = find_live_locked(name);
	if (node)
		*id = node->block->id;
	mutex_unlock(&nodes_lock);
	return node ? 0 : -ENOENT;
}

/* Nobody can open it behind this. */
static struct pga_block *withdraw_locked(struct pga_node *node)
{
	struct pga_block *block = node->block;

	spin_lock(&pga_table_lock);
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	block->node = NULL;
	spin_unlock(&pga_table_lock);
	end_locked(node);
	return block;
}

/**
 * pga_node_remove() - end a persistent block
 * @name: of it
 * @id: as pga_node_find() answered it
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOENT: somebody else has removed it.
 */
int pga_node_remove(const u8 *name, u64 id)
{
	struct pga_block *block = NULL;
	struct pga_node *node;

	mutex_lock(&nodes_lock);
	node = find_live_locked(name);
	if (node && node->block->id == id)
		block = withdraw_locked(node);
	mutex_unlock(&nodes_lock);
	if (!block)
		return -ENOENT;
	pga_block_release_or_drain(block);
	module_put(THIS_MODULE);
	return 0;
}

/**
 * pga_nodes_init() - get device numbers for nodes
 *
 * Context: process, at load; sleeps.
 * Return: 0 or -errno.
 */
int __init pga_nodes_init(void)
{
	int err = alloc_chrdev_region(&first_dev, 0, PGA_MINORS, "pgarea");

	if (err)
		return err;
	cdev_init(&node_cdev, &pga_node_fops);
	node_cdev.owner = THIS_MODULE;
	node_class = pga_class_create("pgarea");
	if (IS_ERR(node_class)) {
		err = PTR_ERR(node_class);
		goto unregister;
	}
	err = cdev_add(&node_cdev, first_dev, PGA_MINORS);
	if (err)
		goto destroy_class;
	return 0;

destroy_class:
	class_destroy(node_class);
unregister:
	unregister_chrdev_region(first_dev, PGA_MINORS);
	return err;
}

/**
 * pga_nodes_exit() - undo pga_nodes_init(); there is no node any more
 *
 * Context: process; sleeps.
 */
void pga_nodes_exit(void)
{
	cdev_del(&node_cdev);
	class_destroy(node_class);
	unregister_chrdev_region(first_dev, PGA_MINORS);
	ida_destroy(&minors);
}
