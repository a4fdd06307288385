// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of the program.  Their entries grow at the tail like the structs do, so
 * each array carries the size of an entry as the program knows it.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "ioctl/user_array.h"

/* No entry will ever be larger. */
#define PGA_ENTRY_MAX	4096

static void __user *entry_ptr(const struct pgarea_array *array, u32 index)
{
	return u64_to_user_ptr(array->entries + (u64)index * array->entry_size);
}

/**
 * pga_array_check() - is the description of an array sound?
 * @array: the description
 * @first_size: size of an entry's first version
 *
 * Return: 0, -EINVAL, -E2BIG (entries beyond all measure), -EOVERFLOW (the array
 * wraps around), or -EFAULT (it is behind what a pointer of this machine reaches).
 */
int pga_array_check(const struct pgarea_array *array, size_t first_size)
{
	u64 end;

	if (array->__reserved)
		return -EINVAL;
	if (!array->count)
		return 0;
	if (array->entry_size < first_size)
		return -EINVAL;
	if (array->entry_size > PGA_ENTRY_MAX)
		return -E2BIG;
	if (check_add_overflow(array->entries,
			       (u64)array->count * array->entry_size, &end))
		return -EOVERFLOW;
	return end > ULONG_MAX ? -EFAULT : 0;
}

/**
 * pga_array_get() - read an entry
 * @array: checked by pga_array_check()
 * @index: below @array->count
 * @entry: where to
 * @size: of the entry as the kernel knows it
 *
 * Context: process; faults.
 * Return: 0, -EFAULT, or -E2BIG.
 */
int pga_array_get(const struct pgarea_array *array, u32 index, void *entry,
		  size_t size)
{
	return copy_struct_from_user(entry, size, entry_ptr(array, index),
				     array->entry_size);
}

/**
 * pga_array_get_many() - read entries that follow one another
 * @array: checked by pga_array_check()
 * @index: of the first one
 * @entries: where to
 * @size: of an entry as the kernel knows it
 * @nr: how many, at least 1; @index + @nr is @array->count at most
 *
 * Context: process; faults.
 * Return: how many could be read, or why the first could not: -EFAULT, -E2BIG.
 */
int pga_array_get_many(const struct pgarea_array *array, u32 index,
		       void *entries, size_t size, u32 nr)
{
	int err = 0;
	u32 i;

	if (array->entry_size == size &&
	    !copy_from_user(entries, entry_ptr(array, index), nr * size))
		return nr;
	for (i = 0; i < nr && !err; i++)
		err = pga_array_get(array, index + i, entries + i * size, size);
	return err && i == 1 ? err : (int)i - !!err;
}

/**
 * pga_array_append() - add an entry, or count it when there is no room
 * @writer: the array, checked by pga_array_check()
 * @entry: as the kernel knows it
 * @size: of @entry
 * @cursor: where to begin to get this entry first; never 0
 *
 * Context: process; faults.
 * Return: 0 or -EFAULT.
 */
int pga_array_append(struct pga_array_writer *writer, const void *entry, size_t size,
		 u64 cursor)
{
	const struct pgarea_array *array = writer->array;
	void __user *to = entry_ptr(array, writer->nr);
	size_t common = min_t(size_t, size, array->entry_size);

	writer->total++;
	if (writer->nr == array->count) {
		if (!writer->cursor)
			writer->cursor = cursor;
		return 0;
	}
	if (copy_to_user(to, entry, common) ||
	    clear_user(to + common, array->entry_size - common))
		return -EFAULT;
	writer->nr++;
	return 0;
}

/**
 * pga_array_append_many() - add entries that there is room for
 * @writer: the array, checked by pga_array_check()
 * @entries: as the kernel knows them, one behind the other
 * @size: of an entry
 * @nr: how many; with them the array has @count entries at most
 *
 * Context: process; faults.
 * Return: 0 or -EFAULT.
 */
int pga_array_append_many(struct pga_array_writer *writer, const void *entries, size_t size,
		      u32 nr)
{
	const struct pgarea_array *array = writer->array;
	int err = 0;
	u32 i;

	if (array->entry_size != size) {
		for (i = 0; i < nr && !err; i++)
			err = pga_array_append(writer, entries + i * size, size, 0);
		return err;
	}
	if (copy_to_user(entry_ptr(array, writer->nr), entries, nr * size))
		return -EFAULT;
	writer->nr += nr;
	writer->total += nr;
	return 0;
}

/**
 * pga_array_finish() - note in the description what was written
 * @writer: the array
 *
 * Return: 0, or -EMSGSIZE when not all entries did fit.
 */
int pga_array_finish(struct pga_array_writer *writer)
{
	writer->array->count = writer->nr;
	writer->array->total = writer->total;
	writer->array->cursor = writer->cursor;
	return writer->cursor ? -EMSGSIZE : 0;
}
