/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by all explanations of a failed request. */
#ifndef _PGAREA_LIB_EXPLAIN_H
#define _PGAREA_LIB_EXPLAIN_H

#include <stdbool.h>

#include <linux/types.h>

#include "lib/text.h"

/**
 * struct pga_failure - a failed request, as far as rights and features matter
 * @fd: the device
 * @features: PGAREA_FEATURE_* that it needs
 * @name: of the block or reservation, or NULL
 * @persistent: it makes a persistent one
 * @exact: it names a physical address
 * @claim: it takes memory from the host
 * @limits: it has an alignment, a boundary, a NUMA node or a cache attribute
 * @orphan_ms: quarantine time that it asks for, as in struct pgarea_alloc
 * @invalid: what is wrong with it when the kernel returns EINVAL, or NULL
 */
struct pga_failure {
	int fd;
	__u64 features;
	const char *name;
	bool persistent;
	bool exact;
	bool claim;
	bool limits;
	__u32 orphan_ms;
	const char *invalid;
};

/* Will a page in this state become free without any further action? */
__hidden bool pga_becomes_free(__u32 state);
/* Add the reason of an error that is not about room; @err is negative */
__hidden void pga_explain_errno(struct pga_text *text,
				const struct pga_failure *failure, int err);
/* Add why a NUMA node is refused */
__hidden void pga_explain_node(struct pga_text *text, __u32 node);

#endif /* _PGAREA_LIB_EXPLAIN_H */
