// SPDX-License-Identifier: LGPL-2.1-or-later
/* Refusals around the life of a block as text: bind, export, remove, wait. */
#include <errno.h>

#include "lib/internal.h"

char *pgarea_explain_bind(int fd, const struct pgarea_bind *bind, int err)
{
	struct reason reason = {
		.fd = fd,
		.features = PGAREA_FEATURE_BIND,
		.invalid = "a device is 0 to 31, and a function 0 to 7",
	};
	char *text, address[PGAREA_TEXT_SIZE];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	pgarea_format_pci(bind->domain, bind->bus, bind->device,
			  bind->function, address);
	fprintf(out, "cannot bind block %llu to PCI function %s: ", bind->id,
		address);
	if (err == -ENODEV)
		fputs("there is no such function; `lspci -D` lists those there are",
		      out);
	else if (err == -ENOENT)
		fputs("there is no such block or reservation in this open file",
		      out);
	else
		put_reason(out, &reason, err);
	return finish_text(out, &text);
}

char *pgarea_explain_export(int fd, __u64 id, int err)
{
	struct reason reason = {
		.fd = fd,
		.features = PGAREA_FEATURE_EXPORT,
		.invalid = "offset and size are to be multiples of the page size, inside the block",
	};
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, "cannot make a dma-buf of block %llu: ", id);
	if (err == -ENOENT)
		fputs("there is no such block in this open file", out);
	else if (err == -EBUSY)
		fputs("another thread cuts it right now", out);
	else
		put_reason(out, &reason, err);
	return finish_text(out, &text);
}

char *pgarea_explain_remove(int fd, const char *name, int err)
{
	struct reason reason = {
		.fd = fd,
		.features = PGAREA_FEATURE_PERSISTENT,
		.invalid = "this is no name that a persistent block can have",
	};
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, "cannot remove '%s': ", name);
	if (err == -ENOENT)
		fprintf(out, "there is no persistent block or reservation of that name; "
			"`ls %s%s*` shows those there are",
			PGAREA_NODE_DIRECTORY, PGAREA_NODE_PREFIX);
	else
		put_reason(out, &reason, err);
	return finish_text(out, &text);
}

/* ---- Waiting ------------------------------------------------------------- */

static void put_holders(FILE *out, __u32 holders)
{
	/* bit n of pgarea_wait.holders */
	static const char *const names[] = {
		"its owner", "a mapping", "a page reference (a pin, I/O, a pipe)",
		"a dma-buf", "an open node", "a device perhaps (orphaned)",
		"its cache attribute",
	};
	const char *before = ", held by ";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(holders & 1U << i))
			continue;
		fprintf(out, "%s%s", before, names[i]);
		before = ", ";
	}
}

static void put_left(FILE *out, const struct pgarea_wait *wait)
{
	if (wait->left == 1)
		fputs("1 block or reservation is not gone", out);
	else
		fprintf(out, "%u blocks and reservations are not gone",
			wait->left);
	put_holders(out, wait->holders);
}

char *pgarea_explain_wait(int fd, const struct pgarea_wait *wait, int err)
{
	struct reason reason = {
		.fd = fd,
		.features = PGAREA_FEATURE_WAIT,
		.invalid = "it is either one block or all",
	};
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (err == -ETIMEDOUT) {
		put_left(out, wait);
		return finish_text(out, &text);
	}
	fprintf(out, "cannot wait for %s: ",
		wait->flags & PGAREA_WAIT_ALL ? "everybody's blocks" :
		wait->id ? "the block" : "what was freed");
	if (err == -EBUSY)
		fputs("it was not freed", out);
	else
		put_reason(out, &reason, err);
	return finish_text(out, &text);
}
