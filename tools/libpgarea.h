/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libpgarea - /dev/pgarea for C programs.
 *
 * Thin: every function is one command of <linux/pgarea.h>, whose comments say
 * what the fields mean.  The library adds the loops that lists need, retries
 * what a signal interrupted, and turns a refusal into text.
 *
 *	struct pgarea_alloc block = { .size = 65536, .highest = 0xffffff };
 *	int fd = pgarea_open(NULL, O_RDWR);
 *	int err = pgarea_alloc(fd, &block);
 *
 *	if (!err)
 *		buffer = pgarea_mmap(fd, &block, PROT_READ | PROT_WRITE);
 *
 * Unless said otherwise a function returns 0, or an errno value as a negative
 * number, and sets no errno.  Nothing here keeps state: the functions may be
 * called from several threads.
 */
#ifndef _LIBPGAREA_H
#define _LIBPGAREA_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/pgarea.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the device is, unless the environment variable PGAREA_DEVICE says else */
#define PGAREA_DEVICE_PATH	"/dev/pgarea"

/* ---- The device and what is in it ---------------------------------------- */

/**
 * pgarea_device_path() - the path that pgarea_open() takes for NULL
 *
 * Return: $PGAREA_DEVICE when it is set and not empty, else PGAREA_DEVICE_PATH.
 */
const char *pgarea_device_path(void);

/**
 * pgarea_open() - open the device
 * @path: its path, or NULL for pgarea_device_path()
 * @access: O_RDONLY to look, O_RDWR to allocate and reserve
 *
 * The descriptor is close-on-exec.  Whatever is allocated or reserved through
 * it is given back when its last copy is closed.
 *
 * Return: a descriptor, or a negative errno value.
 */
int pgarea_open(const char *path, int access);

/**
 * pgarea_get_info() - ask what the module can do and what it holds
 * @fd: the device
 * @info: filled in
 *
 * Return: 0, or a negative errno value; -ENOTTY when @fd is another device.
 */
int pgarea_get_info(int fd, struct pgarea_info *info);

/**
 * pgarea_list_areas() - list all areas, lowest first
 * @fd: the device
 * @areas: set to an array for free(), or to NULL
 * @n: set to its length
 */
int pgarea_list_areas(int fd, struct pgarea_area **areas, size_t *n);

/**
 * pgarea_list_orders() - count the free blocks of each order of an area
 * @fd: the device
 * @area: id of the area
 * @orders: set to an array for free(), or to NULL
 * @n: set to its length
 */
int pgarea_list_orders(int fd, __u32 area, struct pgarea_order **orders,
		       size_t *n);

/**
 * pgarea_list_ranges() - list the ranges of an area, each in one state
 * @fd: the device
 * @area: id of the area
 * @lowest: leave out what lies wholly below this address
 * @highest: leave out what lies wholly above this address; 0: no limit
 * @ranges: set to an array for free() in address order, or to NULL
 * @n: set to its length
 */
int pgarea_list_ranges(int fd, __u32 area, __u64 lowest, __u64 highest,
		       struct pgarea_range **ranges, size_t *n);

/**
 * pgarea_list_blocks() - list blocks and reservations
 * @fd: the device
 * @flags: PGAREA_BLOCKS_*; without PGAREA_BLOCKS_ALL those of @fd only
 * @blocks: set to an array for free(), or to NULL
 * @n: set to its length
 */
int pgarea_list_blocks(int fd, __u64 flags, struct pgarea_block **blocks,
		       size_t *n);

/* ---- Blocks and reservations --------------------------------------------- */

/**
 * pgarea_alloc() - allocate a block
 * @fd: the device, opened with O_RDWR
 * @block: what is asked for, zero in what does not matter; the answer on return
 *
 * The entry sizes of its arrays may be left 0.  Give @block->refusals room when
 * pgarea_explain_alloc() is to say why there was no block.
 */
int pgarea_alloc(int fd, struct pgarea_alloc *block);

/**
 * pgarea_free() - free a block
 * @fd: the device
 * @id: the block, as pgarea_alloc() answered it
 *
 * Mappings stay valid; the memory is reused when the last of them is gone.
 */
int pgarea_free(int fd, __u64 id);

/**
 * pgarea_alloc_bulk() - allocate many blocks of the same kind at once
 * @fd: the device, opened with O_RDWR
 * @bulk: what is asked for, @bulk->blocks with room for as many as are wanted;
 *	the answer on return
 *
 * The entry sizes of its arrays may be left 0.  There may be fewer blocks than
 * wanted: @bulk->done says how many there are, @bulk->error why not more.  Each
 * is mapped with mmap() at its own mmap_offset.
 *
 * Return: 0 when there is at least one block, or a negative errno value.
 */
