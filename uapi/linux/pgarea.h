/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * pgarea - memory at chosen physical addresses, for test programs.
 *
 * The interface of /dev/pgarea.  It only ever grows: a struct at its end, an
 * enum or a flag word by new values after the last one, the set of commands by
 * new numbers.
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
 *	A named pool of pages with address bounds [start, end).  All its memory
 *	lies inside the bounds.
 * chunk
 *	A physically contiguous piece of memory, a whole number of pageblocks,
 *	that an area took from the host in one step.
 * claim
 *	A request for an exact range, wherever it lies in RAM: what no area owns of
 *	it is taken from the host at once, into an area of its own, which ends with
 *	the last block or reservation in it.
 * block
 *	Memory that PGAREA_IOC_ALLOC allocates: one contiguous run of pages with
 *	an id.
 * reservation
 *	An exact physical range that is kept out of an area's free memory.  It
 *	has an id and an optional name.
 * draining
 *	A block is draining when its owner has freed it, or when it is no longer
 *	an orphan, and a mapping, a page reference, a dma-buf or an open node
 *	still holds it.  Its pages are not reused yet.
 * orphan
 *	A block or reservation that was not freed before its file was closed,
 *	usually because its process died.  A device may still write to it, so
 *	it stays in quarantine for a while before it drains.
 * persistent
 *	A persistent block or reservation belongs to no file.  It has a name and
 *	a node /dev/pgarea-NAME, and exists until it is removed by name.
 * host
 *	The page allocator of the running kernel.
 *
 * Sizes are in bytes and addresses are physical unless a name says otherwise.
 * An end is open: it is the first byte after the range.  A last or highest
 * address is closed: it is the last byte inside the range.
 */

/**
 * DOC: how structs are passed
 *
 * Every command takes a pointer to one struct.  The command number contains the
 * size of the struct that the program was built with.  If the struct of the
 * program is shorter than that of the kernel, the kernel treats the missing end
 * as zero.  If it is longer, the kernel accepts it when the end that it does
 * not know is zero, and fails with E2BIG otherwise.  The kernel writes back no
 * more than the program's size; an end that it does not know is written as
 * zero.
 *
 * Zero in an input field always means the behaviour before the field existed.
 * Padding (__reserved*) must be zero.  Output fields may hold anything on
 * input.
 *
 * On success the struct is written back.  On EBUSY, ENOSPC, EMSGSIZE and
 * ETIMEDOUT it is also written back, with the outputs that explain the error,
 * and on EINTR from WAIT with the remaining time.  On any other error neither
 * the struct nor anything else has changed, except that the entries of an array
 * that the kernel writes may hold anything.
 *
 * A bulk command processes its items in order and stops at the first failure.
 * If it processed at least one item it succeeds: @done is the number of items,
 * and @error the reason why it stopped.  If it processed none it fails with the
 * errno that the command for a single item would return.
 */

/**
 * DOC: whose memory
 *
 * What the kernel needs to keep track of blocks, files and dma-bufs, about 250
 * bytes for a block, is charged to the memory cgroup of the process whose
 * command needed it, until the object is gone.  At the limit of the cgroup a
 * command fails with ENOMEM; no process is killed for it.
 *
 * The pages of the areas are charged to no cgroup: they are taken from the host
 * for the area, and freeing a block returns them to the area and not to the
 * host.  What users hold of them is limited by the parameter
 * user_limit.
 */

/**
 * DOC: errno vocabulary
 *
 * ENOTTY	The command does not exist.
 * E2BIG	The end of a struct or an array entry that this kernel does not
 *		know is not zero; or an array entry is larger than 4096 bytes.
 * EINVAL	An invalid value: a struct shorter than its first version, a
 *		zero size, an alignment or boundary that is not a power of two,
 *		an address that is not a multiple of the page size, an empty
 *		range, the same area listed twice, non-zero padding, a bulk
 *		command without items.
 * EOPNOTSUPP	A flag or choice that this kernel does not know, or a feature
 *		that this kernel or this machine does not have.
 * EFAULT	A pointer points outside the program's memory.
 * ENOENT	There is no such area, block or reservation, or it belongs to
 *		another file.
 * EPERM	The process that opened the file lacks CAP_SYS_ADMIN in the
 *		initial user namespace; or, for a long quarantine,
 *		CAP_SYS_RESOURCE.
 * EACCES	The file was opened without write access, or the mapping asks
 *		for an access that the block does not grant.
 * EEXIST	A persistent block or reservation, or an area, already has that
 *		name.
 * EBUSY	The requested range exists, and a page of it is in use; or the
 *		block is mapped or exported; or it has not been freed; or the
 *		area is in use.
 * EDQUOT	The user would hold more than the module's limit for one user.
 * ENODEV	There is no such PCI function, or no such node with memory.
 * ENFILE	The system has no device node or open file left.
 * EMFILE	The process has no file descriptor left.
 * EHWPOISON	The hardware reported an error in a page of the block.
 * ETIMEDOUT	The awaited event did not happen in time.
 * ENOSPC	The request does not fit where it must lie: the areas are full,
 *		too fragmented, outside the limits, or do not own the range; or
 *		the host does not have the memory for an area.
 * EOVERFLOW	An address plus a size, or a size rounded up to pages, exceeds
 *		64 bits; or an array wraps around.
 * EMSGSIZE	The array is too short; @total is the number of entries.
 * ENOMEM	The kernel has no memory for its own bookkeeping, or the memory
 *		cgroup of the process has none.
 * EINTR	A signal arrived before the command had any effect.
 *
 * ENOTTY, E2BIG, EFAULT, EACCES for commands that need write access, EOPNOTSUPP
 * for an unknown flag, and EINVAL or EOVERFLOW for an invalid struct size,
 * padding or array apply to every command, even where its list of errors omits
 * them.  A process that is being killed may leave any command with EINTR.
 */

/*
 * The commands.  All are _IOWR: when a struct grows, only the size in the
 * number of its command changes.
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
	PGAREA_CMD_END_ORPHANS	= 0x1a,
	PGAREA_CMD_RESERVE	= 0x20,
	PGAREA_CMD_UNRESERVE	= 0x21,
	PGAREA_CMD_PROBE	= 0x22,
	PGAREA_CMD_CREATE_AREA	= 0x30,
	PGAREA_CMD_RESIZE_AREA	= 0x31,
	PGAREA_CMD_DESTROY_AREA	= 0x32,
	PGAREA_CMD_SHRINK_AREA	= 0x33,
};

/* Maximum size of the name of an area, block or reservation, with its NUL */
#define PGAREA_NAME_SIZE	32

/* Maximum number of entries in a set of areas */
#define PGAREA_SET_MAX		64

/* No address; also returned in place of a hidden physical address */
#define PGAREA_NO_ADDRESS	(~0ULL)

/* The node of a persistent block or reservation is /dev/pgarea-NAME. */
#define PGAREA_NODE_PREFIX	"pgarea-"

/**
 * struct pgarea_array - an array of the program that the kernel fills or reads
 * @entries: in: pointer to the array, as an integer; may be 0 if @count is 0
 * @cursor: in: 0 to start, or the value of the last call to continue;
 *	out: where the next call continues, 0 when the list is complete.
 *	Opaque: a value the kernel never returned may fail with EINVAL.  Ignored
 *	for arrays that the kernel reads.
 * @entry_size: in: size of an entry as the program knows it.  The kernel writes
 *	no more than this many bytes of an entry, and fills the rest of a longer
 *	one with zeros.  EINVAL if it is less than the entry's first version,
 *	E2BIG if it is more than 4096.
 * @count: in: number of entries to read, or that there is room for;
 *	out: number of entries written
 * @total: out: number of entries from @cursor on, written or not.  They are
 *	counted by the call that starts a list; a call that continues it and does
 *	not reach the end subtracts those listed since, which is not exact when
 *	the list has changed.
 * @__reserved: must be 0
 *
 * If not all entries fit, the kernel writes those that do, sets @count, @total
 * and @cursor, and fails with EMSGSIZE.  So a @count of 0 asks for the number
 * of entries, and a program with a small buffer loops while it gets EMSGSIZE.
 * The list may change between two calls; an entry that exists throughout is
 * listed exactly once.  Reading a list in parts costs about as much as reading
 * it at once.
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
#define PGAREA_FEATURE_ALLOC		_BITULL(0)  /* ALLOC, FREE, mmap() */
#define PGAREA_FEATURE_RESERVE		_BITULL(1)  /* RESERVE, UNRESERVE */
#define PGAREA_FEATURE_DRY_RUN		_BITULL(2)  /* for ALLOC and RESERVE */
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
#define PGAREA_FEATURE_END_ORPHANS	_BITULL(16) /* END_ORPHANS, orphan_max_ms */
#define PGAREA_FEATURE_AREAS		_BITULL(17) /* CREATE_, RESIZE_, DESTROY_AREA */
#define PGAREA_FEATURE_PROBE		_BITULL(18) /* PROBE */
#define PGAREA_FEATURE_GROW		_BITULL(19) /* areas grow on demand */
#define PGAREA_FEATURE_CLAIM		_BITULL(20) /* *_CLAIM */
#define PGAREA_FEATURE_SHRINK		_BITULL(21) /* SHRINK_AREA; idle memory returns */
#define PGAREA_FEATURE_NODE		_BITULL(22) /* PGAREA_ALLOC_NODE, _PREFER_NODE */

