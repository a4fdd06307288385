/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's list of physical addresses has at an address. */
#ifndef PGA_AREA_IOMEM_H
#define PGA_AREA_IOMEM_H

#include <linux/types.h>

u32 pga_iomem_reserved_kind(u64 pfn);
u32 pga_iomem_absent_kind(u64 first, u64 *last);

#endif /* PGA_AREA_IOMEM_H */
