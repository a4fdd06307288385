/* SPDX-License-Identifier: GPL-2.0 */
/* The duration of single calls, which is the time that a lock is held. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "unit.h"

void bench_latency(u64 gib);

#endif /* BENCH_LATENCY_H */
