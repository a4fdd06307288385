// SPDX-License-Identifier: GPL-2.0
/*
 * PCI functions that blocks are bound to.
 *
 * One object stands for a function, however many blocks are bound to it.  It is
 * that of one device: what the kernel finds at the same address after it has
 * removed the function is another function, even if it is the same device.
 *
 * Locking: a mutex protects the list of the functions and what they know about
 * the hardware.  It is held only for a few accesses to registers.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "block/pci.h"

DEFINE_MUTEX(pga_functions_lock); /* the functions and their hardware */
LIST_HEAD(pga_functions);

/* PGAREA_FEATURE_BIND */
u64 pga_pci_features(void)
{
	return PGAREA_FEATURE_BIND;
}

/**
 * pga_pci_known_locked() - get a reference to the object of a function
 * @pci: the function
 *
 * Context: pga_functions_lock held.
 * Return: the object, or NULL: no block is bound to it.
 */
struct pga_function *pga_pci_known_locked(const struct pci_dev *pci)
{
	struct pga_function *function;

	list_for_each_entry(function, &pga_functions, link)
		if (function->pci == pci)
			return pga_pci_get(function);
	return NULL;
}

/* Get a reference.  @function may be NULL. */
struct pga_function *pga_pci_get(struct pga_function *function)
{
	if (function)
		kref_get(&function->refs);
	return function;
}

static void free_and_unlock(struct kref *refs)
{
	struct pga_function *function =
		container_of(refs, struct pga_function, refs);

	list_del(&function->link);
	mutex_unlock(&pga_functions_lock);
	pci_dev_put(function->pci);
	kfree(function);
}

/**
 * pga_pci_put() - put a reference
 * @function: may be NULL
 *
 * Context: process; sleeps.
 */
void pga_pci_put(struct pga_function *function)
{
	if (function)
		kref_put_mutex(&function->refs, free_and_unlock,
			       &pga_functions_lock);
}

/* Report the address of the function that a block is bound to. */
void pga_pci_describe(const struct pga_function *function,
		      struct pgarea_block *out)
{
	out->pci_domain = function->domain;
	out->pci_bus = function->bus;
	out->pci_device = PCI_SLOT(function->devfn);
	out->pci_function = PCI_FUNC(function->devfn);
	out->bound_to_pci = 1;
}
