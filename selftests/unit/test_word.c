// SPDX-License-Identifier: GPL-2.0
/* The steps on single words, compared with loops over bits. */
#include "unit.h"
#include "word.h"

#define WORDS	200000

static bool run_is_set(u64 word, unsigned int bit, unsigned int nr)
{
	while (nr--)
		if (!(word >> (bit + nr) & 1))
			return false;
	return true;
}

static u64 naive_blocks(u64 word, unsigned int order)
{
	u64 blocks = 0;
	unsigned int bit;

	for (bit = 0; bit < 64; bit += 1U << order)
		if (run_is_set(word, bit, 1U << order))
			blocks |= 1ULL << bit;
	return blocks;
}

static unsigned int naive_rank(u64 word)
{
	unsigned int rank = 7;

	while (rank && !naive_blocks(word, rank - 1))
		rank--;
	return rank;
}

/* Words of all densities, with long runs as well as single bits. */
static u64 any_word(struct unit_random *r)
{
	u64 word = unit_random(r);
	unsigned int i, kind = unit_below(r, 8);

	for (i = 0; i < kind % 4; i++)
		word = kind & 4 ? word | unit_random(r) : word & unit_random(r);
	if (unit_below(r, 2))
		word |= ~0ULL >> unit_below(r, 64) << unit_below(r, 64);
	return unit_below(r, 2) ? word : ~word;
}

static void for_any_word(void (*test)(u64 word))
{
	struct unit_random r = { unit_seed() };
	u64 i, words = unit_iterations(WORDS);

	print_message("# PGA_SEED=%llu\n", (unsigned long long)unit_seed());
	test(0);
	test(~0ULL);
	for (i = 0; i < 64; i++) {
		test(1ULL << i);
		test(~(1ULL << i));
		test(~0ULL << i);
		test(~0ULL >> i);
	}
	for (i = 0; i < words; i++)
		test(any_word(&r));
}

static void blocks_as_naive(u64 word)
{
	unsigned int order;

	for (order = 0; order <= PGA_WORD_ORDER; order++)
		assert_int_equal(pga_word_blocks(word, order),
				 naive_blocks(word, order));
}

static void test_blocks(void **state)
{
	for_any_word(blocks_as_naive);
}

static void rank_as_naive(u64 word)
{
	assert_int_equal(pga_word_rank(word), naive_rank(word));
}

static void test_rank(void **state)
{
	for_any_word(rank_as_naive);
}

static void ones_as_naive(u64 word)
{
	unsigned int low = 0, high = 0;

	while (low < 64 && word >> low & 1)
		low++;
	while (high < 64 && word << high >> 63)
		high++;
	assert_int_equal(pga_word_ones(word), low);
	assert_int_equal(pga_word_top_ones(word), high);
}

static void test_ones(void **state)
{
	for_any_word(ones_as_naive);
}

static void test_masks(void **state)
{
	unsigned int bit, nr, i;

	for (bit = 0; bit < 64; bit++) {
		for (i = 0; i < 64; i++) {
			assert_int_equal(pga_word_from(bit) >> i & 1, i >= bit);
			assert_int_equal(pga_word_above(bit) >> i & 1, i > bit);
		}
		for (nr = 1; nr <= 64 - bit; nr++)
			for (i = 0; i < 64; i++)
				assert_int_equal(pga_word_mask(bit, nr) >> i & 1,
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
	cmocka_unit_test(test_rank),
	cmocka_unit_test(test_ones),
	cmocka_unit_test(test_masks),
	cmocka_unit_test(test_bit_numbers),
};

UNIT_TABLE(unit_word_tests);
