/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * pgarea - memory at a physical place, for test programs.
 *
 * The contract of /dev/pgarea.  Everything here only ever grows: a struct at
 * its tail, an enum and a flag word at their ends, a command by a new number.
 */
#ifndef _UAPI_LINUX_PGAREA_H
#define _UAPI_LINUX_PGAREA_H

#include <linux/const.h>
#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: words
 *
 * area
 *	A named pool of pages with address bounds [start, end).  All memory in
 *	it lies inside the bounds.
 * chunk
 *	One physically contiguous piece, a whole number of pageblocks, that an
 *	area took from the host at once.
 * block
 *	What PGAREA_IOC_ALLOC returns: one contiguous run of pages with an id.
 * reservation
 *	An exact physical range that is kept out of an area's free memory; it
 *	has an id and an optional name.
 * orphan
 *	A block or reservation whose file was closed - its process died, as a
 *	rule - without freeing it.  A device may still write to it, so it is kept
 *	back for a while before it drains.
 * persistent
 *	A block or reservation that belongs to no file: it has a name, a node
 *	/dev/pgarea-NAME, and stays until it is removed by its name.
 * host
 *	The running kernel's own page allocator.
 *
 * Sizes and addresses are in bytes and physical unless a name says otherwise.
 * An end is open (the first byte behind), a last or highest is closed (the
 * last byte inside).
 */

/**
 * DOC: how structs are passed
 *
 * Every command takes a pointer to one struct.  The size of the struct that the
 * program was built with is part of the command's number.  A shorter struct of
 * an older program is as if its missing tail were zero; a longer one is
 * accepted when the tail that this kernel does not know is zero, and refused
 * with E2BIG otherwise.  What the kernel writes back is cut to the program's
 * size; a tail that the kernel does not know comes back as zero.
 *
 * Zero in an input field always means "as before the field existed".  Padding
 * (__reserved*) must be zero.  Output fields may hold anything on input.
 *
 * On success the struct is written back.  On EBUSY, ENOSPC, EMSGSIZE and ETIMEDOUT
 * it is written back too, with those outputs that explain the refusal, and on EINTR
 * of WAIT with the time that is left; on any other error neither the struct nor
 * anything else has changed - except that entries of an array that the kernel writes
 * may hold anything then.
 *
 * A bulk command does many things in order, and stops at the first that fails.
 * When one was done it succeeds: @done tells how many were, @error why it ended.
 * When none was done it fails with that errno, as a command for one would.
 */

/**
 * DOC: errno vocabulary
 *
 * ENOTTY	The command does not exist.
 * E2BIG	A struct or an array entry has a non-zero tail that this kernel
 *		does not know.
 * EINVAL	A bad value: a struct shorter than the first version, zero size,
 *		an alignment or boundary that is no power of two, an address
 *		that is not a multiple of the page size, an empty range, the
 *		same area named twice, a non-zero padding, a bulk of none.
 * EOPNOTSUPP	A flag or a choice that this kernel does not know, or a feature
 *		that this kernel or this machine lacks.
 * EFAULT	A pointer leads outside the program's memory.
 * ENOENT	No such area, block or reservation - or it is another file's.
 * EPERM	The opener of the file lacks CAP_SYS_ADMIN in the initial user
 *		namespace.
 * EACCES	The file was opened without write access, or the mapping asks
 *		for an access that the block does not grant.
 * EEXIST	A persistent block or reservation has that name.
 * EBUSY	The range asked for exists, and a page of it is in use; the
 *		block is mapped or exported; it was not freed.
 * EDQUOT	The user would hold more than the module's limit for one user.
 * ENODEV	There is no such PCI function.
 * ENFILE	The system has no device node or open file any more.
 * EMFILE	The process has no file descriptor any more.
 * EHWPOISON	The hardware reported an error in a page of the block.
 * ETIMEDOUT	What was waited for did not happen in time.
 * ENOSPC	It does not fit where it was asked for: the areas are full, too
 *		fragmented, outside of the limits, or do not own the range.
 * EOVERFLOW	A sum of address and size, or a size rounded up to pages, is
 *		beyond 64 bits; an array that wraps around.
 * EMSGSIZE	The array is too short; @total says how many entries there are.
 * ENOMEM	The kernel has no memory for its own bookkeeping.
 * EINTR	A signal came before anything happened.
 */

/*
 * The commands.  All are _IOWR, so that the size can grow without changing
 * anything but itself.
 */
#define PGAREA_IOC_TYPE		0xA8

enum {
	PGAREA_CMD_INFO		= 0x00,
	PGAREA_CMD_AREAS	= 0x01,
	PGAREA_CMD_ORDERS	= 0x02,
	PGAREA_CMD_RANGES	= 0x03,
	PGAREA_CMD_BLOCKS	= 0x04,
	PGAREA_CMD_ALLOC	= 0x10,
	PGAREA_CMD_FREE		= 0x11,
	PGAREA_CMD_ALLOC_BULK	= 0x12,
	PGAREA_CMD_FREE_BULK	= 0x13,
	PGAREA_CMD_TRIM		= 0x14,
	PGAREA_CMD_SPLIT	= 0x15,
	PGAREA_CMD_WAIT		= 0x16,
	PGAREA_CMD_BIND		= 0x17,
	PGAREA_CMD_EXPORT	= 0x18,
	PGAREA_CMD_REMOVE	= 0x19,
	PGAREA_CMD_RESERVE	= 0x20,
	PGAREA_CMD_UNRESERVE	= 0x21,
};

/* Longest name of an area, a block or a reservation, with its final NUL */
#define PGAREA_NAME_SIZE	32

/* "No address", and the answer where physical addresses are hidden */
#define PGAREA_NO_ADDRESS	(~0ULL)

/* The node of a persistent block or reservation is /dev/pgarea-NAME. */
#define PGAREA_NODE_PREFIX	"pgarea-"

