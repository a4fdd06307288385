// SPDX-License-Identifier: LGPL-2.1-or-later
/* Refused reservations as text: the first page in the way, and what to try. */
#include <errno.h>
#include <unistd.h>

#include "lib/internal.h"

static void put_conflict(FILE *out, const struct pgarea_reserve *range)
{
	if (range->conflict == PGAREA_NO_ADDRESS)
		fputs(": a page of it is ", out);
	else
		fprintf(out, ": 0x%llx is ", range->conflict);
	if (range->conflict_state == PGAREA_STATE_NOT_OWNED)
		fputs("not owned by the area", out);
	else if (range->conflict_state == PGAREA_STATE_FREE)
		fputs("free, but in another area", out);
	else
		fputs(pgarea_state_name(range->conflict_state), out);
	fputs(" (", out);
	put_size(out, range->conflict_size);
	if (range->conflict_state == PGAREA_STATE_NOT_OWNED)
		fputs("). `pgarea map` shows what the areas own.", out);
	else if (is_leaving(range->conflict_state))
		fputs("). `pgarea wait` waits until it is free.", out);
	else
		fputs("). `pgarea map` shows what is free.", out);
}

static const char *bad_range(const struct pgarea_reserve *range)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (range->address % page || range->size % page || !range->size)
		return "address and size are to be multiples of the page size";
	if (range->flags & PGAREA_RESERVE_PERSISTENT && !*range->name)
		return "what is persistent needs a name";
	return "the kernel found a bad value";
}

static void put_range_reason(FILE *out, int fd,
			     const struct pgarea_reserve *range, int err)
{
	bool persistent = range->flags & PGAREA_RESERVE_PERSISTENT;
	struct reason reason = {
		.fd = fd,
		.features = PGAREA_FEATURE_RESERVE |
			(persistent ? PGAREA_FEATURE_PERSISTENT : 0) |
			(range->orphan_ms ? PGAREA_FEATURE_ORPHAN : 0),
		.name = (const char *)range->name,
		.persistent = persistent,
		.exact = true,
		.invalid = bad_range(range),
	};

	fputs(": ", out);
	put_reason(out, &reason, err);
}

char *pgarea_explain_reserve(int fd, const struct pgarea_reserve *range,
			     int err)
{
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, "cannot reserve 0x%llx-0x%llx (",
		range->address, range->address + range->size - 1);
	put_size(out, range->size);
	fputs(")", out);
	if (err == -EBUSY || err == -ENOSPC)
		put_conflict(out, range);
	else
		put_range_reason(out, fd, range, err);
	return finish_text(out, &text);
}
