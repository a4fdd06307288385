/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libpgarea - /dev/pgarea for C programs.
 *
 * Most functions issue one command of <linux/pgarea.h>, which documents the
 * fields.  The library adds the loops that lists need, repeats interrupted calls
 * (except pgarea_wait()), and explains refusals.
 *
 *	struct pgarea_alloc block = { .size = 65536, .highest = 0xffffff };
 *	int fd = pgarea_open(NULL, O_RDWR);
 *	int err = pgarea_alloc(fd, &block);
 *
 *	if (!err)
 *		buffer = pgarea_mmap(fd, &block, PROT_READ | PROT_WRITE);
 *
 * Unless stated otherwise, a function returns 0, or an errno value as a negative
 * number, and sets no errno.  -EPROTO means that the device's answer is impossible:
 * a list that does not advance, or more entries than there was room for.  The library
 * keeps no state: the functions may be called from several threads.
 *
 * Free a buffer when its device is known to be done.  The kernel
 * treats blocks that remain when the descriptor is closed as those of a program
 * that died, and quarantines them for a while as orphans.
 */
#ifndef _LIBPGAREA_H
#define _LIBPGAREA_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/pgarea.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Path of the device, unless the environment variable PGAREA_DEVICE is set */
#define PGAREA_DEVICE_PATH	"/dev/pgarea"
/* Directory of the nodes of persistent blocks and reservations */
#define PGAREA_NODE_DIRECTORY	"/dev/"
/* Enough for the path of such a node, with its NUL */
#define PGAREA_PATH_SIZE	64

/* ---- The device and what is in it ---------------------------------------- */

/**
 * pgarea_device_path() - get the path that pgarea_open() uses for NULL
 *
 * Return: $PGAREA_DEVICE when it is set and not empty, else PGAREA_DEVICE_PATH.
 */
const char *pgarea_device_path(void);

/**
 * pgarea_open() - open the device
 * @path: its path, or NULL for pgarea_device_path()
 * @access: O_RDONLY to list, O_RDWR to allocate and reserve
 *
 * The descriptor is close-on-exec.  Blocks and reservations that were created
 * through it and not freed become orphans when its last copy is closed, unless
 * they are persistent.
 *
 * Return: a descriptor, or a negative errno value.
 */
int pgarea_open(const char *path, int access);

/**
 * pgarea_get_info() - get the features of the module and what it holds
 * @fd: the device
 * @info: filled in
 *
 * Return: 0, or a negative errno value; -ENOTTY when @fd is another device.
 */
int pgarea_get_info(int fd, struct pgarea_info *info);

/**
 * pgarea_list_areas() - list all areas, in the order of their ids
 * @fd: the device
 * @areas: set to an array for free(), or to NULL
 * @n: set to its length
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_list_areas(int fd, struct pgarea_area **areas, size_t *n);

/**
 * pgarea_list_orders() - count the free blocks of each order of an area
 * @fd: the device
 * @area: id of the area
 * @orders: set to an array for free(), or to NULL
 * @n: set to its length
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_list_orders(int fd, __u32 area, struct pgarea_order **orders,
		       size_t *n);

/**
 * pgarea_list_ranges() - list the ranges of an area, each in one state
 * @fd: the device
 * @area: id of the area
 * @lowest: omit ranges wholly below this address
 * @highest: omit ranges wholly above this address; 0: no limit
 * @ranges: set to an array for free() in address order, or to NULL
 * @n: set to its length
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_list_ranges(int fd, __u32 area, __u64 lowest, __u64 highest,
		       struct pgarea_range **ranges, size_t *n);

/**
 * pgarea_probe() - ask what the host does with a range, or where a place is
 * @fd: the device, opened as root
 * @probe: the request, zero in unused fields; the result on return
 * @obstacles: set to an array for free() in address order, or to NULL
 * @n: set to its length
 *
 * Nothing is taken or changed.  The answer is of the moment.
 *
 * Return: 0, or a negative errno value; 0 also if something is in the way.
 */
int pgarea_probe(int fd, struct pgarea_probe *probe,
		 struct pgarea_obstacle **obstacles, size_t *n);

