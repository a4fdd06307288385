/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words with a bit for each page, or for each child of a node: the operations
 * on a single word, of which the core is built.
 *
 * In the kernel a word has 64 bits, and the comments of the core assume that.
 * The code takes the width from pga_word and PGA_WORD_ORDER of the environment:
 * the unit tests also compile it with narrower words, so that they can try
 * every value.  C promotes narrow words to int; pga_word_not() is their
 * complement.
 */
#ifndef PGA_CORE_WORD_H
#define PGA_CORE_WORD_H

#include <pga_env.h>

#define PGA_WORD_BITS	(1U << PGA_WORD_ORDER)

/* All bits set; a u64, so that it can be shifted by any number of bits. */
#define PGA_WORD_ALL	(~0ULL >> (64 - PGA_WORD_BITS))

/* pga_word_avail() of a word whose bits are all set. */
#define PGA_WORD_FULL	(PGA_WORD_ORDER + 1)

static inline pga_word pga_word_not(pga_word word)
{
	return ~word;
}

static inline bool pga_word_test(pga_word word, unsigned int bit)
{
	return word >> bit & 1;
}

/* @nr bits from @bit on; @nr is at least 1. */
static inline pga_word pga_word_mask(unsigned int bit, unsigned int nr)
{
	return PGA_WORD_ALL >> (PGA_WORD_BITS - nr) << bit;
}

/* All bits from @bit on. */
static inline pga_word pga_word_from(unsigned int bit)
{
	return PGA_WORD_ALL << bit;
}

/* All bits above @bit; it may be the highest. */
static inline pga_word pga_word_above(unsigned int bit)
{
	return PGA_WORD_ALL << bit << 1;
}

/* The number of consecutive set bits from the lowest bit up. */
static inline unsigned int pga_word_ones(pga_word word)
{
	return pga_word_not(word) ? pga_ctz64(pga_word_not(word)) :
				    PGA_WORD_BITS;
}

/* The number of consecutive set bits from the highest bit down. */
static inline unsigned int pga_word_top_ones(pga_word word)
{
	return PGA_WORD_BITS - pga_fls64(pga_word_not(word));
}

/*
 * The bits at which an aligned run of 2^@order set bits begins; @order is at
 * most PGA_WORD_ORDER.  In the complement, an addition to all bits of a run but
 * the top one carries into the top one when any of them is a hole.
 */
static inline pga_word pga_word_blocks(pga_word word, unsigned int order)
{
	static const pga_word low[] = {
		0, PGA_WORD_ALL / 0x3, PGA_WORD_ALL / 0xf * 0x7,
		PGA_WORD_ALL / 0xff * 0x7f, PGA_WORD_ALL / 0xffff * 0x7fff,
		PGA_WORD_ALL / 0xffffffff * 0x7fffffff, PGA_WORD_ALL / 2,
	};
	unsigned int top = (1U << order) - 1;
	pga_word holes = pga_word_not(word);

	holes = ((holes & low[order]) + low[order]) | holes | low[order];
	return pga_word_not(holes) >> top;
}

/*
 * The largest order of which @word has an aligned run of set bits, plus one; 0
 * when @word is 0.  The branches pay off: the processor goes on with a
 * predicted result while it still computes the real one.
 */
static inline unsigned int pga_word_avail(pga_word word)
{
	const pga_word low = PGA_WORD_ALL >> PGA_WORD_BITS / 2;
	pga_word pairs = word & (word >> 1) & PGA_WORD_ALL / 0x3;
	pga_word fours = pairs & (pairs >> 2) & PGA_WORD_ALL / 0xf;
	pga_word eights = fours & (fours >> 4) & PGA_WORD_ALL / 0xff;
	pga_word holes = pga_word_not(word);

	if (!holes)
		return PGA_WORD_FULL;
	if (!(holes & low) || !(holes >> PGA_WORD_BITS / 2))
		return PGA_WORD_ORDER;
	if (eights & (eights >> 8) & PGA_WORD_ALL / 0xffff)
		return 5;
	if (eights)
		return 4;
	if (fours)
		return 3;
	return pairs ? 2 : !!word;
}

#endif /* PGA_CORE_WORD_H */
