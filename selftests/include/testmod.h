/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The test module (testmod/), for the programs that need it: an importer of
 * dma-bufs, a holder of pages, a reader of page tables, a PCI function with
 * faults.
 *
 * The helpers return values like system calls: 0 or more, or -errno.
 */
#ifndef TESTMOD_H
#define TESTMOD_H

#include "pga_test.h"
#include "testmod/pgarea_test.h"

/* An importer that reaches all the memory there is */
#define PGT_ALL_BITS	64

#define PGT_OPEN_OR_SKIP(_fd) do {					\
	(_fd) = open(PGT_DEVICE, O_RDWR | O_CLOEXEC);			\
	if ((_fd) < 0)							\
		SKIP(return, PGT_DEVICE ": %s; pgarea_test.ko is not loaded", \
		     strerror(errno));					\
} while (0)

static inline int pgt_import_with(int test, int fd, __u32 mask_bits,
				  __u32 *handle)
{
	struct pgt_import arg = { .fd = fd, .mask_bits = mask_bits };
	int err = pga_ioctl(test, PGT_IOC_IMPORT, &arg);

	*handle = arg.handle;
	return err;
}

static inline int pgt_import(int test, int fd, __u32 *handle)
{
	return pgt_import_with(test, fd, PGT_ALL_BITS, handle);
}

/* Map for the device, in both directions; the number of entries, or -errno. */
static inline int pgt_map(int test, __u32 handle, struct pgt_entry *entries,
			  __u32 room)
{
	struct pgt_map arg = {
		.handle = handle,
		.direction = PGT_BOTH_WAYS,
		.entries = (uintptr_t)entries,
		.room = room,
	};

	return pga_ioctl(test, PGT_IOC_MAP, &arg) ?: (int)arg.nr;
}

static inline int pgt_do(int test, __u32 handle, enum pgt_step step)
{
	struct pgt_do arg = { .handle = handle, .step = step };

	return pga_ioctl(test, PGT_IOC_DO, &arg);
}

/* Read through the kernel's mapping, or write to it with @write. */
static inline int pgt_copy(int test, __u32 handle, bool write, __u64 offset,
			   void *data, __u64 size)
{
	struct pgt_copy arg = {
		.handle = handle,
		.write = write,
		.offset = offset,
		.size = size,
		.data = (uintptr_t)data,
	};

	return pga_ioctl(test, PGT_IOC_COPY, &arg);
}

/* Hold the page mapped at @at; @phys may be NULL. */
static inline int pgt_hold(int test, const void *at, __u32 flags,
			   __u32 *handle, __u64 *phys)
{
	struct pgt_hold arg = { .address = (uintptr_t)at, .flags = flags };
	int err = pga_ioctl(test, PGT_IOC_HOLD, &arg);

	*handle = arg.handle;
	if (phys)
		*phys = arg.phys;
	return err;
}

static inline int pgt_drop(int test, __u32 handle)
{
	struct pgt_drop arg = { .handle = handle };

	return pga_ioctl(test, PGT_IOC_DROP, &arg);
}

/* Drop a reference to the held page that nobody took. */
static inline int pgt_overdrop(int test, __u32 handle)
{
	struct pgt_overdrop arg = { .handle = handle };

	return pga_ioctl(test, PGT_IOC_OVERDROP, &arg);
}

/* Make the kernel fill a held page now. */
static inline int pgt_fill(int test, __u32 handle, int byte)
{
	struct pgt_poke arg = {
		.handle = handle,
		.byte = byte,
		.size = page_size(),
	};

	return pga_ioctl(test, PGT_IOC_POKE, &arg);
}

static inline int pgt_lookup(int test, __u32 space, __u64 address,
			     struct pgt_lookup *arg)
{
	*arg = (struct pgt_lookup){ .space = space, .address = address };
	return pga_ioctl(test, PGT_IOC_LOOKUP, arg);
}

/* enum pgt_cache of the caller's mapping at @at, or -errno. */
static inline int pgt_cache_at(int test, const void *at)
{
	struct pgt_lookup arg;
	int err = pgt_lookup(test, PGT_SPACE_USER, (uintptr_t)at, &arg);

	return err ?: (int)arg.cache;
}

/* The same for the kernel's own mapping of a physical address. */
static inline int pgt_cache_direct(int test, __u64 phys)
{
	struct pgt_lookup arg;
	int err = pgt_lookup(test, PGT_SPACE_DIRECT, phys, &arg);

	return err ?: (int)arg.cache;
}

#endif /* TESTMOD_H */
