/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The interface of pgarea_test.ko for the test programs: to act as a driver
 * that imports a dma-buf, to hold a page, to report what the page tables contain,
 * and to give a PCI function faults.
 *
 * It knows nothing of pgarea.  Closing a file releases what it holds.
 */
#ifndef PGAREA_TEST_H
#define PGAREA_TEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PGT_DEVICE	"/dev/pgarea_test"

#define PGT_IOC_TYPE	0xA9

/*
 * ---- an importer of dma-bufs ------------------------------------------------
 */

/**
 * struct pgt_import - take a dma-buf, and attach a device of its own to it
 * @fd: in: of the dma-buf; -1: none, EBADF
 * @mask_bits: in: address bits of the device
 * @handle: out: names the import
 * @__reserved: must be 0
 */
struct pgt_import {
	__s32 fd;
	__u32 mask_bits;
	__u32 handle;
	__u32 __reserved;
};

/**
 * struct pgt_entry - one entry of the scatter list
 * @dma: address for the device
 * @dma_length: bytes for the device
 * @phys: address of the pages that the entry names
 * @length: bytes of these pages
 * @first: the first eight bytes of them, as the kernel reads them
 * @last: the last eight
 */
struct pgt_entry {
	__aligned_u64 dma;
	__aligned_u64 dma_length;
	__aligned_u64 phys;
	__aligned_u64 length;
	__aligned_u64 first;
	__aligned_u64 last;
};

/* Direction of the data, as in enum dma_data_direction */
#define PGT_BOTH_WAYS		0
#define PGT_TO_DEVICE		1
#define PGT_FROM_DEVICE		2

/**
 * struct pgt_map - map an import for the device
 * @handle: in: the import
 * @direction: in: PGT_*
 * @entries: in: array of struct pgt_entry
 * @room: in: length of @entries
 * @nr: out: how many the list has; the module writes at most @room
 * @nr_dma: out: how many of them the device has
 * @__reserved: must be 0
 *
 * Errors: EBUSY (it is mapped), and those of the exporter.
 */
struct pgt_map {
	__u32 handle;
	__u32 direction;
	__aligned_u64 entries;
	__u32 room;
	__u32 nr;
	__u32 nr_dma;
	__u32 __reserved;
};

/**
 * enum pgt_step - a step with an import
 * @PGT_STEP_UNMAP: undo struct pgt_map
 * @PGT_STEP_DETACH: detach the device; EBUSY while it is mapped
 * @PGT_STEP_VMAP: map it for the kernel
 * @PGT_STEP_VUNMAP: undo PGT_STEP_VMAP
 * @PGT_STEP_PUT: release the dma-buf; EBUSY while a step is not undone
 * @PGT_STEP_CPU_BEGIN: begin access by the processor
 * @PGT_STEP_CPU_END: end access by the processor
 * @PGT_STEP_ATTACH: attach the device again; EBUSY while it is attached
 *
 * A step that has nothing to undo fails with ENOENT.
 */
enum pgt_step {
	PGT_STEP_UNMAP		= 0,
	PGT_STEP_DETACH		= 1,
	PGT_STEP_VMAP		= 2,
	PGT_STEP_VUNMAP		= 3,
	PGT_STEP_PUT		= 4,
	PGT_STEP_CPU_BEGIN	= 5,
	PGT_STEP_CPU_END	= 6,
	PGT_STEP_ATTACH		= 7,
};

/**
 * struct pgt_do - do a step with an import
 * @handle: in: the import
 * @step: in: enum pgt_step
 * @direction: in: for the steps CPU_BEGIN and CPU_END
 * @__reserved: must be 0
 */
struct pgt_do {
	__u32 handle;
	__u32 step;
	__u32 direction;
	__u32 __reserved;
};

/**
 * struct pgt_copy - read or write through the kernel's mapping of an import
 * @handle: in: the import
 * @write: in: not 0: from @data to the mapping
 * @offset: in: bytes from the start of the dma-buf
 * @size: in: bytes, at most PGT_COPY_MOST
 * @data: in: pointer to the program's copy
 */
struct pgt_copy {
	__u32 handle;
	__u32 write;
	__aligned_u64 offset;
	__aligned_u64 size;
	__aligned_u64 data;
};

#define PGT_COPY_MOST	(1U << 20)

/* The offset for mmap() of a dma-buf, from its start, through the importer */
#define PGT_MMAP_SHIFT		32
#define PGT_MMAP_OFFSET(handle)	((__u64)(handle) << PGT_MMAP_SHIFT)

/*
 * ---- a holder of pages ------------------------------------------------------
 */

#define PGT_HOLD_PIN	(1U << 0)	/* a long-term pin, not just a reference */
#define PGT_HOLD_WRITE	(1U << 1)	/* the kernel may write to the page */

/**
 * struct pgt_hold - hold the page that the caller has mapped
 * @address: in: virtual
 * @flags: in: PGT_HOLD_*
 * @handle: out: names the hold
 * @phys: out: physical address of the page
 */
