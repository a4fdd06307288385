/* SPDX-License-Identifier: GPL-2.0 */
/* The search for a place in the areas. */
#ifndef PGA_IOCTL_FIND_H
#define PGA_IOCTL_FIND_H

#include <linux/types.h>

struct pga_alloc_job;

int __must_check pga_job_find(struct pga_alloc_job *job);
int __must_check pga_job_find_many(struct pga_alloc_job *job, u64 *first,
				   unsigned int nr);

#endif /* PGA_IOCTL_FIND_H */
