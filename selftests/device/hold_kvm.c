// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine that does nothing, until the system shuts down.
 *
 * For its first virtual machine KVM makes the kernel patch code of the
 * scheduler, and again when the last one ends.  QEMU 7.2, where it emulates
 * processors in parallel, may continue with an instruction that was
 * overwritten: a processor then hangs at a breakpoint that no longer exists.
 * While this machine exists, the tests' own machines start and end without
 * patching.  While it is created, real-time threads keep the other processors
 * out of the scheduler.
 *
 * Exits with 0 when the machine runs, or when there is no KVM.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "include/rt.h"

#define MOST_CPUS	64

static atomic_int spinning;
static atomic_bool done;

static void *spin(void *cpu)
{
	if (pga_pin_to((long)cpu) || pga_set_realtime(true))
		perror("hold_kvm: no real-time thread");
	atomic_fetch_add(&spinning, 1);
	while (!atomic_load(&done))
		;
	return NULL;
}

static int create_machine(int kvm)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu;
	pthread_t threads[MOST_CPUS];
	int machine, nr = 0;

	pga_pin_to(0);
	for (cpu = 1; cpu < cpus && nr < MOST_CPUS; cpu++)
		nr += !pthread_create(&threads[nr], NULL, spin, (void *)cpu);
	while (atomic_load(&spinning) < nr)
		sched_yield();
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	atomic_store(&done, true);
	while (nr--)
		pthread_join(threads[nr], NULL);
	return machine;
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return 0;
	if (create_machine(kvm) < 0 || daemon(0, 0)) {
		perror("hold_kvm");
		return 1;
	}
	for (;;)
		pause();
}