/* Modes of the module, in pgarea_info.flags */
#define PGAREA_INFO_HIDE_PHYS		_BITULL(0)  /* addresses are hidden */

/**
 * struct pgarea_info - features of the module, and the memory it holds
 * @features: out: PGAREA_FEATURE_*
 * @flags: out: PGAREA_INFO_*
 * @page_size: out: bytes; the granularity of blocks, reservations and mappings
 * @pageblock_size: out: bytes; the granularity of chunks
 * @nr_areas: out: number of areas
 * @max_areas: out: maximum number of areas: the parameter max_areas.  A set of
 *	areas has at most PGAREA_SET_MAX entries.
 * @name_size: out: PGAREA_NAME_SIZE as the kernel knows it
 * @__reserved: out: 0
 * @owned: out: bytes that all areas have taken from the host
 * @host_available: out: bytes that the host could still give to programs
 * @host_reserve: out: minimum number of bytes that the module leaves to the
 *	host
 * @chunks_taken: out: chunks taken from the host since the module was loaded
 * @chunks_returned: out: chunks returned to the host since then
 * @cleared: out: bytes cleared since then: all blocks and persistent
 *	reservations that were created, also those of commands that failed
 *	later, but not memory that the host had cleared for a block
 * @user_limit: out: maximum number of bytes that one user can hold, 0: no
 *	limit.  It does not apply to files that were opened with
 *	CAP_SYS_RESOURCE.
 * @user_held: out: bytes that the user who opened the file holds, in all files,
 *	including draining and orphaned memory.  All users of a user namespace
 *	count as one: the user who made it, or the root user in it if root made
 *	it; of nested namespaces the outermost counts.
 * @poisoned: out: bytes in pages in which the hardware reported an error, in
 *	all areas, as in struct pgarea_area
 * @orphan_ms: out: default quarantine time of an orphan, in milliseconds
 * @orphan_max_ms: out: longest quarantine time that this file may ask for, in
 *	milliseconds: the parameter orphan_max_ms, or PGAREA_ORPHAN_MAX_MS if the
 *	file was opened with CAP_SYS_RESOURCE
 * @bytes_taken: out: bytes taken from the host since the module was loaded
 * @bytes_returned: out: bytes returned to the host since then
 * @host_calls: out: how often the host was asked for memory since then
 * @host_us: out: microseconds that took, and returning it
 * @refused_busy: out: chunks that it did not give because something there could
 *	not be moved
 * @refused_reserve: out: chunks that it was not asked for because it, or one of
 *	its zones, would have had less than its reserve
 * @refused_other: out: chunks that it did not give for any other reason
 *
 * PGAREA_INFO_HIDE_PHYS means that a parameter of the module hides physical
 * addresses.  Every address that a command returns is then PGAREA_NO_ADDRESS,
 * every node of a block PGAREA_NODE_ANY, and neither an mmap offset nor a cursor
 * reveals an address.  The bounds of areas are still reported.
 *
 * Requests that could be used to find an address then need CAP_SYS_ADMIN, and
 * fail with EPERM without it: RANGES, RESERVE, UNRESERVE of a part,
 * PGAREA_ALLOC_EXACT, PGAREA_ALLOC_NODE, PGAREA_ALLOC_PREFER_NODE, an alignment
 * or boundary larger than @pageblock_size, and caches other than write-back.
 * ORDERS counts nothing larger than a pageblock as one free block.  For a file
 * without CAP_SYS_ADMIN the limits @lowest and @highest select whole areas: a
 * request is served from the areas whose bounds lie within the limits, and from
 * no others, whose refusals say PGAREA_REASON_BOUNDS and count no free memory.
 * A block larger than a pageblock lies in the first run of free memory that has
 * room, and at a multiple of no more than @align.  Areas grow on demand by the
 * pageblocks that are needed, and not by larger chunks.  An importer of a
 * dma-buf must reach the whole area (else EIO), or use an IOMMU that translates.
 *
 * What remains deducible, without CAP_SYS_ADMIN: the area of a block, and so the
 * area's bounds; the offset of its pages in a pageblock; how far the pages of an
 * area are apart within one contiguous run, and which of two pages is higher.
 * No command reveals which pageblocks within the bounds the area owns.  So the
 * address of a page is known as one of many: a pageblock can lie at any place in
 * the bounds that leaves room for what the area owns below and above it.  An
 * area that owns nearly all of its bounds hides little.  Outside the module, the
 * kernel reports the node of a mapped page, so an area should not have memory of
 * several nodes; and a process that may program a device may read an address
 * there.
 *
 * Any process that can open the device can use this command.
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
	__u32 orphan_max_ms;
	__aligned_u64 bytes_taken;
	__aligned_u64 bytes_returned;
	__aligned_u64 host_calls;
	__aligned_u64 host_us;
	__aligned_u64 refused_busy;
	__aligned_u64 refused_reserve;
	__aligned_u64 refused_other;
};

#define PGAREA_IOC_INFO \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_INFO, struct pgarea_info)

/*
 * ---- AREAS, ORDERS, RANGES: occupancy ---------------------------------------
 * For any process that can open the device.
 */

/* pgarea_area.node and others: memory of any node, or of several nodes */
#define PGAREA_NODE_ANY		(-1)

/**
 * struct pgarea_area - one area
 * @id: identifies the area in other commands; never reused while the module is
 *	loaded, never 0
 * @node: NUMA node that its memory comes from, or PGAREA_NODE_ANY
 * @name: NUL-terminated
 * @start: lowest address that a page of the area may have
 * @end: first address after the bounds of the area
 * @target_size: bytes that the area should hold
 * @owned: bytes that it holds: @free + @allocated + @reserved + @draining +
 *	@orphaned + @poisoned (and, in later versions, the bytes in new states)
 * @free: bytes that can be allocated or reserved
 * @allocated: bytes in live blocks
 * @reserved: bytes in reservations
 * @draining: bytes that were freed, or whose quarantine has ended, and that a
 *	mapping or a page reference still holds
 * @largest_free: bytes of the largest contiguous free run, of any length
 * @nr_chunks: number of chunks
 * @chunk_size: bytes; the size of a chunk, or smaller where the host could not
 *	provide as much, down to one pageblock
 * @orphaned: bytes of orphans, which are in quarantine
 * @poisoned: bytes in pages in which the hardware reported an error: retired,
 *	or to be retired when their block is freed.  A page that lost a
 *	reference of the area, because something in the kernel dropped one that
 *	it did not take, is retired in the same way.
 * @minimum: bytes below which RESIZE_AREA does not shrink it
 * @maximum: bytes above which it does not grow
 * @flags: PGAREA_AREA_GROW, PGAREA_AREA_CLAIM
 *
 * @chunk_size and @target_size are those that the area was created with, or the
 * last RESIZE_AREA asked for.
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
	__aligned_u64 minimum;
	__aligned_u64 maximum;
	__aligned_u64 flags;
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
 * @order: a block of order n has 2^n pages, and its address is a multiple of
 *	its size
 * @__reserved: out: 0
 * @free_blocks: number of free blocks of exactly this order, when the free
 *	memory is divided into the largest possible blocks
 */
struct pgarea_order {
	__u32 order;
	__u32 __reserved;
	__aligned_u64 free_blocks;
};

/**
 * struct pgarea_orders - count the free blocks of each order in an area
 * @flags: in: 0
 * @area: in: id of the area
 * @__reserved: must be 0
 * @orders: in and out: array of struct pgarea_order, from order 0 to the
 *	largest order that has a free block
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
 * @PGAREA_STATE_NOT_OWNED: no area owns the page: it belongs to the host, or is
 *	not RAM
 * @PGAREA_STATE_FREE: can be allocated or reserved
 * @PGAREA_STATE_ALLOCATED: in a live block
 * @PGAREA_STATE_RESERVED: in a reservation
 * @PGAREA_STATE_DRAINING: freed, or its quarantine has ended; a mapping or a
 *	page reference still holds it
 * @PGAREA_STATE_ORPHANED: its file was closed without freeing it; a device may
 *	still write to it
 * @PGAREA_STATE_POISONED: the hardware reported an error in it (or it lost a
 *	reference of the area); it is never allocated again, so nothing waits
 *	for what still holds it
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
 * Two adjacent ranges in the same state are two blocks or reservations.
 */
struct pgarea_range {
	__aligned_u64 address;
	__aligned_u64 size;
	__u32 state;
	__u32 area;
};

/**
 * struct pgarea_ranges - list the ranges of an area, each in one state
 * @flags: in: 0
 * @area: in: id of the area
 * @__reserved: must be 0
 * @lowest: in: omit all pages below the page that contains this address
 * @highest: in: omit all pages above the page that contains this address; 0: no
 *	limit.  Ranges are cut at both limits.
 * @ranges: in and out: array of struct pgarea_range in address order.  The list
 *	is not a snapshot, because other programs continue to run: where they
 *	allocate or free memory, adjacent blocks may appear as one range.
 *
 * Errors: ENOENT (no such area), EINVAL (@lowest > @highest), EPERM (physical
 * addresses are hidden, see INFO), EMSGSIZE.
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
 * ---- BLOCKS: blocks and reservations ----------------------------------------
 */

