// SPDX-License-Identifier: GPL-2.0
/*
 * PCI functions that write to blocks.
 *
 * A device that a program gave an address to holds no reference to the page.
 * When the program exits, the module can only clear the device's bus mastering:
 * its right to access memory at all.
 */
#include <linux/pci.h>
#include <linux/pgarea.h>

#include "block/pci.h"
#include "compat.h"

/* PGAREA_FEATURE_BIND if the kernel supports PCI */
u64 pga_pci_features(void)
{
	return IS_ENABLED(CONFIG_PCI) ? PGAREA_FEATURE_BIND : 0;
}

/**
 * pga_pci_find() - find the function at an address
 * @arg: the address, in range
 *
 * Context: process; sleeps.
 * Return: the function, which the caller must put; NULL: there is none.
 */
struct pci_dev *pga_pci_find(const struct pgarea_bind *arg)
{
	if (arg->domain > INT_MAX)
		return NULL;
	return pci_get_domain_bus_and_slot(arg->domain, arg->bus,
					   PCI_DEVFN(arg->device,
						     arg->function));
}

/* Get a reference.  @pci may be NULL. */
struct pci_dev *pga_pci_get(struct pci_dev *pci)
{
	return pci ? pci_dev_get(pci) : NULL;
}

/* Put a reference.  @pci may be NULL. */
void pga_pci_put(struct pci_dev *pci)
{
	pci_dev_put(pci);
}

/**
 * pga_pci_stop() - clear the bus mastering of a function
 * @pci: the function
 *
 * After this, no write of the function to memory is in transit: the completion
 * of a read pushes earlier writes.
 *
 * Many blocks may be bound to one function.  Later calls find bus mastering
 * already clear and do nothing.
 *
 * Context: process; sleeps.
 */
void pga_pci_stop(struct pci_dev *pci)
{
	u16 command;

	pci_read_config_word(pci, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MASTER))
		return;
	pci_clear_master(pci);
	pci_read_config_word(pci, PCI_COMMAND, &command);
	if (!pci_wait_for_pending_transaction(pci))
		pci_warn(pci, "pgarea: cleared bus mastering, but transactions are still pending\n");
	pci_info(pci, "pgarea: cleared bus mastering: the process that bound memory to it has exited\n");
}

/* Report the address of the function that a block is bound to. */
void pga_pci_describe(const struct pci_dev *pci, struct pgarea_block *out)
{
	out->pci_domain = pci_domain_nr(pci->bus);
	out->pci_bus = pci->bus->number;
	out->pci_device = PCI_SLOT(pci->devfn);
	out->pci_function = PCI_FUNC(pci->devfn);
	out->bound_to_pci = 1;
}