/**
 * struct pgarea_array - an array of the program, filled or read by the kernel
 * @entries: in: pointer to the array, as an integer; may be 0 when @count is 0
 * @cursor: in: 0 to begin, or what the last call answered, to go on;
 *	out: where the next call goes on, 0 when all was told.  Opaque; one that
 *	the kernel never answered may be EINVAL.  Ignored for arrays that the
 *	kernel reads.
 * @entry_size: in: size of one entry as the program knows it.  An entry that
 *	the kernel writes is cut to it, and zero-filled up to it.  EINVAL when
 *	shorter than the entry's first version, E2BIG when beyond 4096.
 * @count: in: how many entries there are (to read), or room for (to write);
 *	out: how many were written
 * @total: out: how many there are from @cursor on, told or not
 * @__reserved: must be 0
 *
 * When not all entries fit, those that do are written, @count, @total and
 * @cursor are set, and the command fails with EMSGSIZE.  So a count of 0 asks
 * "how many?", and a program with a small buffer loops while it sees EMSGSIZE.
 * The list may change between two calls; what exists throughout is told once.
 */
struct pgarea_array {
	__aligned_u64 entries;
	__aligned_u64 cursor;
	__u32 entry_size;
	__u32 count;
	__u32 total;
	__u32 __reserved;
};

/*
 * ---- INFO -----------------------------------------------------------------
 */

/* Features, in pgarea_info.features.  There is no version number. */
#define PGAREA_FEATURE_ALLOC		_BITULL(0)  /* ALLOC, FREE, mmap */
#define PGAREA_FEATURE_RESERVE		_BITULL(1)  /* RESERVE, UNRESERVE */
#define PGAREA_FEATURE_DRY_RUN		_BITULL(2)  /* ALLOC and RESERVE */
#define PGAREA_FEATURE_EXACT		_BITULL(3)  /* PGAREA_ALLOC_EXACT */
#define PGAREA_FEATURE_BULK		_BITULL(4)  /* ALLOC_BULK, FREE_BULK */
#define PGAREA_FEATURE_TOP_DOWN		_BITULL(5)  /* PGAREA_ALLOC_TOP_DOWN */
#define PGAREA_FEATURE_TRIM		_BITULL(6)  /* TRIM, SPLIT */
#define PGAREA_FEATURE_WAIT		_BITULL(7)  /* WAIT, poll() */
#define PGAREA_FEATURE_ORPHAN		_BITULL(8)  /* orphan_ms */
#define PGAREA_FEATURE_BIND		_BITULL(9)  /* BIND */
#define PGAREA_FEATURE_PERSISTENT	_BITULL(10) /* *_PERSISTENT, REMOVE */
#define PGAREA_FEATURE_ACCESS		_BITULL(11) /* read-only, execute */
#define PGAREA_FEATURE_WC		_BITULL(12) /* PGAREA_CACHE_WC */
#define PGAREA_FEATURE_UC		_BITULL(13) /* PGAREA_CACHE_UC */
#define PGAREA_FEATURE_EXPORT		_BITULL(14) /* EXPORT */
#define PGAREA_FEATURE_POISON		_BITULL(15) /* bad pages are retired */

/* State of the module, in pgarea_info.flags */
#define PGAREA_INFO_HIDE_PHYS		_BITULL(0)  /* addresses are hidden */

/**
 * struct pgarea_info - what this module can do, and what it holds
 * @features: out: PGAREA_FEATURE_*
 * @flags: out: PGAREA_INFO_*
 * @page_size: out: bytes; the grain of blocks, reservations and mappings
 * @pageblock_size: out: bytes; the grain of chunks
 * @nr_areas: out: number of areas
 * @max_areas: out: largest number of areas, and of entries in a set of areas
 * @name_size: out: PGAREA_NAME_SIZE as the kernel knows it
 * @__reserved: out: 0
 * @owned: out: bytes that all areas have taken from the host
 * @host_available: out: bytes that the host could still give to programs
 * @host_reserve: out: bytes that the module leaves to the host at least
 * @chunks_taken: out: chunks taken from the host since the module was loaded
 * @chunks_returned: out: chunks given back to it since then
 * @cleared: out: bytes cleared since then.  Memory that is known to be zero is
 *	not cleared again, so this may grow by less than what was allocated.
 * @user_limit: out: bytes that one user can hold at most, 0: no limit.  It does not
 *	count for files that were opened with CAP_SYS_RESOURCE.
 * @user_held: out: bytes that the user who opened the file holds, in all files;
 *	what drains and what is orphaned counts
 * @poisoned: out: bytes in pages that were retired since the hardware reported
 *	an error in them
 * @orphan_ms: out: how long an orphan is kept back unless it says otherwise
 * @__reserved2: out: 0
 *
 * With PGAREA_INFO_HIDE_PHYS the module was told to hide physical addresses:
 * wherever one is an answer it is PGAREA_NO_ADDRESS, and nothing else tells it -
 * neither the mmap offset nor a cursor.  (The bounds of areas are told.)  What could
 * be used to find it out needs CAP_SYS_ADMIN then (EPERM): RANGES, RESERVE, UNRESERVE
 * of a part, PGAREA_ALLOC_EXACT, an alignment or boundary beyond @pageblock_size, and
 * limits that are no DMA mask: without it @lowest and @highest + 1 are 0 or a power of
 * two of at least 16 MiB, and ORDERS cuts nothing larger than a pageblock.  What can
 * be concluded from the size of a block - a large one lies at a multiple of a large
 * power of two, as a rule - is not hidden.
 *
 * Anyone who may open the device may ask.
 */
struct pgarea_info {
	__aligned_u64 features;
	__aligned_u64 flags;
	__aligned_u64 page_size;
	__aligned_u64 pageblock_size;
	__u32 nr_areas;
	__u32 max_areas;
	__u32 name_size;
	__u32 __reserved;
	__aligned_u64 owned;
	__aligned_u64 host_available;
	__aligned_u64 host_reserve;
	__aligned_u64 chunks_taken;
	__aligned_u64 chunks_returned;
	__aligned_u64 cleared;
	__aligned_u64 user_limit;
	__aligned_u64 user_held;
	__aligned_u64 poisoned;
	__u32 orphan_ms;
	__u32 __reserved2;
};

