// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Errors that are not about room as text: rights, features, quotas, names.
 *
 * An errno says what kind of thing is missing; which one it is follows from what
 * was asked and from what the module says about itself now.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/internal.h"

static const struct {
	int err;
	const char *text;
} reasons[] = {
	{ EACCES, "the device is open for reading only" },
	{ EOVERFLOW, "address and size reach beyond 64 bits" },
	{ ENOENT, "an area that was named is gone" },
	{ ENOMEM, "the kernel has no memory for its own bookkeeping" },
	{ ENOTTY, "the module does not know the command; is it older than this program?" },
	{ E2BIG, "the module does not know all of the request; is it older than this program?" },
	{ EHWPOISON, "the hardware reported an error in a page of the block" },
	{ EMFILE, "this process has too many files open (ulimit -n)" },
};

void put_size(FILE *out, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	fputs(pgarea_format_size(size, text), out);
}

bool is_leaving(__u32 state)
{
	return state == PGAREA_STATE_DRAINING || state == PGAREA_STATE_ORPHANED;
}

char *finish_text(FILE *out, char **text)
{
	bool bad = ferror(out);

	if (fclose(out) || bad) {
		free(*text);
		return NULL;
	}
	return *text;
}

static void put_quota(FILE *out, const struct pgarea_info *info)
{
	fputs("it is more than one user may hold", out);
	if (info->user_limit) {
		fputs(": the limit is ", out);
		put_size(out, info->user_limit);
		fputs(", and you hold ", out);
		put_size(out, info->user_held);
	}
	fputs(". Free something (what drains or is orphaned counts too), "
	      "try as root (CAP_SYS_RESOURCE), or raise the limit in "
	      "/sys/module/pgarea/parameters/user_limit", out);
}

static void put_right(FILE *out, const struct reason *reason,
		      const struct pgarea_info *info)
{
	bool hidden = info->flags & PGAREA_INFO_HIDE_PHYS;

	if (reason->persistent)
		fputs("what is persistent outlives its maker, and needs CAP_SYS_ADMIN",
		      out);
	else if (hidden && reason->exact)
		fputs("the module hides addresses (hide_phys=1), "
		      "and to name one needs CAP_SYS_ADMIN", out);
	else if (hidden && reason->limits)
		fputs("the module hides addresses (hide_phys=1), and limits other "
		      "than powers of two from 16 MiB up, and an alignment or boundary "
		      "beyond a pageblock, need CAP_SYS_ADMIN", out);
	else
		fputs("this needs CAP_SYS_ADMIN", out);
	fputs("; try as root", out);
}

static void put_missing(FILE *out, __u64 missing)
{
	fputs("this kernel or machine lacks a feature that it needs", out);
	if (!missing) {
		fputs("; see `pgarea info`", out);
		return;
	}
	fputs(":", out);
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (missing & 1ULL << bit)
			fprintf(out, " %s", pgarea_feature_name(bit));
	}
	fputs(" (`pgarea info` lists those it has)", out);
}

static void put_name_taken(FILE *out, const char *name)
{
	char path[PGAREA_PATH_SIZE];

	fprintf(out, "'%s' is there already, as %s; take another name, "
		"or end it with `pgarea remove %s`",
		name, pgarea_node_path(name, path), name);
}

static void put_plain(FILE *out, int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].err == -err) {
			fputs(reasons[i].text, out);
			return;
		}
	}
	fputs(strerror(-err), out);
}

void put_reason(FILE *out, const struct reason *reason, int err)
{
	struct pgarea_info info;

	if (pgarea_get_info(reason->fd, &info))
		info = (struct pgarea_info){ .features = reason->features };
	if (err == -EDQUOT)
		put_quota(out, &info);
	else if (err == -EPERM)
		put_right(out, reason, &info);
	else if (err == -EOPNOTSUPP)
		put_missing(out, reason->features & ~info.features);
	else if (err == -EEXIST && reason->name)
		put_name_taken(out, reason->name);
	else if (err == -ENFILE)
		fputs("the system has no device node or open file any more",
		      out);
	else if (err == -EINVAL && reason->invalid)
		fputs(reason->invalid, out);
	else
		put_plain(out, err);
}
