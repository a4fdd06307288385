/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI function driven from a program: its configuration space, its first BAR,
 * and what it reaches.
 *
 * It goes through sysfs, or through VFIO where the driver vfio-pci is bound to it.
 * A bus address is a physical address in both cases: through sysfs because no
 * IOMMU translates, else the device is refused; through VFIO because
 * pci_reach() maps each block at its own address.
 *
 * A device that a kernel driver uses is never taken from it.
 */
#ifndef PGA_PCI_H
#define PGA_PCI_H

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <linux/pci_regs.h>
#include <linux/pgarea.h>

#include "vfio.h"

#define PCI_SLOT_SIZE	32

struct pci {
	char slot[PCI_SLOT_SIZE];
	bool by_vfio;
	struct vfio vfio;
	int fd;		/* has the configuration space, */
	__u64 config;	/* beginning here */
	__u16 command;	/* as it was found */
	char *bar;
	size_t bar_size;
};

static inline int pci_sysfs(const char *slot, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), PCI_SYSFS "/%s/%s", slot, name);
	return open(path, flags | O_CLOEXEC);
}

/* The contents of a file of the device, without the newline; false: nothing. */
static inline bool pci_says(const char *slot, const char *name, char *text,
			    size_t size)
{
	int fd = pci_sysfs(slot, name, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text[0];
}

/* A register that any user may read; ~0 where there is no such device. */
static inline __u32 pci_look(const char *slot, unsigned int reg)
{
	int fd = pci_sysfs(slot, "config", O_RDONLY);
	__u32 value = ~0U;

	if (fd < 0)
		return value;
	if (pread(fd, &value, sizeof(value), reg) != sizeof(value))
		value = ~0U;
	close(fd);
	return value;
}

/* There are many kinds of domain that translate, and one that does not. */
static inline bool pci_is_translated(const char *slot)
{
	char path[128], type[32];

	snprintf(path, sizeof(path), PCI_SYSFS "/%s/iommu_group", slot);
	if (access(path, F_OK))
		return false;
	pci_says(slot, "iommu_group/type", type, sizeof(type));
	return strcmp(type, "identity");
}

/* Why a program must not drive it in its current state; NULL: it may. */
static inline const char *pci_refusal(const char *slot)
{
	static char text[256];
	char driver[64];

	if (pci_is_by_vfio(slot))
		return vfio_refusal(slot);
	pci_driver(slot, driver, sizeof(driver));
	if (driver[0] && strcmp(driver, "uio_pci_generic")) {
		snprintf(text, sizeof(text),
			 "the driver %s uses it; if it is spare: echo %s > "
			 PCI_SYSFS "/%s/driver/unbind", driver, slot, slot);
		return text;
	}
	if (pci_is_translated(slot))
		return "an IOMMU translates for it; bind it to vfio-pci, or boot with iommu=pt";
	return NULL;
}

/* Why VFIO cannot drive what PGAREA_NVME names, @slot; NULL: it can. */
static inline const char *pci_refusal_by_vfio(const char *slot)
{
	if (!slot || !pci_is_by_vfio(slot))
		return "PGAREA_NVME names no device bound to vfio-pci";
	return pci_refusal(slot);
}

/* Enablings are counted: each one must be undone. */
static inline bool pci_enable(const char *slot, bool on)
{
	int fd = pci_sysfs(slot, "enable", O_WRONLY);
	bool ok = fd >= 0 && write(fd, on ? "1" : "0", 1) == 1;

	if (fd >= 0)
		close(fd);
	return ok;
}

static inline int pci_enablings(const char *slot)
{
	char text[32];

	return pci_says(slot, "enable", text, sizeof(text)) ? atoi(text) : 0;
}

static inline bool pci_set_command(const struct pci *pci, __u16 command)
{
	return pwrite(pci->fd, &command, sizeof(command),
		      pci->config + PCI_COMMAND) == sizeof(command);
}

/*
 * Its interrupt stays off: there is no handler, and others may share the line.
 */
static inline bool pci_bus_master(const struct pci *pci, bool on)
{
	__u16 command = pci->command & ~PCI_COMMAND_MASTER;

	if (on)
		command |= PCI_COMMAND_MASTER;
	return pci_set_command(pci, command | PCI_COMMAND_MEMORY |
			       PCI_COMMAND_INTX_DISABLE);
}

/* Is it one at this moment?  Ask the device itself. */
static inline bool pci_is_bus_master(const struct pci *pci)
{
	__u16 command = 0;

	return pread(pci->fd, &command, sizeof(command),
		     pci->config + PCI_COMMAND) == sizeof(command) &&
	       command & PCI_COMMAND_MASTER;
}

/* The address of a slot, as BIND takes it. */
static inline bool pci_address(const char *slot, struct pgarea_bind *arg)
{
	return sscanf(slot, "%x:%hhx:%hhx.%hhx", &arg->domain, &arg->bus,
		      &arg->device, &arg->function) == 4;
}

static inline __u32 pci_read32(const struct pci *pci, unsigned int reg)
{
	return *(volatile __u32 *)(pci->bar + reg);
}

static inline void pci_write32(const struct pci *pci, unsigned int reg,
			       __u32 value)
{
	*(volatile __u32 *)(pci->bar + reg) = value;
}

static inline __u64 pci_read64(const struct pci *pci, unsigned int reg)
{
	return *(volatile __u64 *)(pci->bar + reg);
}

static inline void pci_write64(const struct pci *pci, unsigned int reg,
			       __u64 value)
{
	*(volatile __u64 *)(pci->bar + reg) = value;
}

static inline int pci_map_bar(struct pci *pci, int fd, __u64 offset)
{
	void *bar = mmap(NULL, pci->bar_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, offset);

	if (bar == MAP_FAILED)
		return -errno;
	pci->bar = bar;
	return 0;
}

static inline int pci_take_by_vfio(struct pci *pci)
{
	__u64 offset = 0, size = 0;
	int err = vfio_region(&pci->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			      &pci->config, &size) ?:
		  vfio_region(&pci->vfio, VFIO_PCI_BAR0_REGION_INDEX,
			      &offset, &size);

	if (err)
		return err;
	pci->fd = pci->vfio.device;
	pci->bar_size = size;
	return pci_map_bar(pci, pci->fd, offset);
}

static inline int pci_take_by_sysfs(struct pci *pci)
{
	struct stat status;
	int fd, err;

	if (!pci_enable(pci->slot, true))
		return -EIO;
	fd = pci_sysfs(pci->slot, "resource0", O_RDWR | O_SYNC);
	if (fd < 0 || fstat(fd, &status)) {
		err = -errno;
	} else {
		pci->bar_size = status.st_size;
		err = pci_map_bar(pci, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	if (err)
		pci_enable(pci->slot, false);
	return err;
}

/*
 * Leave the device as it was found, but no bus master: that comes first, and
 * stays so if a dead process left it enabled.
 */
static inline void pci_close(struct pci *pci)
{
	pci_bus_master(pci, false);
	munmap(pci->bar, pci->bar_size);
	if (pci->by_vfio) {
		vfio_close(&pci->vfio);
		return;
	}
	pci_enable(pci->slot, false);
	pci_set_command(pci, pci->command & ~PCI_COMMAND_MASTER);
	close(pci->fd);
}

static inline int pci_take(struct pci *pci)
{
	int err;

	pci->by_vfio = pci_is_by_vfio(pci->slot);
	if (pci->by_vfio) {
		err = vfio_open(&pci->vfio, pci->slot);
		if (err)
			return err;
		err = pci_take_by_vfio(pci);
		if (err)
			vfio_close(&pci->vfio);
		return err;
	}
	pci->fd = pci_sysfs(pci->slot, "config", O_RDWR);
	if (pci->fd < 0)
		return -errno;
	err = pci_take_by_sysfs(pci);
	if (err)
		close(pci->fd);
	return err;
}

/*
 * Open the function in this slot, no bus master; on -EACCES see pci_refusal().
 */
static inline int pci_open(struct pci *pci, const char *slot)
{
	int err;

	memset(pci, 0, sizeof(*pci));
	if (strlen(slot) >= sizeof(pci->slot))
		return -ENODEV;
	strcpy(pci->slot, slot);
	if (pci_refusal(slot))
		return -EACCES;
	err = pci_take(pci);
	if (err)
		return err;
	if (pread(pci->fd, &pci->command, sizeof(pci->command),
		  pci->config + PCI_COMMAND) == sizeof(pci->command) &&
	    pci_bus_master(pci, false))
		return 0;
	pci_close(pci);
	return -EIO;
}

/* Let it reach this memory, at its physical address; 0 or -errno. */
static inline int pci_reach(const struct pci *pci, const void *at, __u64 phys,
			    __u64 size)
{
	return pci->by_vfio ? vfio_map(&pci->vfio, at, phys, size) : 0;
}

#endif /* PGA_PCI_H */