/**
 * pgarea_list_blocks() - list blocks and reservations
 * @fd: the device
 * @flags: PGAREA_BLOCKS_*; without PGAREA_BLOCKS_ALL those of @fd only
 * @blocks: set to an array for free(), or to NULL
 * @n: set to its length
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_list_blocks(int fd, __u64 flags, struct pgarea_block **blocks,
		       size_t *n);

/* ---- Blocks and reservations --------------------------------------------- */

/**
 * pgarea_alloc() - allocate a block
 * @fd: the device, opened with O_RDWR
 * @block: the request, zero in unused fields; the result on return
 *
 * The entry sizes of its arrays may be left 0.  pgarea_explain_alloc() needs room
 * in @block->refusals to explain a refusal.
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_alloc(int fd, struct pgarea_alloc *block);

/**
 * pgarea_free() - free a block
 * @fd: the device
 * @id: the block, as pgarea_alloc() returned it
 *
 * Mappings stay valid; the memory is reused after the last of them is removed.
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_free(int fd, __u64 id);

/**
 * pgarea_alloc_bulk() - allocate many blocks of the same kind at once
 * @fd: the device, opened with O_RDWR
 * @bulk: the request, @bulk->blocks with room for the wanted number; the result
 *	on return
 *
 * The entry sizes of its arrays may be left 0.  There may be fewer blocks than
 * wanted: @bulk->done is their number, @bulk->error the reason why there are no
 * more.  Each is mapped with mmap() at its own mmap_offset.
 *
 * Return: 0 when there is at least one block, or a negative errno value.
 */
int pgarea_alloc_bulk(int fd, struct pgarea_alloc_bulk *bulk);

/**
 * pgarea_free_bulk() - free many blocks at once, in order
 * @fd: the device
 * @ids: the blocks
 * @n: how many
 * @done: set to the number of @ids that were freed, from the first on; may be
 *	NULL
 *
 * Return: 0 when all were freed, else the error of the next one, as a negative
 * errno value.
 */
int pgarea_free_bulk(int fd, const __u64 *ids, __u32 n, __u32 *done);

/**
 * pgarea_trim() - free the end of a block
 * @fd: the device
 * @id: the block, which must not be mapped
 * @size: bytes to keep, rounded up to pages
 * @alloc_size: set to the bytes it has now; may be NULL
 *
 * Return: 0, or a negative errno value; -EBUSY while it is mapped.
 */
int pgarea_trim(int fd, __u64 id, __u64 size, __u64 *alloc_size);

/**
 * pgarea_split() - split a block into blocks that are freed one by one
 * @fd: the device
 * @id: the block, which must not be mapped
 * @first: bytes of the first piece; 0: @size
 * @size: bytes of each further piece; 0: one for all the rest
 * @pieces: set to an array for free() in address order, or to NULL.  The first
 *	one keeps the id.
 * @n: set to its length
 *
 * Return: 0, or a negative errno value; -EBUSY while it is mapped.
 */
int pgarea_split(int fd, __u64 id, __u64 first, __u64 size,
		 struct pgarea_bulk_block **pieces, size_t *n);

/**
 * pgarea_mmap() - map a whole block, shared
 * @fd: the device
 * @block: as pgarea_alloc() returned it
 * @prot: PROT_READ, PROT_WRITE; unmap with munmap(address, @block->alloc_size)
 *
 * Return: its address, or NULL with errno set.
 */
void *pgarea_mmap(int fd, const struct pgarea_alloc *block, int prot);

/**
 * pgarea_reserve() - keep an exact range out of the free memory
 * @fd: the device, opened with O_RDWR
 * @range: the request; the result, or the conflict, on return
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_reserve(int fd, struct pgarea_reserve *range);

/**
 * pgarea_unreserve() - release a reservation, whole or in part
 * @fd: the device
 * @id: the reservation
 * @address: first byte of the part; 0 with a @size of 0 means all of it
 * @size: bytes of the part
 * @rest_id: set to the id of what remains above a part in the middle, or to 0
 *	if there is none; may be NULL
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_unreserve(int fd, __u64 id, __u64 address, __u64 size,
		     __u64 *rest_id);

/* ---- Lifetime and sharing of a block ------------------------------------- */