/* Block or reservation, in pgarea_block.kind */
#define PGAREA_KIND_BLOCK	0
#define PGAREA_KIND_RESERVATION	1

/* Holders of a block, in pgarea_block.holders and pgarea_wait.holders */
#define PGAREA_HOLDER_OWNER	_BITUL(0)  /* the open file that owns it */
#define PGAREA_HOLDER_MAPPING	_BITUL(1)  /* a mapping in some process */
#define PGAREA_HOLDER_REFERENCE	_BITUL(2)  /* a page reference: a pin, I/O, a pipe */
#define PGAREA_HOLDER_DMABUF	_BITUL(3)  /* a dma-buf made by EXPORT */
#define PGAREA_HOLDER_NODE	_BITUL(4)  /* an open node of a persistent block */
#define PGAREA_HOLDER_DEVICE	_BITUL(5)  /* orphaned: possibly a device */
#define PGAREA_HOLDER_CACHE	_BITUL(6)  /* not yet write-back again */

/**
 * struct pgarea_block - one block or reservation
 * @id: as returned by ALLOC or RESERVE
 * @address: address of its first page
 * @size: bytes
 * @mmap_offset: for mmap(); 0 for a reservation
 * @flags: flags it was created with
 * @area: id of the area that owns its first page
 * @node: NUMA node of its first page
 * @kind: PGAREA_KIND_*
 * @state: enum pgarea_state
 * @holders: PGAREA_HOLDER_*; page references are looked for only while a block
 *	drains: in its first pages while a mapping, a dma-buf or a node holds it,
 *	as of this command; then in all of them, a few times a second
 * @pid: process that opened the file it belongs to, or belonged to, in the pid
 *	namespace of the caller; 0: not visible there
 * @name: NUL-terminated, may be empty
 * @uid: user that it is charged to, in the user namespace of the caller
 * @orphan_ms: milliseconds: if it is live, its quarantine time as an orphan; if
 *	it is an orphan, the remaining time; else 0.  0 if it is persistent, or
 *	if it is an orphan that waits for the function it is bound to.
 * @pci_domain: domain of the PCI function it is bound to
 * @pci_bus: bus of that function
 * @pci_device: device number of that function, 0 to 31
 * @pci_function: function number of that function, 0 to 7
 * @bound_to_pci: 1 if it is bound to a PCI function, else 0
 * @cache: enum pgarea_cache
 * @access: enum pgarea_access
 * @persistent: 1 if it was created as persistent and not removed, else 0
 * @poisoned: 1 if the hardware reported an error in a page of it, else 0
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

/* Blocks of all files, not only of this one.  Needs CAP_SYS_ADMIN. */
#define PGAREA_BLOCKS_ALL		_BITULL(0)
/* Omit blocks */
#define PGAREA_BLOCKS_NO_BLOCKS		_BITULL(1)
/* Omit reservations */
#define PGAREA_BLOCKS_NO_RESERVATIONS	_BITULL(2)

/**
 * struct pgarea_blocks - list blocks and reservations
 * @flags: in: PGAREA_BLOCKS_*
 * @blocks: in and out: array of struct pgarea_block in the order of their ids
 *
 * A block that this file freed is listed until it has drained.  Persistent
 * blocks and reservations, orphans, and draining blocks of closed files belong
 * to no file: they are listed only with PGAREA_BLOCKS_ALL.
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

/* The block must start at pgarea_alloc.address */
#define PGAREA_ALLOC_EXACT	_BITULL(0)
/* Check whether and where it would fit.  Nothing is allocated, the id is 0. */
#define PGAREA_ALLOC_DRY_RUN	_BITULL(1)
/* Only memory of pgarea_alloc.node.  Not with PGAREA_ALLOC_EXACT */
#define PGAREA_ALLOC_NODE	_BITULL(2)
/* Do not let an area grow for this request */
#define PGAREA_ALLOC_NO_GROW	_BITULL(3)
/* Only memory that was not allocated since it was taken from the host */
#define PGAREA_ALLOC_FRESH	_BITULL(4)
/*
 * The block belongs to no file: it outlives this one, has the node
 * /dev/pgarea-NAME, and exists until REMOVE.  Needs CAP_SYS_ADMIN and a unique
 * name.
 */
#define PGAREA_ALLOC_PERSISTENT	_BITULL(5)
/* At the highest possible address instead of the lowest */
#define PGAREA_ALLOC_TOP_DOWN	_BITULL(6)
/*
 * Take from the host what no area owns of the range.  With PGAREA_ALLOC_EXACT;
 * needs CAP_SYS_ADMIN.
 */
#define PGAREA_ALLOC_CLAIM	_BITULL(7)
/* Memory of pgarea_alloc.node, or of any other if that has no room */
#define PGAREA_ALLOC_PREFER_NODE _BITULL(8)

/* Caching of the memory by the processor, in pgarea_alloc.cache */
enum pgarea_cache {
	PGAREA_CACHE_WB = 0,	/* write-back, like ordinary memory */
	PGAREA_CACHE_WC = 1,	/* write-combining */
	PGAREA_CACHE_UC = 2,	/* uncached */
};

/* One run of pages or several, in pgarea_alloc.layout */
enum pgarea_layout {
	PGAREA_LAYOUT_CONTIGUOUS = 0,	/* one run */
	PGAREA_LAYOUT_SCATTERED = 1,	/* several runs are allowed */
	PGAREA_LAYOUT_PREFER_CONTIGUOUS = 2,
};

/* pgarea_alloc.orphan_ms and others: no quarantine */
#define PGAREA_ORPHAN_NONE	(~0U)
/* The maximum quarantine time of an orphan, in milliseconds */
#define PGAREA_ORPHAN_MAX_MS	3600000

/* Access that mappings of the block may have, in pgarea_alloc.access */
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
 * @PGAREA_REASON_BOUNDS: none of its memory lies within the limits of the
 *	request; if addresses are hidden, its bounds do not.  Or it is the area of
 *	a claim, and the request is not for an exact address.
 * @PGAREA_REASON_FULL: it has less free memory within the limits than requested
 * @PGAREA_REASON_FRAGMENTED: it has enough free memory, but no free run has the
 *	requested length, alignment, boundary and limits
 * @PGAREA_REASON_IN_USE: a page of the exact range is in use
 * @PGAREA_REASON_NOT_OWNED: the area does not own the exact range; of area 0, of
 *	a claim: no area owns it, and the host does not give it
 * @PGAREA_REASON_MAXIMUM: the same as one of the others, and it may grow, but would
 *	exceed its maximum, with what it is growing by for others
 * @PGAREA_REASON_TIMEOUT: the same, and it was growing until the time for that was
 *	over (the parameter grow_ms)
 * @PGAREA_REASON_NODE: none of its memory within the limits is of the node of the
 *	request
 */
enum pgarea_reason {
	PGAREA_REASON_BOUNDS		= 1,
	PGAREA_REASON_FULL		= 2,
	PGAREA_REASON_FRAGMENTED	= 3,
	PGAREA_REASON_IN_USE		= 4,
	PGAREA_REASON_NOT_OWNED		= 5,
	PGAREA_REASON_MAXIMUM		= 6,
	PGAREA_REASON_TIMEOUT		= 7,
	PGAREA_REASON_NODE		= 8,
};

/**
 * struct pgarea_refusal - why one area could not serve a request
 * @area: id of the area; 0: what is in the way of a claim is the host's
 * @reason: enum pgarea_reason
 * @address: of an exact range, the first page that the area does not have free;
 *	else PGAREA_NO_ADDRESS
 * @free: free bytes in the area, within the limits of the request, and of its
 *	node
 * @largest_free: bytes of the largest contiguous free run there
 * @state: enum pgarea_state of the page at @address, 0 if there is none
 * @__reserved: out: 0
 * @obstacle: enum pgarea_obstacle_kind of what kept the area from growing for the
 *	request: of an exact range the first page in the way, else what was in the
 *	way of most pages within the limits.  PGAREA_OBSTACLE_NONE if it did not try
 *	to grow, if the host was not what kept it, and always without
 *	CAP_SYS_ADMIN: it shows what the host does with its memory.  Of a claim:
 *	what is in the way.
 * @__reserved2: out: 0
 * @obstacle_address: address of the first page of that kind, or
 *	PGAREA_NO_ADDRESS
 */
struct pgarea_refusal {
	__u32 area;
	__u32 reason;
	__aligned_u64 address;
	__aligned_u64 free;
	__aligned_u64 largest_free;
	__u32 state;
	__u32 __reserved;
	__u32 obstacle;
	__u32 __reserved2;
	__aligned_u64 obstacle_address;
};

