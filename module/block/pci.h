/* SPDX-License-Identifier: GPL-2.0 */
/* PCI functions that blocks are bound to. */
#ifndef PGA_BLOCK_PCI_H
#define PGA_BLOCK_PCI_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/pgarea.h>

struct pci_dev;

/**
 * struct pga_function - a PCI function that blocks are bound to
 * @link:	in the list of all functions				[f]
 * @refs:	references of blocks, and of work that is queued
 * @pci:	the kernel's object of it, which is referenced		[c]
 * @domain:	domain of its address					[c]
 * @bus:	bus of its address					[c]
 * @devfn:	device and function number of its address		[c]
 * @work:	stops it; pci_stop.c
 * @waiting:	through their @drain, orphans that wait until it is stopped [f]
 * @closing:	number of the closing file that @stopped was found for	[f]
 * @stopped:	what was found for that file				[f]
 * @removed:	the kernel has removed it: its bus mastering is off, and its
 *		address may already be that of another function		[f]
 * @clearing:	the module has cleared its bus mastering, and has not yet found
 *		it at rest since					[f]
 * @patience:	jiffies until @clearing is given up			[f]
 * @gone_logged: the log says that it does not answer			[f]
 * @pause_ms:	the next pause of @work, which alone uses it
 *
 * c: constant; f: pga_functions_lock.
 */
struct pga_function {
	struct list_head link;
	struct kref refs;
	struct pci_dev *pci;
	int domain;
	u8 bus;
	u8 devfn;
	struct delayed_work work;
	struct list_head waiting;
	u64 closing;
	bool stopped;
	bool removed;
	bool clearing;
	unsigned long patience;
	bool gone_logged;
	unsigned int pause_ms;
};

#ifdef CONFIG_PCI
extern struct mutex pga_functions_lock;
extern struct list_head pga_functions;

u64 pga_pci_features(void);
struct pga_function *pga_pci_known_locked(const struct pci_dev *pci);
struct pga_function *pga_pci_get(struct pga_function *function);
void pga_pci_put(struct pga_function *function);
void pga_pci_describe(const struct pga_function *function,
		      struct pgarea_block *out);
#else
static inline u64 pga_pci_features(void)
{
	return 0;
}

static inline struct pga_function *pga_pci_get(struct pga_function *function)
{
	return NULL;
}

static inline void pga_pci_put(struct pga_function *function) { }

static inline void pga_pci_describe(const struct pga_function *function,
				    struct pgarea_block *out) { }
#endif

#endif /* PGA_BLOCK_PCI_H */
