// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI function with faults: the configuration space of one function, between
 * the kernel and the device.
 */
#include <linux/mutex.h>
#include <linux/pci.h>

#include "pgt.h"

/**
 * struct pgt_faulty - the function that has faults
 * @file: the open file that asked for them; NULL: there is none
 * @pci: the function
 * @faults: PGT_CONFIG_*
 * @real: how its bus is accessed
 * @ops: how it is accessed instead
 *
 * All but @file is constant while @ops is in use.
 */
static struct {
	struct pgt_file *file;
	struct pci_dev *pci;
	u32 faults;
	struct pci_ops *real;
	struct pci_ops ops;
} faulty;

static DEFINE_MUTEX(faulty_lock);

/* The bits that a value of @size bytes at @where has of the 16 at @reg */
static u32 bits_at(int where, int size, int reg, u16 bits)
{
	int shift = 8 * (reg - where);
	u64 all;

	if (where >= reg + 2 || where + size <= reg)
		return 0;
	all = shift < 0 ? bits >> -shift : (u64)bits << shift;
	return all & GENMASK_ULL(8 * size - 1, 0);
}

static bool is_faulty(unsigned int devfn, u32 fault)
{
	return devfn == faulty.pci->devfn && faulty.faults & fault;
}

static int faulty_read(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *value)
{
	int err = faulty.real->read(bus, devfn, where, size, value);

	if (!err && is_faulty(devfn, PGT_CONFIG_PENDING))
		*value |= bits_at(where, size,
				  faulty.pci->pcie_cap + PCI_EXP_DEVSTA,
				  PCI_EXP_DEVSTA_TRPND);
	return err;
}

static int faulty_write(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 value)
{
	u32 master = bits_at(where, size, PCI_COMMAND, PCI_COMMAND_MASTER);
	u32 was = 0;

	if (master && is_faulty(devfn, PGT_CONFIG_STUCK) &&
	    !faulty.real->read(bus, devfn, where, size, &was))
		value |= was & master;
	return faulty.real->write(bus, devfn, where, size, value);
}

static void repair_locked(void)
{
	if (!faulty.file)
		return;
	/* It takes the lock of all accesses: none is in progress after it. */
	pci_bus_set_ops(faulty.pci->bus, faulty.real);
	pci_dev_put(faulty.pci);
	faulty.file = NULL;
}

static int break_locked(struct pgt_file *file, const struct pgt_config *arg)
{
	struct pci_dev *pci = pci_get_domain_bus_and_slot(arg->domain, arg->bus,
							  arg->devfn);

	if (!pci)
		return -ENODEV;
	if (arg->faults & PGT_CONFIG_PENDING && !pci_is_pcie(pci)) {
		pci_dev_put(pci);
		return -EOPNOTSUPP;
	}
	faulty.file = file;
	faulty.pci = pci;
	faulty.faults = arg->faults;
	faulty.real = pci->bus->ops;
	faulty.ops = *faulty.real;
	faulty.ops.read = faulty_read;
	faulty.ops.write = faulty_write;
	pci_bus_set_ops(pci->bus, &faulty.ops);
	return 0;
}

int pgt_config(struct pgt_file *file, void *p)
{
	struct pgt_config *arg = p;
	int err = 0;

	if (arg->faults & ~(PGT_CONFIG_STUCK | PGT_CONFIG_PENDING))
		return -EINVAL;
	mutex_lock(&faulty_lock);
	if (faulty.file && faulty.file != file) {
		err = -EBUSY;
	} else {
		repair_locked();
		if (arg->faults)
			err = break_locked(file, arg);
	}
	mutex_unlock(&faulty_lock);
	return err;
}

void pgt_config_drop(struct pgt_file *file)
{
	mutex_lock(&faulty_lock);
	if (faulty.file == file)
		repair_locked();
	mutex_unlock(&faulty_lock);
}