#define PGAREA_IOC_INFO \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_INFO, struct pgarea_info)

/*
 * ---- AREAS, ORDERS, RANGES: occupancy ---------------------------------------
 * Visible to whoever may open the device.
 */

/* pgarea_area.node and others: memory of any node, or of several */
#define PGAREA_NODE_ANY		(-1)

/**
 * struct pgarea_area - one area
 * @id: names the area in other commands; never reused while the module is
 *	loaded, never 0
 * @node: NUMA node that its memory comes from, or PGAREA_NODE_ANY
 * @name: NUL-terminated
 * @start: lowest address that a page of the area may have
 * @end: first address behind the area's bounds
 * @target_size: bytes that the area was asked to hold
 * @owned: bytes that it holds: @free + @allocated + @reserved + @draining +
 *	@orphaned + @poisoned (and, in later versions, what is in states that come
 *	to be)
 * @free: bytes that can be allocated or reserved
 * @allocated: bytes in live blocks
 * @reserved: bytes in reservations
 * @draining: bytes freed by their owner that a mapping or a page reference
 *	still holds
 * @largest_free: bytes of the largest contiguous free run, of any length
 * @nr_chunks: number of chunks
 * @chunk_size: bytes; chunks are multiples of it, or smaller where the host
 *	could not give as much, down to one pageblock
 * @orphaned: bytes whose owner died, and that are kept back for a while
 * @poisoned: bytes that the hardware reported an error in: retired, or about to
 *	be when their block is freed
 */
struct pgarea_area {
	__u32 id;
	__s32 node;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 start;
	__aligned_u64 end;
	__aligned_u64 target_size;
	__aligned_u64 owned;
	__aligned_u64 free;
	__aligned_u64 allocated;
	__aligned_u64 reserved;
	__aligned_u64 draining;
	__aligned_u64 largest_free;
	__aligned_u64 nr_chunks;
	__aligned_u64 chunk_size;
	__aligned_u64 orphaned;
	__aligned_u64 poisoned;
};

/**
 * struct pgarea_areas - list the areas
 * @flags: in: 0
 * @areas: in and out: array of struct pgarea_area in the order of their ids
 *
 * Errors: EMSGSIZE.
 */
struct pgarea_areas {
	__aligned_u64 flags;
	struct pgarea_array areas;
};

#define PGAREA_IOC_AREAS \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_AREAS, struct pgarea_areas)

/**
 * struct pgarea_order - free memory of one order
 * @order: an order-n block is 2^n pages, at an address that is a multiple of
 *	its own size
 * @__reserved: out: 0
 * @free_blocks: number of free blocks of just this order, when the free memory
 *	is cut into the largest blocks that it allows
 */
struct pgarea_order {
	__u32 order;
	__u32 __reserved;
	__aligned_u64 free_blocks;
};

/**
 * struct pgarea_orders - per-order free counts of one area
 * @flags: in: 0
 * @area: in: id of the area
 * @__reserved: must be 0
 * @orders: in and out: array of struct pgarea_order, from order 0 to the
 *	largest one that has a free block
 *
 * Errors: ENOENT (no such area), EMSGSIZE.
 */
struct pgarea_orders {
	__aligned_u64 flags;
	__u32 area;
	__u32 __reserved;
	struct pgarea_array orders;
};

#define PGAREA_IOC_ORDERS \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_ORDERS, struct pgarea_orders)

/**
 * enum pgarea_state - state of a page
 * @PGAREA_STATE_NOT_OWNED: no area owns the page: it is the host's, or no RAM
 * @PGAREA_STATE_FREE: can be allocated or reserved
 * @PGAREA_STATE_ALLOCATED: in a live block
 * @PGAREA_STATE_RESERVED: in a reservation
 * @PGAREA_STATE_DRAINING: freed by its owner; a mapping or a page reference
 *	still holds it
 * @PGAREA_STATE_ORPHANED: its owner died without freeing it; a device may still
 *	write to it
 * @PGAREA_STATE_POISONED: the hardware reported an error; never handed out again
 */
enum pgarea_state {
	PGAREA_STATE_NOT_OWNED	= 0,
	PGAREA_STATE_FREE	= 1,
	PGAREA_STATE_ALLOCATED	= 2,
	PGAREA_STATE_RESERVED	= 3,
	PGAREA_STATE_DRAINING	= 4,
	PGAREA_STATE_ORPHANED	= 5,
	PGAREA_STATE_POISONED	= 6,
};

/**
 * struct pgarea_range - a run of pages of one area in the same state
 * @address: address of the first page
 * @size: bytes
 * @state: enum pgarea_state, never PGAREA_STATE_NOT_OWNED
 * @area: id of the area
 *
 * Two neighbouring ranges of the same state are two blocks or reservations.
 */
struct pgarea_range {
	__aligned_u64 address;
	__aligned_u64 size;
	__u32 state;
	__u32 area;
};

/**
 * struct pgarea_ranges - what an area's pages are used for
 * @flags: in: 0
 * @area: in: id of the area
 * @__reserved: must be 0
 * @lowest: in: tell of no page below the one that has this address
 * @highest: in: tell of no page above the one that has this address; 0: no
 *	limit.  Ranges are cut at both.
 * @ranges: in and out: array of struct pgarea_range in address order.  Other
 *	programs go on meanwhile: the list is no snapshot, and where they just
 *	allocate and free, neighbouring blocks may come as one range.
 *
 * Errors: ENOENT (no such area), EINVAL (@lowest > @highest), EMSGSIZE.
 */
struct pgarea_ranges {
	__aligned_u64 flags;
	__u32 area;
	__u32 __reserved;
	__aligned_u64 lowest;
	__aligned_u64 highest;
	struct pgarea_array ranges;
};

#define PGAREA_IOC_RANGES \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_RANGES, struct pgarea_ranges)

/*
 * ---- BLOCKS: what is held ---------------------------------------------------
 */

/* What a held thing is, in pgarea_block.kind */
#define PGAREA_KIND_BLOCK	0
#define PGAREA_KIND_RESERVATION	1

