// SPDX-License-Identifier: LGPL-2.1-or-later
/* Explanations of refused CREATE_AREA, RESIZE_AREA, DESTROY_AREA and SHRINK_AREA. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/array_size.h"
#include "lib/explain.h"
#include "lib/pgarea.h"
#include "lib/text.h"

/* by enum pgarea_shortage: why there is no more, and what helps */
static const char *const shortages[] = {
	[PGAREA_SHORTAGE_NO_MEMORY] =
		"within its bounds is no more memory that can be used; use wider bounds",
	[PGAREA_SHORTAGE_OTHER_AREA] =
		"other areas own the memory within its bounds; shrink one of them, or use other bounds",
	[PGAREA_SHORTAGE_MOVABLE_ZONE] =
		"the memory within its bounds is in ZONE_MOVABLE, and must not be held for long; use other bounds",
	[PGAREA_SHORTAGE_IN_USE] =
		"the memory within its bounds is in use and cannot be moved; try earlier after boot, or use wider bounds",
	[PGAREA_SHORTAGE_ZONE_RESERVE] =
		"its zone would have less than the reserve that drivers need; use wider bounds",
	[PGAREA_SHORTAGE_HOST_RESERVE] =
		"the host would have less than its reserve (`pgarea info`); free memory, or ask for less",
	[PGAREA_SHORTAGE_KERNEL_MEMORY] =
		"the kernel could not allocate memory to manage it, or to move pages to; free memory",
	[PGAREA_SHORTAGE_MAXIMUM] =
		"the maximum of the area is smaller (`pgarea areas --json`)",
	[PGAREA_SHORTAGE_MAX_AREAS] =
		"there are as many areas as there may be; destroy one, or load the module with a larger max_areas",
};

const char *pgarea_shortage_text(__u32 shortage)
{
	return shortage < ARRAY_SIZE(shortages) && shortages[shortage] ?
		shortages[shortage] : "the host has no more memory for it";
}

static const char *bad_bounds(const struct pgarea_create_area *area,
			      const struct pgarea_info *info)
{
	__u64 block = info->pageblock_size;
	__u64 first = (area->start + block - 1) / block * block;

	if (area->start >= area->end)
		return "the bounds are empty: START must be below END";
	if (area->end > 1ULL << 44)
		return "the bounds end above 16 TiB";
	if (area->start % info->page_size || area->end % info->page_size)
		return "the bounds must be multiples of the page size";
	if (first + block > area->end)
		return "there is no whole pageblock within the bounds (`pgarea info` has its size)";
	return NULL;
}

static const char *bad_size(const struct pgarea_create_area *area,
			    const struct pgarea_info *info)
{
	__u64 block = info->pageblock_size, most = area->end - area->start;

	if (area->size % block || area->minimum % block || area->maximum % block)
		return "sizes must be multiples of the pageblock size (`pgarea info` has it)";
	if (area->size > most || area->maximum > most)
		return "it would be larger than its bounds";
	if (area->minimum > area->size)
		return "the minimum is larger than the size";
	if (area->maximum && area->maximum < area->size)
		return "the maximum is smaller than the size";
	if (area->chunk_size % block || area->chunk_size & (area->chunk_size - 1))
		return "the chunk size must be a power of two, and at least a pageblock";
	return NULL;
}

/* The first rule that the request breaks */
static const char *invalid_create(int fd, const struct pgarea_create_area *area)
{
	const char *name = (const char *)area->name, *why;
	struct pgarea_info info;

	if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")])
		return "a name has 1 to 31 characters of a-z, 0-9, - and _";
	if (pgarea_get_info(fd, &info) || !info.page_size || !info.pageblock_size)
		return NULL;
	why = bad_bounds(area, &info);
	return why ? why : bad_size(area, &info);
}

char *pgarea_explain_create_area(int fd, const struct pgarea_create_area *area,
				 int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_AREAS,
		.invalid = invalid_create(fd, area),
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot create the area %s: ", area->name);
	if (err == -ENOSPC)
		pga_text_add(&text, "%s", pgarea_shortage_text(area->shortage));
	else if (err == -EEXIST)
		pga_text_add(&text, "there is an area of that name (`pgarea areas`)");
	else if (err == -ENODEV)
		pga_explain_node(&text, area->node);
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

/* What stands in the way: a block or reservation, or a page in transit */
static void add_conflict(struct pga_text *text, __u64 address, __u64 size,
			 __u64 id, __u32 state)
{
	if (id) {
		pga_text_add(text, "%s %llu (",
			     state == PGAREA_STATE_RESERVED ? "reservation" :
							      "block", id);
		pga_text_add_size(text, size);
		pga_text_add(text, ") is %s", pgarea_state_name(state));
	} else {
		pga_text_add(text, "a page is %s", pgarea_state_name(state));
	}
	if (address != PGAREA_NO_ADDRESS)
		pga_text_add(text, " at 0x%llx", address);
	if (pga_becomes_free(state))
		pga_text_add(text, "; `pgarea wait --all` waits until it is free");
	else
		pga_text_add(text, "; `pgarea blocks --all` shows whose it is");
}

char *pgarea_explain_resize_area(int fd, const struct pgarea_resize_area *area,
				 const char *name, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_AREAS,
		.invalid = "it must be a multiple of the pageblock size, and not below the minimum",
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot resize the area %s to ", name);
	pga_text_add_size(&text, area->size);
	pga_text_add(&text, ": ");
	if (err == -ENOSPC)
		pga_text_add(&text, "%s", pgarea_shortage_text(area->shortage));
	else if (err == -EBUSY)
		add_conflict(&text, area->conflict, area->conflict_size,
			     area->conflict_id, area->conflict_state);
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

char *pgarea_explain_destroy_area(int fd,
				  const struct pgarea_destroy_area *area,
				  const char *name, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_AREAS,
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot destroy the area %s: ", name);
	if (err == -EBUSY)
		add_conflict(&text, area->conflict, area->conflict_size,
			     area->conflict_id, area->conflict_state);
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

char *pgarea_explain_shrink_area(int fd, const struct pgarea_shrink_area *area,
				 const char *name, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_SHRINK,
		.invalid = area->__reserved ? "its padding must be 0" :
			"it is of a claim, and goes back to the host with its last block or reservation",
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot shrink the area %s: ", name);
	pga_explain_errno(&text, &failure, err);
	if (err == -ENOMEM)
		pga_text_add(&text, "; a part may have been returned");
	return pga_text_end(&text);
}
