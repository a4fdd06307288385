/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Real-time threads, which can keep a processor busy.
 */
#ifndef RT_H
#define RT_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>

#include "number.h"

#define PGA_RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"

/* How much of a second real-time threads may run, in us; -errno. */
static inline long pga_rt_runtime(void)
{
	return pga_read_number(PGA_RT_RUNTIME);
}

/* Set it; -1: no limit.  0 or -errno. */
static inline int pga_set_rt_runtime(long us)
{
	return pga_write_number(PGA_RT_RUNTIME, us);
}

/* Let the calling thread run on this processor only; 0 or -errno. */
static inline int pga_pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/* Make the calling thread a real-time one, or an ordinary one again. */
static inline int pga_set_realtime(bool on)
{
	struct sched_param param = { .sched_priority = on ? 10 : 0 };

	return sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param) ?
		-errno : 0;
}

#endif /* RT_H */
