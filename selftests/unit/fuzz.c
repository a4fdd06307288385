// SPDX-License-Identifier: GPL-2.0
/*
 * The target of the fuzzer: reads the input as a stream of operations and
 * compares each with the oracle.  A difference aborts, which the fuzzer
 * reports.
 */
#include <stdlib.h>

#include "world.h"

#define MAX_STEPS	200

/* The rest of the input; after its end, bytes are 0. */
struct input {
	const unsigned char *data;
	size_t size;
};

/* Areas around the edge of a node, all of odd size; the third is large. */
static const struct { u64 edge, below, nr; } windows[] = {
	{ NODE_PAGES(0), NODE_PAGES(0) - 1, 2 * NODE_PAGES(0) + 2 },
	{ 7 * NODE_PAGES(1), NODE_PAGES(0) + 3, 3 * NODE_PAGES(0) },
	{ 5 * NODE_PAGES(2), NODE_PAGES(1) / 2, NODE_PAGES(1) + 9 },
	{ LAST_PAGE + 1, 77, 77 },
};

#define LARGE	2

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static unsigned int next_byte(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

/* A number below @limit: a small one uses one byte, a large one two. */
static u64 next_below(struct input *in, u64 limit)
{
	u64 value = next_byte(in);

	if (value >= 192)
		value = 192 + ((value & 63) << 8 | next_byte(in));
	return value % limit;
}

/* A power of two, and very rarely another number. */
static u64 next_power(struct input *in)
{
	unsigned int value = next_byte(in);

	if (value == 255)
		return next_byte(in);
	return value < 128 ? 0 : 1ULL << (value & 15);
}

/* A range inside one window. */
static void next_range(struct input *in, struct world *w, u64 *first, u64 *nr)
{
	const struct oracle_window *window =
		&w->oracle.window[next_byte(in) % w->oracle.nr_windows];
	u64 offset = next_below(in, window->nr);

	*first = window->base + offset;
	*nr = 1 + next_below(in, window->nr - offset);
}

static void next_alloc(struct input *in, struct world *w)
{
	struct pga_request rq = { .last = ~0ULL };
	unsigned int flags = next_byte(in);
	u64 first, nr;

	rq.nr = next_below(in, 4096) + !(flags & 64);
	rq.top_down = flags & 1;
	rq.in_runs = flags & 128;
	if (flags & 2)
		rq.align = next_power(in);
	if (flags & 4)
		rq.boundary = next_power(in);
	if (flags & 8)
		next_range(in, w, &rq.first, &nr);
	if (flags & 16)
		next_range(in, w, &rq.last, &nr);
	if (flags & 32)
		world_find(w, &rq, &first);
	else
		world_alloc(w, &rq, &first);
}

static void next_step(struct input *in, struct world *w)
{
	static int (*const steps[])(struct world *w, u64 first, u64 nr) = {
		world_alloc_range, world_free, world_add, world_remove,
	};
	unsigned int kind = next_byte(in) % 8;
	u64 first, nr;

	if (kind >= ARRAY_SIZE(steps)) {
		next_alloc(in, w);
	} else {
		next_range(in, w, &first, &nr);
		steps[kind](w, first, nr);
	}
	world_compare(w);
}

/*
 * The first byte selects the windows, and which of them are owned.  The large
 * one is slow, so it is rare.
 */
static void begin(struct input *in, struct world *w)
{
	unsigned int flags = next_byte(in), i;

	world_begin(w);
	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		u64 base = windows[i].edge - windows[i].below;

		if (flags >> i & 1 || (i == LARGE && flags & 3))
			continue;
		oracle_window(&w->oracle, base, windows[i].nr);
		if (flags >> i & 16)
			world_add(w, base, windows[i].nr);
	}
	if (!w->oracle.nr_windows)
		oracle_window(&w->oracle, 1, 100);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	unsigned int steps = 0;
	struct world w;

	begin(&in, &w);
	while (in.size && steps++ < MAX_STEPS)
		next_step(&in, &w);
	world_compare_rebuilt(&w);
	world_end(&w);
	return 0;
}

/* A failed assertion aborts: there is no cmocka test that it could end. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return setenv("CMOCKA_TEST_ABORT", "1", 1);
}