/* Who holds a block, in pgarea_block.holders and pgarea_wait.holders */
#define PGAREA_HOLDER_OWNER	_BITUL(0)  /* the open file that owns it */
#define PGAREA_HOLDER_MAPPING	_BITUL(1)  /* a mapping in some process */
#define PGAREA_HOLDER_REFERENCE	_BITUL(2)  /* a page reference: a pin, I/O, a pipe */
#define PGAREA_HOLDER_DMABUF	_BITUL(3)  /* a dma-buf made by EXPORT */
#define PGAREA_HOLDER_NODE	_BITUL(4)  /* an open node of a persistent block */
#define PGAREA_HOLDER_DEVICE	_BITUL(5)  /* orphaned: perhaps a device */
#define PGAREA_HOLDER_CACHE	_BITUL(6)  /* not write-back again yet */

/**
 * struct pgarea_block - one block or reservation
 * @id: as ALLOC or RESERVE answered it
 * @address: address of its first page
 * @size: bytes
 * @mmap_offset: for mmap(); 0 for a reservation
 * @flags: flags it was made with
 * @area: id of the area
 * @node: NUMA node of its first page
 * @kind: PGAREA_KIND_*
 * @state: enum pgarea_state
 * @holders: PGAREA_HOLDER_*; for page references is looked only while a block
 *	drains, a few times a second
 * @pid: process that opened the file it belongs to, or belonged to, as the
 *	lister's pid namespace numbers it; 0: not visible there
 * @name: NUL-terminated, may be empty
 * @uid: user that it is charged to, as the lister's user namespace numbers it
 * @orphan_ms: of a live one, how long it is to be kept back as an orphan; of an
 *	orphan, how long it still is; else 0
 * @pci_domain: of the PCI function it is bound to
 * @pci_bus: of the same
 * @pci_device: of the same, 0 to 31
 * @pci_function: of the same, 0 to 7
 * @bound_to_pci: 1 when it is bound to a PCI function, else 0
 * @cache: enum pgarea_cache
 * @access: enum pgarea_access
 * @persistent: 1 when it was made persistent and not removed, else 0
 * @poisoned: 1 when the hardware reported an error in a page of it, else 0
 * @__reserved: out: 0
 */
struct pgarea_block {
	__aligned_u64 id;
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 mmap_offset;
	__aligned_u64 flags;
	__u32 area;
	__s32 node;
	__u32 kind;
	__u32 state;
	__u32 holders;
	__s32 pid;
	__u8 name[PGAREA_NAME_SIZE];
	__u32 uid;
	__u32 orphan_ms;
	__u32 pci_domain;
	__u8 pci_bus;
	__u8 pci_device;
	__u8 pci_function;
	__u8 bound_to_pci;
	__u8 cache;
	__u8 access;
	__u8 persistent;
	__u8 poisoned;
	__u32 __reserved;
};

/* Blocks of every file, not only of this one.  Needs CAP_SYS_ADMIN. */
#define PGAREA_BLOCKS_ALL		_BITULL(0)
/* Leave out blocks */
#define PGAREA_BLOCKS_NO_BLOCKS		_BITULL(1)
/* Leave out reservations */
#define PGAREA_BLOCKS_NO_RESERVATIONS	_BITULL(2)

/**
 * struct pgarea_blocks - list blocks and reservations
 * @flags: in: PGAREA_BLOCKS_*
 * @blocks: in and out: array of struct pgarea_block in the order of their ids
 *
 * Blocks that this file freed and that drain are listed until they are gone.
 * Persistent ones, orphans, and what drains of closed files belong to no file:
 * they are listed with PGAREA_BLOCKS_ALL only.
 *
 * Errors: EPERM (PGAREA_BLOCKS_ALL without CAP_SYS_ADMIN), EMSGSIZE.
 */
struct pgarea_blocks {
	__aligned_u64 flags;
	struct pgarea_array blocks;
};

#define PGAREA_IOC_BLOCKS \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_BLOCKS, struct pgarea_blocks)

/*
 * ---- ALLOC, FREE ------------------------------------------------------------
 */

/* The block must begin at pgarea_alloc.address */
#define PGAREA_ALLOC_EXACT	_BITULL(0)
/* Would it fit, and where?  Nothing is allocated, the id is 0. */
#define PGAREA_ALLOC_DRY_RUN	_BITULL(1)
/* Only memory of pgarea_alloc.node */
#define PGAREA_ALLOC_NODE	_BITULL(2)
/* Do not let an area grow for this request */
#define PGAREA_ALLOC_NO_GROW	_BITULL(3)
/* Only memory never handed out since it was taken from the host */
#define PGAREA_ALLOC_FRESH	_BITULL(4)
/*
 * Belongs to no file: it outlives this one, has the node /dev/pgarea-NAME, and is
 * ended by REMOVE.  Needs CAP_SYS_ADMIN, and a name that is unique.
 */
#define PGAREA_ALLOC_PERSISTENT	_BITULL(5)
/* As high as possible instead of as low as possible */
#define PGAREA_ALLOC_TOP_DOWN	_BITULL(6)

/* How the processor's caches treat the memory, in pgarea_alloc.cache */
enum pgarea_cache {
	PGAREA_CACHE_WB = 0,	/* write-back, as ordinary memory */
	PGAREA_CACHE_WC = 1,	/* write-combining */
	PGAREA_CACHE_UC = 2,	/* uncached */
};

/* One run of pages or several, in pgarea_alloc.layout */
enum pgarea_layout {
	PGAREA_LAYOUT_CONTIGUOUS = 0,	/* one run */
	PGAREA_LAYOUT_SCATTERED = 1,	/* several runs will do */
	PGAREA_LAYOUT_PREFER_CONTIGUOUS = 2,
};

/* pgarea_alloc.orphan_ms and others: not kept back at all */
#define PGAREA_ORPHAN_NONE	(~0U)
/* The longest time that an orphan can be kept back */
#define PGAREA_ORPHAN_MAX_MS	3600000