/**
 * pgarea_wait() - wait until freed blocks have drained
 * @fd: the device
 * @wait: the blocks, and a timeout; returns what is left on -ETIMEDOUT, and the
 *	remaining time on -EINTR
 *
 * Unlike the other functions it does not continue after a signal: the caller
 * decides whether to call again.
 *
 * Return: 0, or a negative errno value; -EINTR after a signal.
 */
int pgarea_wait(int fd, struct pgarea_wait *wait);

/**
 * pgarea_bind() - name the PCI function that writes to a block
 * @fd: the device, opened with O_RDWR as root
 * @bind: id of the block or reservation, and the function's address, as
 *	pgarea_parse_pci() sets it; or the flag PGAREA_BIND_NONE
 *
 * When the block becomes an orphan, bus mastering of the function is cleared.
 *
 * Return: 0, or a negative errno value; -ENODEV when there is no such function.
 */
int pgarea_bind(int fd, struct pgarea_bind *bind);

/**
 * pgarea_export() - make a dma-buf of a block or of a part of it
 * @fd: the device
 * @id: the block; it may be persistent
 * @offset: first byte, a multiple of the page size
 * @size: bytes, a multiple of the page size; 0: up to the end
 * @flags: PGAREA_EXPORT_*
 *
 * The dma-buf holds the pages until it is closed, even when @fd is closed first.
 *
 * Return: its descriptor, close-on-exec, or a negative errno value.
 */
int pgarea_export(int fd, __u64 id, __u64 offset, __u64 size, __u64 flags);

/**
 * pgarea_remove() - remove a persistent block or reservation
 * @fd: the device, opened with O_RDWR as root
 * @name: its name
 * @id: set to its id, for pgarea_wait(); may be NULL
 *
 * Return: 0, or a negative errno value; -ENOENT when there is none.
 */
int pgarea_remove(int fd, const char *name, __u64 *id);

/**
 * pgarea_end_orphans() - end the quarantine of orphans
 * @fd: the device, opened with O_RDWR as root
 * @which: which orphans; @ended is set to their number
 *
 * They drain at once.  No device may write to them any more.
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_end_orphans(int fd, struct pgarea_end_orphans *which);

/**
 * pgarea_create_area() - create an area, and take its memory from the host
 * @fd: the device, opened with O_RDWR as root
 * @area: the request; @id, @owned and @shortage are set
 *
 * Only a signal that kills the process interrupts it.
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_create_area(int fd, struct pgarea_create_area *area);

/**
 * pgarea_resize_area() - take more memory for an area, or return some
 * @fd: the device, opened with O_RDWR as root
 * @area: the request; @owned and @shortage are set, and on -EBUSY what is in
 *	the way
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_resize_area(int fd, struct pgarea_resize_area *area);

/**
 * pgarea_destroy_area() - return all memory of an area, and remove it
 * @fd: the device, opened with O_RDWR as root
 * @area: the request; on -EBUSY set to what is in the way
 *
 * Return: 0, or a negative errno value.
 */
int pgarea_destroy_area(int fd, struct pgarea_destroy_area *area);

/**
 * pgarea_shrink_area() - return what an area does not use
 * @fd: the device, opened with O_RDWR as root
 * @area: the request; @returned and @owned are set
 *
 * What is in use stays, and is no error.
 *
 * Return: 0, or a negative errno value.  After -ENOMEM a part may have been
 * returned.
 */
int pgarea_shrink_area(int fd, struct pgarea_shrink_area *area);

/**
 * pgarea_node_path() - get the path of a persistent block's or reservation's node
 * @name: its name
 * @path: room for the result
 *
 * Return: @path.
 */
const char *pgarea_node_path(const char *name, char path[PGAREA_PATH_SIZE]);

/**
 * pgarea_open_node() - open a persistent block or reservation
 * @name: its name
 * @access: O_RDONLY, O_RDWR
 *
 * The descriptor is close-on-exec.  It can be read, written, seeked and mapped
 * like a disk of the size of the block; mmap() with MAP_SHARED.
 *
 * Return: a descriptor, or a negative errno value.
 */
