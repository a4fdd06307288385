/* SPDX-License-Identifier: GPL-2.0 */
/* Open files of the device, and the blocks that they own. */
#ifndef PGA_BLOCK_FILE_H
#define PGA_BLOCK_FILE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "block/state.h"
#include "hide.h"

struct cred;
struct pga_block;
struct pga_function;
struct pga_quota;
struct pid;

/**
 * struct pga_file - one open file of the device
 * @blocks: blocks and reservations that belong to it	[table lock]
 * @draining: more of them: those that drain and have no counted holder, so that
 *	a check can find that they are not held		[table lock]
 * @opener: process that opened it			[c]
 * @quota: of the user who opened it			[c]
 * @split_lock: held while one of its blocks or reservations is split, also
 *	during the copy to the program: neither mmap nor a fault takes it
 * @check_lock: held while the blocks in @draining are checked for this file
 * @nr_checks: how often they were			[check_lock]
 * @tally: those that drain, and their holders		[table lock]
 * @drained: programs that wait for them
 * @nr_waits: number of WAITs for one block		[table lock]
 * @ref: who uses its memory
 * @admin: the opener has CAP_SYS_ADMIN			[c]
 * @unlimited: the opener has CAP_SYS_RESOURCE		[c]
 *
 * Both capabilities are checked in the initial user namespace.
 */
struct pga_file {
	struct list_head blocks;
	struct list_head draining;
	struct mutex split_lock; /* from preparation to commit */
	struct mutex check_lock; /* one thread checks, others share the result */
	struct pid *opener;
	struct pga_quota *quota;
	unsigned long nr_checks;
	struct pga_tally tally;
	wait_queue_head_t drained;
	unsigned int nr_waits;
	struct kref ref;
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
void pga_file_put(struct pga_file *file);
struct pga_block *pga_block_find_locked(struct pga_file *file, u64 id, u8 kind);
int __must_check pga_block_bind(struct pga_file *file, u64 id,
				struct pga_function *pci);

#endif /* PGA_BLOCK_FILE_H */
