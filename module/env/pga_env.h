/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions and types that the core needs, for the kernel.  The unit tests have
 * a header of the same name for user space; the include path selects one.
 */
#ifndef PGA_ENV_H
#define PGA_ENV_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

/* A word of the tree has 2^PGA_WORD_ORDER bits. */
#define PGA_WORD_ORDER	6
typedef u64 pga_word;

int pga_env_init(size_t node_size);
void pga_env_exit(void);
void *pga_env_zalloc(size_t size);
void pga_env_free(void *mem, size_t size);

/* The lowest set bit of @word, which is not 0. */
static inline unsigned int pga_ctz64(u64 word)
{
	return __ffs64(word);
}

/* One more than the highest set bit of @word, 0 for 0. */
static inline unsigned int pga_fls64(u64 word)
{
	return fls64(word);
}

#endif /* PGA_ENV_H */
