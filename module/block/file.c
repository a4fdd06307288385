// SPDX-License-Identifier: GPL-2.0
/*
 * Open files of the device: their opener, and the blocks that they own.
 *
 * Locking: the table lock protects the list of a file's blocks.
 */
#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "block/block.h"
#include "block/file.h"
#include "block/id.h"
#include "block/pci.h"
#include "block/quota.h"

/**
 * pga_file_init() - initialize an open file
 * @file: memory for it, from kzalloc(); pga_file_destroy() frees it
 * @cred: credentials of the opener
 * @admin: the opener has CAP_SYS_ADMIN in the initial user namespace
 * @unlimited: the opener has CAP_SYS_RESOURCE there
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int pga_file_init(struct pga_file *file, const struct cred *cred, bool admin,
		  bool unlimited)
{
	file->quota = pga_quota_find(cred);
	if (!file->quota)
		return -ENOMEM;
	INIT_LIST_HEAD(&file->blocks);
	INIT_LIST_HEAD(&file->draining);
	mutex_init(&file->split_lock);
	mutex_init(&file->check_lock);
	init_waitqueue_head(&file->drained);
	kref_init(&file->ref);
	file->opener = get_pid(task_tgid(current));
	file->admin = admin;
	file->unlimited = unlimited;
	return 0;
}

/**
 * pga_block_find_locked() - find a live block or reservation by id
 * @file: file that must own it
 * @id: any number
 * @kind: PGAREA_KIND_*
 *
 * Return: the block, or NULL.
 */
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind)
{
	struct pga_block *block = pga_id_find_locked(id);

	if (!block || block->owner != file || block->attr.kind != kind ||
	    !pga_block_is_live(block))
		return NULL;
	return block;
}

/**
 * pga_block_bind() - bind a block to a PCI function
 * @file: the owner
 * @id: id of a block or reservation
 * @pci: the function; on success the block owns the reference.  NULL: unbind
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOENT.
 */
int pga_block_bind(struct pga_file *file, u64 id, struct pga_function *pci)
{
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	if (block && block->owner == file && pga_block_is_live(block))
		swap(block->pci, pci);
	else
		block = NULL;
	spin_unlock(&pga_table_lock);
	if (!block)
		return -ENOENT;
	pga_pci_put(pci);
	return 0;
}

static void free_file(struct kref *ref)
{
	kfree(container_of(ref, struct pga_file, ref));
}

/**
 * pga_file_put() - drop a reference to the memory of a file
 * @file: must not be used afterwards
 *
 * A thread that releases a block of a file wakes up the file's waiters after
 * the file has lost the block, and so may be closed.
 */
void pga_file_put(struct pga_file *file)
{
	kref_put(&file->ref, free_file);
}

/**
 * pga_file_destroy() - undo pga_file_init()
 * @file: owns no block, and no program uses it any more
 *
 * Context: process; sleeps.
 */
void pga_file_destroy(struct pga_file *file)
{
	put_pid(file->opener);
	pga_quota_put(file->quota);
	mutex_destroy(&file->split_lock);
	mutex_destroy(&file->check_lock);
	pga_file_put(file);
}
