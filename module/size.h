/* SPDX-License-Identifier: GPL-2.0 */
/* Parsing sizes that users write. */
#ifndef PGA_SIZE_H
#define PGA_SIZE_H

#include <linux/types.h>

bool __must_check pga_parse_bytes(const char *text, const char *ends, u64 *bytes,
				  const char **rest);
int __must_check pga_param_bytes(const char *name, const char *text,
				 u64 *bytes);

#endif /* PGA_SIZE_H */
