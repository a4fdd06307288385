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
 * @total: entries written or omitted
 * @next: position of the first entry that was omitted
 * @omitted: an entry was omitted
 */
struct pga_array_writer {
	struct pgarea_array *array;
	u32 nr;
	u32 total;
	u32 next;
	bool omitted;
};

/* The position from which a list continues; 0 at its start. */
static inline u32 pga_array_position(const struct pgarea_array *array)
{
	return array->cursor >> 32;
}

/* Is there room for another entry? */
static inline bool pga_array_has_room(const struct pga_array_writer *writer)
{
	return writer->nr < writer->array->count;
}

/* Is the rest of the list of no interest, because it was counted before? */
static inline bool pga_array_is_done(const struct pga_array_writer *writer)
{
	return writer->omitted && writer->array->cursor;
}

int __must_check pga_array_check(const struct pgarea_array *array,
				 size_t first_size);
int __must_check pga_array_get(const struct pgarea_array *array, u32 index,
			       void *entry, size_t size);
void pga_array_omit(struct pga_array_writer *writer, u32 position);
int __must_check pga_array_append(struct pga_array_writer *writer,
				  const void *entry, size_t size, u32 position);
int __must_check pga_array_get_many(const struct pgarea_array *array, u32 index,
				    void *entries, size_t size, u32 nr);
int __must_check pga_array_append_many(struct pga_array_writer *writer,
				       const void *entries, size_t size, u32 nr);
int __must_check pga_array_finish(struct pga_array_writer *writer);

#endif /* PGA_IOCTL_USER_ARRAY_H */
