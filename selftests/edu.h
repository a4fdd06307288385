/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's "edu" PCI device as a DMA engine, driven through sysfs.
 *
 * It moves bytes between the machine's memory and a buffer of its own.  How far
 * it reaches is set by its mask: an address beyond is not refused, but cut down,
 * address & mask.  A transfer takes a tenth of a second.
 */
#ifndef EDU_H
#define EDU_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/types.h>

#define EDU_SYSFS	"/sys/bus/pci/devices"
#define EDU_PCI_ID	0x11e81234U	/* device, vendor */
#define EDU_BAR_SIZE	0x100000
#define EDU_SLOT_SIZE	32

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

struct edu {
	char slot[EDU_SLOT_SIZE];
	int config;
	__u16 command;	/* as it was found */
	char *bar;
};

static inline int edu_sysfs(const char *slot, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), EDU_SYSFS "/%s/%s", slot, name);
	return open(path, flags | O_CLOEXEC);
}

/* Enablings are counted: each one is taken back. */
static inline bool edu_enable(const char *slot, bool on)
{
	int fd = edu_sysfs(slot, "enable", O_WRONLY);
	bool ok = fd >= 0 && write(fd, on ? "1" : "0", 1) == 1;

	if (fd >= 0)
		close(fd);
	return ok;
}

static inline bool edu_set_command(const struct edu *edu, __u16 command)
{
	return pwrite(edu->config, &command, sizeof(command), PCI_COMMAND) ==
	       sizeof(command);
}

static inline bool edu_bus_master(const struct edu *edu, bool on)
{
	__u16 command = edu->command & ~PCI_COMMAND_MASTER;

	if (on)
		command |= PCI_COMMAND_MASTER;
	return edu_set_command(edu, command | PCI_COMMAND_MEMORY);
}

/* Is it one at this moment?  The device itself is asked. */
static inline bool edu_is_bus_master(const struct edu *edu)
{
	__u16 command = 0;

	return pread(edu->config, &command, sizeof(command), PCI_COMMAND) ==
		       sizeof(command) && command & PCI_COMMAND_MASTER;
}

/* Where the device is, as PGAREA_IOC_BIND takes it. */
static inline bool edu_address(const struct edu *edu, __u32 *domain, __u8 *bus,
			       __u8 *device, __u8 *function)
{
	return sscanf(edu->slot, "%x:%hhx:%hhx.%hhx", domain, bus, device,
		      function) == 4;
}

static inline __u32 edu_read32(const struct edu *edu, unsigned int reg)
{
	return *(volatile __u32 *)(edu->bar + reg);
}

static inline void edu_write32(const struct edu *edu, unsigned int reg,
			       __u32 value)
{
	*(volatile __u32 *)(edu->bar + reg) = value;
}

static inline void edu_write64(const struct edu *edu, unsigned int reg,
			       __u64 value)
{
	*(volatile __u64 *)(edu->bar + reg) = value;
}

static inline bool edu_is_alive(const struct edu *edu)
{
	if (edu_read32(edu, EDU_IDENT) != EDU_IDENT_VALUE)
		return false;
	edu_write32(edu, EDU_LIVENESS, 0x12345678);
	return edu_read32(edu, EDU_LIVENESS) == ~0x12345678U;
}

static inline char *edu_map(const char *slot)
{
	int fd = edu_sysfs(slot, "resource0", O_RDWR | O_SYNC);
	void *bar;

	if (fd < 0)
		return NULL;
	bar = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	close(fd);
	return bar == MAP_FAILED ? NULL : bar;
}

/* Leave the device as it was found: first of all, no longer a bus master. */
static inline void edu_close(struct edu *edu)
{
	edu_bus_master(edu, false);
	if (edu->bar)
		munmap(edu->bar, EDU_BAR_SIZE);
	edu_enable(edu->slot, false);
	edu_set_command(edu, edu->command);
	close(edu->config);
}

/* Open the device in this slot as a bus master; 0 or -errno. */
static inline int edu_open(struct edu *edu, const char *slot)
{
	memset(edu, 0, sizeof(*edu));
	if (strlen(slot) >= sizeof(edu->slot))
		return -ENODEV;
	strcpy(edu->slot, slot);
	edu->config = edu_sysfs(slot, "config", O_RDWR);
	if (edu->config < 0)
		return -errno;
	if (pread(edu->config, &edu->command, sizeof(edu->command),
		  PCI_COMMAND) != sizeof(edu->command) ||
	    !edu_enable(slot, true)) {
		close(edu->config);
		return -EIO;
	}
	edu->bar = edu_map(slot);
	if (edu->bar && edu_bus_master(edu, true) && edu_is_alive(edu))
		return 0;
	edu_close(edu);
	return -EIO;
}

static inline bool edu_is_one(const char *slot)
{
	int fd = edu_sysfs(slot, "config", O_RDONLY);
	__u32 id = 0;

	if (fd < 0)
		return false;
	if (pread(fd, &id, sizeof(id), PCI_VENDOR_ID) != sizeof(id))
		id = 0;
	close(fd);
	return id == EDU_PCI_ID;
}

/* The slots of all such devices; their number, at most @room. */
static inline int edu_find(char (*slots)[EDU_SLOT_SIZE], int room)
{
	DIR *dir = opendir(EDU_SYSFS);
	struct dirent *entry;
	int nr = 0;

	while (dir && nr < room && (entry = readdir(dir)) != NULL)
		if (strlen(entry->d_name) < EDU_SLOT_SIZE &&
		    edu_is_one(entry->d_name))
			strcpy(slots[nr++], entry->d_name);
	if (dir)
		closedir(dir);
	return nr;
}

/* Until the engine says that it is done; 0 or -ETIMEDOUT. */
static inline int edu_wait(const struct edu *edu)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int ms;

	for (ms = 0; ms < EDU_POLL_MS; ms += 5) {
		if (!(edu_read32(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

/* Begin a transfer, when the one before is done. */
static inline int edu_begin(const struct edu *edu, __u64 source,
			    __u64 target, __u32 command)
{
	int err = edu_wait(edu);

	if (err)
		return err;
	edu_write64(edu, EDU_DMA_SOURCE, source);
	edu_write64(edu, EDU_DMA_TARGET, target);
	edu_write64(edu, EDU_DMA_COUNT, EDU_BYTES);
	edu_write32(edu, EDU_DMA_COMMAND, command | EDU_DMA_RUN);
	return 0;
}

static inline int edu_move(const struct edu *edu, __u64 source,
			   __u64 target, __u32 command)
{
	return edu_begin(edu, source, target, command) ?: edu_wait(edu);
}

/* The first such device there is, of any mask; 0, -ENXIO or -errno. */
static inline int edu_open_any(struct edu *edu)
{
	char slots[1][EDU_SLOT_SIZE];

	return edu_find(slots, 1) ? edu_open(edu, slots[0]) : -ENXIO;
}

/* The device reads EDU_BYTES at this bus address into its own buffer. */
static inline int edu_fetch(const struct edu *edu, __u64 address)
{
	return edu_move(edu, address, EDU_BUFFER, 0);
}

/* The device writes EDU_BYTES of its own buffer to this bus address. */
static inline int edu_store(const struct edu *edu, __u64 address)
{
	return edu_move(edu, EDU_BUFFER, address, EDU_DMA_TO_RAM);
}

#endif /* EDU_H */
