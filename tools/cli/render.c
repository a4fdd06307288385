// SPDX-License-Identifier: GPL-2.0
/*
 * A map of an area's occupancy.
 *
 * Each cell is one character; it stands for a power of two of bytes at a
 * multiple of its size.  A cell shows the state of most of its memory; a second
 * set of characters marks cells with other states too, so that one allocated
 * page in a free gigabyte is visible.
 */
#include <stdio.h>
#include <string.h>

#include "cli/render.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define NR_STATES (PGAREA_STATE_POISONED + 1)

/**
 * struct look - how a state is shown
 * @whole: character of a cell wholly in that state, in ASCII
 * @mostly: character of a cell that also has other states
 * @whole_shade: the same for terminals with UTF-8, NULL: as in ASCII
 * @mostly_shade: likewise
 * @colour: of both, as the terminal's number
 */
struct look {
	const char *whole;
	const char *mostly;
	const char *whole_shade;
	const char *mostly_shade;
	const char *colour;
};

static const struct look looks[NR_STATES] = {
	[PGAREA_STATE_NOT_OWNED] = { " ", " ", NULL, NULL, "0" },
	[PGAREA_STATE_FREE] = { ".", ":", "\u00b7", "\u2591", "32" },
	[PGAREA_STATE_ALLOCATED] = { "#", "+", "\u2588", "\u2593", "34" },
	[PGAREA_STATE_RESERVED] = { "R", "r", NULL, NULL, "33" },
	[PGAREA_STATE_DRAINING] = { "D", "d", NULL, NULL, "35" },
	[PGAREA_STATE_ORPHANED] = { "O", "o", NULL, NULL, "36" },
	[PGAREA_STATE_POISONED] = { "X", "x", NULL, NULL, "31" },
};

/**
 * struct rendering - a map under construction
 * @style: its style
 * @ranges: the ranges to show, in address order
 * @n: number of @ranges
 * @next: first range that does not lie wholly before the next cell
 * @cell: bytes of a cell
 * @row: bytes of a row
 * @digits: hexadecimal digits of an address
 * @seen: bit 2 * state + mixed is set for each character that the legend explains
 */
struct rendering {
	const struct render_style *style;
	const struct pgarea_range *ranges;
	size_t n;
	size_t next;
	__u64 cell;
	__u64 row;
	int digits;
	unsigned int seen;
};

static __u64 last_of(const struct pgarea_range *range)
{
	return range->address + range->size - 1;
}

/* ---- Scale --------------------------------------------------------------- */

static unsigned int count_rows(const struct rendering *rendering, __u64 row)
{
	unsigned int rows = 0;
	__u64 next = 0;

	for (size_t i = 0; i < rendering->n; i++) {
		__u64 first = rendering->ranges[i].address / row;
		__u64 last = last_of(&rendering->ranges[i]) / row;

		if (first < next)
			first = next;
		if (last >= first)
			rows += last - first + 1;
		if (last >= next)
			next = last + 1;
	}
	return rows;
}

static void choose_scale(struct rendering *rendering)
{
	const struct render_style *style = rendering->style;
	__u64 row = style->page_size * style->width;

	while (count_rows(rendering, row) > style->rows && row < 1ULL << 56)
		row *= 2;
	rendering->row = row;
	rendering->cell = row / style->width;
	rendering->digits = snprintf(NULL, 0, "%llx",
				     last_of(&rendering->ranges[rendering->n - 1]));
}

/* ---- Cells --------------------------------------------------------------- */

/* Bytes of each state in a cell */
static void weigh_cell(struct rendering *rendering, __u64 start,
		       __u64 bytes[NR_STATES])
{
	__u64 last = start + rendering->cell - 1;
	__u64 owned = 0;

	memset(bytes, 0, NR_STATES * sizeof(*bytes));
	while (rendering->next < rendering->n &&
	       last_of(&rendering->ranges[rendering->next]) < start)
		rendering->next++;
	for (size_t i = rendering->next; i < rendering->n; i++) {
		const struct pgarea_range *range = &rendering->ranges[i];
		__u64 from = range->address > start ? range->address : start;
		__u64 to = last_of(range) < last ? last_of(range) : last;

		if (range->address > last)
			break;
		owned += to - from + 1;
		if (range->state < NR_STATES)
			bytes[range->state] += to - from + 1;
	}
	bytes[PGAREA_STATE_NOT_OWNED] = rendering->cell - owned;
}

/* The state of most of the cell's owned memory */
static unsigned int judge_cell(const struct rendering *rendering,
			       const __u64 bytes[NR_STATES], bool *mixed)
{
	unsigned int state = PGAREA_STATE_NOT_OWNED;
	__u64 most = 0;

	for (unsigned int i = 1; i < NR_STATES; i++) {
		if (bytes[i] > most) {
			most = bytes[i];
			state = i;
		}
	}
	*mixed = most && most < rendering->cell;
	return state;
}

static void put_look(const struct render_style *style, unsigned int state,
		     bool mixed)
{
	const struct look *look = &looks[state];
	const char *text = mixed ? look->mostly : look->whole;
	const char *shade = mixed ? look->mostly_shade : look->whole_shade;

	if (style->shades && shade)
		text = shade;
	if (style->colours)
		printf("\033[%sm%s\033[0m", look->colour, text);
	else
		fputs(text, stdout);
}

static void draw_row(struct rendering *rendering, __u64 start)
{
	printf("  0x%0*llx |", rendering->digits, start);
	for (unsigned int i = 0; i < rendering->style->width; i++) {
		__u64 bytes[NR_STATES];
		unsigned int state;
		bool mixed;

		weigh_cell(rendering, start + i * rendering->cell, bytes);
		state = judge_cell(rendering, bytes, &mixed);
		rendering->seen |= 1U << (2 * state + mixed);
		put_look(rendering->style, state, mixed);
	}
	puts("|");
}

static void draw_gap(const struct rendering *rendering, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	printf("  %*s  ... %s not owned ...\n", rendering->digits + 2, "",
	       pgarea_format_size(size, text));
}

static void draw_rows(struct rendering *rendering)
{
	__u64 row = rendering->row;
	__u64 next = rendering->ranges[0].address / row;

	for (size_t i = 0; i < rendering->n; i++) {
		__u64 first = rendering->ranges[i].address / row;
		__u64 last = last_of(&rendering->ranges[i]) / row;

		if (first > next)
			draw_gap(rendering, (first - next) * row);
		if (first > next)
			next = first;
		for (; next <= last; next++)
			draw_row(rendering, next * row);
	}
}

/* ---- Legend -------------------------------------------------------------- */

static void draw_legend(const struct rendering *rendering)
{
	char cell[PGAREA_TEXT_SIZE], row[PGAREA_TEXT_SIZE];

	printf("  a cell is %s, a row %s:",
	       pgarea_format_size(rendering->cell, cell),
	       pgarea_format_size(rendering->row, row));
	for (unsigned int i = 2; i < 2 * NR_STATES; i++) {
		if (!(rendering->seen & 1U << i))
			continue;
		fputs("  ", stdout);
		put_look(rendering->style, i / 2, i % 2);
		printf(" %s%s", i % 2 ? "mostly " : "",
		       pgarea_state_name(i / 2));
	}
	putchar('\n');
}

void render_ranges(const struct render_style *style,
		   const struct pgarea_range *ranges, size_t n)
{
	struct rendering rendering = {
		.style = style,
		.ranges = ranges,
		.n = n,
	};

	if (!n)
		return;
	choose_scale(&rendering);
	draw_rows(&rendering);
	draw_legend(&rendering);
}
