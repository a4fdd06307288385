// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of areas: the rules, the default table and the parameter.
 *
 *	areas=none			all areas are empty
 *	areas=low=64M,high=1G		sizes of these areas; others are empty
 *	areas=mine=8M@1G-2G		a new area, or new bounds for a default
 *	areas=low=64M..1G		it may grow on demand, up to 1G
 *	areas=low=64M!,mine=8M!@1G-2G	with "!", the load fails unless the area
 *					gets its whole size, its minimum from then on
 *	areas=low=64M/node1		only memory of this NUMA node
 *
 * The parts follow one another in this order:
 * NAME=SIZE[..MAX][!][@START-END][/nodeN].  With any other value the load fails;
 * a message names the invalid part.
 *
 * Locking: none.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area/area.h"
#include "area/node.h"
#include "area/spec.h"
#include "size.h"

/*
 * mmap offsets must be below 2^44 so that 32-bit programs can pass them, and
 * usually they are the addresses themselves (mmap_offset.c).
 */
#define PGA_HIGHEST_END		BIT_ULL(44)

/*
 * The boundaries are the address limits of x86 devices: 24 bits of ISA, 32
 * bits, and 36 bits of some devices and of the first PAE processors.  The most
 * precious area is first.
 */
static const struct pga_area_spec default_areas[PGA_DEFAULT_AREAS] = {
	{ "lowest",	0,	SZ_16M,			SZ_4M },
	{ "low",	SZ_16M,	SZ_4G,			SZ_32M },
	{ "high",	SZ_4G,	64ULL * SZ_1G,		SZ_32M },
	{ "normal",	64ULL * SZ_1G, PGA_HIGHEST_END,	SZ_32M },
};

/* Write what is wrong.  Always false. */
static __printf(2, 3) bool invalid(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(why, PGA_WHY_SIZE, format, args);
	va_end(args);
	return false;
}

static u64 pageblock_bytes(void)
{
	return (u64)pageblock_nr_pages << PAGE_SHIFT;
}

/**
 * pga_whole_pageblocks() - is a size a multiple of the pageblock size?
 * @bytes: the size
 *
 * Return: true if it is.
 */
bool pga_whole_pageblocks(u64 bytes)
{
	return !(bytes & (pageblock_bytes() - 1));
}

/* Bytes of whole pageblocks between the bounds */
static u64 room(const struct pga_area_spec *spec)
{
	u64 first = round_up(spec->start, pageblock_bytes());
	u64 end = round_down(spec->end, pageblock_bytes());

	return end > first ? end - first : 0;
}

static bool bounds_valid(const struct pga_area_spec *spec, char *why)
{
	if (spec->start >= spec->end)
		return invalid(why, "START must be below END");
	if (spec->end > PGA_HIGHEST_END)
		return invalid(why, "END must be at most %lluT",
			       PGA_HIGHEST_END / SZ_1T);
	if (!PAGE_ALIGNED(spec->start) || !PAGE_ALIGNED(spec->end))
		return invalid(why, "START and END must be multiples of the page size, %luK",
			       PAGE_SIZE / SZ_1K);
	return true;
}

static bool size_valid(const struct pga_area_spec *spec, const char *name,
		       u64 size, char *why)
{
	if (!pga_whole_pageblocks(size))
		return invalid(why, "%s must be a multiple of the pageblock size, %lluK",
			       name, pageblock_bytes() / SZ_1K);
	if (size > spec->end - spec->start)
		return invalid(why, "%s is larger than the bounds: at most %lluK fit",
			       name, room(spec) / SZ_1K);
	return true;
}

static bool chunk_valid(u64 chunk, char *why)
{
	if (!chunk || (is_power_of_2(chunk) && pga_whole_pageblocks(chunk)))
		return true;
	return invalid(why, "the chunk size must be a power of two of at least %lluK",
		       pageblock_bytes() / SZ_1K);
}

/**
 * pga_spec_valid() - can an area be as it is asked to be?
 * @spec: the specification; its name and its node are not checked
 * @why: set to what is wrong, if something is; has room for PGA_WHY_SIZE
 *
 * Return: true if it can.
 */
bool pga_spec_valid(const struct pga_area_spec *spec, char *why)
{
	if (!bounds_valid(spec, why) ||
	    !size_valid(spec, "the size", spec->size, why) ||
	    !size_valid(spec, "the minimum", spec->minimum, why) ||
	    !size_valid(spec, "the maximum", spec->maximum, why))
		return false;
	if (spec->minimum > spec->size)
		return invalid(why, "the minimum is larger than the size");
	if (spec->maximum && spec->maximum < spec->size)
		return invalid(why, "the maximum is smaller than the size");
	return chunk_valid(spec->chunk, why);
}

/**
 * pga_spec_maximum() - how large may an area become?
 * @spec: valid
 *
 * Return: bytes.
 */
u64 pga_spec_maximum(const struct pga_area_spec *spec)
{
	return spec->maximum ?: room(spec);
}

/**
 * pga_area_name_valid() - can an area have this name?
 * @name: NUL-terminated
 *
 * Return: true if it can.
 */
bool pga_area_name_valid(const char *name)
{
	return *name && strlen(name) < PGAREA_NAME_SIZE &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") ==
	       strlen(name);
}

/**
 * pga_bounds_have_room() - is there a pageblock between the bounds?
 * @spec: with valid bounds
 *
 * Return: true if there is.
 */
bool pga_bounds_have_room(const struct pga_area_spec *spec)
{
	return room(spec);
}

