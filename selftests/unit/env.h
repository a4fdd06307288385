/* SPDX-License-Identifier: GPL-2.0 */
/* The core's memory in user space: counted, and failing on demand. */
#ifndef UNIT_ENV_H
#define UNIT_ENV_H

#include <pga_env.h>

/* Fail the @nth allocation from now on, once; 0: none. */
void env_fail_nth(unsigned int nth);

/* Whether the allocation that must fail was attempted. */
bool env_failed(void);

/* Bytes that were allocated and not freed. */
size_t env_bytes(void);

#endif /* UNIT_ENV_H */
