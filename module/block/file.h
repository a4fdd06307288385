/* SPDX-License-Identifier: GPL-2.0 */
/* Open files of the device, and the blocks that they own. */
#ifndef PGA_BLOCK_FILE_H
#define PGA_BLOCK_FILE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hide.h"

struct cred;
struct pga_block;
struct pga_function;
struct pga_quota;
struct pid;

/**
 * struct pga_file - one open file of the device
 * @blocks: blocks and reservations that belong to it	[table lock]
 * @opener: process that opened it			[c]
 * @quota: of the user who opened it			[c]
 * @split_lock: held while one of its blocks or reservations is split, also
 *	during the copy to the program: neither mmap nor a fault takes it
 * @nr_draining: number of @blocks that drain		[table lock]
 * @admin: the opener has CAP_SYS_ADMIN			[c]
 * @unlimited: the opener has CAP_SYS_RESOURCE		[c]
 *
 * Both capabilities are checked in the initial user namespace.
 */
struct pga_file {
	struct list_head blocks;
	struct mutex split_lock; /* from preparation to commit */
	struct pid *opener;
	struct pga_quota *quota;
	unsigned long nr_draining;
	bool admin;
	bool unlimited;
};

/* Must physical addresses be hidden from this file? */
static inline bool pga_is_hidden_from(const struct pga_file *file)
{
	return pga_hide_phys && !file->admin;
}

int __must_check pga_file_init(struct pga_file *file, const struct cred *cred,
			       bool admin, bool unlimited);
void pga_file_destroy(struct pga_file *file);
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind);
int __must_check pga_block_bind(struct pga_file *file, u64 id,
				struct pga_function *pci);

#endif /* PGA_BLOCK_FILE_H */