/* What a mapping of the block may do, in pgarea_alloc.access */
enum pgarea_access {
	PGAREA_ACCESS_READ_WRITE = 0,
	PGAREA_ACCESS_READ_ONLY = 1,
	PGAREA_ACCESS_EXECUTE = 2,	/* read, write and execute */
};

/**
 * struct pgarea_area_id - element of an ordered set of areas
 * @id: id of an area
 * @__reserved: must be 0
 */
struct pgarea_area_id {
	__u32 id;
	__u32 __reserved;
};

/**
 * struct pgarea_segment - one contiguous piece of a block
 * @address: address of its first page
 * @size: bytes
 */
struct pgarea_segment {
	__aligned_u64 address;
	__aligned_u64 size;
};

/**
 * enum pgarea_reason - why an area could not serve a request
 * @PGAREA_REASON_BOUNDS: no memory of it lies within the limits of the request
 * @PGAREA_REASON_FULL: less free memory within the limits than asked for
 * @PGAREA_REASON_FRAGMENTED: enough free memory, but no run of it that has the
 *	length, alignment, boundary and limits asked for
 * @PGAREA_REASON_IN_USE: a page of the exact range is in use
 * @PGAREA_REASON_NOT_OWNED: the area does not own the exact range
 */
enum pgarea_reason {
	PGAREA_REASON_BOUNDS	= 1,
	PGAREA_REASON_FULL		= 2,
	PGAREA_REASON_FRAGMENTED	= 3,
	PGAREA_REASON_IN_USE	= 4,
	PGAREA_REASON_NOT_OWNED	= 5,
};

/**
 * struct pgarea_refusal - why one area could not serve a request
 * @area: id of the area
 * @reason: enum pgarea_reason
 * @address: first page in the way where @reason is IN_USE or NOT_OWNED,
 *	PGAREA_NO_ADDRESS otherwise
 * @free: bytes free in the area, within the limits of the request
 * @largest_free: bytes of the largest contiguous free run there
 * @state: enum pgarea_state of the page at @address, 0 without one
 * @__reserved: out: 0
 */
struct pgarea_refusal {
	__u32 area;
	__u32 reason;
	__aligned_u64 address;
	__aligned_u64 free;
	__aligned_u64 largest_free;
	__u32 state;
	__u32 __reserved;
};

/**
 * struct pgarea_alloc - allocate a block
 * @size: in: bytes, at least 1.  Rounded up to pages, and to nothing more.
 * @align: in: bytes, a power of two; 0: a page.  May be larger than @size,
 *	and wastes nothing.
 * @boundary: in: bytes, a power of two and at least @size; the block does not
 *	cross a multiple of it.  0: none.
 * @lowest: in: no byte of the block lies below this address
 * @highest: in: no byte of the block lies above this address; 0: no limit
 * @address: in: with PGAREA_ALLOC_EXACT, where the block begins; a multiple of
 *	the page size and of @align, and such that the block respects the other
 *	limits.  Otherwise must be 0.
 * @flags: in: PGAREA_ALLOC_*
 * @node: in: with PGAREA_ALLOC_NODE, the NUMA node.  Otherwise must be 0.
 * @cache: in: enum pgarea_cache
 * @layout: in: enum pgarea_layout
 * @access: in: enum pgarea_access
 * @areas: in: array of struct pgarea_area_id: the areas to try, in this order,
 *	and no other one.  Empty: all of them, the least precious first: by their
 *	@end, and then @start, from the highest down.
 * @segments: in and out: room for struct pgarea_segment; the pieces of the
 *	block.  Empty: not wanted, only @total is answered.  A room too short is
 *	EMSGSIZE, and nothing is allocated.
 * @refusals: in and out: room for struct pgarea_refusal; on ENOSPC and EBUSY
 *	one for each area tried, and none on success.  What does not fit is left
 *	out; @total counts all.  Empty: not wanted.
 * @name: in: NUL-terminated label of the block, printable, may be empty
 * @id: out: names the block in other commands; never 0, except after a dry run
 * @mmap_offset: out: for mmap(); opaque, below 2^44, never 0, except after a
 *	dry run
 * @phys: out: physical address of the first page
 * @alloc_size: out: bytes of the block
 * @area: out: id of the area that it came from
 * @alloc_node: out: NUMA node of its first page
 * @nr_segments: out: number of contiguous pieces
 * @contiguous: out: 1 when it is one piece, else 0
 * @__reserved: must be 0
 * @orphan_ms: in: how long the block is kept back when its file is closed and it
 *	was not freed; at most PGAREA_ORPHAN_MAX_MS.  0: as long as the module's
 *	parameter says; PGAREA_ORPHAN_NONE: not at all.
 * @__reserved2: must be 0
 *
 * The memory is zero.  The block belongs to the open file, and to all who have
 * that open file.  FREE ends it.  When the last descriptor and mapping of the file
 * is gone, however the process ended, a block that was not freed is an orphan for
 * @orphan_ms, because a device that was programmed with its address may still
 * write to it, and drains then; or, if it was bound to a PCI function (BIND), that
 * function's bus mastering is cleared and it drains at once.  Its pages are reused
 * when no mapping, no page reference, no dma-buf and no open node holds them any
 * more, not before.
 *
 * Write-combining and uncached memory is so for the kernel too as long as the
 * block lives, and write-back again before the pages are reused.  It cannot be
 * executed (EINVAL).  Where this machine cannot do it for all mappings of a page
 * it is EOPNOTSUPP.
 *
 * A read-only block can never be mapped for writing by anyone; a device and the
 * kernel can write to it.  Only a PGAREA_ACCESS_EXECUTE block can be mapped for
 * execution, where the file system of the node allows that (else EPERM; a dma-buf
 * always does).
 *
 * A persistent block is charged to the user who made it.  Its @name has letters,
 * digits, '-', '_' and '.', and begins with a letter or digit.  Its @id is good
 * for mmap() at @mmap_offset and EXPORT in any file that was opened with
 * CAP_SYS_ADMIN, and for no other command.  Its node can be opened, read, written,
 * sought in and mapped from offset 0 on like a disk of its size, by whoever its mode
 * (0600 of root at first) lets.  There is no orphan (EINVAL with an @orphan_ms).
 *
 * In an area the block lies in the lowest free piece that is a power of two, at
 * a multiple of its own size, and large enough: so free memory is cut up as little
 * as possible.  Where there is none, it lies at the lowest place that will do.
 * With PGAREA_ALLOC_TOP_DOWN the highest such piece is taken, and the highest
 * place in it.  The order in which areas are tried is the same.
 *
 * PGAREA_ALLOC_NODE, _FRESH and _PERSISTENT, caches other than write-back, layouts
 * other than contiguous and accesses other than read-write are EOPNOTSUPP where
 * the features of INFO do not name them.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (an id in @areas), EPERM
 * (PERSISTENT; see INFO for hidden addresses), EACCES (the file was opened without
 * write access), EEXIST (PERSISTENT), EBUSY (EXACT, a page of the range is in
 * use), ENOSPC, EDQUOT, EMSGSIZE, ENFILE (PERSISTENT), ENOMEM, EINTR (being
 * killed).
 */
