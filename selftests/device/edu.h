/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's "edu" PCI device as a DMA engine.
 *
 * It moves bytes between the machine's memory and a buffer of its own.  Its
 * mask limits what it reaches: the device does not refuse an address beyond the
 * mask but truncates it, address & mask.  A transfer takes a tenth of a second.
 */
#ifndef EDU_H
#define EDU_H

#include <dirent.h>
#include <time.h>

#include "pci.h"

#define EDU_PCI_ID	0x11e81234U	/* device, vendor */

/* Registers; those of 64 bits take two halves or all at once. */
#define EDU_IDENT	0x00
#define EDU_LIVENESS	0x04
#define EDU_DMA_SOURCE	0x80
#define EDU_DMA_TARGET	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98

#define EDU_IDENT_VALUE	0x010000edU
#define EDU_DMA_RUN	1
#define EDU_DMA_TO_RAM	2

/* The device's own buffer.  A transfer of all its 4096 bytes crashes QEMU. */
#define EDU_BUFFER	0x40000
#define EDU_BYTES	2048

#define EDU_POLL_MS	5000

static inline bool edu_is_alive(const struct pci *edu)
{
	if (pci_read32(edu, EDU_IDENT) != EDU_IDENT_VALUE)
		return false;
	pci_write32(edu, EDU_LIVENESS, 0x12345678);
	return pci_read32(edu, EDU_LIVENESS) == ~0x12345678U;
}

/* Open the device in this slot as a bus master; 0 or -errno. */
static inline int edu_open(struct pci *edu, const char *slot)
{
	int err = pci_open(edu, slot);

	if (err)
		return err;
	if (pci_bus_master(edu, true) && edu_is_alive(edu))
		return 0;
	pci_close(edu);
	return -EIO;
}

/* Find the slots of all such devices; return their number, at most @room. */
static inline int edu_find(char (*slots)[PCI_SLOT_SIZE], int room)
{
	DIR *dir = opendir(PCI_SYSFS);
	struct dirent *entry;
	int nr = 0;

	while (dir && nr < room && (entry = readdir(dir)) != NULL)
		if (strlen(entry->d_name) < PCI_SLOT_SIZE &&
		    pci_look(entry->d_name, PCI_VENDOR_ID) == EDU_PCI_ID)
			strcpy(slots[nr++], entry->d_name);
	if (dir)
		closedir(dir);
	return nr;
}

/* Open the first such device, of any mask; 0, -ENXIO or -errno. */
static inline int edu_open_any(struct pci *edu)
{
	char slots[1][PCI_SLOT_SIZE];

	return edu_find(slots, 1) ? edu_open(edu, slots[0]) : -ENXIO;
}

/* Wait until the engine is done; 0 or -ETIMEDOUT. */
static inline int edu_wait(const struct pci *edu)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int ms;

	for (ms = 0; ms < EDU_POLL_MS; ms += 5) {
		if (!(pci_read32(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/* Start a transfer, when the previous one is done. */
static inline int edu_begin(const struct pci *edu, __u64 source,
			    __u64 target, __u32 command)
{
	int err = edu_wait(edu);

	if (err)
		return err;
	pci_write64(edu, EDU_DMA_SOURCE, source);
	pci_write64(edu, EDU_DMA_TARGET, target);
	pci_write64(edu, EDU_DMA_COUNT, EDU_BYTES);
	pci_write32(edu, EDU_DMA_COMMAND, command | EDU_DMA_RUN);
	return 0;
}

static inline int edu_move(const struct pci *edu, __u64 source,
			   __u64 target, __u32 command)
{
	return edu_begin(edu, source, target, command) ?: edu_wait(edu);
}

/* Open any.  Used in FIXTURE_SETUP. */
#define EDU_OPEN_OR_SKIP(_edu) do {					\
	struct pci *_pci = _edu;					\
	int _err = edu_open_any(_pci);					\
									\
	if (_err == -ENXIO)						\
		SKIP(return, "no edu device (QEMU: -device edu,dma_mask=...)"); \
	if (_err == -EACCES)						\
		SKIP(return, "%s: %s", _pci->slot,			\
		     pci_refusal(_pci->slot));				\
	ASSERT_EQ(0, _err);						\
} while (0)

/* The device reads EDU_BYTES at this bus address into its own buffer. */
static inline int edu_fetch(const struct pci *edu, __u64 address)
{
	return edu_move(edu, address, EDU_BUFFER, 0);
}

/* The device writes EDU_BYTES of its own buffer to this bus address. */
static inline int edu_store(const struct pci *edu, __u64 address)
{
	return edu_move(edu, EDU_BUFFER, address, EDU_DMA_TO_RAM);
}

#endif /* EDU_H */