static bool parse_bounds(const char **text, struct pga_area_spec *spec,
			 char *why)
{
	if (**text != '@')
		return true;
	if (!pga_parse_bytes(*text + 1, "-", &spec->start, text) ||
	    **text != '-' ||
	    !pga_parse_bytes(*text + 1, "/", &spec->end, text))
		return invalid(why, "the bounds must be START-END, for example 1G-2G");
	if (!bounds_valid(spec, why))
		return false;
	if (!pga_bounds_have_room(spec))
		return invalid(why, "no pageblock lies between START and END: %lluK at a multiple",
			       pageblock_bytes() / SZ_1K);
	return true;
}

static bool parse_node(const char *text, struct pga_area_spec *spec, char *why)
{
	unsigned int node;

	if (!*text)
		return true;
	if (strncmp(text, "/node", 5) || kstrtouint(text + 5, 10, &node))
		return invalid(why, "expected SIZE[..MAX][!][@START-END][/nodeN]");
	if (!pga_node_has_memory(node))
		return invalid(why, "there is no node %u, or it has no memory",
			       node);
	spec->node = node;
	return true;
}

/* "SIZE[..MAX][!]" */
static bool parse_sizes(const char **text, struct pga_area_spec *spec,
			char *why)
{
	if (!pga_parse_bytes(*text, ".!@/", &spec->size, text))
		return invalid(why, "the size must be a number, with K, M, G, T or no suffix");
	if (**text == '.') {
		spec->grow = true;
		if (strncmp(*text, "..", 2) ||
		    !pga_parse_bytes(*text + 2, "!@/", &spec->maximum, text))
			return invalid(why, "the maximum must be a number, for example 64M..1G");
	}
	if (**text == '!') {
		spec->minimum = spec->size;
		(*text)++;
	}
	return true;
}

static bool parse_spec(const char *text, struct pga_area_spec *spec, char *why)
{
	if (!parse_sizes(&text, spec, why) ||
	    !parse_bounds(&text, spec, why) ||
	    !parse_node(text, spec, why))
		return false;
	if (!spec->end)
		return invalid(why, "unknown area; a new one needs bounds: NAME=SIZE@START-END");
	if (spec->grow && !spec->maximum)
		return invalid(why, "the maximum must not be 0");
	return pga_spec_valid(spec, why);
}

static struct pga_area_spec *find_spec(struct pga_area_spec *specs,
				       unsigned int nr, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(specs[i].name, name))
			return &specs[i];
	return NULL;
}

/**
 * struct pga_spec_list - specifications that are being parsed
 * @specs: the list
 * @nr: number of them
 * @max: maximum number of them
 * @given: a bit for each of them that was seen so far
 */
struct pga_spec_list {
	struct pga_area_spec *specs;
	unsigned int nr;
	unsigned int max;
	unsigned long *given;
};

/* Parse one "NAME=SIZE...". */
static bool parse_part(char *part, struct pga_spec_list *list, char *why)
{
	char *size = strchr(part, '=');
	struct pga_area_spec *spec;

	if (!size)
		return invalid(why, "expected NAME=SIZE[..MAX][!][@START-END][/nodeN]");
	*size++ = '\0';
	if (!pga_area_name_valid(part))
		return invalid(why, "the name must be 1 to %u characters of a-z, 0-9, - and _",
			       PGAREA_NAME_SIZE - 1);
	spec = find_spec(list->specs, list->nr, part);
	if (!spec) {
		if (list->nr == list->max)
			return invalid(why, "too many areas: the maximum is %u, see max_areas",
				       list->max);
		spec = &list->specs[list->nr++];
		*spec = (struct pga_area_spec){ .node = NUMA_NO_NODE };
		strscpy(spec->name, part, sizeof(spec->name));
	}
	if (test_and_set_bit(spec - list->specs, list->given))
		return invalid(why, "the area is listed twice");
	return parse_spec(size, spec, why);
}

static int parse_list(char *text, struct pga_spec_list *list)
{
	char why[PGA_WHY_SIZE];
	char *part;

	while ((part = strsep(&text, ",")) != NULL) {
		char *shown = kstrdup(part, GFP_KERNEL);
		int err = 0;

		if (!shown)
			return -ENOMEM;
		if (!parse_part(part, list, why)) {
			pr_err("areas: \"%s\": %s\n", shown, why);
			err = -EINVAL;
		}
		kfree(shown);
		if (err)
			return err;
	}
	return 0;
}

static int parse_text(const char *text, struct pga_spec_list *list)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	list->given = bitmap_zalloc(list->max, GFP_KERNEL);
	err = list->given ? parse_list(copy, list) : -ENOMEM;
	bitmap_free(list->given);
	kfree(copy);
	return err;
}

/**
 * pga_parse_areas() - parse the parameter areas=
 * @text: the parameter; NULL: the architecture's areas at their default sizes
 * @specs: filled in
 * @max: number of areas that @specs has room for, at least PGA_DEFAULT_AREAS
 * @nr: set to the number of areas
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL (a message is in the log), or -ENOMEM.
 */
int pga_parse_areas(const char *text, struct pga_area_spec *specs,
		    unsigned int max, unsigned int *nr)
{
	struct pga_spec_list list = {
		.specs = specs,
		.nr = ARRAY_SIZE(default_areas),
		.max = max,
	};
	unsigned int i;
	int err = 0;

	memcpy(specs, default_areas, sizeof(default_areas));
	for (i = 0; i < list.nr; i++) {
		specs[i].node = NUMA_NO_NODE;
		if (text)
			specs[i].size = 0;
	}
	if (text && strcmp(text, "none"))
		err = parse_text(text, &list);
	*nr = list.nr;
	return err;
}
