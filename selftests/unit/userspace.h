/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the core needs from its environment, in user space, except the width of
 * its words, which the pga_env.h of the directories env, env8 and env16 define.
 */
#ifndef UNIT_USERSPACE_H
#define UNIT_USERSPACE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

#define __must_check	__attribute__((warn_unused_result))
#define noinline	__attribute__((noinline))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define min_t(type, a, b) (__extension__ ({	\
	type min_a = (a);			\
	type min_b = (b);			\
						\
	min_a < min_b ? min_a : min_b; }))

#define max_t(type, a, b) (__extension__ ({	\
	type max_a = (a);			\
	type max_b = (b);			\
						\
	max_a > max_b ? max_a : max_b; }))

void *pga_env_zalloc(size_t size);
void pga_env_free(void *mem, size_t size);

/* The lowest set bit of @word, which is not 0. */
static inline unsigned int pga_ctz64(u64 word)
{
	return __builtin_ctzll(word);
}

/* One more than the highest set bit of @word, 0 for 0. */
static inline unsigned int pga_fls64(u64 word)
{
	return word ? 64 - __builtin_clzll(word) : 0;
}

#endif /* UNIT_USERSPACE_H */
