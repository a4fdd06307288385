// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lists of any length: repeated calls fill a struct pgarea_array.
 *
 * A call without enough room returns what fits, the total number, and a cursor to
 * resume from.  The buffer grows by the number that was missing; a list that
 * grows between calls costs one more call.
 *
 * The file may be of another device, or of a module with an error.  An answer that
 * would make this loop for ever, or write beyond the buffer, is -EPROTO.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/call.h"
#include "lib/pgarea.h"

/* Room of the first call, in entries */
#define FIRST_ROOM	32

/**
 * struct list - a list that is being read
 * @array: the array inside of @argument
 * @argument: the command's struct
 * @command: its number
 * @entries: entries read so far, @n of @room
 * @n: number of entries read
 * @room: number of entries that fit
 * @calls: number of calls that returned a cursor
 * @seen: the cursor of one of them
 */
struct list {
	struct pgarea_array *array;
	void *argument;
	unsigned long command;
	char *entries;
	size_t n;
	size_t room;
	size_t calls;
	__u64 seen;
};

/* Make room for @more entries after those read so far. */
static int list_grow(struct list *list, size_t more)
{
	size_t size = list->array->entry_size, room = list->n + more;
	void *entries = reallocarray(list->entries, room, size);

	if (!entries)
		return -ENOMEM;
	list->entries = entries;
	list->room = room;
	return 0;
}

/*
 * Did an earlier call return the same cursor?  Cursors are opaque, so they need
 * not grow.  The one to compare with is replaced at each power of two, so that
 * a cycle of any length is found (Brent's algorithm).
 */
static bool list_repeats(struct list *list)
{
	__u64 cursor = list->array->cursor;

	if (list->calls && cursor == list->seen)
		return true;
	list->calls++;
	if (!(list->calls & (list->calls - 1)))
		list->seen = cursor;
	return false;
}

/* Is this answer of a call with that much room possible? */
static bool list_is_plausible(struct list *list, size_t free_room, int err)
{
	const struct pgarea_array *array = list->array;

	if (array->count > free_room)
		return false;
	if (!err)
		return array->total <= array->count;
	return array->count && array->total > array->count && array->cursor &&
	       !list_repeats(list);
}

/* One call for as many as fit */
static int list_call(struct list *list, int fd)
{
	struct pgarea_array *array = list->array;
	size_t free_room = list->room - list->n;
	int err;

	array->entries = (__u64)(uintptr_t)(list->entries +
					    list->n * array->entry_size);
	array->count = free_room;
	err = pga_call(fd, list->command, list->argument);
	if (err && err != -EMSGSIZE)
		return err;
	if (!list_is_plausible(list, free_room, err))
		return -EPROTO;
	list->n += array->count;
	return err;
}

/* The entries in an array for free(); NULL when there are none */
static int list_all(struct list *list, int fd, void *entries, size_t *n)
{
	int err = list_grow(list, FIRST_ROOM);

	while (!err) {
		err = list_call(list, fd);
		if (err != -EMSGSIZE)
			break;
		err = list_grow(list, list->array->total - list->array->count);
	}
	if (err || !list->n) {
		free(list->entries);
		list->entries = NULL;
		list->n = 0;
	}
	*(void **)entries = list->entries;
	*n = list->n;
	return err;
}

int pgarea_list_areas(int fd, struct pgarea_area **areas, size_t *n)
{
	struct pgarea_areas request = {
		.areas.entry_size = sizeof(**areas),
	};
	struct list list = {
		.array = &request.areas,
		.argument = &request,
		.command = PGAREA_IOC_AREAS,
	};

	return list_all(&list, fd, areas, n);
}

int pgarea_list_orders(int fd, __u32 area, struct pgarea_order **orders,
		       size_t *n)
{
	struct pgarea_orders request = {
		.area = area,
		.orders.entry_size = sizeof(**orders),
	};
	struct list list = {
		.array = &request.orders,
		.argument = &request,
		.command = PGAREA_IOC_ORDERS,
	};

	return list_all(&list, fd, orders, n);
}

int pgarea_list_ranges(int fd, __u32 area, __u64 lowest, __u64 highest,
		       struct pgarea_range **ranges, size_t *n)
{
	struct pgarea_ranges request = {
		.area = area,
		.lowest = lowest,
		.highest = highest,
		.ranges.entry_size = sizeof(**ranges),
	};
	struct list list = {
		.array = &request.ranges,
		.argument = &request,
		.command = PGAREA_IOC_RANGES,
	};

	return list_all(&list, fd, ranges, n);
}

int pgarea_probe(int fd, struct pgarea_probe *probe,
		 struct pgarea_obstacle **obstacles, size_t *n)
{
	struct list list = {
		.array = &probe->obstacles,
		.argument = probe,
		.command = PGAREA_IOC_PROBE,
	};

	/* A call that continues the list leaves the other answers as they are. */
	probe->obstacles = (struct pgarea_array){
		.entry_size = sizeof(**obstacles),
	};
	return list_all(&list, fd, obstacles, n);
}

int pgarea_list_blocks(int fd, __u64 flags, struct pgarea_block **blocks,
		       size_t *n)
{
	struct pgarea_blocks request = {
		.flags = flags,
		.blocks.entry_size = sizeof(**blocks),
	};
	struct list list = {
		.array = &request.blocks,
		.argument = &request,
		.command = PGAREA_IOC_BLOCKS,
	};

	return list_all(&list, fd, blocks, n);
}
