// SPDX-License-Identifier: LGPL-2.1-or-later
/* The device, and the commands that create and free blocks and reservations. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/call.h"
#include "lib/pgarea.h"

const char *pgarea_device_path(void)
{
	const char *path = getenv("PGAREA_DEVICE");

	return path && *path ? path : PGAREA_DEVICE_PATH;
}

int pgarea_open(const char *path, int access)
{
	int fd;

	do {
		fd = open(path ? path : pgarea_device_path(),
			  access | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int pgarea_get_info(int fd, struct pgarea_info *info)
{
	*info = (struct pgarea_info){ 0 };
	return pga_call(fd, PGAREA_IOC_INFO, info);
}

static void default_entry_size(struct pgarea_array *array, size_t size)
{
	if (!array->entry_size)
		array->entry_size = size;
}

/* -EPROTO instead of @err if more was written than there was room for */
static int check_count(struct pgarea_array *array, __u32 room, int err)
{
	if (array->count <= room)
		return err;
	array->count = 0;
	return -EPROTO;
}

int pgarea_alloc(int fd, struct pgarea_alloc *block)
{
	__u32 segments = block->segments.count;
	__u32 refusals = block->refusals.count;
	int err;

	default_entry_size(&block->areas, sizeof(struct pgarea_area_id));
	default_entry_size(&block->segments, sizeof(struct pgarea_segment));
	default_entry_size(&block->refusals, sizeof(struct pgarea_refusal));
	err = pga_call(fd, PGAREA_IOC_ALLOC, block);
	err = check_count(&block->segments, segments, err);
	return check_count(&block->refusals, refusals, err);
}

int pgarea_free(int fd, __u64 id)
{
	struct pgarea_free request = { .id = id };

	return pga_call(fd, PGAREA_IOC_FREE, &request);
}

int pgarea_alloc_bulk(int fd, struct pgarea_alloc_bulk *bulk)
{
	__u32 blocks = bulk->blocks.count;
	__u32 refusals = bulk->refusals.count;
	int err;

	default_entry_size(&bulk->areas, sizeof(struct pgarea_area_id));
	default_entry_size(&bulk->blocks, sizeof(struct pgarea_bulk_block));
	default_entry_size(&bulk->refusals, sizeof(struct pgarea_refusal));
	err = pga_call(fd, PGAREA_IOC_ALLOC_BULK, bulk);
	err = check_count(&bulk->blocks, blocks, err);
	err = check_count(&bulk->refusals, refusals, err);
	if (bulk->done <= blocks)
		return err;
	bulk->done = 0;
	return -EPROTO;
}

int pgarea_free_bulk(int fd, const __u64 *ids, __u32 n, __u32 *done)
{
	struct pgarea_free_bulk request = {
		.ids.entries = (uintptr_t)ids,
		.ids.entry_size = sizeof(*ids),
		.ids.count = n,
	};
	int err = pga_call(fd, PGAREA_IOC_FREE_BULK, &request);

	if (!err && request.done > n)
		err = -EPROTO;
	if (done)
		*done = err ? 0 : request.done;
	return err ? err : -(int)request.error;
}

int pgarea_trim(int fd, __u64 id, __u64 size, __u64 *alloc_size)
{
	struct pgarea_trim request = { .id = id, .size = size };
	int err = pga_call(fd, PGAREA_IOC_TRIM, &request);

	if (!err && alloc_size)
		*alloc_size = request.alloc_size;
	return err;
}

/* One call with the room that @request describes */
static int call_split(int fd, struct pgarea_split *request)
{
	struct pgarea_array *array = &request->pieces;
	__u32 room = array->count;
	int err = pga_call(fd, PGAREA_IOC_SPLIT, request);

	/* It needs more room than it had. */
	if (err == -EMSGSIZE && array->total <= room)
		err = -EPROTO;
	return check_count(array, room, err);
}

/* Make room for the number of pieces that the last try returned */
static int try_split(int fd, struct pgarea_split *request)
{
	struct pgarea_array *array = &request->pieces;
	int err;

	array->count = array->total;
	array->entries = (uintptr_t)calloc(array->count, array->entry_size);
	if (!array->entries)
		return -ENOMEM;
	err = call_split(fd, request);
	if (err) {
		free((void *)(uintptr_t)array->entries);
		array->entries = 0;
	}
	return err;
}

int pgarea_split(int fd, __u64 id, __u64 first, __u64 size,
		 struct pgarea_bulk_block **pieces, size_t *n)
{
	struct pgarea_split request = {
		.id = id,
		.first = first,
		.size = size,
		.pieces.entry_size = sizeof(**pieces),
	};
	int err = call_split(fd, &request);

	/* Another thread may have split the block since the number was returned. */
	while (err == -EMSGSIZE)
		err = try_split(fd, &request);
	*pieces = err ? NULL : (void *)(uintptr_t)request.pieces.entries;
	*n = err ? 0 : request.pieces.count;
	return err;
}

void *pgarea_mmap(int fd, const struct pgarea_alloc *block, int prot)
{
	void *address;

	address = mmap(NULL, block->alloc_size, prot, MAP_SHARED, fd,
		       block->mmap_offset);
	return address == MAP_FAILED ? NULL : address;
}

int pgarea_reserve(int fd, struct pgarea_reserve *range)
{
	return pga_call(fd, PGAREA_IOC_RESERVE, range);
}

int pgarea_unreserve(int fd, __u64 id, __u64 address, __u64 size,
		     __u64 *rest_id)
{
	struct pgarea_unreserve request = {
		.id = id,
		.address = address,
		.size = size,
	};
	int err = pga_call(fd, PGAREA_IOC_UNRESERVE, &request);

	if (!err && rest_id)
		*rest_id = request.rest_id;
	return err;
}