int pgarea_alloc_bulk(int fd, struct pgarea_alloc_bulk *bulk);

/**
 * pgarea_free_bulk() - free many blocks at once, in order
 * @fd: the device
 * @ids: the blocks
 * @n: how many
 * @done: set to how many are free now, the first of @ids; may be NULL
 *
 * Return: 0 when all were freed, else why the next one was not, as a negative
 * errno value.
 */
int pgarea_free_bulk(int fd, const __u64 *ids, __u32 n, __u32 *done);

/**
 * pgarea_trim() - give the end of a block back
 * @fd: the device
 * @id: the block, which nobody has mapped
 * @size: bytes to keep, rounded up to pages
 * @granted: set to the bytes it has now; may be NULL
 *
 * Return: 0, or a negative errno value; -EBUSY while it is mapped.
 */
int pgarea_trim(int fd, __u64 id, __u64 size, __u64 *granted);

/**
 * pgarea_split() - cut a block into blocks that are freed one by one
 * @fd: the device
 * @id: the block, which nobody has mapped
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
 * @block: as pgarea_alloc() answered it
 * @prot: PROT_READ, PROT_WRITE; unmap with munmap(address, @block->granted)
 *
 * Return: its address, or NULL with errno set.
 */
void *pgarea_mmap(int fd, const struct pgarea_alloc *block, int prot);

/**
 * pgarea_reserve() - keep an exact range out of the free memory
 * @fd: the device, opened with O_RDWR
 * @range: what is asked for; the answer, or what is in the way, on return
 */
int pgarea_reserve(int fd, struct pgarea_reserve *range);

/**
 * pgarea_unreserve() - give a reservation back, whole or in part
 * @fd: the device
 * @id: the reservation
 * @address: first byte of the part; 0 with a @size of 0 means all of it
 * @size: bytes of the part
 * @rest_id: set to the id of what remains above a part out of the middle, to 0
 *	when there is none; may be NULL
 */
int pgarea_unreserve(int fd, __u64 id, __u64 address, __u64 size,
		     __u64 *rest_id);

/* ---- Text ---------------------------------------------------------------- */

/* Enough for any size or address as text, with its NUL */
#define PGAREA_TEXT_SIZE	32

/**
 * pgarea_parse_size() - read a size or an address
 * @text: decimal or 0x hexadecimal, then nothing or one of K M G T P (times
 *	1024, any case, also as Ki or KiB)
 * @value: set to the number of bytes
 *
 * Return: 0, -EINVAL when @text is anything else, -EOVERFLOW beyond 64 bits.
 */
int pgarea_parse_size(const char *text, __u64 *value);

/**
 * pgarea_format_size() - write a size for people
 * @size: bytes
 * @text: room for the answer
 *
 * "20 KiB", "1.5 GiB".  Exact where five digits suffice; "1.00 GiB", with its
 * zeros, is about one.
 *
 * Return: @text.
 */
const char *pgarea_format_size(__u64 size, char text[PGAREA_TEXT_SIZE]);

/**
 * pgarea_state_name() - name of a state
 * @state: enum pgarea_state
 *
 * Return: "free", "allocated", ..., or "unknown".
 */
const char *pgarea_state_name(__u32 state);

/**
 * pgarea_why_name() - short name of a reason
 * @why: enum pgarea_why
 *
 * Return: "bounds", "full", ..., or "unknown".
 */
const char *pgarea_why_name(__u32 why);

/**
 * pgarea_explain_open() - why pgarea_open() failed, and what to do
 * @path: as given to it
 * @err: what it answered
 *
 * Return: text for free(), or NULL without memory.
 */
char *pgarea_explain_open(const char *path, int err);

/**
 * pgarea_explain_alloc() - what was asked, what stood in the way, what to try
 * @fd: the device
 * @block: the request after the refusal, its array of refusals included
 * @err: what pgarea_alloc() answered
 *
 * Looks at the areas once more, so the text may know of later changes.
 *
 * Return: text for free(), or NULL without memory.
 */
char *pgarea_explain_alloc(int fd, const struct pgarea_alloc *block, int err);

/**
 * pgarea_explain_reserve() - the same for a reservation
 * @fd: the device
 * @range: the request after the refusal
 * @err: what pgarea_reserve() answered
 *
 * Return: text for free(), or NULL without memory.
 */
char *pgarea_explain_reserve(int fd, const struct pgarea_reserve *range,
			     int err);

#ifdef __cplusplus
}
#endif

#endif /* _LIBPGAREA_H */