/**
 * struct pgarea_alloc - allocate a block
 * @size: in: bytes, at least 1.  Rounded up to whole pages, and no further.
 * @align: in: bytes, a power of two; 0: a page.  It may be larger than @size,
 *	and wastes no memory.
 * @boundary: in: bytes, a power of two and at least @size; the block does not
 *	cross a multiple of it.  0: no boundary.
 * @lowest: in: no byte of the block lies below this address; see INFO for hidden
 *	addresses, with which the limits select whole areas
 * @highest: in: no byte of the block lies above this address; 0: no limit
 * @address: in: with PGAREA_ALLOC_EXACT, where the block starts; a multiple of
 *	the page size and of @align, such that the block respects the other
 *	limits.  Otherwise it must be 0.
 * @flags: in: PGAREA_ALLOC_*
 * @node: in: with PGAREA_ALLOC_NODE or PGAREA_ALLOC_PREFER_NODE, the NUMA node.
 *	Otherwise it must be 0.
 * @cache: in: enum pgarea_cache
 * @layout: in: enum pgarea_layout
 * @access: in: enum pgarea_access
 * @areas: in: array of struct pgarea_area_id, at most PGAREA_SET_MAX: the areas
 *	to try, in this order, and no others.  Empty: all areas, the least
 *	precious first: by @end, and then by @start, from the highest down, and
 *	of equal bounds the oldest first.
 * @segments: in and out: room for struct pgarea_segment; the pieces of the
 *	block.  Empty: only @total is set.  If the array is too short, the
 *	command fails with EMSGSIZE and allocates nothing.
 * @refusals: in and out: room for struct pgarea_refusal; on ENOSPC and EBUSY
 *	one for each area tried, and none on success (entries may hold anything
 *	then).  Entries that do not fit are omitted; @total counts all.  Empty:
 *	none is written.
 * @name: in: NUL-terminated label of the block, printable, may be empty
 * @id: out: identifies the block in other commands; never 0, except after a dry
 *	run
 * @mmap_offset: out: for mmap(); opaque, below 2^44, never 0, except after a
 *	dry run
 * @phys: out: physical address of the first page
 * @alloc_size: out: bytes of the block
 * @area: out: id of the area that it was allocated from, of its first page after
 *	a claim
 * @alloc_node: out: NUMA node of its first page, PGAREA_NODE_ANY if hidden
 * @nr_segments: out: number of contiguous pieces
 * @contiguous: out: 1 if it is one piece, else 0
 * @__reserved: must be 0
 * @orphan_ms: in: milliseconds that the block stays in quarantine if its file
 *	is closed before it is freed; at most PGAREA_ORPHAN_MAX_MS, and more
 *	than the orphan_max_ms of INFO is EPERM.  0: the default of the
 *	module's parameter; PGAREA_ORPHAN_NONE: no quarantine.
 * @__reserved2: must be 0
 *
 * The memory is zero: this command clears all of it, whatever a program or a
 * device wrote there before, or the host did just now when it gave all of it for
 * this block.  The kernel cannot stop or see a device that
 * writes to it from then on, because another owner programmed it with the
 * address and did not stop it, or because it reaches fewer address bits than it
 * was given.  Ordinary reservations are not cleared, and cannot be mapped.
 *
 * The block belongs to the open file, and so to every process that has this
 * open file, until FREE.  If it has not been freed when
 * the last descriptor and the last mapping of the file are closed, however the
 * process ended, it becomes an orphan: a device that was programmed with its
 * address may still write to it.  It stays in quarantine for @orphan_ms, and
 * then drains.  If it was bound to a PCI function (BIND), the bus mastering of
 * that function is cleared instead, and the block drains once it is off.  In
 * every case its pages are not reused before the last mapping, page reference,
 * dma-buf and open node that holds them is gone.
 *
 * Before a request for memory is refused, the draining blocks of the file are
 * checked, and a limited number of those of other files.  A block of another
 * file that is not among them, and that only a page reference held, is found to
 * be free at the next of the checks that the module makes a few times a second.
 *
 * Write-combining or uncached memory has this attribute in the kernel's mapping
 * as well while the block lives, and is write-back again before its pages are
 * reused.  It cannot be executable (EINVAL).  If this machine cannot set the
 * attribute in all mappings of a page, the request fails with EOPNOTSUPP.
 *
 * No process can ever map a read-only block for writing; a device and the
 * kernel can write to it.  Only a PGAREA_ACCESS_EXECUTE block can be mapped for
 * execution, if the file system of the device node allows it (else EPERM); a
 * dma-buf always allows it.
 *
 * A persistent block is charged to the user who created it.  Its @name consists
 * of letters, digits, '-', '_' and '.', and starts with a letter or digit.  In
 * any file that was opened with CAP_SYS_ADMIN, the block can be mapped at
 * @mmap_offset, and its @id is valid for EXPORT and WAIT, but for no other
 * command.  Its node can be opened, read, written, seeked and mapped, from
 * offset 0, like a disk of the same size, by every process that the mode of the
 * node permits; the mode is initially 0600, owned by root.  A persistent block
 * never becomes an orphan (EINVAL with an @orphan_ms).
 *
 * Within an area, the block is placed in the lowest free piece that is large
 * enough, has a power of two as its size, and lies at a multiple of that size.
 * This splits the free memory as little as possible.  If there is no such
 * piece, the block is placed at the lowest suitable address.  With
 * PGAREA_ALLOC_TOP_DOWN it is placed in the highest such piece, at the highest
 * address in it.  The order in which areas are tried stays the same.  See INFO
 * for the place of large blocks when addresses are hidden.
 *
 * If no area has room, the areas that may grow (PGAREA_AREA_GROW) are tried again,
 * in the same order, unless the request has PGAREA_ALLOC_NO_GROW or
 * PGAREA_ALLOC_DRY_RUN.  Such an area takes from the host what this request needs,
 * where it needs it, in whole pageblocks, up to its maximum: one chunk of its
 * @chunk_size if a place fits into one, or of half of that, and so on; or else as
 * many neighbouring pageblocks as the place needs, all of them or none.  With
 * PGAREA_ALLOC_TOP_DOWN it is the highest such chunk.  What it has taken it
 * keeps, also if the command fails later.  Meanwhile no other command waits.  A
 * command tries this for no longer than the parameter grow_ms; no signal but a
 * fatal one ends it earlier, and then all is returned.  A request that would
 * exceed the limit of the user takes nothing (EDQUOT).
 *
 * With PGAREA_ALLOC_NODE, each area serves the request only from its memory of
 * that node, and grows only there; whether the area itself is for this node or
 * for any makes no difference.  With PGAREA_ALLOC_PREFER_NODE, this is tried
 * first, also by growing.  Then the request is tried like one for no node;
 * @refusals and the time for growing are those of both.  @alloc_node says which
 * node it was.  A command for many blocks prefers the node until it has no room.
 *
 * With PGAREA_ALLOC_CLAIM, an exact range is had wherever it lies in RAM.  The
 * parts of it that areas own must be free there.  What no area owns is taken
 * from the host, in whole pageblocks: what the host can move is moved away, with
 * its contents.  It becomes an area of its own, with the flag PGAREA_AREA_CLAIM
 * and a name that begins with "claim-".  All of this is done, or nothing.
 *
 * The area of a claim has the pageblocks for bounds.  It counts for max_areas,
 * and is not resized (EINVAL).  Only requests for exact addresses, and RESERVE,
 * get its pages that the claim does not cover.  When none of its pages is in a
 * block or reservation any more, it ends by itself, and all of its memory goes
 * back to the host.  AREAS may show it for a moment after that; a WAIT after
 * that returns when it is gone.
 *
 * A block or reservation may so have pages of several areas.  Each page counts
 * in the area that owns it, and goes back there.
 *
 * A claim is refused with EBUSY if a page is in use and may be had later, by the
 * host or in an area; and with ENOSPC if it is not RAM that the module may take
 * now: see enum pgarea_obstacle_kind.  @refusals then has one entry that names
 * what was found to be in the way: that of the area which owns it, or of area 0.
 * As the host gives whole pageblocks, this may be a page beside the range, in a
 * pageblock that the range touches.  Of two claims for the same page at once,
 * the later waits for the earlier.  A claim has no dry run (EINVAL; see PROBE),
 * and names no areas (EINVAL).
 *
 * PGAREA_ALLOC_NODE, _PREFER_NODE, _FRESH and _PERSISTENT, caches other than
 * write-back, layouts other than contiguous, and accesses other than read-write
 * fail with EOPNOTSUPP unless the features of INFO include them.  There is no
 * feature yet for PGAREA_ALLOC_FRESH and the other layouts.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (an id in @areas), ENODEV (there
 * is no such node with memory), EPERM (PERSISTENT; CLAIM; @orphan_ms; see INFO
 * for hidden addresses), EACCES (the file was opened without write access),
 * EEXIST (PERSISTENT), EBUSY (EXACT, a page of the range is in use), ENOSPC,
 * EDQUOT, EMSGSIZE, ENFILE (PERSISTENT), ENOMEM, EINTR (the process is being
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
 * Call mmap() on the open file that owns the block, with MAP_SHARED, at the
 * offset that ALLOC returned, or a multiple of the page size after it, for the
 * whole block or any part.  (In the node of a persistent block, and in a
 * dma-buf, offsets start at 0.)  All pages are mapped at once and cannot be
 * paged out.  They can be pinned, spliced, and used for O_DIRECT.  A mapping
 * holds the pages, and keeps the file open after close().  It is not part of
 * core dumps, cannot grow with mremap(), and is inherited by a child.
 *
 * Errors of mmap(): EINVAL (MAP_PRIVATE; the mapping ends after the end of the
 * block), ENOENT (this file has no live block at the offset), EACCES (PROT_EXEC
 * or PROT_WRITE that the block does not grant, also in a later mprotect();
 * PROT_WRITE if the file was opened without write access), EBUSY (another
 * thread is trimming or splitting the block), EHWPOISON, ENOMEM.
 *
 * The mapped pages count as file pages of the process (RssFile in
 * /proc/PID/status), as pages that can be pinned do.  So the host's OOM killer
 * takes a process with large mappings for a large user of memory, although its
 * death returns nothing to the host: give such a process a low
 * /proc/PID/oom_score_adj.
 *
 * A futex that processes share cannot be in a block (EFAULT); one between
 * threads of a process can (FUTEX_PRIVATE_FLAG, the default of pthreads).  For
 * locks between processes use memory of memfd_create(), or an eventfd.  Atomic
 * instructions work in a block as in other memory.
 *
 * When the hardware reports an error in a page of a mapped block, the kernel
 * removes the pages of the block from all mappings within a second.  The next
 * access to any page of it raises SIGBUS, with si_code BUS_MCEERR_AR on the bad
 * page itself and BUS_ADRERR on the other pages.
 */

