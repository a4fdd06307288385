// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Explanations of errors that are not about room: rights, features, quotas,
 * names.
 *
 * An errno gives the kind of problem.  The request, and what the module then
 * reports about itself, identify the exact one.
 */
#include <errno.h>
#include <string.h>

#include "lib/array_size.h"
#include "lib/explain.h"
#include "lib/pgarea.h"

static const struct {
	int err;
	const char *text;
} reasons[] = {
	{ EACCES, "the device is open read-only" },
	{ EOVERFLOW, "address plus size exceeds 64 bits" },
	{ ENOENT, "a named area no longer exists" },
	{ ENOMEM, "there is no memory for the bookkeeping" },
	{ ENOTTY,
	  "the module does not know the command; is it older than this program?" },
	{ E2BIG,
	  "the module does not know a part of the request; is it older than this program?" },
	{ EHWPOISON, "the hardware reported an error in a page of the block" },
	{ EMFILE, "this process has too many open files (ulimit -n)" },
	{ EPROTO,
	  "the device's answer contradicts itself; is it pgarea, of this program's version?" },
};

bool pga_becomes_free(__u32 state)
{
	return state == PGAREA_STATE_DRAINING || state == PGAREA_STATE_ORPHANED;
}

static void add_quota(struct pga_text *text, const struct pgarea_info *info)
{
	pga_text_add(text, "it is more than one user may hold");
	if (info->user_limit) {
		pga_text_add(text, ": the limit is ");
		pga_text_add_size(text, info->user_limit);
		pga_text_add(text, ", and you hold ");
		pga_text_add_size(text, info->user_held);
	}
	pga_text_add(text,
		     ". Free something (draining and orphaned memory counts too), "
		     "try as root (CAP_SYS_RESOURCE), or raise the limit in "
		     "/sys/module/pgarea/parameters/user_limit");
}

/* Does it ask for a longer quarantine than this file may? */
static bool is_too_long(const struct pga_failure *failure,
			const struct pgarea_info *info)
{
	return info->orphan_max_ms && failure->orphan_ms != PGAREA_ORPHAN_NONE &&
	       failure->orphan_ms > info->orphan_max_ms;
}

static void add_right(struct pga_text *text, const struct pga_failure *failure,
		      const struct pgarea_info *info)
{
	bool hidden = info->flags & PGAREA_INFO_HIDE_PHYS;

	if (failure->persistent)
		pga_text_add(text,
			     "a persistent block or reservation outlives its creator and needs CAP_SYS_ADMIN");
	else if (is_too_long(failure, info))
		pga_text_add(text,
			     "a quarantine of more than %u ms needs CAP_SYS_RESOURCE "
			     "(the limit is in /sys/module/pgarea/parameters/orphan_max_ms)",
			     info->orphan_max_ms);
	else if (failure->claim)
		pga_text_add(text,
			     "a claim takes memory from the host and needs CAP_SYS_ADMIN");
	else if (hidden && failure->exact)
		pga_text_add(text, "the module hides addresses (hide_phys=1), "
				   "so naming one needs CAP_SYS_ADMIN");
	else if (hidden && failure->limits)
		pga_text_add(text,
			     "the module hides addresses (hide_phys=1), so an alignment or "
			     "boundary beyond a pageblock, a NUMA node, and memory that is "
			     "not write-back, need CAP_SYS_ADMIN");
	else
		pga_text_add(text, "this needs CAP_SYS_ADMIN");
	pga_text_add(text, "; try as root");
}

static void add_missing(struct pga_text *text, __u64 missing)
{
	pga_text_add(text,
		     "this kernel or machine lacks a feature that the request needs");
	if (!missing) {
		pga_text_add(text, "; see `pgarea info`");
		return;
	}
	pga_text_add(text, ":");
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (missing & 1ULL << bit)
			pga_text_add(text, " %s", pgarea_feature_name(bit));
	}
	pga_text_add(text, " (`pgarea info` lists those it has)");
}

static void add_name_taken(struct pga_text *text, const char *name)
{
	char path[PGAREA_PATH_SIZE];

	pga_text_add(text,
		     "'%s' exists already, as %s; choose another name, "
		     "or remove it with `pgarea remove %s`",
		     name, pgarea_node_path(name, path), name);
}

const char *pgarea_error_text(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].err == -err)
			return reasons[i].text;
	}
	return strerror(-err);
}

void pga_explain_errno(struct pga_text *text, const struct pga_failure *failure,
		       int err)
{
	struct pgarea_info info;

	if (pgarea_get_info(failure->fd, &info))
		info = (struct pgarea_info){ .features = failure->features };
	if (err == -EDQUOT)
		add_quota(text, &info);
	else if (err == -EPERM)
		add_right(text, failure, &info);
	else if (err == -EOPNOTSUPP)
		add_missing(text, failure->features & ~info.features);
	else if (err == -EEXIST && failure->name)
		add_name_taken(text, failure->name);
	else if (err == -ENFILE)
		pga_text_add(text,
			     "the system has no device node or open file left");
	else if (err == -EINVAL && failure->invalid)
		pga_text_add(text, "%s", failure->invalid);
	else
		pga_text_add(text, "%s", pgarea_error_text(err));
}

void pga_explain_node(struct pga_text *text, __u32 node)
{
	pga_text_add(text, "there is no node %u, or it has no memory", node);
}