int pgarea_open_node(const char *name, int access);

/* ---- Text ---------------------------------------------------------------- */

/* Enough for any size or address as text, with its NUL */
#define PGAREA_TEXT_SIZE	32

/**
 * pgarea_parse_size() - parse a size or an address
 * @text: decimal or 0x hexadecimal, then nothing or one of K M G T P (times
 *	1024, any case, also as Ki or KiB)
 * @value: set to the number of bytes
 *
 * Return: 0, -EINVAL when @text is anything else, -EOVERFLOW above 64 bits.
 */
int pgarea_parse_size(const char *text, __u64 *value);

/**
 * pgarea_format_size() - format a size for people
 * @size: bytes
 * @text: room for the result
 *
 * "20 KiB", "1.5 GiB".  Exact if five digits suffice; "1.00 GiB", with its
 * zeros, is a rounded value.
 *
 * Return: @text.
 */
const char *pgarea_format_size(__u64 size, char text[PGAREA_TEXT_SIZE]);

/**
 * pgarea_state_name() - get the name of a state
 * @state: enum pgarea_state
 *
 * Return: "free", "allocated", ..., or "unknown".
 */
const char *pgarea_state_name(__u32 state);

/**
 * pgarea_reason_name() - get the short name of a reason
 * @why: enum pgarea_reason
 *
 * Return: "bounds", "full", ..., or "unknown".
 */
const char *pgarea_reason_name(__u32 why);

/**
 * pgarea_shortage_name() - get the name of a reason why an area is too small
 * @shortage: enum pgarea_shortage
 *
 * Return: "in-use", for example; "unknown" for a value of a newer module.
 */
const char *pgarea_shortage_name(__u32 shortage);

/**
 * pgarea_obstacle_name() - get the name of what the host does with memory
 * @kind: enum pgarea_obstacle_kind
 *
 * Return: "free", "slab", ..., or "unknown".
 */
const char *pgarea_obstacle_name(__u32 kind);

/**
 * pgarea_obstacle_text() - say what the host does with memory
 * @kind: enum pgarea_obstacle_kind
 *
 * Return: text for people that completes "this address is ...".
 */
const char *pgarea_obstacle_text(__u32 kind);

/**
 * pgarea_obstacle_advice() - say what to do about what is in the way
 * @kind: enum pgarea_obstacle_kind
 *
 * Return: text for people, without a dot at its end.
 */
const char *pgarea_obstacle_advice(__u32 kind);

/**
 * pgarea_feature_name() - get the name of a feature
 * @bit: number of its bit in pgarea_info.features
 *
 * Return: "alloc", "reserve", ..., or "unknown".
 */
const char *pgarea_feature_name(unsigned int bit);

/**
 * pgarea_holder_name() - get the name of a kind of holder
 * @bit: number of its bit in pgarea_block.holders
 *
 * Return: "owner", "mapping", ..., or "unknown".
 */
const char *pgarea_holder_name(unsigned int bit);

/**
 * pgarea_cache_name() - get the name of a cache attribute
 * @cache: enum pgarea_cache
 *
 * Return: "write-back", ..., or "unknown".
 */
const char *pgarea_cache_name(__u32 cache);

/**
 * pgarea_access_name() - get the name of the access rights of mappings
 * @access: enum pgarea_access
 *
 * Return: "read-write", ..., or "unknown".
 */
const char *pgarea_access_name(__u32 access);

/**
 * pgarea_parse_pci() - parse the address of a PCI function
 * @text: "0000:00:10.0", or "00:10.0" in domain 0; hexadecimal
 * @bind: its address is set; other fields stay unchanged
 *
 * Return: 0, or -EINVAL when @text is anything else.
 */
int pgarea_parse_pci(const char *text, struct pgarea_bind *bind);

/**
 * pgarea_format_pci() - format the address of a PCI function
 * @domain: of the function
 * @bus: of the function
 * @device: of the function
 * @function: of the function
 * @text: room for the result
 *
 * Return: @text, as lspci -D prints it.
 */