struct pgt_hold {
	__aligned_u64 address;
	__u32 flags;
	__u32 handle;
	__aligned_u64 phys;
};

/**
 * struct pgt_poke - fill a part of a held page, through the kernel's mapping
 * @handle: in: of a page held for writing; else EACCES
 * @byte: in: value to fill with
 * @offset: in: in the page
 * @size: in: bytes
 */
struct pgt_poke {
	__u32 handle;
	__u32 byte;
	__u32 offset;
	__u32 size;
};

/**
 * struct pgt_drop - release a held page
 * @handle: in: names the hold
 * @__reserved: must be 0
 */
struct pgt_drop {
	__u32 handle;
	__u32 __reserved;
};

/**
 * struct pgt_overdrop - drop a reference to a held page that nobody took
 * @handle: in: names the hold, which remains
 * @__reserved: must be 0
 *
 * This is what a driver with an error does.
 */
struct pgt_overdrop {
	__u32 handle;
	__u32 __reserved;
};

/*
 * ---- a reader of page tables -------------------------------------------------
 */

/* Address space of an address */
#define PGT_SPACE_USER		0	/* a virtual one of the caller */
#define PGT_SPACE_DIRECT	1	/* a physical one, in the kernel's direct map */
#define PGT_SPACE_VMAP		2	/* an offset in the kernel's mapping of an import */

/* Cache mode of the processor, with the numbers of x86's IA32_PAT */
enum pgt_cache {
	PGT_CACHE_UC		= 0,
	PGT_CACHE_WC		= 1,
	PGT_CACHE_WT		= 4,
	PGT_CACHE_WP		= 5,
	PGT_CACHE_WB		= 6,
	PGT_CACHE_UC_MINUS	= 7,	/* uncached, unless an MTRR says WC */
};

/**
 * struct pgt_lookup - the page table entry of an address
 * @address: in: see @space
 * @space: in: PGT_SPACE_*
 * @handle: in: of the import, with PGT_SPACE_VMAP; else 0
 * @virtual: out: the virtual address that was looked up
 * @entry: out: the entry that maps the address
 * @phys: out: the physical address that it maps to
 * @size: out: bytes that the entry maps
 * @cache: out: enum pgt_cache, by the entry's bits and the processor's PAT
 * @writable: out: 1 when every level allows to write, else 0
 * @executable: out: 1 when every level allows to execute, else 0
 * @__reserved: out: 0
 *
 * Errors: ENOENT (nothing is mapped there), EOPNOTSUPP (not on this processor).
 */
struct pgt_lookup {
	__aligned_u64 address;
	__u32 space;
	__u32 handle;
	__aligned_u64 virtual;
	__aligned_u64 entry;
	__aligned_u64 phys;
	__aligned_u64 size;
	__u32 cache;
	__u32 writable;
	__u32 executable;
	__u32 __reserved;
};

/*
 * ---- a PCI function with faults ---------------------------------------------
 */

#define PGT_CONFIG_STUCK	(1U << 0) /* its bus mastering stays on once it is */
#define PGT_CONFIG_PENDING	(1U << 1) /* it always waits for completions */

/**
 * struct pgt_config - give a function faults in its configuration space
 * @domain: in: of the function
 * @bus: in: likewise
 * @devfn: in: likewise
 * @faults: in: PGT_CONFIG_*; 0: none any more, in whichever function
 *
 * One function has faults at a time, until its file is closed.
 *
 * Errors: ENODEV, EOPNOTSUPP (PENDING, and it is no PCI Express function), EBUSY
 * (another file has one).
 */
struct pgt_config {
	__u32 domain;
	__u32 bus;
	__u32 devfn;
	__u32 faults;
};

#define PGT_IOC_IMPORT	_IOWR(PGT_IOC_TYPE, 0x00, struct pgt_import)
#define PGT_IOC_MAP	_IOWR(PGT_IOC_TYPE, 0x01, struct pgt_map)
#define PGT_IOC_DO	_IOWR(PGT_IOC_TYPE, 0x02, struct pgt_do)
#define PGT_IOC_COPY	_IOWR(PGT_IOC_TYPE, 0x03, struct pgt_copy)
#define PGT_IOC_HOLD	_IOWR(PGT_IOC_TYPE, 0x04, struct pgt_hold)
#define PGT_IOC_POKE	_IOWR(PGT_IOC_TYPE, 0x05, struct pgt_poke)
#define PGT_IOC_DROP	_IOWR(PGT_IOC_TYPE, 0x06, struct pgt_drop)
#define PGT_IOC_LOOKUP	_IOWR(PGT_IOC_TYPE, 0x07, struct pgt_lookup)
#define PGT_IOC_OVERDROP	_IOWR(PGT_IOC_TYPE, 0x08, struct pgt_overdrop)
#define PGT_IOC_CONFIG	_IOWR(PGT_IOC_TYPE, 0x09, struct pgt_config)

#endif /* PGAREA_TEST_H */