struct pgarea_alloc {
	__aligned_u64 size;
	__aligned_u64 align;
	__aligned_u64 boundary;
	__aligned_u64 lowest;
	__aligned_u64 highest;
	__aligned_u64 address;
	__aligned_u64 flags;
	__u32 node;
	__u32 cache;
	__u32 layout;
	__u32 access;
	struct pgarea_array areas;
	struct pgarea_array segments;
	struct pgarea_array refusals;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 id;
	__aligned_u64 mmap_offset;
	__aligned_u64 phys;
	__aligned_u64 alloc_size;
	__u32 area;
	__s32 alloc_node;
	__u32 nr_segments;
	__u32 contiguous;
	__aligned_u64 __reserved;
	__u32 orphan_ms;
	__u32 __reserved2;
};

#define PGAREA_IOC_ALLOC \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_ALLOC, struct pgarea_alloc)

/**
 * DOC: mapping a block
 *
 * mmap() of the open file that owns the block, at the offset that ALLOC answered
 * or at a multiple of the page size behind it, MAP_SHARED, for all of the block
 * or any part.  (The node of a persistent block, and a dma-buf, begin at offset 0.)
 * The pages are there at once and cannot be paged out; they can be pinned, spliced,
 * and used for O_DIRECT.  A mapping holds the pages, and keeps the file open behind
 * close(); it is not in core dumps, does not grow with mremap(), and goes on in a
 * child.
 *
 * Errors of mmap(): EINVAL (MAP_PRIVATE; the end is behind the block's), ENOENT
 * (no live block of this file at the offset), EACCES (PROT_EXEC or PROT_WRITE
 * that the block does not grant, also later with mprotect(); PROT_WRITE where the
 * file was opened without write access), EBUSY (another thread trims or splits the
 * block right now), EHWPOISON, ENOMEM.
 *
 * When the hardware reports an error in a page of a mapped block, all mappings of
 * the block are taken away within a second, and the next access to any page of it
 * is SIGBUS: with si_code BUS_MCEERR_AR on the page itself, BUS_ADRERR on others.
 */

/**
 * struct pgarea_free - free a block
 * @id: in: the block
 * @flags: in: 0
 *
 * No command that changes something knows the id any more.  Pages that a mapping
 * or a page reference still holds drain: they are reused only when nobody holds
 * them, and BLOCKS lists the block until then.
 *
 * Errors: ENOENT (no such block in this file), EACCES (as for ALLOC).
 */
struct pgarea_free {
	__aligned_u64 id;
	__aligned_u64 flags;
};

#define PGAREA_IOC_FREE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_FREE, struct pgarea_free)

/*
 * ---- ALLOC_BULK, FREE_BULK: many blocks at once -------------------------------
 */

/**
 * struct pgarea_bulk_block - one block of many
 * @id: as in struct pgarea_alloc
 * @mmap_offset: as there
 * @phys: physical address of the first page
 * @alloc_size: bytes of the block
 * @area: id of the area that it came from
 * @node: NUMA node of its first page
 */
struct pgarea_bulk_block {
	__aligned_u64 id;
	__aligned_u64 mmap_offset;
	__aligned_u64 phys;
	__aligned_u64 alloc_size;
	__u32 area;
	__s32 node;
};

/**
 * struct pgarea_alloc_bulk - allocate many blocks of the same kind
 * @size: in: bytes of each block, as in struct pgarea_alloc
 * @align: in: as there
 * @boundary: in: as there
 * @lowest: in: as there
 * @highest: in: as there
 * @flags: in: as there, without PGAREA_ALLOC_EXACT, _DRY_RUN and _PERSISTENT
 * @node: in: as there
 * @cache: in: as there
 * @layout: in: as there
 * @access: in: as there
 * @areas: in: as there; each block is sought in all of them, in this order
 * @blocks: in and out: room for struct pgarea_bulk_block.  @count is how many
 *	blocks are wanted, at least 1; out: how many were made, as is @total
 * @refusals: in and out: as there, of the first block that did not fit; none
 *	when all were made
 * @name: in: label of each block
 * @done: out: number of blocks made
 * @error: out: 0 when all were made, else the errno, as a positive number, that
 *	stopped it: ENOSPC, EDQUOT, ENOMEM
 * @__reserved: must be 0
 * @orphan_ms: in: as in struct pgarea_alloc
 * @__reserved2: must be 0
 *
 * The blocks are placed one after the other as that many ALLOCs would place
 * them, and each is freed on its own.
 *
 * When some could be made and others not, it succeeds: the program looks at
 * @done.  When an answer cannot be written (EFAULT), none is left: there is no
 * block that the program does not know of.
 *
 * Errors when no block was made: as for ALLOC, and EINVAL also for a @count of 0
 * in @blocks, PGAREA_ALLOC_EXACT, _DRY_RUN and _PERSISTENT.
 */
