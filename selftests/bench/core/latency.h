/* SPDX-License-Identifier: GPL-2.0 */
/* How long single calls take, which is how long a lock is held. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "unit.h"

void bench_latency(u64 gib);

#endif /* BENCH_LATENCY_H */
