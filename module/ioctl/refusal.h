/* SPDX-License-Identifier: GPL-2.0 */
/* The reasons why no area could serve an allocation. */
#ifndef PGA_IOCTL_REFUSAL_H
#define PGA_IOCTL_REFUSAL_H

#include "ioctl/user_array.h"

struct pga_alloc_context;
struct pga_area;
struct pga_demand;

/**
 * struct pga_refusals - the reasons why areas could not serve a request
 * @ctx: the request
 * @writer: the array of the program
 * @nr: number of areas so far
 * @answer: -ENOSPC or -EBUSY
 * @err: -EFAULT if an entry could not be written
 */
struct pga_refusals {
	struct pga_alloc_context *ctx;
	struct pga_array_writer writer;
	unsigned int nr;
	int answer;
	int err;
};

void pga_refusals_begin(struct pga_refusals *refusals,
			struct pga_alloc_context *ctx);
void pga_refusals_add(struct pga_refusals *refusals, struct pga_area *area,
		      const struct pga_demand *demand);
int __must_check pga_refusals_end(struct pga_refusals *refusals);
int __must_check pga_alloc_report_claim(struct pga_alloc_context *ctx, int err);

#endif /* PGA_IOCTL_REFUSAL_H */
