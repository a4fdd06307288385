// SPDX-License-Identifier: LGPL-2.1-or-later
/* Explanation of a refused reservation: the first page in the way, and advice. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/explain.h"
#include "lib/obstacle.h"
#include "lib/pgarea.h"
#include "lib/text.h"

/* Enough for a command with an address and a size */
#define COMMAND_SIZE 80

/* The host's own memory: what does it do with it? */
static bool add_host(struct pga_text *text, int fd,
		     const struct pgarea_reserve *range)
{
	char command[COMMAND_SIZE];

	if (range->conflict_state != PGAREA_STATE_NOT_OWNED ||
	    range->conflict == PGAREA_NO_ADDRESS)
		return false;
	snprintf(command, sizeof(command),
		 "pgarea reserve 0x%llx+0x%llx --claim", range->address,
		 range->size);
	return pga_text_add_host(text, fd, range->conflict, command);
}

static bool add_claim(struct pga_text *text, const struct pgarea_reserve *range)
{
	bool no_page = range->obstacle == PGAREA_OBSTACLE_MAX_AREAS;

	if (!range->obstacle)
		return false;
	pga_text_add_claim(text, no_page ? range->address : range->conflict,
			   range->obstacle, range->conflict_state);
	return true;
}

static void add_conflict(struct pga_text *text,
			 const struct pgarea_reserve *range)
{
	if (range->conflict == PGAREA_NO_ADDRESS)
		pga_text_add(text, ": a page of it is ");
	else
		pga_text_add(text, ": 0x%llx is ", range->conflict);
	if (range->conflict_state == PGAREA_STATE_NOT_OWNED)
		pga_text_add(text, "not owned by the area");
	else if (range->conflict_state == PGAREA_STATE_FREE)
		pga_text_add(text, "free, but in another area");
	else
		pga_text_add(text, "%s",
			     pgarea_state_name(range->conflict_state));
	pga_text_add(text, " (");
	pga_text_add_size(text, range->conflict_size);
	if (range->conflict_state == PGAREA_STATE_NOT_OWNED)
		pga_text_add(text, "). `pgarea map` shows what the areas own.");
	else if (pga_becomes_free(range->conflict_state))
		pga_text_add(text, "). `pgarea wait` waits until it is free.");
	else
		pga_text_add(text, "). `pgarea map` shows what is free.");
}

static const char *bad_range(const struct pgarea_reserve *range)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (range->address % page || range->size % page || !range->size)
		return "address and size must be multiples of the page size";
	if (range->flags & PGAREA_RESERVE_PERSISTENT && !*range->name)
		return "a persistent block or reservation needs a name";
	return "the kernel rejected a value";
}

static void add_range_reason(struct pga_text *text, int fd,
			     const struct pgarea_reserve *range, int err)
{
	bool persistent = range->flags & PGAREA_RESERVE_PERSISTENT;
	bool claim = range->flags & PGAREA_RESERVE_CLAIM;
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_RESERVE |
			    (persistent ? PGAREA_FEATURE_PERSISTENT : 0) |
			    (claim ? PGAREA_FEATURE_CLAIM : 0) |
			    (range->orphan_ms ? PGAREA_FEATURE_ORPHAN : 0),
		.name = (const char *)range->name,
		.persistent = persistent,
		.exact = true,
		.claim = claim,
		.orphan_ms = range->orphan_ms,
		.invalid = bad_range(range),
	};

	pga_text_add(text, ": ");
	pga_explain_errno(text, &failure, err);
}

char *pgarea_explain_reserve(int fd, const struct pgarea_reserve *range,
			     int err)
{
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot reserve 0x%llx-0x%llx (", range->address,
		     range->address + range->size - 1);
	pga_text_add_size(&text, range->size);
	pga_text_add(&text, ")");
	if (err != -EBUSY && err != -ENOSPC)
		add_range_reason(&text, fd, range, err);
	else if (!add_claim(&text, range) && !add_host(&text, fd, range))
		add_conflict(&text, range);
	return pga_text_end(&text);
}
