/* SPDX-License-Identifier: GPL-2.0 */
/* The environment of the core in user space: with words of 8 bits. */
#ifndef PGA_ENV_H
#define PGA_ENV_H

#include "userspace.h"

#define PGA_WORD_ORDER	3
typedef u8 pga_word;

#endif /* PGA_ENV_H */
