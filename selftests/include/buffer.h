/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks that a device must write to, or must leave alone: mapped, and filled
 * with a pattern that shows each byte that changes.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <sys/random.h>

#include "pga_state.h"

/* A block of this program, mapped. */
struct buffer {
	struct pgarea_alloc block;
	unsigned char *at;
};

/*
 * Drawn again for each test: a free page of the previous test still has its
 * pattern, and must not be mistaken for one of this test.
 */
static unsigned char buffer_salt[8];

static inline bool buffer_new_salt(void)
{
	return getrandom(buffer_salt, sizeof(buffer_salt), 0) ==
	       sizeof(buffer_salt);
}

/* No two patterns have the same byte at the same place. */
static inline unsigned char buffer_byte(unsigned int pattern, size_t i)
{
	return pattern * 37 + i + (i >> 8) * 11 +
	       buffer_salt[i % sizeof(buffer_salt)];
}

static inline void buffer_fill(const struct buffer *buffer,
			       unsigned int pattern)
{
	size_t i;

	for (i = 0; i < buffer->block.alloc_size; i++)
		buffer->at[i] = buffer_byte(pattern, i);
}

static inline bool buffer_shows(const struct buffer *buffer, size_t from,
				size_t to, unsigned int pattern)
{
	size_t i;

	for (i = from; i < to; i++)
		if (buffer->at[i] != buffer_byte(pattern, i))
			return false;
	return true;
}

static inline bool buffer_kept(const struct buffer *buffer,
			       unsigned int pattern)
{
	return buffer_shows(buffer, 0, buffer->block.alloc_size, pattern);
}

/* Are all bytes outside [@from, @to) unchanged? */
static inline bool buffer_kept_but(const struct buffer *buffer, size_t from,
				   size_t to, unsigned int pattern)
{
	return buffer_shows(buffer, 0, from, pattern) &&
	       buffer_shows(buffer, to, buffer->block.alloc_size, pattern);
}

/* Map the block; -EXDEV when it is not where ALLOC reported. */
static inline int buffer_map(int fd, struct buffer *buffer)
{
	buffer->at = pga_map(fd, &buffer->block);
	if (buffer->at == MAP_FAILED)
		return -errno;
	return phys_of(buffer->at) == buffer->block.phys ? 0 : -EXDEV;
}

static inline void buffer_drop(int fd, const struct buffer *buffer)
{
	munmap(buffer->at, buffer->block.alloc_size);
	pga_free(fd, buffer->block.id);
}

#endif /* BUFFER_H */
