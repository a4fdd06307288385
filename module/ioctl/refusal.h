/* SPDX-License-Identifier: GPL-2.0 */
/* The reasons why no area could serve an allocation. */
#ifndef PGA_IOCTL_REFUSAL_H
#define PGA_IOCTL_REFUSAL_H

struct pga_alloc_context;

int __must_check pga_alloc_report_refusal(struct pga_alloc_context *ctx);

#endif /* PGA_IOCTL_REFUSAL_H */
