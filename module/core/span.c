// SPDX-License-Identifier: GPL-2.0
/*
 * The ranges that are owned: a sorted array of spans.  Spans that touch are
 * joined, so a range is owned as a whole exactly when one span holds it.
 */
#include "core/span.h"

/* Return 0 when the range is valid, else -EINVAL or -EOVERFLOW. */
int pga_range_check(u64 first, u64 nr)
{
	if (!nr)
		return -EINVAL;
	if (first >> PGA_PAGE_BITS || nr > (1ULL << PGA_PAGE_BITS) - first)
		return -EOVERFLOW;
	return 0;
}

/* The index of the first span that has a page at or after @page. */
unsigned int pga_span_at_or_after(const struct pga_buddy *b, u64 page)
{
	unsigned int low = 0, high = b->nr_spans;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (b->spans[middle].last < page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether any page from @first to @last is owned. */
bool pga_span_meets(const struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int i = pga_span_at_or_after(b, first);

	return i < b->nr_spans && b->spans[i].first <= last;
}

/* Whether all pages from @first to @last are owned. */
bool pga_span_holds(const struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int i = pga_span_at_or_after(b, first);

	return i < b->nr_spans && b->spans[i].first <= first &&
	       b->spans[i].last >= last;
}

/* The same, and remember the span for the next call. */
bool pga_span_find(struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int i = pga_span_at_or_after(b, first);

	if (i == b->nr_spans)
		return false;
	b->hint = i;
	return b->spans[i].first <= first && b->spans[i].last >= last;
}

static void span_shift(struct pga_buddy *b, unsigned int from, unsigned int to)
{
	memmove(&b->spans[to], &b->spans[from],
		(b->nr_spans - from) * sizeof(*b->spans));
	b->nr_spans = b->nr_spans - from + to;
}

/*
 * Add @first to @last to the owned pages.  None of them is owned yet, and the
 * array has a free slot.
 */
void pga_span_join(struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int i = pga_span_at_or_after(b, first);
	bool left = i > 0 && b->spans[i - 1].last + 1 == first;
	bool right = i < b->nr_spans && b->spans[i].first == last + 1;

	if (left && right) {
		b->spans[i - 1].last = b->spans[i].last;
		span_shift(b, i + 1, i);
	} else if (left) {
		b->spans[i - 1].last = last;
	} else if (right) {
		b->spans[i].first = first;
	} else {
		span_shift(b, i, i + 1);
		b->spans[i].first = first;
		b->spans[i].last = last;
	}
	b->nr_owned += last - first + 1;
}

/*
 * Remove @first to @last from the owned pages.  One span holds them, and the
 * array has a free slot.
 */
void pga_span_cut(struct pga_buddy *b, u64 first, u64 last)
{
	unsigned int i = pga_span_at_or_after(b, first);
	struct pga_span *span = &b->spans[i];

	if (span->first == first && span->last == last) {
		span_shift(b, i + 1, i);
	} else if (span->first == first) {
		span->first = last + 1;
	} else if (span->last == last) {
		span->last = first - 1;
	} else {
		span_shift(b, i, i + 1);
		span[0].last = first - 1;
		span[1].first = last + 1;
	}
	b->nr_owned -= last - first + 1;
}