const char *pgarea_format_pci(__u32 domain, __u8 bus, __u8 device,
			      __u8 function, char text[PGAREA_TEXT_SIZE]);

/**
 * pgarea_error_text() - the reason of an error that depends on no request
 * @err: what a function of this library returned, for example one that lists
 *
 * Return: text that starts with a lower-case letter, or that of strerror().
 */
const char *pgarea_error_text(int err);

/**
 * pgarea_explain_open() - explain why pgarea_open() failed
 * @path: as passed to pgarea_open()
 * @err: what it returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_open(const char *path, int err);

/**
 * pgarea_explain_alloc() - explain why an allocation failed, with advice
 * @fd: the device
 * @block: the request after the refusal, its array of refusals included
 * @err: the error that pgarea_alloc() returned
 *
 * Lists the areas again, so the text may include later changes.
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_alloc(int fd, const struct pgarea_alloc *block, int err);

/**
 * pgarea_explain_reserve() - explain why a reservation failed
 * @fd: the device
 * @range: the request after the refusal
 * @err: the error that pgarea_reserve() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_reserve(int fd, const struct pgarea_reserve *range,
			     int err);

/**
 * pgarea_explain_bind() - explain why a block could not be bound
 * @fd: the device
 * @bind: the request
 * @err: the error that pgarea_bind() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_bind(int fd, const struct pgarea_bind *bind, int err);

/**
 * pgarea_explain_export() - explain why an export failed
 * @fd: the device
 * @id: the block
 * @err: the error that pgarea_export() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_export(int fd, __u64 id, int err);

/**
 * pgarea_explain_remove() - explain why a removal failed
 * @fd: the device
 * @name: its name
 * @err: the error that pgarea_remove() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_remove(int fd, const char *name, int err);

/**
 * pgarea_explain_end_orphans() - explain why quarantines could not be ended
 * @fd: the device
 * @which: the request
 * @err: the error that pgarea_end_orphans() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_end_orphans(int fd, const struct pgarea_end_orphans *which,
				 int err);

/**
 * pgarea_shortage_text() - why an area could not get more memory, for people
 * @shortage: enum pgarea_shortage
 *
 * Return: a text that is never freed.
 */
const char *pgarea_shortage_text(__u32 shortage);

/**
 * pgarea_explain_create_area() - explain why an area could not be created
 * @fd: the device
 * @area: the request after the refusal
 * @err: the error that pgarea_create_area() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_create_area(int fd, const struct pgarea_create_area *area,
				 int err);

/**
 * pgarea_explain_resize_area() - explain why an area could not be resized
 * @fd: the device
 * @area: the request after the refusal
 * @name: of the area
 * @err: the error that pgarea_resize_area() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_resize_area(int fd, const struct pgarea_resize_area *area,
				 const char *name, int err);

/**
 * pgarea_explain_destroy_area() - explain why an area could not be destroyed
 * @fd: the device
 * @area: the request after the refusal
 * @name: of the area
 * @err: the error that pgarea_destroy_area() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_destroy_area(int fd,
				  const struct pgarea_destroy_area *area,
				  const char *name, int err);

/**
 * pgarea_explain_shrink_area() - explain why an area could not be shrunk
 * @fd: the device
 * @area: the request
 * @name: of the area
 * @err: the error that pgarea_shrink_area() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_shrink_area(int fd, const struct pgarea_shrink_area *area,
				 const char *name, int err);

/**
 * pgarea_explain_probe() - explain why the host could not be probed
 * @fd: the device
 * @probe: the request
 * @err: the error that pgarea_probe() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_probe(int fd, const struct pgarea_probe *probe, int err);

/**
 * pgarea_explain_wait() - explain why waiting failed
 * @fd: the device
 * @wait: the request after the refusal
 * @err: the error that pgarea_wait() returned
 *
 * Return: text for free(), or NULL if out of memory.
 */
char *pgarea_explain_wait(int fd, const struct pgarea_wait *wait, int err);

#ifdef __cplusplus
}
#endif

#endif /* _LIBPGAREA_H */
