// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine that does nothing, until the system shuts down.
 *
 * For its first virtual machine KVM makes the kernel patch code of the
 * scheduler, and again when the last one ends.  QEMU 7.2, where it emulates
 * processors in parallel, may continue with an instruction that was
 * overwritten: a processor then hangs at a breakpoint that no longer exists.
 * While this machine exists, the tests' own machines start and end without
 * patching.
 *
 * Exits with 0 when the machine runs, or when there is no KVM.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return 0;
	if (ioctl(kvm, KVM_CREATE_VM, 0) < 0 || daemon(0, 0)) {
		perror("hold_kvm");
		return 1;
	}
	for (;;)
		pause();
}
