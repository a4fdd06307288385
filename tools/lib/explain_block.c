// SPDX-License-Identifier: LGPL-2.1-or-later
/* Explanations of refused BIND, EXPORT, REMOVE, END_ORPHANS and WAIT. */
#include <errno.h>

#include "lib/array_size.h"
#include "lib/explain.h"
#include "lib/pgarea.h"
#include "lib/text.h"

/* The tool's addresses are in range, so that a bridge is what is left. */
static const char *invalid_bind(const struct pgarea_bind *bind)
{
	if (bind->device > 31 || bind->function > 7)
		return "a device is 0 to 31, and a function 0 to 7";
	if (bind->flags)
		return "with PGAREA_BIND_NONE, the address must be 0";
	return "it is a bridge, and without its bus mastering nothing behind it could "
	       "reach memory; name the device's own function";
}

char *pgarea_explain_bind(int fd, const struct pgarea_bind *bind, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_BIND,
		.invalid = invalid_bind(bind),
	};
	char address[PGAREA_TEXT_SIZE];
	struct pga_text text;

	pga_text_begin(&text);
	pgarea_format_pci(bind->domain, bind->bus, bind->device,
			  bind->function, address);
	pga_text_add(&text,
		     "cannot bind block %llu to PCI function %s: ", bind->id,
		     address);
	if (err == -ENODEV)
		pga_text_add(&text,
			     "there is no such function; `lspci -D` lists them all");
	else if (err == -ENOENT)
		pga_text_add(&text,
			     "there is no such block or reservation in this open file");
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

char *pgarea_explain_export(int fd, __u64 id, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_EXPORT,
		.invalid =
			"offset and size must be multiples of the page size, inside the block",
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot make a dma-buf of block %llu: ", id);
	if (err == -ENOENT)
		pga_text_add(&text, "there is no such block in this open file");
	else if (err == -EBUSY)
		pga_text_add(&text, "another thread is splitting it");
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

char *pgarea_explain_remove(int fd, const char *name, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_PERSISTENT,
		.invalid = "this is not a valid name of a persistent block",
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot remove '%s': ", name);
	if (err == -ENOENT)
		pga_text_add(&text,
			     "there is no persistent block or reservation of that name; "
			     "`ls %s%s*` lists them all",
			     PGAREA_NODE_DIRECTORY, PGAREA_NODE_PREFIX);
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

char *pgarea_explain_end_orphans(int fd, const struct pgarea_end_orphans *which,
				 int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_END_ORPHANS,
		.invalid = "name the orphans by id, process, user or area, or name all",
	};
	struct pga_text text;

	pga_text_begin(&text);
	pga_text_add(&text, "cannot end the quarantine of orphans: ");
	if (err == -ENOENT)
		pga_text_add(&text, "there is no area with the id %u",
			     which->area);
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}

/* ---- Waiting ------------------------------------------------------------- */

static void add_holders(struct pga_text *text, __u32 holders)
{
	/* bit n of pgarea_wait.holders */
	static const char *const names[] = {
		"its owner",
		"a mapping",
		"a page reference (a pin, I/O, a pipe)",
		"a dma-buf",
		"an open node",
		"possibly a device (orphaned)",
		"its cache attribute",
	};
	const char *before = ", held by ";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(holders & 1U << i))
			continue;
		pga_text_add(text, "%s%s", before, names[i]);
		before = ", ";
	}
}

static void add_left(struct pga_text *text, const struct pgarea_wait *wait)
{
	if (wait->left == 1)
		pga_text_add(text, "1 block or reservation is left");
	else
		pga_text_add(text, "%u blocks and reservations are left",
			     wait->left);
	add_holders(text, wait->holders);
}

char *pgarea_explain_wait(int fd, const struct pgarea_wait *wait, int err)
{
	struct pga_failure failure = {
		.fd = fd,
		.features = PGAREA_FEATURE_WAIT,
		.invalid = "wait for either one block or all",
	};
	struct pga_text text;

	pga_text_begin(&text);
	if (err == -ETIMEDOUT) {
		add_left(&text, wait);
		return pga_text_end(&text);
	}
	pga_text_add(&text, "cannot wait for %s: ",
		     wait->flags & PGAREA_WAIT_ALL ?
			     "the blocks of all processes" :
		     wait->id ? "the block" :
				"what was freed");
	if (err == -EBUSY)
		pga_text_add(&text, "it was not freed");
	else
		pga_explain_errno(&text, &failure, err);
	return pga_text_end(&text);
}
