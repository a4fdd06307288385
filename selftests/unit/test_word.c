// SPDX-License-Identifier: GPL-2.0
/*
 * The operations on single words, compared bit by bit with naive versions.
 * With words of 8 and 16 bits, for every word; with words of 64 bits, for all
 * runs, all words that a run is cut out of, and random ones.
 */
#include "core/node.h"
#include "unit.h"

#define BITS	PGA_WORD_BITS
#define WORDS	200000

static bool bit_of(u64 word, unsigned int bit)
{
	return word >> bit & 1;
}

static bool run_is_set(u64 word, unsigned int bit, unsigned int nr)
{
	while (nr--)
		if (!bit_of(word, bit + nr))
			return false;
	return true;
}

static u64 naive_blocks(u64 word, unsigned int order)
{
	u64 blocks = 0;
	unsigned int bit;

	for (bit = 0; bit < BITS; bit += 1U << order)
		if (run_is_set(word, bit, 1U << order))
			blocks |= 1ULL << bit;
	return blocks;
}

static unsigned int naive_avail(u64 word)
{
	unsigned int avail = PGA_WORD_ORDER + 1;

	while (avail && !naive_blocks(word, avail - 1))
		avail--;
	return avail;
}

/* Words of all densities, with long runs as well as single bits. */
static pga_word any_word(struct unit_random *r)
{
	u64 word = unit_random(r);
	unsigned int i, kind = unit_below(r, 8);

	for (i = 0; i < kind % 4; i++)
		word = kind & 4 ? word | unit_random(r) : word & unit_random(r);
	if (unit_below(r, 2))
		word |= ~0ULL >> unit_below(r, 64) << unit_below(r, 64);
	return unit_below(r, 2) ? word : ~word;
}

/* Runs, runs with a hole of one bit, and the complements of all that. */
static void for_run(void (*test)(pga_word word), unsigned int bit,
		    unsigned int nr)
{
	pga_word run = ~0ULL >> (64 - nr) << bit;
	unsigned int i;

	test(run);
	test(PGA_WORD_ALL - run);
	for (i = bit; i < bit + nr; i++) {
		test(run - (1ULL << i));
		test(PGA_WORD_ALL - (run - (1ULL << i)));
	}
}

static void for_all_words(void (*test)(pga_word word))
{
	struct unit_random r = { unit_seed() };
	bool every = BITS <= 16;
	u64 words = every ? PGA_WORD_ALL + 1 : unit_iterations(WORDS), i;
	unsigned int bit, nr;

	for (bit = 0; bit < BITS; bit++)
		for (nr = 1; nr <= BITS - bit; nr++)
			for_run(test, bit, nr);
	print_message("# PGA_SEED=%llu\n", (unsigned long long)unit_seed());
	for (i = 0; i < words; i++)
		test(every ? i : any_word(&r));
}

static void blocks_as_naive(pga_word word)
{
	unsigned int order;

	for (order = 0; order <= PGA_WORD_ORDER; order++)
		if (pga_word_blocks(word, order) != naive_blocks(word, order))
			fail_msg("blocks of order %u in %llx", order,
				 (unsigned long long)word);
}

static void test_blocks(void **state)
{
	for_all_words(blocks_as_naive);
}

static void avail_as_naive(pga_word word)
{
	if (pga_word_avail(word) != naive_avail(word))
		fail_msg("avail of %llx", (unsigned long long)word);
}

static void test_avail(void **state)
{
	for_all_words(avail_as_naive);
}

static void ones_as_naive(pga_word word)
{
	unsigned int low = 0, high = 0;

	while (low < BITS && bit_of(word, low))
		low++;
	while (high < BITS && bit_of(word, BITS - 1 - high))
		high++;
	if (pga_word_ones(word) != low || pga_word_top_ones(word) != high)
		fail_msg("ones of %llx", (unsigned long long)word);
}

static void test_ones(void **state)
{
	for_all_words(ones_as_naive);
}

static void bits_as_naive(pga_word word)
{
	unsigned int bit;

	for (bit = 0; bit < BITS; bit++)
		if (pga_word_test(word, bit) != bit_of(word, bit) ||
		    bit_of(pga_word_not(word), bit) == bit_of(word, bit))
			fail_msg("bit %u of %llx", bit,
				 (unsigned long long)word);
	assert_int_equal(pga_word_not(word) + (u64)word, PGA_WORD_ALL);
}

static void test_bits(void **state)
{
	for_all_words(bits_as_naive);
}

static void test_masks(void **state)
{
	unsigned int bit, nr, i;

	for (bit = 0; bit < BITS; bit++) {
		for (i = 0; i < 64; i++) {
			assert_int_equal(bit_of(pga_word_from(bit), i),
					 i >= bit && i < BITS);
			assert_int_equal(bit_of(pga_word_above(bit), i),
					 i > bit && i < BITS);
		}
		for (nr = 1; nr <= BITS - bit; nr++)
			for (i = 0; i < 64; i++)
				assert_int_equal(bit_of(pga_word_mask(bit, nr),
							i),
						 i >= bit && i < bit + nr);
	}
}

static void test_bit_numbers(void **state)
{
	unsigned int bit;

	assert_int_equal(pga_fls64(0), 0);
	for (bit = 0; bit < 64; bit++) {
		assert_int_equal(pga_ctz64(~0ULL << bit), bit);
		assert_int_equal(pga_fls64(~0ULL >> bit), 64 - bit);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_blocks),
	cmocka_unit_test(test_avail),
	cmocka_unit_test(test_ones),
	cmocka_unit_test(test_bits),
	cmocka_unit_test(test_masks),
	cmocka_unit_test(test_bit_numbers),
};

UNIT_TABLE(unit_word_tests);
