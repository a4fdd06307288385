// SPDX-License-Identifier: GPL-2.0
/*
 * Which PCI function a program names in BIND, and the end of functions.
 *
 * A device that a program gave an address to holds no reference to the page.
 * When the program exits, the module can only clear the device's bus mastering:
 * its right to access memory at all (pci_stop.c).
 *
 * When the kernel removes a function, the module clears its bus mastering then,
 * and never touches its address again.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "block/pci.h"
#include "block/pci_bind.h"
#include "block/pci_stop.h"
#include "gfp.h"

/*
 * The bus mastering of a bridge is that of everything behind it.  A bridge to
 * something else than PCI may have a normal header.
 */
static bool is_bridge(const struct pci_dev *pci)
{
	return pci->hdr_type != PCI_HEADER_TYPE_NORMAL ||
	       pci->class >> 16 == PCI_BASE_CLASS_BRIDGE;
}

static struct pga_function *new_function(struct pci_dev *pci)
{
	struct pga_function *function = kzalloc(sizeof(*function), PGA_GFP_USER);

	if (!function)
		return NULL;
	INIT_LIST_HEAD(&function->link);
	kref_init(&function->refs);
	function->pci = pci_dev_get(pci);
	function->domain = pci_domain_nr(pci->bus);
	function->bus = pci->bus->number;
	function->devfn = pci->devfn;
	INIT_LIST_HEAD(&function->waiting);
	pga_pci_stop_init(function);
	return function;
}

/* The object of a function, with a reference: the known one, or this new one. */
static struct pga_function *known_or(struct pga_function *function)
{
	struct pga_function *known;

	mutex_lock(&pga_functions_lock);
	known = pga_pci_known_locked(function->pci);
	if (!known)
		list_add(&function->link, &pga_functions);
	mutex_unlock(&pga_functions_lock);
	if (!known)
		return function;
	pga_pci_put(function);
	return known;
}

static struct pga_function *get_function(struct pci_dev *pci)
{
	struct pga_function *function;

	if (!pci)
		return ERR_PTR(-ENODEV);
	if (is_bridge(pci))
		return ERR_PTR(-EINVAL);
	function = new_function(pci);
	return function ? known_or(function) : ERR_PTR(-ENOMEM);
}

/**
 * pga_pci_find() - find the function at an address
 * @arg: the address, in range
 *
 * No function is removed meanwhile: the notifier below knows it from here on.
 *
 * Context: process; sleeps.
 * Return: the function, which the caller must put; ERR_PTR(-ENODEV): there is
 * none; ERR_PTR(-EINVAL): it is a bridge; ERR_PTR(-ENOMEM).
 */
struct pga_function *pga_pci_find(const struct pgarea_bind *arg)
{
	struct pga_function *function;
	struct pci_dev *pci;

	if (arg->domain > INT_MAX)
		return ERR_PTR(-ENODEV);
	pci_lock_rescan_remove();
	pci = pci_get_domain_bus_and_slot(arg->domain, arg->bus,
					  PCI_DEVFN(arg->device,
						    arg->function));
	function = get_function(pci);
	pci_unlock_rescan_remove();
	pci_dev_put(pci);
	return function;
}

/* The kernel is about to remove a function, which still has its address. */
static int pci_notify(struct notifier_block *nb, unsigned long action,
		      void *data)
{
	struct pga_function *function;

	if (action != BUS_NOTIFY_DEL_DEVICE)
		return NOTIFY_DONE;
	mutex_lock(&pga_functions_lock);
	function = pga_pci_known_locked(to_pci_dev(data));
	mutex_unlock(&pga_functions_lock);
	if (function)
		pga_pci_stop_removed(function);
	pga_pci_put(function);
	return NOTIFY_DONE;
}

static struct notifier_block pci_notifier = { .notifier_call = pci_notify };

int __init pga_pci_init(void)
{
	int err = pga_pci_stop_start();

	if (err)
		return err;
	err = bus_register_notifier(&pci_bus_type, &pci_notifier);
	if (err)
		pga_pci_stop_exit();
	return err;
}

/* At unload, when no block is bound.  A worker may still be about to end. */
void pga_pci_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &pci_notifier);
	pga_pci_stop_exit();
	WARN_ON_ONCE(!list_empty(&pga_functions));
}
