/* SPDX-License-Identifier: GPL-2.0 */
/* Claims by ALLOC and RESERVE. */
#ifndef PGA_IOCTL_CLAIM_H
#define PGA_IOCTL_CLAIM_H

#include <linux/types.h>

#include "area/claim.h"

struct pga_file;

/**
 * struct pga_claim_refusal - what is in the way of a claim
 * @address: of the page, as exposed to the program; PGAREA_NO_ADDRESS: no page
 * @size: bytes from there on that are in the same state
 * @area: id of the area that owns it; 0: none
 * @state: enum pgarea_state
 * @id: block or reservation that has it; 0: none
 * @kind: enum pgarea_obstacle_kind
 */
struct pga_claim_refusal {
	u64 address;
	u64 size;
	u32 area;
	u32 state;
	u64 id;
	u32 kind;
};

int __must_check pga_claim(struct pga_file *file, struct pga_claim *claim,
			   const struct pga_pfn_range *range);
void pga_claim_describe(const struct pga_claim *claim,
			struct pga_claim_refusal *out);

#endif /* PGA_IOCTL_CLAIM_H */
