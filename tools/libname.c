// SPDX-License-Identifier: GPL-2.0
/* Names of the contract's enumerations, one vocabulary for text and JSON. */
#include "libpgarea-private.h"

static const char *name_of(const char *const *names, size_t n, __u32 value)
{
	return value < n && names[value] ? names[value] : "unknown";
}

const char *pgarea_state_name(__u32 state)
{
	static const char *const names[] = {
		[PGAREA_STATE_NOT_OWNED] = "not-owned",
		[PGAREA_STATE_FREE] = "free",
		[PGAREA_STATE_ALLOCATED] = "allocated",
		[PGAREA_STATE_RESERVED] = "reserved",
		[PGAREA_STATE_DRAINING] = "draining",
		[PGAREA_STATE_ORPHANED] = "orphaned",
		[PGAREA_STATE_POISONED] = "poisoned",
	};

	return name_of(names, ARRAY_SIZE(names), state);
}

const char *pgarea_why_name(__u32 why)
{
	static const char *const names[] = {
		[PGAREA_WHY_BOUNDS] = "bounds",
		[PGAREA_WHY_FULL] = "full",
		[PGAREA_WHY_FRAGMENTED] = "fragmented",
		[PGAREA_WHY_IN_USE] = "in-use",
		[PGAREA_WHY_NOT_OWNED] = "not-owned",
	};

	return name_of(names, ARRAY_SIZE(names), why);
}
