// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of the enumerations of the uapi, the same for text and JSON. */
#include "lib/array_size.h"
#include "lib/pgarea.h"

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

const char *pgarea_reason_name(__u32 why)
{
	static const char *const names[] = {
		[PGAREA_REASON_BOUNDS] = "bounds",
		[PGAREA_REASON_FULL] = "full",
		[PGAREA_REASON_FRAGMENTED] = "fragmented",
		[PGAREA_REASON_IN_USE] = "in-use",
		[PGAREA_REASON_NOT_OWNED] = "not-owned",
		[PGAREA_REASON_MAXIMUM] = "maximum",
		[PGAREA_REASON_TIMEOUT] = "timeout",
		[PGAREA_REASON_NODE] = "node",
	};

	return name_of(names, ARRAY_SIZE(names), why);
}

const char *pgarea_shortage_name(__u32 shortage)
{
	static const char *const names[] = {
		[PGAREA_SHORTAGE_NONE] = "none",
		[PGAREA_SHORTAGE_NO_MEMORY] = "no-memory",
		[PGAREA_SHORTAGE_OTHER_AREA] = "other-area",
		[PGAREA_SHORTAGE_MOVABLE_ZONE] = "movable-zone",
		[PGAREA_SHORTAGE_IN_USE] = "in-use",
		[PGAREA_SHORTAGE_ZONE_RESERVE] = "zone-reserve",
		[PGAREA_SHORTAGE_HOST_RESERVE] = "host-reserve",
		[PGAREA_SHORTAGE_KERNEL_MEMORY] = "kernel-memory",
		[PGAREA_SHORTAGE_MAXIMUM] = "maximum",
		[PGAREA_SHORTAGE_MAX_AREAS] = "max-areas",
	};

	return name_of(names, ARRAY_SIZE(names), shortage);
}

const char *pgarea_feature_name(unsigned int bit)
{
	/* bit n of pgarea_info.features */
	static const char *const names[] = {
		"alloc", "reserve", "dry-run", "exact", "bulk", "top-down",
		"trim", "wait", "orphan", "bind", "persistent", "access", "wc",
		"uc", "export", "poison", "end-orphans", "areas", "probe",
		"grow", "claim", "shrink", "node",
	};

	return name_of(names, ARRAY_SIZE(names), bit);
}

const char *pgarea_holder_name(unsigned int bit)
{
	/* bit n of pgarea_block.holders */
	static const char *const names[] = {
		"owner", "mapping", "reference", "dma-buf", "node", "device",
		"cache",
	};

	return name_of(names, ARRAY_SIZE(names), bit);
}

const char *pgarea_cache_name(__u32 cache)
{
	static const char *const names[] = {
		[PGAREA_CACHE_WB] = "write-back",
		[PGAREA_CACHE_WC] = "write-combining",
		[PGAREA_CACHE_UC] = "uncached",
	};

	return name_of(names, ARRAY_SIZE(names), cache);
}

const char *pgarea_access_name(__u32 access)
{
	static const char *const names[] = {
		[PGAREA_ACCESS_READ_WRITE] = "read-write",
		[PGAREA_ACCESS_READ_ONLY] = "read-only",
		[PGAREA_ACCESS_EXECUTE] = "execute",
	};

	return name_of(names, ARRAY_SIZE(names), access);
}
