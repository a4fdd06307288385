/* SPDX-License-Identifier: GPL-2.0 */
/* Why no area could serve an allocation. */
#ifndef PGA_IOCTL_REFUSAL_H
#define PGA_IOCTL_REFUSAL_H

struct pga_alloc_job;

int __must_check pga_job_refuse(struct pga_alloc_job *job);

#endif /* PGA_IOCTL_REFUSAL_H */
