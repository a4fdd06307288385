// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of the areas: the default table and the parameter.
 *
 *	areas=none			all areas are empty
 *	areas=low=64M,high=1G		sizes of these areas; others are empty
 *	areas=mine=8M@1G-2G		a new area, or new bounds for a default
 *	areas=low=64M!,mine=8M!@1G-2G	with "!", the load fails unless the area
 *					gets its whole size
 *
 * With any other value the load fails; a message names the invalid part.
 *
 * Locking: none.  The code runs while the module is loaded.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringify.h>

#include "area/area.h"
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
static const struct pga_area_spec default_areas[] = {
	{ "lowest",	0,	SZ_16M,			SZ_4M },
	{ "low",	SZ_16M,	SZ_4G,			SZ_32M },
	{ "high",	SZ_4G,	64ULL * SZ_1G,		SZ_32M },
	{ "normal",	64ULL * SZ_1G, PGA_HIGHEST_END,	SZ_32M },
};

static int bad_part(const char *part, const char *why)
{
	pr_err("areas: \"%s\": %s\n", part, why);
	return -EINVAL;
}

static bool whole_pageblocks(u64 bytes)
{
	return !(bytes & (((u64)pageblock_nr_pages << PAGE_SHIFT) - 1));
}

static const char *parse_bounds(const char *text, struct pga_area_spec *spec)
{
	const char *rest;

	if (!pga_parse_bytes(text, "-", &spec->start, &rest) || *rest != '-' ||
	    !pga_parse_bytes(rest + 1, "", &spec->end, &rest))
		return "the bounds must be START-END, for example 1G-2G";
	if (spec->start >= spec->end)
		return "START must be below END";
	if (spec->end > PGA_HIGHEST_END)
		return "END must be at most 16T";
	if (!PAGE_ALIGNED(spec->start) || !PAGE_ALIGNED(spec->end))
		return "START and END must be multiples of the page size";
	return NULL;
}

static const char *parse_size(const char *text, struct pga_area_spec *spec)
{
	const char *why, *rest;

	if (!pga_parse_bytes(text, "!@", &spec->size, &rest))
		return "the size must be a number, with K, M, G, T or no suffix";
	spec->required = *rest == '!';
	rest += spec->required;
	if (*rest == '@') {
		why = parse_bounds(rest + 1, spec);
		if (why)
			return why;
	} else if (*rest) {
		return "only @START-END can follow SIZE!";
	}
	if (!spec->end)
		return "unknown area; a new one needs bounds: NAME=SIZE[!]@START-END";
	if (!whole_pageblocks(spec->size))
		return "the size must be a multiple of the pageblock size";
	if (spec->size > spec->end - spec->start)
		return "the size is larger than END minus START";
	return NULL;
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

static bool valid_name(const char *name)
{
	return *name && strlen(name) < PGAREA_NAME_SIZE &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") ==
	       strlen(name);
}

/* Parse one "NAME=SIZE[!][@START-END]".  @given: a bit for each spec seen so far */
static const char *parse_part(char *part, struct pga_area_spec *specs,
			      unsigned int *nr, u64 *given)
{
	char *size = strchr(part, '=');
	struct pga_area_spec *spec;
	u64 bit;

	if (!size)
		return "expected NAME=SIZE[!][@START-END]";
	*size++ = '\0';
	if (!valid_name(part))
		return "the name must be 1 to 31 characters of a-z, 0-9, - and _";
	spec = find_spec(specs, *nr, part);
	if (!spec) {
		if (*nr == PGA_MAX_AREAS)
			return "too many areas: the maximum is " __stringify(PGA_MAX_AREAS);
		spec = &specs[*nr];
		strscpy(spec->name, part, sizeof(spec->name));
		(*nr)++;
	}
	bit = BIT_ULL(spec - specs);
	if (*given & bit)
		return "the area is listed twice";
	*given |= bit;
	return parse_size(size, spec);
}

static int parse_list(char *list, struct pga_area_spec *specs,
		      unsigned int *nr)
{
	u64 given = 0;
	char *part;

	while ((part = strsep(&list, ",")) != NULL) {
		char *shown = kstrdup(part, GFP_KERNEL);
		const char *why;
		int err = 0;

		if (!shown)
			return -ENOMEM;
		why = parse_part(part, specs, nr, &given);
		if (why)
			err = bad_part(shown, why);
		kfree(shown);
		if (err)
			return err;
	}
	return 0;
}

/**
 * pga_parse_areas() - parse the parameter areas=
 * @text: the parameter; NULL: the architecture's areas at their default sizes
 * @specs: filled in; has room for PGA_MAX_AREAS
 * @nr: set to the number of areas
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL (a message is in the log), or -ENOMEM.
 */
int pga_parse_areas(const char *text, struct pga_area_spec *specs,
		    unsigned int *nr)
{
	unsigned int i;
	char *list;
	int err = 0;

	BUILD_BUG_ON(PGA_MAX_AREAS > 64);
	*nr = ARRAY_SIZE(default_areas);
	memcpy(specs, default_areas, sizeof(default_areas));
	if (!text)
		return 0;
	for (i = 0; i < *nr; i++)
		specs[i].size = 0;
	if (!strcmp(text, "none"))
		return 0;

	list = kstrdup(text, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	err = parse_list(list, specs, nr);
	kfree(list);
	return err;
}
