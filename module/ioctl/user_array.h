/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays in the memory of the program, described by struct pgarea_array. */
#ifndef PGA_IOCTL_USER_ARRAY_H
#define PGA_IOCTL_USER_ARRAY_H

#include <linux/types.h>
#include <linux/pgarea.h>

/**
 * struct pga_array_writer - fills an array of the program
 * @array: as the program passed it
 * @nr: entries written
 * @total: entries that exist
 * @cursor: cursor of the first entry that did not fit; 0: all fit
 */
struct pga_array_writer {
	struct pgarea_array *array;
	u32 nr;
	u32 total;
	u64 cursor;
};

int __must_check pga_array_check(const struct pgarea_array *array,
				 size_t first_size);
int __must_check pga_array_get(const struct pgarea_array *array, u32 index,
			       void *entry, size_t size);
int __must_check pga_array_append(struct pga_array_writer *writer,
				  const void *entry, size_t size, u64 cursor);
int __must_check pga_array_get_many(const struct pgarea_array *array, u32 index,
				    void *entries, size_t size, u32 nr);
int __must_check pga_array_append_many(struct pga_array_writer *writer,
				       const void *entries, size_t size, u32 nr);
int __must_check pga_array_finish(struct pga_array_writer *writer);

#endif /* PGA_IOCTL_USER_ARRAY_H */
