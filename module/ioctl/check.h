/* SPDX-License-Identifier: GPL-2.0 */
/* Checks of requests that several commands share. */
#ifndef PGA_IOCTL_CHECK_H
#define PGA_IOCTL_CHECK_H

#include <linux/types.h>

struct pga_file;

bool pga_label_valid(const u8 *name);
int __must_check pga_check_size(u64 size);
int __must_check pga_check_placement(u64 size, u64 align, u64 boundary,
				     u64 lowest, u64 highest);
int __must_check pga_check_orphan(const struct pga_file *file, u32 orphan_ms,
				  u32 reserved, bool persistent);
int __must_check pga_check_persistent(const struct pga_file *file,
				      const u8 *name);

#endif /* PGA_IOCTL_CHECK_H */
