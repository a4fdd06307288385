/* SPDX-License-Identifier: GPL-2.0 */
/* Cache attributes of the pages of a block. */
#ifndef PGA_AREA_CACHING_H
#define PGA_AREA_CACHING_H

#include <linux/mm_types.h>
#include <linux/types.h>

u64 pga_caching_features(void);
int __must_check pga_caching_check(u32 caching);
pgprot_t pga_caching_prot(u8 caching, pgprot_t prot);
int __must_check pga_caching_set(u8 caching, u64 first, u64 nr);
int __must_check pga_caching_restore(u64 first, u64 nr);

#endif /* PGA_AREA_CACHING_H */