/**
 * struct pgarea_free - free a block
 * @id: in: the block
 * @flags: in: 0
 *
 * After this, no command that changes anything accepts the id.  Pages that a
 * mapping or a page reference still holds drain: they are not reused before the
 * last holder is gone, and BLOCKS lists the block until then.
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
 * ---- ALLOC_BULK, FREE_BULK: many blocks at once -----------------------------
 */

/**
 * struct pgarea_bulk_block - one block of many
 * @id: as in struct pgarea_alloc
 * @mmap_offset: as in struct pgarea_alloc
 * @phys: physical address of the first page
 * @alloc_size: bytes of the block
 * @area: id of the area that it was allocated from
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
 * @align: in: as in struct pgarea_alloc
 * @boundary: in: as in struct pgarea_alloc
 * @lowest: in: as in struct pgarea_alloc
 * @highest: in: as in struct pgarea_alloc
 * @flags: in: as in struct pgarea_alloc, without PGAREA_ALLOC_EXACT, _DRY_RUN
 *	and _PERSISTENT
 * @node: in: as in struct pgarea_alloc
 * @cache: in: as in struct pgarea_alloc
 * @layout: in: as in struct pgarea_alloc
 * @access: in: as in struct pgarea_alloc
 * @areas: in: as in struct pgarea_alloc; for each block all of them are tried,
 *	in this order
 * @blocks: in and out: room for struct pgarea_bulk_block.  @count: in: number
 *	of blocks wanted, at least 1; out: number of blocks allocated, like
 *	@total
 * @refusals: in and out: as in struct pgarea_alloc, for the first block that
 *	did not fit; none if all were allocated
 * @name: in: label of each block
 * @done: out: number of blocks allocated
 * @error: out: 0 if all were allocated, else the errno that stopped it, as a
 *	positive number: ENOSPC, EDQUOT, ENOMEM
 * @__reserved: must be 0
 * @orphan_ms: in: as in struct pgarea_alloc
 * @__reserved2: must be 0
 *
 * The blocks are placed one after the other, as the same number of ALLOCs would
 * place them, and each is freed on its own.  An area that grows takes from the
 * host at once what several blocks need, and not more than 64 MiB unless a block
 * or a chunk is larger.
 *
 * The command also succeeds if only some of the blocks could be allocated; the
 * program must check @done.  If a result cannot be written (EFAULT), no block
 * remains: there is never a block that the program does not know.
 *
 * Errors if no block was allocated: as for ALLOC, and EINVAL also for a @count
 * of 0 in @blocks, and for PGAREA_ALLOC_EXACT, _DRY_RUN and _PERSISTENT.
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
 * @done: out: number of blocks freed, from the first of @ids on
 * @error: out: 0 if all were freed, else the errno of the next one, as a
 *	positive number: ENOENT, or EFAULT or E2BIG for its entry
 *
 * The blocks are freed as by FREE, in the order of @ids.  An id that occurs
 * twice is freed once, and fails with ENOENT the second time.
 *
 * Errors if no block was freed: EINVAL (also for no ids), EOPNOTSUPP,
 * EOVERFLOW, ENOENT, EFAULT (also if the struct cannot be written), E2BIG,
 * EACCES (as for ALLOC).  EFAULT is also returned, with blocks freed, if
 * another thread makes the struct unwritable meanwhile.
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
 * ---- TRIM, SPLIT: shorten a block, or divide it into several ----------------
 */

/**
 * struct pgarea_trim - free the end of a block
 * @id: in: the block
 * @flags: in: 0
 * @size: in: bytes to keep, at least 1, rounded up to pages; at most the
 *	current size
 * @alloc_size: out: bytes that the block has now
 *
 * The block keeps its id, its address, its mmap offset, and its contents.  The
 * rest is freed as by FREE: it drains while a page reference holds it.  With
 * the current size nothing changes.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (no such block in this file),
 * EACCES (as for ALLOC), EBUSY (a mapping or a dma-buf of the block exists),
 * ENOMEM, EINTR (a signal arrived while the command waited for TRIM, SPLIT or
 * UNRESERVE of another thread on the same file).
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
 * struct pgarea_split - split a block into blocks that are freed one by one
 * @id: in: the block
 * @flags: in: 0
 * @first: in: bytes of the first piece, less than the block has; 0: @size
 * @size: in: bytes of each further piece, of which the last may be shorter;
 *	0: one piece for all the rest.  @first and @size are multiples of the
 *	page size, and at least one of them is not 0.
 * @pieces: in and out: room for struct pgarea_bulk_block; all pieces in address
 *	order
 *
 * The first piece keeps the id.  All pieces keep the label, the flags, and
 * their contents.  The split is all or nothing: if @pieces is too short,
 * nothing is split or written to the array, @total is the number of entries
 * needed, and @count is 0.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, ENOENT (no such block in this file),
 * EACCES (as for ALLOC), EBUSY (a mapping or a dma-buf of the block exists),
 * EMSGSIZE, ENOMEM, EINTR (as for TRIM).
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
 * ---- WAIT, BIND, EXPORT, REMOVE, END_ORPHANS: the lifetime of a block -------
 */

/* Wait for every draining or orphaned block.  Needs CAP_SYS_ADMIN. */
#define PGAREA_WAIT_ALL		_BITULL(0)

/* pgarea_wait.timeout_ms: no timeout */
#define PGAREA_WAIT_FOREVER	(~0ULL)

/**
 * struct pgarea_wait - wait until freed blocks have drained
 * @id: in: a block that this file freed (or a persistent one that was removed,
 *	if this file was opened with CAP_SYS_ADMIN);
 *	0: all blocks that this file freed, or with PGAREA_WAIT_ALL all blocks
 * @flags: in: PGAREA_WAIT_*
 * @timeout_ms: in: maximum time to wait, in milliseconds; 0: only check;
 *	out: after EINTR the remaining time, so that a repeated call ends when
 *	the first one would have ended
 * @left: out: number of blocks and reservations that have not drained
 * @holders: out: PGAREA_HOLDER_* of all of these together
 *
 * A block has drained when it has no holder and its pages are free.  An id that
 * belongs to no block of this file counts as drained.  Orphans belong to no
 * file: only PGAREA_WAIT_ALL waits for them.  When it succeeds, no block was
 * draining or orphaned at that moment, so none of these prevents the module
 * from being unloaded.
 *
 * WAIT first checks the blocks that it waits for, except with PGAREA_WAIT_ALL:
 * then it reports the result of the checks that the module makes a few times a
 * second.  So its cost does not depend on the blocks of other files.
 *
 * poll() on the file reports POLLIN when no block that the file freed is
 * draining.
 *
 * Errors: EINVAL (an @id with PGAREA_WAIT_ALL), EOPNOTSUPP, EPERM, EBUSY (the
 * block has not been freed), ETIMEDOUT, EINTR (a signal handler ran; a stop or
 * a debugger does not end the call).
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

/* Remove the binding; the address must be 0. */
#define PGAREA_BIND_NONE	_BITULL(0)

