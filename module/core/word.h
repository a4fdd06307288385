/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of 64 bits, one bit for each page or each child of a node: the steps on
 * a single word that all else is made of.
 */
#ifndef PGA_CORE_WORD_H
#define PGA_CORE_WORD_H

#include <pga_env.h>

/* A word has 2^PGA_WORD_ORDER bits. */
#define PGA_WORD_ORDER	6
#define PGA_WORD_BITS	64

/* The rank of a word (see pga_word_rank()) whose bits are all set. */
#define PGA_WORD_FULL	(PGA_WORD_ORDER + 1)

static inline bool pga_word_test(u64 word, unsigned int bit)
{
	return word >> bit & 1;
}

/* @nr bits from @bit on; @nr is at least 1. */
static inline u64 pga_word_mask(unsigned int bit, unsigned int nr)
{
	return ~0ULL >> (PGA_WORD_BITS - nr) << bit;
}

/* All bits from @bit on. */
static inline u64 pga_word_from(unsigned int bit)
{
	return ~0ULL << bit;
}

/* All bits above @bit; it may be the highest. */
static inline u64 pga_word_above(unsigned int bit)
{
	return ~0ULL << bit << 1;
}

/* How many bits in a row are set, from the lowest one up. */
static inline unsigned int pga_word_ones(u64 word)
{
	return ~word ? pga_ctz64(~word) : PGA_WORD_BITS;
}

/* How many bits in a row are set, from the highest one down. */
static inline unsigned int pga_word_top_ones(u64 word)
{
	return PGA_WORD_BITS - pga_fls64(~word);
}

/*
 * The bits at which an aligned run of 2^@order set bits begins; @order is at
 * most PGA_WORD_ORDER.  Each step doubles the length of the runs looked for.
 */
static inline u64 pga_word_blocks(u64 word, unsigned int order)
{
	static const u64 aligned[] = {
		~0ULL, 0x5555555555555555ULL, 0x1111111111111111ULL,
		0x0101010101010101ULL, 0x0001000100010001ULL,
		0x0000000100000001ULL, 1,
	};
	unsigned int i;

	if (order == PGA_WORD_ORDER)
		return !~word;
	for (i = 0; i < order; i++)
		word &= word >> (1U << i);
	return word & aligned[order];
}

/*
 * How many orders, from 0 up, have an aligned run of set bits in @word: 0 when
 * it is 0, else one more than the largest such order.  The branches pay: what
 * is done with the rank can begin before it is known for sure.
 */
static inline unsigned int pga_word_rank(u64 word)
{
	u64 pairs = word & (word >> 1) & 0x5555555555555555ULL;
	u64 fours = pairs & (pairs >> 2) & 0x1111111111111111ULL;
	u64 eights = fours & (fours >> 4) & 0x0101010101010101ULL;

	if (!~word)
		return PGA_WORD_FULL;
	if (!(u32)~word || !(~word >> 32))
		return 6;
	if (eights & (eights >> 8) & 0x0001000100010001ULL)
		return 5;
	if (eights)
		return 4;
	if (fours)
		return 3;
	return pairs ? 2 : !!word;
}

#endif /* PGA_CORE_WORD_H */