struct pgarea_alloc_bulk {
	__aligned_u64 size;
	__aligned_u64 align;
	__aligned_u64 boundary;
	__aligned_u64 lowest;
	__aligned_u64 highest;
	__aligned_u64 flags;
	__u32 node;
	__u32 cache;
	__u32 layout;
	__u32 access;
	struct pgarea_array areas;
	struct pgarea_array blocks;
	struct pgarea_array refusals;
	__u8 name[PGAREA_NAME_SIZE];
	__u32 done;
	__u32 error;
	__aligned_u64 __reserved;
	__u32 orphan_ms;
	__u32 __reserved2;
};

#define PGAREA_IOC_ALLOC_BULK \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_ALLOC_BULK, struct pgarea_alloc_bulk)

/**
 * struct pgarea_block_id - element of a list of blocks to free
 * @id: id of a block
 */
struct pgarea_block_id {
	__aligned_u64 id;
};

/**
 * struct pgarea_free_bulk - free many blocks
 * @flags: in: 0
 * @ids: in: array of struct pgarea_block_id, at least one
 * @done: out: number of blocks freed, which are the first of @ids
 * @error: out: 0 when all were, else the errno, as a positive number, why the
 *	next one was not: ENOENT, or EFAULT or E2BIG for its entry
 *
 * Each is freed as FREE does it, in the order of @ids.  An id that is there
 * twice is freed once, and is ENOENT the second time.
 *
 * Errors when no block was freed: EINVAL (also for no ids), EOPNOTSUPP,
 * EOVERFLOW, ENOENT, EFAULT (also when the struct cannot be written), E2BIG,
 * EACCES (as for ALLOC).  A struct that another thread makes unwritable while
 * blocks are freed is EFAULT as well.
 */
struct pgarea_free_bulk {
	__aligned_u64 flags;
	struct pgarea_array ids;
	__u32 done;
	__u32 error;
};

#define PGAREA_IOC_FREE_BULK \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_FREE_BULK, struct pgarea_free_bulk)

/*
 * ---- TRIM, SPLIT: less of a block, or more blocks of it -----------------------
 */

/**
 * struct pgarea_trim - give the end of a block back
 * @id: in: the block
 * @flags: in: 0
 * @size: in: bytes to keep, at least 1, rounded up to pages; the present size
 *	at most
 * @alloc_size: out: bytes that the block has now
 *
 * The block keeps its id, its address, its mmap offset, and what is in it.  The
 * rest is freed as by FREE: it drains while a page reference holds it.  At the
 * present size nothing changes.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (no such block in this file),
 * EACCES (as for ALLOC), EBUSY (a mapping or a dma-buf of the block exists),
 * ENOMEM, EINTR (while another thread's TRIM, SPLIT or UNRESERVE on the same file
 * was waited for).
 */
struct pgarea_trim {
	__aligned_u64 id;
	__aligned_u64 flags;
	__aligned_u64 size;
	__aligned_u64 alloc_size;
};

#define PGAREA_IOC_TRIM \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_TRIM, struct pgarea_trim)

/**
 * struct pgarea_split - cut a block into blocks that are freed one by one
 * @id: in: the block
 * @flags: in: 0
 * @first: in: bytes of the first piece, less than the block has; 0: @size
 * @size: in: bytes of each further piece, of which the last may be shorter;
 *	0: one piece for all the rest.  Both are multiples of the page size, and
 *	one of them is not 0.
 * @pieces: in and out: room for struct pgarea_bulk_block; all pieces in the
 *	order of their addresses
 *
 * The first piece keeps the id, and all keep the label, the flags, and what is
 * in them.  All or nothing: where @pieces is too short nothing is done or
 * written, @total says how many entries it takes, and @count is 0.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (no such block in this file),
 * EACCES (as for ALLOC), EBUSY (a mapping or a dma-buf of the block exists), EMSGSIZE,
 * ENOMEM, EINTR (as for TRIM).
 */
struct pgarea_split {
	__aligned_u64 id;
	__aligned_u64 flags;
	__aligned_u64 first;
	__aligned_u64 size;
	struct pgarea_array pieces;
};

#define PGAREA_IOC_SPLIT \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_SPLIT, struct pgarea_split)

/*
 * ---- WAIT, BIND, EXPORT, REMOVE: the life of a block --------------------------
 */

/* For every block of the module that drains or is orphaned.  CAP_SYS_ADMIN. */
#define PGAREA_WAIT_ALL		_BITULL(0)

/* pgarea_wait.timeout_ms: until it is so */
#define PGAREA_WAIT_FOREVER	(~0ULL)

/**
 * struct pgarea_wait - wait until what was freed is gone
 * @id: in: a block that this file freed (or a persistent one that was removed);
 *	0: all that it freed, or with PGAREA_WAIT_ALL all there are
 * @flags: in: PGAREA_WAIT_*
 * @timeout_ms: in: how long at most; 0: only look; out: what was left of it when
 *	something interrupted the call, so that the same call again ends when the
 *	first would have
 * @left: out: number of blocks and reservations that are not gone
 * @holders: out: PGAREA_HOLDER_* that hold them, together
 *
 * A block is gone when nobody holds it and its pages are free.  An id that no
 * block of this file has is gone.  Orphans belong to no file: only
 * PGAREA_WAIT_ALL waits for them, and it tells when the module can be unloaded as
 * far as blocks are concerned that nobody wants any more.
 *
 * poll() of the file answers POLLIN when nothing that the file freed drains.
 *
 * Errors: EINVAL (an @id with PGAREA_WAIT_ALL), EOPNOTSUPP, EPERM, EBUSY (the
 * block was not freed), ETIMEDOUT, EINTR (a signal's handler ran; a stop, or a
 * debugger, does not end it).
 */
struct pgarea_wait {
	__aligned_u64 id;
	__aligned_u64 flags;
	__aligned_u64 timeout_ms;
	__u32 left;
	__u32 holders;
};

#define PGAREA_IOC_WAIT \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_WAIT, struct pgarea_wait)

/* Bound to no function any more; the address must be 0. */
#define PGAREA_BIND_NONE	_BITULL(0)