/**
 * struct pgarea_bind - declare which PCI function writes to a block
 * @id: in: a block or reservation of this file
 * @flags: in: PGAREA_BIND_*
 * @domain: in: domain of the function
 * @bus: in: bus of the function
 * @device: in: device number of the function, 0 to 31
 * @function: in: function number of the function, 0 to 7
 * @__reserved: must be 0
 *
 * When the block would become an orphan, the bus mastering of the function is
 * cleared, and the block drains without a quarantine.  FREE does not touch the
 * function: with it the owner states that no transfer is in progress.  A second
 * BIND replaces the first.  SPLIT binds all pieces as the whole block was
 * bound.
 *
 * The block drains only after the bus mastering of the function was seen to be
 * off, and after the writes sent before that have arrived.  That is usually at
 * once.  While the function is being reset, or wakes from a suspend, both of
 * which write back what its command register was before, the block stays an
 * orphan, with an @orphan_ms of 0 in BLOCKS, until that is over.  A function
 * that does not answer (its registers read as ones) has lost its power or its
 * link, and cannot write.  When the kernel removes a function that a block is
 * bound to, its bus mastering is cleared then; what is found at its address
 * later is another function, and not touched.  If the register ignores the
 * write, the block is quarantined as if it were not bound.
 *
 * A driver or a program that enables bus mastering afterwards is responsible
 * for the addresses that the function still has.
 *
 * Needs CAP_SYS_ADMIN, because it can end the bus mastering of any function.
 *
 * Errors: EINVAL (also for a bridge, whose bus mastering is that of everything
 * behind it), EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT (no such block
 * or reservation in this file), ENODEV, ENOMEM.
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

/* The dma-buf cannot be mapped for writing; implied for a read-only block */
#define PGAREA_EXPORT_READ_ONLY	_BITULL(0)

/**
 * struct pgarea_export - create a dma-buf of a block or of a part of it
 * @id: in: a block of this file; or a persistent block or reservation, in a
 *	file that was opened with CAP_SYS_ADMIN
 * @flags: in: PGAREA_EXPORT_*
 * @offset: in: bytes from the start of the block, a multiple of the page size
 * @size: in: bytes, a multiple of the page size; 0: up to the end of the block
 * @fd: out: file descriptor of the dma-buf, close-on-exec
 * @__reserved: must be 0
 *
 * The dma-buf holds the pages of the whole block until its last reference is
 * dropped, whatever happens to the block and to this file.  A block may be
 * exported more than once.
 *
 * A device that imports the dma-buf gets the physical address of the block as
 * the processor sees it, or, if an IOMMU translates for it, some address that
 * leads there.  Where neither is possible, the importer gets EIO: if the device
 * cannot reach the block, and wherever the kernel would use a bounce buffer
 * instead (swiotlb=force; guests whose memory is encrypted, as with AMD SEV and
 * Intel TDX; Xen).
 *
 * Errors: EINVAL (not aligned, or not inside the block), EOPNOTSUPP, EOVERFLOW,
 * ENOENT, EACCES (as for ALLOC), EBUSY (another thread is trimming or splitting
 * the block), EHWPOISON, EMFILE, ENFILE, ENOMEM.
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
 * struct pgarea_remove - remove a persistent block or reservation
 * @flags: in: 0
 * @name: in: its name
 * @id: out: its id, for WAIT
 *
 * The device node disappears at once.  Processes that have it open or mapped
 * keep the memory, as with an unlinked file, and the block drains until the
 * last of them closes and unmaps it.  Needs CAP_SYS_ADMIN.
 *
 * Errors: EINVAL (not a valid name), EOPNOTSUPP, EPERM, EACCES (as for ALLOC),
 * ENOENT.
 */
struct pgarea_remove {
	__aligned_u64 flags;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 id;
};

#define PGAREA_IOC_REMOVE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_REMOVE, struct pgarea_remove)

/* Which orphans; with several of these, only those that all of them name */
#define PGAREA_ORPHANS_ALL	_BITULL(0) /* every orphan; alone */
#define PGAREA_ORPHANS_ID	_BITULL(1) /* the one with this @id */
#define PGAREA_ORPHANS_PID	_BITULL(2) /* of files opened by process @pid */
#define PGAREA_ORPHANS_UID	_BITULL(3) /* charged to user @uid */
#define PGAREA_ORPHANS_AREA	_BITULL(4) /* in the area with the id @area */

/**
 * struct pgarea_end_orphans - end the quarantine of orphans
 * @flags: in: PGAREA_ORPHANS_*, at least one
 * @id: in: with PGAREA_ORPHANS_ID; else 0
 * @pid: in: with PGAREA_ORPHANS_PID: as BLOCKS reports it; else 0
 * @uid: in: with PGAREA_ORPHANS_UID: as BLOCKS reports it; else 0
 * @area: in: with PGAREA_ORPHANS_AREA; else 0
 * @ended: out: number of orphans whose quarantine ended; 0 if there was none
 *
 * The orphans drain at once, as if the time of their quarantine were over, and
 * also those that are kept back until the PCI function that they are bound to
 * is stopped; the function is left as it is.  The caller states that no device
 * writes to them any more: the next owner of the memory would get what it
 * writes.  WAIT waits until they are free.
 *
 * Needs CAP_SYS_ADMIN.
 *
 * Errors: EINVAL (no flag, PGAREA_ORPHANS_ALL with others, a field without its
 * flag), EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT (no such area),
 * EFAULT (also with orphans ended, if another thread makes the struct
 * unwritable meanwhile).
 */
struct pgarea_end_orphans {
	__aligned_u64 flags;
	__aligned_u64 id;
	__s32 pid;
	__u32 uid;
	__u32 area;
	__u32 ended;
};

#define PGAREA_IOC_END_ORPHANS \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_END_ORPHANS, struct pgarea_end_orphans)

/*
 * ---- RESERVE, UNRESERVE -----------------------------------------------------
 */

/*
 * Take from the host what no area owns of the range, as PGAREA_ALLOC_CLAIM does.
 * Needs CAP_SYS_ADMIN.
 */
#define PGAREA_RESERVE_CLAIM		_BITULL(0)
/*
 * The reservation belongs to no file, like a persistent block.  It is cleared,
 * and its node can be read, written and mapped like that of a block.
 */
#define PGAREA_RESERVE_PERSISTENT	_BITULL(1)
/* Check whether it can be reserved.  Nothing is reserved, the id is 0. */
#define PGAREA_RESERVE_DRY_RUN		_BITULL(2)

/**
 * struct pgarea_reserve - keep an exact range out of an area's free memory
 * @address: in: first byte, a multiple of the page size
 * @size: in: bytes, a multiple of the page size, at least one page
 * @flags: in: PGAREA_RESERVE_*
 * @name: in: NUL-terminated label, printable, may be empty
 * @id: out: identifies the reservation; never 0, except after a dry run.  On
 *	EBUSY, of a claim: the block or reservation in the way, or 0
 * @conflict: out: on EBUSY and ENOSPC the address of the first conflicting page;
 *	of a claim the page found to be in the way, which may lie beside the
 *	range, or PGAREA_NO_ADDRESS if it is no page
 * @conflict_size: out: bytes from @conflict on that conflict and are in the
 *	same state, cut at the end of the requested range
 * @conflict_state: out: enum pgarea_state of that page; PGAREA_STATE_FREE if it
 *	has become free since, or is in another area than the page before it
 * @area: out: id of the area that owns the first page; 0: no area owns it.  On
 *	EBUSY and ENOSPC, of a claim: the area that owns @conflict, or 0
 * @__reserved: must be 0
 * @orphan_ms: in: as in struct pgarea_alloc
 * @__reserved2: must be 0
 * @obstacle: out: on EBUSY and ENOSPC, of a claim: enum pgarea_obstacle_kind of
 *	what is at @conflict; else 0
 * @__reserved3: out: 0
 *
 * All or nothing: every page of the range must be free and in the same area.
 * With PGAREA_RESERVE_CLAIM, a page may also be of another area, or the host's:
 * see struct pgarea_alloc for claims.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, EACCES (as for ALLOC), EPERM
 * (PERSISTENT; CLAIM; @orphan_ms; addresses are hidden), EEXIST (PERSISTENT), EBUSY (a page is
 * allocated, reserved, draining, orphaned or poisoned), ENOSPC (no area owns
 * the first page, or its area does not own another page of the range), EDQUOT,
 * ENFILE (PERSISTENT), ENOMEM, EINTR (the process is being killed).
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
	__u32 obstacle;
	__u32 __reserved3;
};

#define PGAREA_IOC_RESERVE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_RESERVE, struct pgarea_reserve)

/**
 * struct pgarea_unreserve - release a reservation, whole or in part
 * @id: in: the reservation
 * @flags: in: 0
 * @address: in: first byte of the part; 0 with a @size of 0: the whole
 * @size: in: bytes of the part
 * @rest_id: out: if the part lies in the middle, the id of a new reservation
 *	for the pages above it; else 0.  The pages below the part keep @id, or,
 *	if there are none, those above it.
 *
 * Errors: EINVAL (not page aligned, only one of @address and @size is 0, or the
 * part is not inside the reservation), EOVERFLOW, ENOENT (no such reservation
 * in this file), EPERM (a part, and addresses are hidden), EACCES (as for
 * ALLOC), ENOMEM, EINTR (as for TRIM).
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

/*
 * ---- CREATE_AREA, RESIZE_AREA, DESTROY_AREA, SHRINK_AREA ---------------------
 * All need CAP_SYS_ADMIN.  Nothing that was allocated from an area notices that
 * it is resized, or that others are created and destroyed: blocks, reservations
 * and dma-bufs keep their ids, addresses, offsets, mappings and contents.
 */

/*
 * The area may take more from the host on demand (ALLOC), up to its maximum.
 * This flag and PGAREA_AREA_CLAIM are reported by AREAS.
 */
