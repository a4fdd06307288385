/* SPDX-License-Identifier: GPL-2.0 */
/* A block or a reservation that the kernel created. */
#ifndef _PGAREA_CLI_ALLOCATION_H
#define _PGAREA_CLI_ALLOCATION_H

#include <stdbool.h>

#include "lib/pgarea.h"

/**
 * struct allocation - a block or a reservation that was created
 * @kind: PGAREA_KIND_*
 * @name: label, may be empty
 * @id: from the kernel, 0 after a dry run
 * @address: physical, PGAREA_NO_ADDRESS when hidden
 * @size: bytes
 * @mmap_offset: of a block, 0 otherwise
 * @area: id of the area
 * @node: NUMA node of a block, PGAREA_NODE_ANY otherwise
 * @persistent: it has a node of its own and no owner
 */
struct allocation {
	__u32 kind;
	char name[PGAREA_NAME_SIZE];
	__u64 id;
	__u64 address;
	__u64 size;
	__u64 mmap_offset;
	__u32 area;
	__s32 node;
	bool persistent;
};

#endif /* _PGAREA_CLI_ALLOCATION_H */
