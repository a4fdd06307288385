// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays in the memory of the program.  Like the structs, their entries grow at
 * the end, so each array carries the size of an entry that the program knows.
 *
 * A cursor has the position of the first entry that did not fit in its upper
 * half, a number that the list chooses, and the number of entries from there on
 * in its lower half.  So a list is counted once, when it starts, and a call that
 * continues stops where the array is full: reading a list in parts costs about
 * as much as reading it at once.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "ioctl/user_array.h"

/* The maximum size of an entry in any version. */
#define PGA_ENTRY_MAX	4096

static void __user *entry_ptr(const struct pgarea_array *array, u32 index)
{
	return u64_to_user_ptr(array->entries + (u64)index * array->entry_size);
}

/**
 * pga_array_check() - is the description of an array valid?
 * @array: the description
 * @first_size: size of an entry's first version
 *
 * Return: 0, -EINVAL, -E2BIG (entries larger than PGA_ENTRY_MAX), -EOVERFLOW
 * (the array wraps around), or -EFAULT (it ends beyond the range of a pointer).
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
 * @entry: destination
 * @size: size of the entry in the kernel
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
 * pga_array_get_many() - read consecutive entries
 * @array: checked by pga_array_check()
 * @index: index of the first entry
 * @entries: destination
 * @size: size of an entry in the kernel
 * @nr: number of entries, at least 1; @index + @nr is at most @array->count
 *
 * Context: process; faults.
 * Return: the number of entries read, or the error of the first one: -EFAULT or
 * -E2BIG.
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
 * pga_array_omit() - count an entry for which there is no room
 * @writer: the array, checked by pga_array_check()
 * @position: the list continues here with this entry
 */
void pga_array_omit(struct pga_array_writer *writer, u32 position)
{
	writer->total++;
	if (!writer->omitted)
		writer->next = position;
	writer->omitted = true;
}

/**
 * pga_array_append() - add an entry, or only count it if there is no room
 * @writer: the array, checked by pga_array_check()
 * @entry: the entry, in the kernel's size
 * @size: size of @entry
 * @position: the list continues here with this entry
 *
 * Context: process; faults.
 * Return: 0 or -EFAULT.
 */
int pga_array_append(struct pga_array_writer *writer, const void *entry,
		     size_t size, u32 position)
{
	const struct pgarea_array *array = writer->array;
	void __user *to = entry_ptr(array, writer->nr);
	size_t common = min_t(size_t, size, array->entry_size);

	if (!pga_array_has_room(writer)) {
		pga_array_omit(writer, position);
		return 0;
	}
	if (copy_to_user(to, entry, common) ||
	    clear_user(to + common, array->entry_size - common))
		return -EFAULT;
	writer->nr++;
	writer->total++;
	return 0;
}

/**
 * pga_array_append_many() - add entries; the array must have room for all
 * @writer: the array, checked by pga_array_check()
 * @entries: consecutive entries, in the kernel's size
 * @size: size of an entry
 * @nr: number of entries; with them the array has at most @count entries
 *
 * Context: process; faults.
 * Return: 0 or -EFAULT.
 */
int pga_array_append_many(struct pga_array_writer *writer, const void *entries,
			  size_t size, u32 nr)
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
 * pga_array_finish() - store the counts and the cursor in the description
 * @writer: the array
 *
 * Return: 0, or -EMSGSIZE if not all entries fit.
 */
int pga_array_finish(struct pga_array_writer *writer)
{
	struct pgarea_array *array = writer->array;

	array->total = writer->total;
	/* This call stopped early; the first one has counted the rest. */
	if (pga_array_is_done(writer))
		array->total = max(writer->total, lower_32_bits(array->cursor));
	array->count = writer->nr;
	array->cursor = 0;
	if (!writer->omitted)
		return 0;
	array->cursor = (u64)writer->next << 32 | (array->total - array->count);
	return -EMSGSIZE;
}