#define PGAREA_AREA_GROW	_BITULL(0)
/* Only memory of pgarea_create_area.node */
#define PGAREA_AREA_NODE	_BITULL(1)
/* All of the size that is asked for, or the command fails */
#define PGAREA_AREA_REQUIRE	_BITULL(2)
/* The area is that of a claim; for AREAS only */
#define PGAREA_AREA_CLAIM	_BITULL(3)

/**
 * enum pgarea_shortage - why an area could not get more memory
 * @PGAREA_SHORTAGE_NONE: it has what was asked for
 * @PGAREA_SHORTAGE_NO_MEMORY: within its bounds, and on its node, is no memory
 *	that can be used and that it does not own already
 * @PGAREA_SHORTAGE_OTHER_AREA: most places are owned by other areas
 * @PGAREA_SHORTAGE_MOVABLE_ZONE: most places are in ZONE_MOVABLE, whose memory
 *	must not be held for long
 * @PGAREA_SHORTAGE_IN_USE: most places have memory that is in use and cannot be
 *	moved, or that is not RAM
 * @PGAREA_SHORTAGE_ZONE_RESERVE: most places are in a zone that would have less
 *	than its reserve
 * @PGAREA_SHORTAGE_HOST_RESERVE: the host would have less than its reserve
 * @PGAREA_SHORTAGE_KERNEL_MEMORY: the kernel could not allocate memory to manage
 *	the area or to move pages to
 * @PGAREA_SHORTAGE_MAXIMUM: the maximum of the area is less
 * @PGAREA_SHORTAGE_MAX_AREAS: there are as many areas as there may be
 *
 * Places are pageblocks within the bounds of the area, on its node, that have
 * memory.
 */
enum pgarea_shortage {
	PGAREA_SHORTAGE_NONE		= 0,
	PGAREA_SHORTAGE_NO_MEMORY	= 1,
	PGAREA_SHORTAGE_OTHER_AREA	= 2,
	PGAREA_SHORTAGE_MOVABLE_ZONE	= 3,
	PGAREA_SHORTAGE_IN_USE		= 4,
	PGAREA_SHORTAGE_ZONE_RESERVE	= 5,
	PGAREA_SHORTAGE_HOST_RESERVE	= 6,
	PGAREA_SHORTAGE_KERNEL_MEMORY	= 7,
	PGAREA_SHORTAGE_MAXIMUM		= 8,
	PGAREA_SHORTAGE_MAX_AREAS	= 9,
};

/**
 * struct pgarea_create_area - create an area, and take its memory from the host
 * @flags: in: PGAREA_AREA_*
 * @name: in: NUL-terminated: 1 to 31 characters of a-z, 0-9, '-' and '_'
 * @start: in: lowest address that a page of the area may have
 * @end: in: first address after the bounds of the area
 * @size: in: bytes that it should own
 * @minimum: in: bytes without which it is not created, and below which it is not
 *	shrunk; at most @size
 * @maximum: in: bytes above which it does not grow, at least @size; 0: what the
 *	bounds have room for
 * @chunk_size: in: bytes that are taken from the host at once where it has as
 *	much, and returned at once: a power of two; 0: the default.  Where the
 *	host has less, half of it is tried, and so on, down to a pageblock.
 * @node: in: with PGAREA_AREA_NODE, the NUMA node; else 0
 * @id: out: id of the area
 * @owned: out: bytes that it owns; on ENOSPC, 0
 * @shortage: out: enum pgarea_shortage, if @owned is less than @size, and on
 *	ENOSPC
 * @__reserved: must be 0
 *
 * @start and @end are multiples of the page size, with room for a pageblock
 * between them; @end is at most 2^44.  @size, @minimum and @maximum are
 * multiples of the pageblock size (see INFO) and at most @end - @start.  Bounds
 * may overlap those of other areas; no page is ever owned twice.
 *
 * If the host has less than @size, the area is smaller, and that is a success,
 * unless it is less than @minimum, or PGAREA_AREA_REQUIRE is set: then all is
 * returned to the host.  The area is visible to others when it has its memory.
 *
 * Errors: EINVAL, EOPNOTSUPP, EPERM, EACCES (as for ALLOC), EEXIST, ENODEV (no
 * such node, or it has no memory), ENOSPC, ENOMEM, EINTR (the process is being
 * killed; all is returned).
 */
struct pgarea_create_area {
	__aligned_u64 flags;
	__u8 name[PGAREA_NAME_SIZE];
	__aligned_u64 start;
	__aligned_u64 end;
	__aligned_u64 size;
	__aligned_u64 minimum;
	__aligned_u64 maximum;
	__aligned_u64 chunk_size;
	__u32 node;
	__u32 id;
	__aligned_u64 owned;
	__u32 shortage;
	__u32 __reserved;
};

#define PGAREA_IOC_CREATE_AREA \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_CREATE_AREA, struct pgarea_create_area)

/**
 * struct pgarea_resize_area - take more memory for an area, or return some
 * @flags: in: PGAREA_AREA_REQUIRE
 * @size: in: bytes that it should own, a multiple of the pageblock size
 * @area: in: id of the area
 * @shortage: out: enum pgarea_shortage, if it owns less than @size
 * @owned: out: bytes that it owns
 * @conflict: out: on EBUSY the address of a page that is in use
 * @conflict_size: out: bytes of the block or reservation that it is in, or 0
 * @conflict_id: out: id of that block or reservation; 0: the page is in none,
 *	because it is being allocated or freed, or was freed since
 * @conflict_state: out: enum pgarea_state of the page
 * @__reserved: must be 0
 *
 * An area grows as it is created: with what the host has, or with
 * PGAREA_AREA_REQUIRE by all of it or nothing.  It shrinks by chunks that are
 * wholly free, the highest first.  They are returned as a whole, so it may own
 * more than @size in the end, by less than a chunk.  If a chunk that would have
 * to go is in use, nothing changes (EBUSY).
 *
 * Errors: EINVAL (also for a size below the minimum of the area, and for the
 * area of a claim), EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT (no such
 * area), EBUSY, ENOSPC (more than the maximum; or with PGAREA_AREA_REQUIRE the
 * host has less), ENOMEM (it may have grown or shrunk by a part), EINTR (the
 * process is being killed; what was taken is returned).
 */
struct pgarea_resize_area {
	__aligned_u64 flags;
	__aligned_u64 size;
	__u32 area;
	__u32 shortage;
	__aligned_u64 owned;
	__aligned_u64 conflict;
	__aligned_u64 conflict_size;
	__aligned_u64 conflict_id;
	__u32 conflict_state;
	__u32 __reserved;
};

#define PGAREA_IOC_RESIZE_AREA \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_RESIZE_AREA, struct pgarea_resize_area)

/**
 * struct pgarea_destroy_area - return all memory of an area, and remove it
 * @flags: in: 0
 * @area: in: id of the area
 * @conflict_state: out: as in struct pgarea_resize_area, on EBUSY
 * @conflict: out: as in struct pgarea_resize_area
 * @conflict_size: out: as in struct pgarea_resize_area
 * @conflict_id: out: as in struct pgarea_resize_area
 *
 * An area is in use while any page of it is in a block or reservation, also a
 * draining or orphaned one.  Bad pages that are retired do not count.  The id is
 * not used again.
 *
 * Errors: EOPNOTSUPP, EPERM, EACCES (as for ALLOC), ENOENT (no such area),
 * EBUSY, EINTR (the process is being killed).
 */
struct pgarea_destroy_area {
	__aligned_u64 flags;
	__u32 area;
	__u32 conflict_state;
	__aligned_u64 conflict;
	__aligned_u64 conflict_size;
	__aligned_u64 conflict_id;
};

#define PGAREA_IOC_DESTROY_AREA \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_DESTROY_AREA, struct pgarea_destroy_area)

/**
 * struct pgarea_shrink_area - return what an area does not use to the host
 * @flags: in: 0
 * @area: in: id of the area
 * @__reserved: must be 0
 * @keep: in: bytes that the area keeps, at least.  It also keeps its minimum.
 * @returned: out: bytes that were returned
 * @owned: out: bytes that it owns
 *
 * Chunks that are wholly free are returned, the highest first.  What is in use
 * stays, and so do the free pages of its chunks: that is no error.  The
 * @target_size of the area remains.
 *
 * Areas also return memory by themselves.  What an area that has grown on demand
 * owns beyond its @target_size, and did not need for the time of the parameter
 * idle_ms, returns by and by.  When the host is short of memory, areas that may
 * grow on demand return what is free beyond their minimum at once.
 *
 * Errors: EINVAL (also for the area of a claim), EOPNOTSUPP, EPERM, EACCES (as for
 * ALLOC), ENOENT (no such area), ENOMEM (a part may have been returned), EINTR (the
 * process is being killed).
 */
struct pgarea_shrink_area {
	__aligned_u64 flags;
	__u32 area;
	__u32 __reserved;
	__aligned_u64 keep;
	__aligned_u64 returned;
	__aligned_u64 owned;
};

#define PGAREA_IOC_SHRINK_AREA \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_SHRINK_AREA, struct pgarea_shrink_area)

/*
 * ---- PROBE: what the host does with its memory -------------------------------
 */