/**
 * struct pgarea_bind - say which PCI function writes to a block
 * @id: in: a block or reservation of this file
 * @flags: in: PGAREA_BIND_*
 * @domain: in: of the function's address
 * @bus: in: of the same
 * @device: in: of the same, 0 to 31
 * @function: in: of the same, 0 to 7
 * @__reserved: must be 0
 *
 * When the block becomes an orphan, the function's bus mastering is cleared, and
 * the block is not kept back any longer.  FREE leaves the function alone: its
 * owner says that no transfer is under way.  A second BIND replaces the first;
 * the pieces of a SPLIT are bound as the whole was.
 *
 * Needs CAP_SYS_ADMIN: bus mastering of any function can be ended with it.
 *
 * Errors: EINVAL, EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT (no such block
 * or reservation in this file), ENODEV.
 */
struct pgarea_bind {
	__aligned_u64 id;
	__aligned_u64 flags;
	__u32 domain;
	__u8 bus;
	__u8 device;
	__u8 function;
	__u8 __reserved;
};

#define PGAREA_IOC_BIND \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_BIND, struct pgarea_bind)

/* A dma-buf that cannot be mapped for writing; a read-only block makes no other. */
#define PGAREA_EXPORT_READ_ONLY	_BITULL(0)

/**
 * struct pgarea_export - make a dma-buf of a block or of a part of it
 * @id: in: a block of this file, or a persistent block
 * @flags: in: PGAREA_EXPORT_*
 * @offset: in: bytes from the start of the block, a multiple of the page size
 * @size: in: bytes, a multiple of the page size; 0: up to the end of the block
 * @fd: out: file descriptor of the dma-buf, close-on-exec
 * @__reserved: must be 0
 *
 * The dma-buf holds the pages of the whole block until it is closed everywhere,
 * whatever becomes of the block and of this file.  A block may be exported more
 * than once.
 *
 * Errors: EINVAL (not aligned, or not inside the block), EOPNOTSUPP, EOVERFLOW,
 * ENOENT, EACCES (as for ALLOC), EBUSY (another thread trims or splits the block
 * right now), EHWPOISON, EMFILE, ENFILE, ENOMEM.
 */
struct pgarea_export {
	__aligned_u64 id;
	__aligned_u64 flags;
	__aligned_u64 offset;
	__aligned_u64 size;
	__s32 fd;
	__u32 __reserved;
};

#define PGAREA_IOC_EXPORT \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_EXPORT, struct pgarea_export)

/**
 * struct pgarea_remove - end a persistent block or reservation
 * @flags: in: 0
 * @name: in: its name
 * @id: out: its id, for WAIT
 *
 * Its node is gone behind this; who has it open or mapped keeps it, like a deleted
 * file, and it drains until they let go.  Needs CAP_SYS_ADMIN.
 *
 * Errors: EINVAL (no valid name), EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT.
 */
struct pgarea_remove {
	__aligned_u64 flags;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 id;
};

#define PGAREA_IOC_REMOVE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_REMOVE, struct pgarea_remove)

/*
 * ---- RESERVE, UNRESERVE -----------------------------------------------------
 */

/* Take pages that no area owns from the host first.  Needs CAP_SYS_ADMIN. */
#define PGAREA_RESERVE_CLAIM		_BITULL(0)
/*
 * Belongs to no file, as a persistent block.  It is cleared, and its node can be
 * read, written and mapped like that of a block.
 */
#define PGAREA_RESERVE_PERSISTENT	_BITULL(1)
/* Can it be reserved?  Nothing is, the id is 0. */
#define PGAREA_RESERVE_DRY_RUN		_BITULL(2)

/**
 * struct pgarea_reserve - keep an exact range out of an area's free memory
 * @address: in: first byte, a multiple of the page size
 * @size: in: bytes, a multiple of the page size, at least one page
 * @flags: in: PGAREA_RESERVE_*
 * @name: in: NUL-terminated label, printable, may be empty
 * @id: out: names the reservation; never 0, except after a dry run
 * @conflict: out: on EBUSY and ENOSPC the address of the first page in the way
 * @conflict_size: out: bytes from @conflict on that are in the way in the same
 *	state, cut at the end of the range asked for
 * @conflict_state: out: enum pgarea_state of that page; free when it
 *	has become so since, or is in another area than the page before it
 * @area: out: id of the area that owns the first page; 0: none does
 * @__reserved: must be 0
 * @orphan_ms: in: as in struct pgarea_alloc
 * @__reserved2: must be 0
 *
 * All or nothing: every page of the range must be free and in one area.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, EACCES (as for ALLOC), EPERM
 * (PERSISTENT; addresses are hidden), EEXIST (PERSISTENT), EBUSY (a page is
 * allocated, reserved, draining, orphaned or poisoned), ENOSPC (a page is not owned
 * by the area that owns the first one, or the first one by none), EDQUOT, ENFILE
 * (PERSISTENT), ENOMEM.
 */
struct pgarea_reserve {
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 flags;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 id;
	__aligned_u64 conflict;
	__aligned_u64 conflict_size;
	__u32 conflict_state;
	__u32 area;
	__aligned_u64 __reserved;
	__u32 orphan_ms;
	__u32 __reserved2;
};

#define PGAREA_IOC_RESERVE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_RESERVE, struct pgarea_reserve)

/**
 * struct pgarea_unreserve - give a reservation back, whole or in part
 * @id: in: the reservation
 * @flags: in: 0
 * @address: in: first byte of the part; 0 with a @size of 0: the whole
 * @size: in: bytes of the part
 * @rest_id: out: when the part lies in the middle, what remains above it is a
 *	reservation of its own, with this id; else 0.  What remains below keeps
 *	@id; what remains above alone keeps it too.
 *
 * Errors: EINVAL (not page aligned, only one of @address and @size is 0, or
 * the part is not inside the reservation), EOVERFLOW, ENOENT (no such
 * reservation in this file), EACCES (as for ALLOC), ENOMEM, EINTR (as for TRIM).
 */
struct pgarea_unreserve {
	__aligned_u64 id;
	__aligned_u64 flags;
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 rest_id;
};

#define PGAREA_IOC_UNRESERVE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_UNRESERVE, struct pgarea_unreserve)

#endif /* _UAPI_LINUX_PGAREA_H */