/**
 * enum pgarea_obstacle_kind - what the host does with memory
 * @PGAREA_OBSTACLE_NONE: nothing
 * @PGAREA_OBSTACLE_FREE: the host has it free
 * @PGAREA_OBSTACLE_MOVABLE: in use, and the host can move it: page cache, memory
 *	of programs
 * @PGAREA_OBSTACLE_MLOCKED: the same, locked in memory by mlock(), which does not
 *	prevent that it moves
 * @PGAREA_OBSTACLE_WRITEBACK: being written to a disk; the host moves it after
 *	that
 * @PGAREA_OBSTACLE_HUGETLB: a huge page of hugetlbfs, in use or in its pool.  It
 *	moves if the host has another one, or can make one, unless it is larger
 *	than a pageblock.
 * @PGAREA_OBSTACLE_OWNED: an area owns it; it can be had by ALLOC or RESERVE if it
 *	is free there
 * @PGAREA_OBSTACLE_PINNED: memory of programs that cannot move now, because
 *	something else than its mappings and caches refers to it: I/O, a pipe, a
 *	device
 * @PGAREA_OBSTACLE_SLAB: small objects of the kernel
 * @PGAREA_OBSTACLE_PAGE_TABLE: page tables
 * @PGAREA_OBSTACLE_UNMOVABLE: other memory of the kernel and its drivers
 * @PGAREA_OBSTACLE_ZONE_MOVABLE: in ZONE_MOVABLE, whose memory must not be held
 *	for long (kernelcore=, movablecore=, online_movable)
 * @PGAREA_OBSTACLE_CMA: set aside for the contiguous memory of drivers (cma=)
 * @PGAREA_OBSTACLE_POISONED: the hardware reported an error in it
 * @PGAREA_OBSTACLE_KERNEL: RAM that the host's allocator never had: the kernel
 *	itself, and what was set aside at boot; also the page at address 0
 * @PGAREA_OBSTACLE_FIRMWARE: reserved by the firmware
 * @PGAREA_OBSTACLE_HOLE: not RAM, between RAM
 * @PGAREA_OBSTACLE_NO_RAM: not RAM: registers of devices, or nothing
 * @PGAREA_OBSTACLE_OFFLINE: RAM that is offline
 * @PGAREA_OBSTACLE_DEVICE: memory of a device: persistent memory, a GPU's, CXL
 * @PGAREA_OBSTACLE_ZONE_RESERVE: it could be had, but its zone would have less
 *	than its reserve
 * @PGAREA_OBSTACLE_HOST_RESERVE: it could be had, but the host would have less
 *	than its reserve (the parameter reserve=)
 * @PGAREA_OBSTACLE_TWO_ZONES: a pageblock in two zones, which the host does not
 *	give away
 * @PGAREA_OBSTACLE_MAX_AREAS: not memory: a claim needs an area of its own, and
 *	there are as many as there may be (the parameter max_areas=)
 */
enum pgarea_obstacle_kind {
	PGAREA_OBSTACLE_NONE		= 0,
	PGAREA_OBSTACLE_FREE		= 1,
	PGAREA_OBSTACLE_MOVABLE		= 2,
	PGAREA_OBSTACLE_MLOCKED		= 3,
	PGAREA_OBSTACLE_WRITEBACK	= 4,
	PGAREA_OBSTACLE_HUGETLB		= 5,
	PGAREA_OBSTACLE_OWNED		= 6,
	PGAREA_OBSTACLE_PINNED		= 7,
	PGAREA_OBSTACLE_SLAB		= 8,
	PGAREA_OBSTACLE_PAGE_TABLE	= 9,
	PGAREA_OBSTACLE_UNMOVABLE	= 10,
	PGAREA_OBSTACLE_ZONE_MOVABLE	= 11,
	PGAREA_OBSTACLE_CMA		= 12,
	PGAREA_OBSTACLE_POISONED	= 13,
	PGAREA_OBSTACLE_KERNEL		= 14,
	PGAREA_OBSTACLE_FIRMWARE	= 15,
	PGAREA_OBSTACLE_HOLE		= 16,
	PGAREA_OBSTACLE_NO_RAM		= 17,
	PGAREA_OBSTACLE_OFFLINE		= 18,
	PGAREA_OBSTACLE_DEVICE		= 19,
	PGAREA_OBSTACLE_ZONE_RESERVE	= 20,
	PGAREA_OBSTACLE_HOST_RESERVE	= 21,
	PGAREA_OBSTACLE_TWO_ZONES	= 22,
	PGAREA_OBSTACLE_MAX_AREAS	= 23,
};

/* The memory can be had: it is free, or can be moved, or an area has it free. */
#define PGAREA_OBSTACLE_OBTAINABLE	_BITUL(0)

/**
 * struct pgarea_obstacle - a run of pageblocks of which the same is true
 * @address: address of the first pageblock
 * @size: bytes, a multiple of the pageblock size
 * @page: address of the first page of @kind, which decides about the first
 *	pageblock of the run
 * @free: bytes that the host has free; 0 if an area owns the memory
 * @movable: bytes in use that the host can move, likewise
 * @block: if an area owns the memory, id of the block or reservation that @page
 *	is in; else 0
 * @kind: enum pgarea_obstacle_kind.  A pageblock is of the kind of the first page
 *	in it that cannot be had.  If it can be had, it is of the first of these
 *	kinds that a page of it has: HUGETLB, WRITEBACK, MLOCKED, MOVABLE, FREE.
 * @flags: PGAREA_OBSTACLE_OBTAINABLE
 * @area: id of the area that owns the memory; 0: none
 * @state: enum pgarea_state of @page; it is the first one that is not free if an
 *	area owns it
 */
struct pgarea_obstacle {
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 page;
	__aligned_u64 free;
	__aligned_u64 movable;
	__aligned_u64 block;
	__u32 kind;
	__u32 flags;
	__u32 area;
	__u32 state;
};

/* Look for a place of @size bytes, instead of at [@address, @address + @size). */
#define PGAREA_PROBE_SEARCH	_BITULL(0)
/* Only memory of pgarea_probe.node.  With PGAREA_PROBE_SEARCH */
#define PGAREA_PROBE_NODE	_BITULL(1)

/**
 * struct pgarea_probe - report what stands in the way of having exact memory
 * @flags: in: PGAREA_PROBE_*
 * @address: in: first byte, a multiple of the page size; 0 with
 *	PGAREA_PROBE_SEARCH
 * @size: in: bytes, at least 1; without PGAREA_PROBE_SEARCH a multiple of the
 *	page size
 * @align: in: with PGAREA_PROBE_SEARCH as in struct pgarea_alloc; else 0, like
 *	the next three
 * @boundary: in: as in struct pgarea_alloc
 * @lowest: in: no byte of the place lies below this address
 * @highest: in: no byte of the place lies above this address; 0: no limit
 * @node: in: with PGAREA_PROBE_NODE, the NUMA node.  Otherwise it must be 0.
 * @__reserved: must be 0
 * @obstacles: in and out: array of struct pgarea_obstacle in address order: what
 *	is in the range, or in the place found, or, if there is no such place, in
 *	the limits, widened to whole pageblocks
 * @place: out: with PGAREA_PROBE_SEARCH, the lowest address that could be had,
 *	else @address; PGAREA_NO_ADDRESS: none
 * @conflict: out: address of the first page in the way of the range, or
 *	PGAREA_NO_ADDRESS; always that after a search
 * @kind: out: enum pgarea_obstacle_kind of what is in the way of the range,
 *	PGAREA_OBSTACLE_NONE if all of it could be had.  _ZONE_RESERVE and
 *	_HOST_RESERVE with a @conflict of PGAREA_NO_ADDRESS: each pageblock could
 *	be had, but not all together.  After a search without result: what is in
 *	the way of most of the memory in the limits.
 * @__reserved2: out: 0
 *
 * Nothing is taken, migrated or changed, and no device is touched.  The host
 * goes on: the answer is of the moment at which each page was looked at.  The
 * host takes and gives whole pageblocks, so what counts is what is in all of
 * each pageblock that the range touches.
 *
 * A call that continues a list (@cursor) is made with the struct of the call
 * before it: it leaves @place, @conflict and @kind as they are.
 *
 * Needs CAP_SYS_ADMIN, like /proc/kpageflags: the answer shows what the whole
 * machine does.
 *
 * Errors: EINVAL, EOPNOTSUPP, EOVERFLOW, EPERM (also if addresses are hidden, see
 * INFO), EMSGSIZE, EINTR (the process is being killed).
 */
struct pgarea_probe {
	__aligned_u64 flags;
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 align;
	__aligned_u64 boundary;
	__aligned_u64 lowest;
	__aligned_u64 highest;
	__u32 node;
	__u32 __reserved;
	struct pgarea_array obstacles;
	__aligned_u64 place;
	__aligned_u64 conflict;
	__u32 kind;
	__u32 __reserved2;
};

#define PGAREA_IOC_PROBE \
	_IOWR(PGAREA_IOC_TYPE, PGAREA_CMD_PROBE, struct pgarea_probe)

#endif /* _UAPI_LINUX_PGAREA_H */
